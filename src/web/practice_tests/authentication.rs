//! What the authentication endpoint grants and what it refuses.

use std::time::Duration;

use http::{Method, StatusCode};
use url::Url;

use super::{PUBLIC, Site};

/// `url` with one parameter replaced, or dropped when `value` is empty.
fn with(url: &Url, name: &str, value: &str) -> Url {
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(known, own)| {
            let own = if known == name { value } else { &own };
            (known.into_owned(), own.to_owned())
        })
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}

fn value(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap().1.into_owned()
}

/// The code that the browser would post, for a request with one parameter replaced.
async fn refused(site: &Site, name: &str, replaced: &str) -> String {
    let asked = site.browser().asked("linh").await;
    let answer = site.get(with(&asked, name, replaced).as_str()).await;
    let form = answer.form().unwrap();
    assert_eq!(form.action, format!("{PUBLIC}/lti/launch"));
    assert_eq!(form.get("state"), Some(value(&asked, "state").as_str()));
    assert_eq!(form.get("id_token"), None);
    form.get("error").unwrap().to_owned()
}

#[tokio::test]
async fn what_lanterna_asks_is_granted() {
    let site = Site::new().await;
    let asked = site.browser().asked("linh").await;
    assert!(
        asked
            .as_str()
            .starts_with(&format!("{PUBLIC}/practice/auth?"))
    );
    let answer = site.get(asked.as_str()).await;
    let form = answer.form().unwrap();
    assert_eq!(form.action, format!("{PUBLIC}/lti/launch"));
    assert_eq!(form.get("state"), Some(value(&asked, "state").as_str()));
    assert!(form.get("id_token").is_some());
    assert_eq!(form.get("error"), None);
    let policy = answer.header("content-security-policy");
    assert!(policy.contains(&format!("form-action 'self' {PUBLIC};")));
    assert!(policy.ends_with("frame-ancestors 'self'"));
    assert_eq!(answer.header("referrer-policy"), "strict-origin");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_form_is_as_good_as_a_query() {
    let site = Site::new().await;
    let asked = site.browser().asked("linh").await;
    let body = asked.query().unwrap().to_owned();
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let answer = site.send(Method::POST, "/practice/auth", &kind, body).await;
    assert!(answer.form().unwrap().get("id_token").is_some());
}

#[tokio::test]
async fn hints_are_used_once() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let asked = browser.asked("linh").await;
    let first = site.get(asked.as_str()).await;
    assert!(first.form().unwrap().get("id_token").is_some());
    let again = browser.follow(asked.as_str(), "iframe").await;
    assert_eq!(again.form().unwrap().get("error"), Some("login_required"));
    // What is posted then tells the tool, and through it the person.
    let told = browser.submit(&again, "iframe").await;
    assert_eq!(told.status, StatusCode::FORBIDDEN);
    assert!(told.text.contains("platform-refused"));
}

#[tokio::test]
async fn two_at_once_are_not_both_granted() {
    let site = Site::new().await;
    let asked = site.browser().asked("linh").await;
    let (one, other) = tokio::join!(site.get(asked.as_str()), site.get(asked.as_str()));
    let granted = [one, other].map(|answer| answer.form().unwrap().get("id_token").is_some());
    assert_eq!(granted.iter().filter(|granted| **granted).count(), 1);
}

#[tokio::test]
async fn a_refused_request_leaves_its_hints_unused() {
    let site = Site::new().await;
    let asked = site.browser().asked("linh").await;
    site.get(with(&asked, "prompt", "login").as_str()).await;
    let answer = site.get(asked.as_str()).await;
    assert!(answer.form().unwrap().get("id_token").is_some());
}

#[tokio::test]
async fn hints_of_two_launches_do_not_mix() {
    let site = Site::new().await;
    let teacher = site.browser().asked("amara").await;
    for name in ["login_hint", "lti_message_hint"] {
        let mixed = refused(&site, name, &value(&teacher, name)).await;
        assert_eq!(mixed, "login_required", "{name}");
        assert_eq!(refused(&site, name, "made-up").await, "login_required");
    }
    let swapped = with(&teacher, "login_hint", &value(&teacher, "lti_message_hint"));
    let swapped = site.get(swapped.as_str()).await.form().unwrap();
    assert_eq!(swapped.get("error"), Some("login_required"));
    assert_eq!(refused(&site, "login_hint", "").await, "invalid_request");
    assert_eq!(
        refused(&site, "lti_message_hint", "").await,
        "login_required"
    );
}

#[tokio::test]
async fn hints_last_a_minute() {
    let site = Site::new().await;
    for (seconds, granted) in [(59, true), (60, false)] {
        let asked = site.browser().asked("linh").await;
        site.clock.advance(Duration::from_secs(seconds));
        let form = site.get(asked.as_str()).await.form().unwrap();
        assert_eq!(form.get("id_token").is_some(), granted);
        assert_eq!(form.get("error").is_some(), !granted);
    }
}

#[tokio::test]
async fn anything_but_an_lti_login_is_refused_by_name() {
    let site = Site::new().await;
    for (name, replaced, code) in [
        ("response_mode", "query", "invalid_request"),
        ("response_mode", "", "invalid_request"),
        ("response_type", "code", "unsupported_response_type"),
        ("scope", "profile", "invalid_scope"),
        ("prompt", "login", "invalid_request"),
        ("prompt", "", "invalid_request"),
        ("nonce", "", "invalid_request"),
    ] {
        assert_eq!(refused(&site, name, replaced).await, code, "{name}");
    }
}

#[tokio::test]
async fn nothing_is_posted_to_strangers() {
    let site = Site::new().await;
    for (name, replaced, code) in [
        ("client_id", "another", "practice-tool"),
        ("client_id", "", "practice-request"),
        ("redirect_uri", "https://evil.example/", "practice-tool"),
        (
            "redirect_uri",
            "http://127.0.0.1:8080/lti/launch/",
            "practice-tool",
        ),
        ("redirect_uri", "", "practice-request"),
    ] {
        let asked = site.browser().asked("amara").await;
        let answer = site.get(with(&asked, name, replaced).as_str()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(answer.form().is_none(), "{name}");
        assert!(answer.text.contains(code), "{name}");
    }
}
