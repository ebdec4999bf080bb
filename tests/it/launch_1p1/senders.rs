//! The page that sent a launch: one of the platform's, or one that nobody knows.

use super::{LAUNCH, start};
use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::{Consumer, LMS, post_into};
use crate::harness::server::Server;

const EVIL: &str = "https://evil.example";
const SAME_ORIGIN: &[(&str, &str)] = &[
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-dest", "document"),
];

async fn sent(consumer: &Consumer, server: &Server, from: (&str, &str)) -> Answer {
    let url = server.url(LAUNCH);
    let signed = consumer.sign(&url, &consumer.launch("robin", "Learner"));
    post_into(from, &mut Browser::new(), &url, &signed).await
}

#[tokio::test]
async fn pages_of_the_platform_need_no_press() {
    let consumer = Consumer::new("known");
    let server = start(&consumer, "origins = [\"https://courses.example\"]\n");
    for origin in [LMS, "https://courses.example"] {
        for place in ["iframe", "document"] {
            sent(&consumer, &server, (origin, place))
                .await
                .assert_opened();
        }
    }
    // What a launch proved of the platform is known for those that do not say where they return to.
    let url = server.url(LAUNCH);
    let parameters = consumer.launch("robin", "Learner");
    let parameters = parameters.without("launch_presentation_return_url");
    let signed = consumer.sign(&url, &parameters);
    post_into((LMS, "iframe"), &mut Browser::new(), &url, &signed)
        .await
        .assert_opened();
}

#[tokio::test]
async fn another_page_asks_at_top_level_and_opens_once() {
    let consumer = Consumer::new("asked");
    let server = start(&consumer, "");
    let window = server.url("/lti/window");
    for origin in [
        EVIL,
        "https://old-lms.example.evil.example",
        "not an origin",
    ] {
        let asked = sent(&consumer, &server, (origin, "document")).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        assert!(asked.set_cookies().is_empty());
        assert_eq!(asked.header("x-frame-options"), "DENY");
        let text = asked.text();
        for part in [
            "robin Doe",
            "Biology",
            "LMS asked",
            "Another page sent you here",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert_eq!(asked.field("ask"), None);
        let ticket = asked.field("ticket").unwrap();
        let fields = [("ticket", ticket.as_str())];
        let mut browser = Browser::new();
        let opened = browser.post(&window, SAME_ORIGIN, &fields).await;
        let path = opened.assert_opened();
        let page = browser.open(&server.url(&format!("{path}library"))).await;
        assert_eq!(page.status, 200);
        let again = Browser::new().post(&window, SAME_ORIGIN, &fields).await;
        again.assert_problem(400, "ticket-used");
    }
}

/// What is pressed in somebody else's frame may not have been seen: it only leads to a page that
/// nobody can frame.
#[tokio::test]
async fn in_a_frame_of_another_page_it_is_asked_twice() {
    let consumer = Consumer::new("framed");
    let server = start(&consumer, "");
    let window = server.url("/lti/window");
    let offer = sent(&consumer, &server, (EVIL, "iframe")).await;
    assert_eq!(offer.status, 200);
    assert!(offer.text().contains("target=\"_blank\""));
    let policy = offer.header("content-security-policy");
    let (_, ancestors) = policy.split_once("frame-ancestors ").unwrap();
    for origin in [EVIL, LMS] {
        assert!(ancestors.contains(origin), "{policy}");
    }
    let (ticket, ask) = (offer.field("ticket").unwrap(), offer.field("ask").unwrap());
    let fields = [("ticket", ticket.as_str()), ("ask", ask.as_str())];
    for headers in [SAME_ORIGIN, &[("sec-fetch-site", "cross-site")]] {
        let mut browser = Browser::new();
        let asked = browser.post(&window, headers, &fields).await;
        assert_eq!(asked.status, 200);
        assert!(asked.set_cookies().is_empty());
        assert_eq!(asked.header("x-frame-options"), "DENY");
        assert_eq!(asked.field("ask"), None);
        assert_eq!(asked.field("ticket").as_ref(), Some(&ticket));
    }
    Browser::new()
        .post(&window, SAME_ORIGIN, &fields[..1])
        .await
        .assert_opened();
}

#[tokio::test]
async fn a_waiting_launch_used_its_nonce_up_and_taught_nothing() {
    let consumer = Consumer::new("waiting");
    let server = start(&consumer, "");
    let url = server.url(LAUNCH);
    let signed = consumer.sign(&url, &consumer.launch("robin", "Learner"));
    let mut browser = Browser::new();
    let asked = post_into((EVIL, "document"), &mut browser, &url, &signed).await;
    assert_eq!(asked.status, 200);
    post_into((LMS, "iframe"), &mut browser, &url, &signed)
        .await
        .assert_problem(400, "nonce-used");
    // It opened, and still nobody knows that page.
    let ticket = asked.field("ticket").unwrap();
    let fields = [("ticket", ticket.as_str())];
    let window = server.url("/lti/window");
    let opened = browser.post(&window, SAME_ORIGIN, &fields);
    opened.await.assert_opened();
    let again = sent(&consumer, &server, (EVIL, "document")).await;
    assert_eq!(again.status, 200);
    assert!(again.field("ticket").is_some());
}

/// Posts a form of `user` from a page that keeps quiet about itself: with `Origin: null`, or with no
/// such header.
async fn quietly(
    (consumer, server): (&Consumer, &Server),
    browser: &mut Browser,
    user: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let url = server.url(LAUNCH);
    let signed = consumer.sign(&url, &consumer.launch(user, "Learner"));
    let fields: Vec<(&str, &str)> = signed
        .0
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post(&url, headers, &fields).await
}

const QUIET: [&[(&str, &str)]; 5] = [
    &[("origin", "null"), ("sec-fetch-dest", "iframe")],
    &[("sec-fetch-dest", "iframe")],
    &[("origin", "null"), ("sec-fetch-dest", "document")],
    &[("sec-fetch-dest", "document")],
    &[("origin", "null")],
];

async fn library(browser: &mut Browser, server: &Server, path: &str) -> Answer {
    browser.get(&server.url(&format!("{path}library"))).await
}

/// Whoever has a form of their own can have anybody's browser post it from a page without an origin.
#[tokio::test]
async fn a_quiet_page_neither_replaces_nor_signs_out_who_is_there() {
    let consumer = Consumer::new("quiet");
    let server = start(&consumer, "");
    let case = (&consumer, &server);
    let mut browser = Browser::new();
    let parameters = consumer.launch("robin", "Learner");
    let opened = consumer.launches(&mut browser, &server, LAUNCH, &parameters);
    let robins = opened.await.assert_opened();
    assert_eq!(library(&mut browser, &server, &robins).await.status, 200);
    let mut last = None;
    for headers in QUIET {
        let asked = quietly(case, &mut browser, "mallory", headers).await;
        assert_eq!(asked.status, 200, "{headers:?}");
        assert!(asked.set_cookies().is_empty());
        assert!(asked.text().contains("mallory Doe"));
        assert!(asked.text().contains("check that this is you"));
        let policy = asked.header("content-security-policy");
        assert!(
            policy.ends_with(&format!("frame-ancestors 'self' {LMS}")),
            "{policy}"
        );
        assert_eq!(library(&mut browser, &server, &robins).await.status, 200);
        last = asked.field("ticket");
    }
    // The person themselves goes on without a press, wherever.
    for headers in QUIET {
        quietly(case, &mut browser, "robin", headers)
            .await
            .assert_opened();
    }
    // Another site's page that sends the ticket itself only asks, in a frame too.
    let window = server.url("/lti/window");
    let ticket = last.unwrap();
    let fields = [("ticket", ticket.as_str())];
    for place in ["document", "iframe"] {
        let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-dest", place)];
        let asked = browser.post(&window, &headers, &fields).await;
        assert_eq!(asked.field("ticket").as_ref(), Some(&ticket));
        assert_eq!(asked.field("ask").is_some(), place == "iframe");
        let policy = asked.header("content-security-policy");
        assert!(!policy.contains(EVIL), "{policy}");
        assert_eq!(library(&mut browser, &server, &robins).await.status, 200);
    }
    // On a class's tablet the next one says so, goes on in the same frame, and the former is out.
    let pressed = [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "iframe"),
    ];
    let next = browser.post(&window, &pressed, &fields).await;
    let next = next.assert_opened();
    assert_eq!(library(&mut browser, &server, &next).await.status, 200);
    library(&mut browser, &server, &robins)
        .await
        .assert_problem(403, "session-ended");
}

