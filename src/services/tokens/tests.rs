use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::app::testing::Running;
use crate::services::testing::{Fake, response};

const SCOPES: [&str; 2] = ["scope/a", "scope/b"];
const CLIENT: Client<'static> = Client {
    connection: ConnectionId(1),
    source: Source::Practice,
    client_id: "client-1",
    token_url: "https://lms.example/token",
    audience: None,
};

/// A platform whose nth token is `token-n`, with what it adds to the answer.
async fn bench(status: u16, more: &'static str) -> (Running, Tokens, Fake) {
    let bench = Running::with(&[]).await;
    bench.app.keys.prepare(false).await.unwrap();
    let given = AtomicUsize::new(0);
    let platform = Fake::new(move |request| {
        if request.url.path() == "/token" {
            let n = given.fetch_add(1, Ordering::SeqCst) + 1;
            response(status, format!(r#"{{"access_token":"token-{n}"{more}}}"#))
        } else if request.headers[AUTHORIZATION] == "Bearer token-1" {
            response(401, "")
        } else {
            response(200, "welcome")
        }
    });
    let calls = Calls::new(&bench.app.outbound);
    calls.practice(Arc::new(platform.clone()));
    let tokens = Tokens::new(&bench.app.world, &calls, &bench.app.keys);
    (bench, tokens, platform)
}

fn text(token: &Token) -> &str {
    token.header.to_str().unwrap()
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_kept_until_shortly_before_its_end() {
    let (bench, tokens, platform) = bench(201, r#","expires_in":"3600""#).await;
    let waiting = (0..20).map(|_| tokens.get(&CLIENT, &SCOPES));
    for token in futures_util::future::join_all(waiting).await {
        assert_eq!(text(&token.unwrap()), "Bearer token-1");
    }
    assert_eq!(platform.asked().len(), 1);
    let reordered = tokens.get(&CLIENT, &["scope/b", "scope/a"]).await.unwrap();
    assert_eq!(text(&reordered), "Bearer token-1");

    bench
        .clock
        .advance(Duration::from_mins(59) - Duration::from_secs(1));
    assert_eq!(
        text(&tokens.get(&CLIENT, &SCOPES).await.unwrap()),
        "Bearer token-1"
    );
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(
        text(&tokens.get(&CLIENT, &SCOPES).await.unwrap()),
        "Bearer token-2"
    );
    // Other scopes and other connections have tokens of their own.
    assert_eq!(
        text(&tokens.get(&CLIENT, &["scope/a"]).await.unwrap()),
        "Bearer token-3"
    );
    let other = Client {
        connection: ConnectionId(2),
        ..CLIENT
    };
    assert_eq!(
        text(&tokens.get(&other, &SCOPES).await.unwrap()),
        "Bearer token-4"
    );
    assert!(!format!("{:?}", tokens.get(&other, &SCOPES).await).contains("token-4"));
}

#[tokio::test]
async fn the_audience_is_the_token_endpoint_or_what_the_connection_says() {
    let (_bench, tokens, platform) = bench(200, "").await;
    let audience = |request: &Request| {
        let form: HashMap<String, String> =
            form_urlencoded::parse(&request.body).into_owned().collect();
        assert_eq!(form["scope"], "scope/a scope/b");
        let claims = form["client_assertion"]
            .split('.')
            .nth(1)
            .unwrap()
            .to_owned();
        let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        claims["aud"].as_str().unwrap().to_owned()
    };
    tokens.get(&CLIENT, &SCOPES).await.unwrap();
    // One that was asked for otherwise is asked for anew.
    let other = Client {
        audience: Some("https://aud.example/"),
        ..CLIENT
    };
    tokens.get(&other, &SCOPES).await.unwrap();
    let audiences: Vec<String> = platform.asked().iter().map(audience).collect();
    assert_eq!(
        audiences,
        ["https://lms.example/token", "https://aud.example/"]
    );
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_replaced_once() {
    let (_bench, tokens, platform) = bench(200, "").await;
    let call = Request::get(Url::parse("https://lms.example/service").unwrap(), 100);
    let answer = tokens.call(&CLIENT, &SCOPES, &call).await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), &answer.body[..]),
        (200, &b"welcome"[..])
    );
    let paths: Vec<String> = platform
        .asked()
        .iter()
        .map(|r| r.url.path().to_owned())
        .collect();
    assert_eq!(paths, ["/token", "/service", "/token", "/service"]);
    tokens.call(&CLIENT, &SCOPES, &call).await.unwrap();
    assert_eq!(platform.asked().len(), 5);
}

#[tokio::test]
async fn a_platform_that_takes_no_token_is_asked_twice_and_no_more() {
    let bench = Running::with(&[]).await;
    bench.app.keys.prepare(false).await.unwrap();
    let platform = Fake::new(|request| match request.url.path() {
        "/token" => response(200, r#"{"access_token":"t"}"#),
        _ => response(401, "no"),
    });
    let calls = Calls::new(&bench.app.outbound);
    calls.practice(Arc::new(platform.clone()));
    let tokens = Tokens::new(&bench.app.world, &calls, &bench.app.keys);
    let call = Request::get(Url::parse("https://lms.example/service").unwrap(), 100);
    let answer = tokens.call(&CLIENT, &SCOPES, &call).await.unwrap();
    assert_eq!(answer.status.as_u16(), 401);
    assert_eq!(platform.asked().len(), 4);
}

#[tokio::test]
async fn fewer_scopes_are_taken_and_none_is_refused() {
    let (_bench, tokens, _) = bench(200, r#","scope":"scope/a other""#).await;
    let token = tokens.get(&CLIENT, &SCOPES).await.unwrap();
    assert!(token.grants("scope/a") && !token.grants("scope/b"));
    let none = tokens.get(&CLIENT, &["scope/b"]).await;
    assert_eq!(none.unwrap_err(), Error::NothingGranted);
}

#[tokio::test]
async fn refusals_say_why_and_are_not_repeated_at_once() {
    let bench = Running::with(&[]).await;
    bench.app.keys.prepare(false).await.unwrap();
    let platform = Fake::new(|_| response(400, r#"{"error":"invalid_client"}"#));
    let calls = Calls::new(&bench.app.outbound);
    let tokens = Tokens::new(&bench.app.world, &calls, &bench.app.keys);
    let absent = tokens.get(&CLIENT, &SCOPES).await.unwrap_err();
    assert_eq!(absent, Error::Unreachable(calls::Error::NotThere));
    bench.clock.advance(INTERVAL);
    calls.practice(Arc::new(platform.clone()));
    let refused = Error::Refused {
        status: 400,
        code: Some("invalid_client".into()),
    };
    for _ in 0..3 {
        assert_eq!(tokens.get(&CLIENT, &SCOPES).await.unwrap_err(), refused);
    }
    assert_eq!(platform.asked().len(), 1);
    bench.clock.advance(INTERVAL);
    assert_eq!(tokens.get(&CLIENT, &SCOPES).await.unwrap_err(), refused);
    assert_eq!(platform.asked().len(), 2);
    assert_eq!(
        refused.to_string(),
        "the platform refused an access token: 400 invalid_client"
    );
}

#[tokio::test]
async fn pages_and_other_statuses_hold_no_token() {
    for (status, body, expected) in [
        (200, "<html>sign in</html>", Error::NotAToken),
        (
            204,
            "",
            Error::Refused {
                status: 204,
                code: None,
            },
        ),
        (
            500,
            "<html>",
            Error::Refused {
                status: 500,
                code: None,
            },
        ),
    ] {
        let bench = Running::with(&[]).await;
        bench.app.keys.prepare(false).await.unwrap();
        let calls = Calls::new(&bench.app.outbound);
        calls.practice(Arc::new(Fake::new(move |_| response(status, body))));
        let tokens = Tokens::new(&bench.app.world, &calls, &bench.app.keys);
        assert_eq!(tokens.get(&CLIENT, &SCOPES).await.unwrap_err(), expected);
    }
}
