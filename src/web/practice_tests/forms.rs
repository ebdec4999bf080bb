//! Launches of the practice course by LTI 1.1, and what time does to them.

use std::time::Duration;

use http::{Method, StatusCode};

use super::{Answer, PUBLIC, Sent, Site};
use crate::store::rows::people::{Binding, Role};

const OWN_SITE: (&str, &str) = ("LANTERNA_PRACTICE__URL", "http://practice.localhost:8080");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const WINDOW: Duration = Duration::from_mins(5);
const SECOND: Duration = Duration::from_secs(1);

/// Posts a form from a page of the course into its frame.
async fn post(site: &Site, form: &Sent) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form.fields)
        .finish();
    let headers = [FORM, ("origin", PUBLIC), ("sec-fetch-dest", "iframe")];
    site.send(Method::POST, &form.action, &headers, body).await
}

async fn signed(site: &Site, person: &str) -> Sent {
    let page = site.get(&format!("/practice/launch/{person}/1.1")).await;
    page.form().unwrap()
}

#[tokio::test]
async fn everybody_gets_in_as_who_they_are() {
    let site = Site::new().await;
    for (person, name, role) in [
        ("amara", "Amara Okafor", Role::Manager),
        ("linh", "Linh Tran", Role::Member),
    ] {
        let mut browser = site.browser();
        let start = format!("/practice/launch/{person}/1.1");
        let opened = site.opened(&browser.launch(&start, "iframe").await);
        assert_eq!(opened.user.name.as_deref(), Some(name));
        assert_eq!(opened.user.subject, person);
        assert_eq!(opened.session.role, role);
        assert_eq!(opened.session.binding, Binding::Cookie);
        assert!(opened.session.browser.is_some());
        assert_eq!(opened.course.title.as_deref(), Some("Discovering light"));
        let back = format!("{PUBLIC}/practice/course/{person}/1.1");
        assert_eq!(opened.session.return_url, Some(back));
        assert!(opened.session.frame_origins.contains(&PUBLIC.to_owned()));
        // Each version is a connection of its own.
        let start = format!("/practice/launch/{person}");
        let other = site.opened(&browser.launch(&start, "iframe").await);
        assert_ne!(other.session.connection, opened.session.connection);
        assert_ne!(other.session.user, opened.session.user);
    }
    for path in ["launch", "window", "course"] {
        let nobody = site.get(&format!("/practice/{path}/nobody/1.1")).await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_course_offers_both_versions() {
    let site = Site::new().await;
    for (path, other) in [
        ("/practice/course/linh", "/practice/course/linh/1.1"),
        ("/practice/course/linh/1.1", "/practice/course/linh"),
    ] {
        let page = site.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        let current = format!("href=\"{path}\" aria-current=\"page\"");
        assert!(page.text.contains(&current), "{}", page.text);
        assert!(page.text.contains(&format!("href=\"{other}\"")));
        let launch = path.replace("course", "launch");
        assert!(page.text.contains(&format!("src=\"{launch}\"")));
    }
}

#[tokio::test]
async fn the_page_that_posts_works_by_its_button_too() {
    let site = Site::new().await;
    let page = site.get("/practice/launch/linh/1.1").await;
    let form = page.form().unwrap();
    assert_eq!(form.action, format!("{PUBLIC}/lti/launch"));
    assert_eq!(form.get("oauth_consumer_key"), Some("lanterna-practice"));
    assert!(page.text.contains("type=\"submit\""));
    assert_eq!(page.header("referrer-policy"), "strict-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("form-action 'self' {PUBLIC};")));
    assert!(policy.ends_with("frame-ancestors 'self'"));
}

#[tokio::test]
async fn across_sites_it_works_without_cookies() {
    let site = Site::with(&[OWN_SITE]).await;
    let mut browser = site.browser();
    browser.cookies = None;
    let start = "http://practice.localhost:8080/practice/launch/amara/1.1";
    let opened = site.opened(&browser.launch(start, "iframe").await);
    assert_eq!(opened.session.role, Role::Manager);
    assert_eq!(opened.session.binding, Binding::Unbound);
    assert_eq!(opened.session.browser, None);
    let practice = "http://practice.localhost:8080".to_owned();
    assert!(opened.session.frame_origins.contains(&practice));
}

#[tokio::test]
async fn another_person_in_the_browser_ends_the_formers_session() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let first = browser.launch("/practice/launch/linh/1.1", "iframe").await;
    site.opened(&first);
    let second = browser.launch("/practice/launch/mateo/1.1", "iframe").await;
    site.opened(&second);
    let again = browser.follow(first.url.as_str(), "iframe").await;
    assert!(again.text.contains("session-ended"), "{}", again.text);
}

/// A form is good within the window, once; its nonce is remembered for longer than any form is good.
#[tokio::test]
async fn a_form_is_good_for_a_time_and_once() {
    for (age, code) in [(WINDOW, ""), (WINDOW + SECOND, "timestamp-old")] {
        let site = Site::new().await;
        let form = signed(&site, "linh").await;
        site.clock.advance(age);
        let answer = post(&site, &form).await;
        if code.is_empty() {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        } else {
            assert!(answer.text.contains(code));
        }
    }
    let site = Site::new().await;
    let form = signed(&site, "linh").await;
    assert_eq!(post(&site, &form).await.status, StatusCode::SEE_OTHER);
    for _ in 0..5 {
        assert!(post(&site, &form).await.text.contains("nonce-used"));
        site.clock.advance(Duration::from_mins(1));
    }
    site.clock.advance(2 * WINDOW);
    assert!(post(&site, &form).await.text.contains("timestamp-old"));
}

#[tokio::test]
async fn switched_off_its_forms_are_refused() {
    const OFF: (&str, &str) = ("LANTERNA_PRACTICE__ENABLED", "false");
    let site = Site::new().await;
    let form = signed(&site, "amara").await;
    let off = site.restarted(&[OFF]).await;
    let refused = post(&off, &form).await;
    assert!(refused.text.contains("connection-disabled"));
    let gone = off.get("/practice/launch/amara/1.1").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let on = off.restarted(&[]).await;
    let again = on
        .browser()
        .launch("/practice/launch/amara/1.1", "iframe")
        .await;
    on.opened(&again);
}

/// A restart keeps the secret: what was signed before is good after.
#[tokio::test]
async fn a_restart_keeps_the_secret() {
    let site = Site::new().await;
    let form = signed(&site, "amara").await;
    let again = site.restarted(&[]).await;
    let answer = post(&again, &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}
