//! The process: its end, its log, and that there is only one of it.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::admin::{PASSWORD, claim_link, first, sign_in};
use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Platform, post_from, roles};
use crate::harness::server::Setup;

#[test]
fn a_request_in_flight_is_answered_before_the_end() {
    let server = Setup::new().start();
    let mut stream = TcpStream::connect(&server.authority).unwrap();
    let body = "id_token=a.b.c&state=made-up";
    let (first, rest) = body.split_at(10);
    write!(
        stream,
        "POST /lti/launch HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        server.authority,
        body.len()
    )
    .unwrap();
    // The server asks for the body: the request has reached its handler.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(first.as_bytes()).unwrap();
    server.ask_to_end();
    server.logged("stopping");
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("unknown-state"), "{answer}");
    let (status, stopped) = server.terminate();
    assert_eq!(status.code(), Some(0));
    assert!(stopped.log.contains("stopped"), "{}", stopped.log);
}

#[test]
fn two_processes_never_share_their_data() {
    let server = Setup::new().start();
    let (done, output, errors) = server.run(&["serve"]);
    assert!(!done, "{output}");
    assert!(errors.contains("is in use by another Lanterna"), "{errors}");
    assert!(!output.contains("Listening"), "{output}");
    let (status, stopped) = server.terminate();
    assert!(status.success());
    stopped.start();
}

/// The value of the cookie with this beginning that an answer sets.
fn cookie(answer: &Answer, beginning: &str) -> String {
    let cookies = answer.set_cookies();
    let found = cookies.iter().find(|cookie| cookie.starts_with(beginning));
    let pair = found.unwrap().split(';').next().unwrap();
    pair.split_once('=').unwrap().1.to_owned()
}

#[tokio::test]
async fn the_log_holds_no_secrets_and_nobodys_name() {
    let platform = Platform::start("logged").await;
    let server = Setup::new()
        .with("[log]\nlevel = \"trace\"")
        .with(&platform.entry())
        .start();
    let mut secrets: Vec<String> = ["Zebedee", "zebedee@school.example", "hint-7", "Biology"]
        .map(str::to_owned)
        .to_vec();
    let link = claim_link(&server);
    secrets.push(link.rsplit('/').next().unwrap().to_owned());
    secrets.extend([PASSWORD.to_owned(), "wrong password".to_owned()]);
    let mut admin = first(&server).await;
    sign_in(&mut Browser::new(), &server, "wrong password").await;
    let signed_in = sign_in(&mut Browser::new(), &server, PASSWORD).await;
    secrets.push(cookie(&signed_in, "__Host-lanterna_admin"));
    let page = admin.open(&server.url("/admin/")).await;
    secrets.push(page.field("form_token").unwrap());

    let mut browser = Browser::new();
    let login = platform.login(&mut browser, &server).await;
    let claims = platform.claims(&server, &login.nonce, "Zebedee", roles::STUDENT);
    let token = platform.token(&claims);
    secrets.extend([token.clone(), login.state.clone(), login.nonce.clone()]);
    secrets.push(token.rsplit('.').next().unwrap().to_owned());
    let answer = platform.post(&mut browser, &server, &login, &token).await;
    let path = answer.assert_opened();
    secrets.push(path.split('/').nth(2).unwrap().to_owned());
    secrets.push(cookie(&answer, "lanterna_session="));
    browser.get(&server.url(&format!("{path}library"))).await;
    let refused = platform.post(&mut browser, &server, &login, &token).await;
    assert!(refused.status.is_client_error());

    let mut framed = Browser::without_cookies();
    let login = platform.login(&mut framed, &server).await;
    let claims = platform.claims(&server, &login.nonce, "Zebedee", roles::STUDENT);
    let token = platform.token(&claims);
    let offer = post_from(("null", "iframe"), &mut framed, &server, &login, &token).await;
    let ticket = offer.field("ticket").unwrap();
    let fields = [("ticket", ticket.as_str())];
    let own = [("sec-fetch-site", "same-origin")];
    let url = server.url("/lti/window");
    browser.post(&url, &own, &fields).await.assert_opened();
    secrets.push(ticket);

    let (_, stopped) = server.terminate();
    assert!(stopped.log.contains("answered"), "{}", stopped.log);
    for secret in secrets {
        let told = stopped.log.lines().find(|line| line.contains(&secret));
        assert_eq!(told, None, "{secret}");
    }
}