/// Some platforms' pages never say where they come from.
#[tokio::test]
async fn a_quiet_platform_opens_in_frames_and_asks_once_at_top_level() {
    let consumer = Consumer::new("null");
    let server = start(&consumer, "");
    let case = (&consumer, &server);
    for headers in &QUIET[..2] {
        for mut browser in [Browser::new(), Browser::without_cookies()] {
            let opened = quietly(case, &mut browser, "robin", headers).await;
            let path = opened.assert_opened();
            assert_eq!(library(&mut browser, &server, &path).await.status, 200);
        }
    }
    let mut browser = Browser::new();
    let asked = quietly(case, &mut browser, "robin", QUIET[2]).await;
    assert_eq!(asked.status, 200);
    let ticket = asked.field("ticket").unwrap();
    let fields = [("ticket", ticket.as_str())];
    let window = server.url("/lti/window");
    browser
        .post(&window, SAME_ORIGIN, &fields)
        .await
        .assert_opened();
    quietly(case, &mut browser, "robin", QUIET[2])
        .await
        .assert_opened();
}

/// Browsers that tell nothing of where a request comes from but its origin can press too.
#[tokio::test]
async fn a_press_is_known_by_its_origin() {
    let consumer = Consumer::new("older");
    let server = start(&consumer, "");
    let window = server.url("/lti/window");
    let ours = window.strip_suffix("/lti/window").unwrap().to_owned();
    let asked = quietly((&consumer, &server), &mut Browser::new(), "robin", QUIET[4]).await;
    assert_eq!(asked.header("referrer-policy"), "strict-origin");
    let ticket = asked.field("ticket").unwrap();
    let fields = [("ticket", ticket.as_str())];
    for origin in [EVIL, "null"] {
        let asked = Browser::new()
            .post(&window, &[("origin", origin)], &fields)
            .await;
        assert_eq!(asked.field("ticket").as_ref(), Some(&ticket));
    }
    let origin = [("origin", ours.as_str())];
    Browser::new()
        .post(&window, &origin, &fields)
        .await
        .assert_opened();
}
