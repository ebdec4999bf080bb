//! From LTI 1.1 to LTI 1.3: who a person and which a course was, proven with the secret of old.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::Consumer;
use crate::harness::platform::{LTI, Platform, roles};
use crate::harness::server::{Server, Setup};

/// The signature of the Migration Guide (section 6), for these claims.
fn signature(consumer_key: &str, secret: &str, claims: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let deployment = text(&claims[format!("{LTI}deployment_id")]);
    let [issuer, client, expires, nonce] = ["iss", "aud", "exp", "nonce"].map(|n| text(&claims[n]));
    let base = format!("{consumer_key}&{deployment}&{issuer}&{client}&{expires}&{nonce}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, base.as_bytes()))
}

/// Launches the teacher of old by her new name, signed with this secret.
async fn migrates(
    (platform, server): (&Platform, &Server),
    browser: &mut Browser,
    consumer: &Consumer,
    secret: &str,
) -> Answer {
    let login = platform.login(browser, server).await;
    let mut claims = platform.claims(server, &login.nonce, "new-ada", roles::TEACHER);
    claims[format!("{LTI}lti1p1")] = json!({
        "user_id": "ada",
        "oauth_consumer_key": consumer.key,
        "oauth_consumer_key_sign": signature(&consumer.key, secret, &claims),
    });
    let token = platform.token(&claims);
    platform.post(browser, server, &login, &token).await
}

/// Whether a session's library has what the teacher of old uploaded.
async fn has_lesson(browser: &mut Browser, server: &Server, session: &str) -> bool {
    let library = browser.get(&server.url(&format!("{session}library"))).await;
    assert_eq!(library.status, 200);
    library.text().contains("Lesson")
}

async fn uploads_lesson(browser: &mut Browser, server: &Server, session: &str) {
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-length", "5"),
        ("content-type", "application/offset+octet-stream"),
        (
            "upload-metadata",
            "filename bGVzc29uLnR4dA==,title TGVzc29u",
        ),
        ("sec-fetch-site", "same-origin"),
    ];
    let url = server.url(&format!("{session}uploads"));
    let made = browser.send(http::Method::POST, &url, &headers, "hello");
    let made = made.await;
    assert_eq!(made.status, 201, "{}", made.text());
}

#[tokio::test]
async fn whoever_proves_it_keeps_what_was_theirs_and_nobody_else_gets_in() {
    let platform = Platform::start("migrating").await;
    let consumer = Consumer::new("of-old");
    let server = Setup::new()
        .with(&platform.entry())
        .with(&consumer.entry())
        .start();
    let mut old = Browser::new();
    let parameters = consumer.launch("ada", "Instructor");
    let opened = consumer.launches(&mut old, &server, "/lti/launch", &parameters);
    let session = opened.await.assert_opened();
    uploads_lesson(&mut old, &server, &session).await;

    let both = (&platform, &server);
    for secret in ["guessed", ""] {
        let refused = migrates(both, &mut Browser::new(), &consumer, secret).await;
        refused.assert_problem(403, "migration-unproven");
    }
    // Refused, they are nobody yet; proven, they are who they were.
    let mut new = Browser::new();
    let opened = migrates(both, &mut new, &consumer, &consumer.secret).await;
    let session = opened.assert_opened();
    assert!(has_lesson(&mut new, &server, &session).await);

    let mut other = Browser::new();
    let opened = platform.launch(&mut other, &server, "ada", roles::TEACHER);
    let session = opened.await.assert_opened();
    assert!(!has_lesson(&mut other, &server, &session).await);
}
