use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::app::testing::Running;

const KEYS: &str = include_str!("../../../tests/fixtures/keys/public.jwks.json");
const TOKEN: &str = r#"{"access_token":"t","expires_in":3600}"#;

/// A platform whose two addresses answer so; at this time by its clock.
async fn platform(keys: (u16, &'static str), token: (u16, &'static str), date: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let date = date.to_owned();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 8192];
            let read = stream.read(&mut request).await.unwrap_or_default();
            let head = String::from_utf8_lossy(&request[..read]).into_owned();
            let (status, body) = if head.starts_with("GET") { keys } else { token };
            let answer = format!(
                "HTTP/1.1 {status} .\r\nconnection: close\r\ndate: {date}\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

/// 2027-01-15 08:00:00 UTC, which the clock of the bench shows.
const NOW: &str = "Fri, 15 Jan 2027 08:00:00 GMT";

async fn probe(host: &str, trusted: bool) -> Vec<Finding> {
    let hosts = if trusted {
        format!("[\"{host}\"]")
    } else {
        "[]".to_owned()
    };
    let practice = ("LANTERNA_PRACTICE__ENABLED", "false");
    let bench = Running::with(&[practice, ("LANTERNA_OUTBOUND__TRUSTED_HOSTS", &hosts)]).await;
    bench.app.keys.prepare(false).await.unwrap();
    let prober = Prober {
        world: bench.app.world.clone(),
        outbound: bench.app.outbound.clone(),
        keys: bench.app.keys.clone(),
        leeway: Duration::from_mins(2),
    };
    let connection = Connection {
        registration: Some(Registration {
            issuer: host.to_owned(),
            client_id: "client".into(),
            auth_url: format!("{host}/auth"),
            token_url: format!("{host}/token"),
            jwks_url: format!("{host}/jwks"),
        }),
        ..Connection::new("LMS", Source::Registered, Time(0))
    };
    prober.probe(ConnectionId(1), &connection).await
}

fn code(findings: &[Finding], what: What) -> Option<&'static str> {
    let mut found = findings.iter().filter(|finding| finding.what == what);
    let finding = found.next().unwrap();
    finding.result.as_ref().err().map(Problem::code)
}

#[tokio::test]
async fn a_platform_that_knows_us_passes_everything() {
    let host = platform((200, KEYS), (200, TOKEN), NOW).await;
    let findings = probe(&host, true).await;
    assert_eq!(findings.len(), 6, "{findings:?}");
    for finding in &findings {
        assert!(finding.result.is_ok(), "{finding:?}");
    }
}

#[tokio::test]
async fn what_is_amiss_is_told_apart() {
    let html = "<!DOCTYPE html><p>Hello";
    let unknown = r#"{"error":"invalid_client"}"#;
    let other = r#"{"error":"server_error"}"#;
    for (keys, token, key_set, access) in [
        (
            (200, html),
            (200, html),
            Some("not-a-key-set"),
            Some("not-a-token-endpoint"),
        ),
        (
            (500, ""),
            (404, html),
            Some("status"),
            Some("not-a-token-endpoint"),
        ),
        (
            (200, r#"{"keys":[]}"#),
            (401, unknown),
            Some("no-key"),
            Some("invalid-client"),
        ),
        (
            (200, KEYS),
            (400, r#"{"error":"invalid_scope"}"#),
            None,
            None,
        ),
        ((200, KEYS), (500, other), None, Some("refused")),
    ] {
        let host = platform(keys, token, NOW).await;
        let findings = probe(&host, true).await;
        assert_eq!(code(&findings, What::KeySet), key_set, "{findings:?}");
        assert_eq!(code(&findings, What::Token), access, "{findings:?}");
    }
}

#[tokio::test]
async fn clocks_that_are_apart_are_told_by_how_much() {
    for (date, apart) in [
        ("Fri, 15 Jan 2027 08:05:00 GMT", Some(Problem::Ahead(300))),
        ("Fri, 15 Jan 2027 07:50:00 GMT", Some(Problem::Behind(600))),
        ("Fri, 15 Jan 2027 08:01:00 GMT", None),
    ] {
        let host = platform((200, KEYS), (200, TOKEN), date).await;
        let findings = probe(&host, true).await;
        let clock = findings.iter().find(|f| f.what == What::Clock).unwrap();
        assert_eq!(clock.result.clone().err(), apart);
    }
}

#[tokio::test]
async fn forbidden_addresses_are_asked_nothing() {
    let host = platform((200, KEYS), (200, TOKEN), NOW).await;
    for host in [
        host.as_str(),
        "https://127.0.0.1",
        "https://169.254.169.254",
        "javascript:x",
    ] {
        let findings = probe(host, false).await;
        assert_eq!(findings.len(), 3, "{findings:?}");
        for finding in findings {
            let problem = finding.result.unwrap_err();
            assert_eq!(problem.code(), "unreachable");
        }
    }
}
