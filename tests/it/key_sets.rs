//! Platforms' key sets: how often they are fetched, and what their troubles do to launches.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::client::{Answer, Browser};
use crate::harness::fixture;
use crate::harness::platform::{Platform, Serving, roles};
use crate::harness::server::{Server, Setup};

/// Begins this many logins and posts their tokens all at once.
async fn together(platform: &Platform, server: &Server, count: usize) -> Vec<Answer> {
    let mut posts = JoinSet::new();
    let origin = platform.issuer();
    for person in 0..count {
        let mut browser = Browser::new();
        let login = platform.login(&mut browser, server).await;
        let subject = format!("person-{person}");
        let claims = platform.claims(server, &login.nonce, &subject, roles::STUDENT);
        let token = platform.token(&claims);
        let (url, origin) = (server.url("/lti/launch"), origin.clone());
        posts.spawn(async move {
            let headers = [("origin", origin.as_str()), ("sec-fetch-dest", "iframe")];
            let fields = [
                ("id_token", token.as_str()),
                ("state", login.state.as_str()),
            ];
            browser.post(&url, &headers, &fields).await
        });
    }
    posts.join_all().await
}

#[tokio::test]
async fn one_fetch_serves_fifty_launches_at_once_and_all_later_ones() {
    let platform = Platform::start("many").await;
    let server = Setup::new().with(&platform.entry()).start();
    for answer in together(&platform, &server, 50).await {
        answer.assert_opened();
    }
    assert_eq!(platform.fetched(), 1);
    let mut browser = Browser::new();
    for _ in 0..5 {
        platform
            .launch(&mut browser, &server, "later", roles::STUDENT)
            .await
            .assert_opened();
    }
    assert_eq!(platform.fetched(), 1);
}

#[tokio::test]
async fn an_unknown_key_does_not_make_us_ask_again_and_again() {
    let mut platform = Platform::start("unknown").await;
    let server = Setup::new().with(&platform.entry()).start();
    platform.kid = "nobody's".into();
    for answer in together(&platform, &server, 10).await {
        answer.assert_problem(400, "unknown-key");
    }
    assert_eq!(platform.fetched(), 1);
    // Without a login of ours nobody is asked anything.
    let fields = [("id_token", "a.b.c"), ("state", "made-up")];
    let mut browser = Browser::new();
    let answer = browser.post(&server.url("/lti/launch"), &[], &fields).await;
    answer.assert_problem(400, "unknown-state");
    assert_eq!(platform.fetched(), 1);
}

#[tokio::test]
async fn a_platform_that_hangs_holds_up_nobody_else() {
    let (hanging, well) = (
        Platform::start("hangs").await,
        Platform::start("well").await,
    );
    *hanging.serving.lock().unwrap() = Serving::Hanging;
    let setup = Setup::new().with(&hanging.entry()).with(&well.entry());
    let server = setup.start();
    let mut browser = Browser::new();
    let login = hanging.login(&mut browser, &server).await;
    let claims = hanging.claims(&server, &login.nonce, "waits", roles::STUDENT);
    let token = hanging.token(&claims);
    let url = server.url("/lti/launch");
    let waiting = tokio::spawn(async move {
        let fields = [
            ("id_token", token.as_str()),
            ("state", login.state.as_str()),
        ];
        browser.post(&url, &[], &fields).await
    });
    while hanging.fetched() == 0 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    for answer in together(&well, &server, 50).await {
        answer.assert_opened();
    }
    // Far longer than the work takes, far shorter than we wait for a platform.
    assert!(began.elapsed() < Duration::from_secs(8), "{began:?}");
    assert!(!waiting.is_finished());
    waiting.abort();
}

#[tokio::test]
async fn a_platform_that_fails_is_named_as_the_trouble() {
    let platform = Platform::start("fails").await;
    let server = Setup::new().with(&platform.entry()).start();
    *platform.serving.lock().unwrap() = Serving::Failing(503);
    for answer in together(&platform, &server, 5).await {
        answer.assert_problem(502, "platform-keys-unavailable");
    }
    assert_eq!(
        platform.fetched(),
        1,
        "a failure is not asked for again at once"
    );
}

#[tokio::test]
async fn what_is_no_key_set_is_named_as_the_trouble() {
    for set in [json!({ "keys": "none" }), json!([]), json!("<html>")] {
        let platform = Platform::start("strange").await;
        *platform.keys.lock().unwrap() = set;
        let server = Setup::new().with(&platform.entry()).start();
        let mut browser = Browser::new();
        platform
            .launch(&mut browser, &server, "someone", roles::STUDENT)
            .await
            .assert_problem(502, "platform-keys-unavailable");
    }
}

#[tokio::test]
async fn a_key_too_small_is_refused() {
    let platform = Platform::start("small").await;
    let text = std::fs::read(fixture("keys/public.jwks.json")).unwrap();
    let mut set: serde_json::Value = serde_json::from_slice(&text).unwrap();
    // The last one has 1024 bits.
    let small = set["keys"].as_array_mut().unwrap().pop().unwrap();
    let (n, e) = (&small["n"], &small["e"]);
    let small = json!({ "kty": "RSA", "kid": platform.kid, "n": n, "e": e });
    *platform.keys.lock().unwrap() = json!({ "keys": [small] });
    let server = Setup::new().with(&platform.entry()).start();
    let mut browser = Browser::new();
    platform
        .launch(&mut browser, &server, "someone", roles::STUDENT)
        .await
        .assert_problem(400, "weak-key");
}

#[tokio::test]
async fn a_key_set_outlives_a_restart_while_its_platform_is_down() {
    let platform = Platform::start("down").await;
    // Its own port cannot be known beforehand, so that the restart gets another one.
    let server = Setup::new().with(&platform.entry()).start();
    let mut browser = Browser::new();
    platform
        .launch(&mut browser, &server, "before", roles::STUDENT)
        .await
        .assert_opened();
    *platform.serving.lock().unwrap() = Serving::Failing(500);
    let server = server.kill().start();
    platform
        .launch(&mut browser, &server, "after", roles::STUDENT)
        .await
        .assert_opened();
    assert_eq!(platform.fetched(), 1);
}
