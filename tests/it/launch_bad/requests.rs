//! Requests that belong to another login, or are no launch at all.

use serde_json::json;

use super::Case;
use crate::harness::admin;
use crate::harness::client::Browser;
use crate::harness::platform::{Platform, jwk, key_pair, roles};
use crate::harness::server::Setup;

#[tokio::test]
async fn what_belongs_to_another_login_is_refused() {
    let a = Platform::start("a").await;
    let b = Platform::start("b").await;
    // B signs with the key and the key id of A, but serves another one: A's key is not B's.
    *b.keys.lock().unwrap() = json!({ "keys": [jwk(&key_pair("other"), "platform-key")] });
    let server = Setup::new().with(&a.entry()).with(&b.entry()).start();
    let mut case = Case {
        admin: admin::first(&server).await,
        platform: a,
        server,
    };
    let (a, server) = (&case.platform, &case.server);
    let mut browser = Browser::new();
    let claims = |nonce: &str| a.claims(server, nonce, "someone", roles::STUDENT);

    let first = a.login(&mut browser, server).await;
    let second = a.login(&mut browser, server).await;
    let token = a.token(&claims(&first.nonce));
    let mut answers = Vec::new();
    let crossed = a.post(&mut browser, server, &second, &token).await;
    crossed.assert_problem(400, "nonce-mismatch");
    answers.push(crossed);
    a.post(&mut browser, server, &first, &token)
        .await
        .assert_opened();
    // Its cookie is gone with it; a browser that kept it gets no further.
    let replayed = a.post(&mut browser, server, &first, &token).await;
    replayed.assert_problem(403, "other-browser");
    answers.push(replayed);

    let login = a.login(&mut browser, server).await;
    let token = a.token(&claims(&login.nonce));
    let mut kept = browser.clone();
    a.post(&mut browser, server, &login, &token)
        .await
        .assert_opened();
    for _ in 0..2 {
        let replayed = a.post(&mut kept, server, &login, &token).await;
        replayed.assert_problem(400, "state-used");
        answers.push(replayed);
    }

    let login = a.login(&mut browser, server).await;
    let token = a.token(&claims(&login.nonce));
    let mut other = Browser::new();
    a.login(&mut other, server).await;
    let stolen = a.post(&mut other, server, &login, &token).await;
    stolen.assert_problem(403, "other-browser");
    answers.push(stolen);

    let login = b.login(&mut browser, server).await;
    let foreign = a.token(&claims(&login.nonce));
    let answer = a.post(&mut browser, server, &login, &foreign).await;
    answer.assert_problem(400, "wrong-signature");
    answers.push(answer);

    for state in ["made-up", "AAAA", "ü"] {
        let fields = [("id_token", token.as_str()), ("state", state)];
        let answer = browser.post(&server.url("/lti/launch"), &[], &fields).await;
        answer.assert_problem(400, "unknown-state");
        answers.push(answer);
    }
    for answer in &answers {
        case.logged(answer).await;
    }
}

/// Fields of a form, in order.
type Fields<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn what_is_no_launch_is_refused() {
    let mut case = Case::new("requests").await;
    let server = &case.server;
    let launch = server.url("/lti/launch");
    let mut browser = Browser::new();
    let mut answers = Vec::new();

    browser
        .get(&launch)
        .await
        .assert_problem(405, "launch-by-get");
    let json = [("content-type", "application/json")];
    browser
        .send(http::Method::POST, &launch, &json, "{}")
        .await
        .assert_problem(415, "not-a-form");

    let forms: &[(Fields<'_>, u16, &str)] = &[
        (&[], 400, "missing-parameter"),
        (&[("id_token", "a.b.c")], 400, "missing-parameter"),
        (&[("state", "s")], 400, "missing-parameter"),
        (
            &[("id_token", "a"), ("id_token", "b"), ("state", "s")],
            400,
            "repeated-parameter",
        ),
        (
            &[("id_token", "a"), ("state", "s"), ("state", "t")],
            400,
            "repeated-parameter",
        ),
        (
            &[
                ("error", "login_required"),
                ("error_description", "Sign in <b>first</b>"),
            ],
            403,
            "platform-refused",
        ),
        (
            &[
                ("error", "invalid_request"),
                ("state", "made-up"),
                ("id_token", "a"),
            ],
            403,
            "platform-refused",
        ),
        (
            &[
                ("lti_message_type", "basic-lti-launch-request"),
                ("lti_version", "LTI-1p0"),
                ("oauth_consumer_key", "key"),
                ("oauth_signature", "sig"),
            ],
            400,
            "missing-parameter",
        ),
    ];
    for (fields, status, code) in forms {
        let answer = browser.post(&launch, &[], fields).await;
        answer.assert_problem(*status, code);
        answers.push(answer);
    }
    for answer in &answers {
        let entry = case.logged(answer).await;
        assert!(!entry.contains("<b>first</b>"), "texts are escaped");
    }
}

#[tokio::test]
async fn what_is_no_login_is_refused() {
    let mut case = Case::new("logins").await;
    let server = &case.server;
    let (target, login) = (server.url("/lti/launch"), server.url("/lti/login"));
    let target = target.as_str();
    let long = "x".repeat(9_000);
    let mut browser = Browser::new();
    let mut answers = Vec::new();
    let issuer = case.platform.issuer();
    let issuer = issuer.as_str();
    let logins: &[(Fields<'_>, &str)] = &[
        (
            &[("login_hint", "h"), ("target_link_uri", target)],
            "missing-parameter",
        ),
        (
            &[("iss", issuer), ("target_link_uri", target)],
            "missing-parameter",
        ),
        (&[("iss", issuer), ("login_hint", "h")], "missing-parameter"),
        (
            &[
                ("iss", issuer),
                ("login_hint", ""),
                ("target_link_uri", target),
            ],
            "missing-parameter",
        ),
        (
            &[
                ("iss", issuer),
                ("iss", "b"),
                ("login_hint", "h"),
                ("target_link_uri", target),
            ],
            "repeated-parameter",
        ),
        (
            &[
                ("iss", issuer),
                ("login_hint", &long),
                ("target_link_uri", target),
            ],
            "parameter-too-long",
        ),
        (
            &[
                ("iss", "https://unknown.example"),
                ("login_hint", "h"),
                ("target_link_uri", target),
            ],
            "unknown-registration",
        ),
        (
            &[
                ("iss", issuer),
                ("client_id", "other"),
                ("login_hint", "h"),
                ("target_link_uri", target),
            ],
            "unknown-registration",
        ),
        (
            &[
                ("iss", issuer),
                ("login_hint", "h"),
                ("target_link_uri", "https://evil.example/"),
            ],
            "foreign-target",
        ),
    ];
    for (fields, code) in logins {
        let answer = browser.post(&login, &[], fields).await;
        answer.assert_problem(400, code);
        answers.push(answer);
        let url = url::Url::parse_with_params(&login, *fields).unwrap();
        let answer = browser.get(url.as_str()).await;
        answer.assert_problem(400, code);
        answers.push(answer);
    }
    for answer in &answers {
        case.logged(answer).await;
    }
}
