//! Through a proxy, and past it.

use super::*;

async fn start_proxy(to: u16, answer: &'static str) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = head(&mut stream).await;
            kept.lock().unwrap().push(head);
            stream.write_all(answer.as_bytes()).await.unwrap();
            let mut server = tokio::net::TcpStream::connect(("127.0.0.1", to))
                .await
                .unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
        }
    });
    Server { port, heads }
}

fn through(proxy: &Server) -> (&'static str, String) {
    let address = format!("http://school:pass@127.0.0.1:{}", proxy.port);
    ("LANTERNA_OUTBOUND__PROXY", address)
}

#[tokio::test]
async fn a_proxy_connects_to_what_is_outside() {
    let server = Server::tls("server.pem").await;
    for resolved in [&["8.8.8.8"][..], &[]] {
        let proxy = start_proxy(server.port, "HTTP/1.1 200 OK\r\n\r\n").await;
        let client = client(
            &[own_authority(), through(&proxy)],
            Scripted::always(resolved),
        );
        let url = "https://moodle.test/".parse().unwrap();
        assert_eq!(get(&client, url).await.unwrap().status, StatusCode::OK);
        let head = &proxy.heads()[0];
        assert!(
            head.starts_with("CONNECT moodle.test:443 HTTP/1.1\r\n"),
            "{head}"
        );
        assert!(
            head.contains("Proxy-Authorization: Basic c2Nob29sOnBhc3M=\r\n"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_proxy_is_not_asked_for_what_is_inside() {
    let server = Server::plain(OK).await;
    let proxy = start_proxy(server.port, "HTTP/1.1 200 OK\r\n\r\n").await;
    let host = format!("http://moodle.test:{}", server.port);
    let variables = [trusting(&[host]), through(&proxy)];
    let client = client(&variables, Scripted::always(&["127.0.0.1"]));
    assert!(
        get(&client, server.address("http", "moodle.test"))
            .await
            .is_ok()
    );
    let refused = get(&client, "https://intern.test/".parse().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Private { .. }), "{refused}");
    assert!(proxy.heads().is_empty());
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    let server = Server::plain(OK).await;
    let proxy = start_proxy(server.port, "HTTP/1.1 407 Login\r\n\r\n").await;
    let client = client(&[through(&proxy)], Scripted::always(&["8.8.8.8"]));
    let refused = get(&client, "https://moodle.test/".parse().unwrap())
        .await
        .unwrap_err();
    let told = refused.to_string();
    assert!(
        told.starts_with(&format!("the proxy 127.0.0.1:{} did not", proxy.port)),
        "{told}"
    );
    assert!(!told.contains("pass"), "{told}");
}
