//! Addresses that are not gone to.

use super::*;

#[tokio::test]
async fn http_is_refused_unless_named() {
    let server = Server::plain(OK).await;
    let client = client(&[], Scripted::always(&["127.0.0.1"]));
    let host = format!("moodle.test:{}", server.port);
    let refused = get(&client, server.address("http", "moodle.test")).await;
    assert_eq!(refused.unwrap_err(), Error::PlainHttp { host });
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn trust_is_for_one_scheme_host_and_port() {
    let server = Server::plain(OK).await;
    let trusted = trusted(&server);
    for address in [
        server.address("https", "moodle.test"),
        server.address("https", "other.test"),
        "https://moodle.test/".parse().unwrap(),
    ] {
        let refused = get(&trusted, address).await.unwrap_err();
        assert!(matches!(refused, Error::Private { .. }), "{refused}");
    }
    let refused = get(&trusted, server.address("http", "127.0.0.1"))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::PlainHttp { .. }), "{refused}");
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn private_addresses_are_refused() {
    let addresses = [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "[::1]",
        "[fd00::1]",
        "[::ffff:8.8.8.8]",
    ];
    let client = client(&[], Scripted::always(&["10.0.0.1"]));
    for host in addresses {
        let refused = get(&client, format!("https://{host}/").parse().unwrap())
            .await
            .unwrap_err();
        assert!(
            matches!(refused, Error::Private { .. }),
            "{host}: {refused}"
        );
    }
    for host in ["0x7f.1", "2130706433", "intern.example"] {
        let refused = get(&client, format!("https://{host}/").parse().unwrap())
            .await
            .unwrap_err();
        assert!(
            matches!(refused, Error::Private { .. }),
            "{host}: {refused}"
        );
    }
}

#[tokio::test]
async fn metadata_is_refused_even_where_trusted() {
    let trusted = trusting(&["http://169.254.169.254".into(), "meta.test".into()]);
    let client = client(&[trusted], Scripted::always(&["fe80::1", "fd00:ec2::254"]));
    for url in ["http://169.254.169.254/latest", "https://meta.test/"] {
        let refused = get(&client, url.parse().unwrap()).await.unwrap_err();
        assert!(matches!(refused, Error::Never { .. }), "{url}: {refused}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_gains_nothing() {
    let server = Server::plain(OK).await;
    let host = format!("http://moodle.test:{}", server.port);
    let changing = Scripted::then(vec![vec!["127.0.0.1"], vec!["169.254.169.254"]]);
    let client = client(&[trusting(&[host])], changing);
    let url = server.address("http", "moodle.test");

    // Asked once, checked, and connected to that; the next connection is checked anew.
    assert!(get(&client, url.clone()).await.is_ok());
    for _ in 0..2 {
        let refused = get(&client, url.clone()).await.unwrap_err();
        assert!(matches!(refused, Error::Never { .. }), "{refused}");
    }
    assert_eq!(server.heads().len(), 1);
}

#[tokio::test]
async fn only_checked_addresses_are_connected_to() {
    let client = client(
        &[],
        Scripted::always(&["64:ff9b::808:808", "127.0.0.1", "8.8.8.8"]),
    );
    let url: Url = "https://moodle.test/".parse().unwrap();
    let target = client.rules.target(&url).unwrap();
    let allowed = client.rules.addresses(&target).await.unwrap();
    assert_eq!(allowed, ["8.8.8.8:443".parse().unwrap()]);
}

#[tokio::test]
async fn names_and_passwords_in_addresses_are_refused() {
    let server = Server::plain(OK).await;
    let trusted = trusted(&server);
    for url in [
        "http://a:b@moodle.test/",
        "https://a@moodle.test/",
        "ftp://moodle.test/",
    ] {
        let refused = get(&trusted, url.parse().unwrap()).await;
        assert_eq!(refused.unwrap_err(), Error::Address, "{url}");
    }
}
