//! The ways by which Lanterna may know a browser, each with a browser that keeps cookies and with one
//! that keeps none, on one site and across sites.

use std::collections::BTreeMap;

use http::{Method, StatusCode};

use super::launches::OWN_SITE;
use super::{Answer, Browser, Site, attribute};
use crate::store::trees::{Log, Sessions};

const ACROSS: &str = "http://practice.localhost:8080";

/// What a page with platform storage of this browser does next.
async fn exchange(
    browser: &mut Browser<'_>,
    stored: &mut BTreeMap<String, String>,
    page: &Answer,
) -> Answer {
    let (_, rest) = page.text.split_once("<section data-storage").unwrap();
    let (tag, body) = rest.split_once('>').unwrap();
    let tag = format!(" data-storage{tag}");
    let key = attribute(&tag, "data-key").unwrap();
    assert_eq!(
        attribute(&tag, "data-frame").as_deref(),
        Some("lanterna_practice_storage")
    );
    if attribute(&tag, "data-storage").as_deref() == Some("put") {
        stored.insert(key, attribute(&tag, "data-value").unwrap());
        let (_, link) = body.split_once("<a").unwrap();
        let next = attribute(link, "href").unwrap();
        return browser.follow(&next, "iframe").await;
    }
    let ticket = attribute(body.split_once("name=\"ticket\"").unwrap().1, "value").unwrap();
    let value = stored.remove(&key).unwrap_or_default();
    let fields = [
        ("ticket", ticket.as_str()),
        ("value", &value),
        ("said", "nothing"),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "iframe"),
    ];
    let answer = browser
        .send(Method::POST, "/lti/storage", &headers, body)
        .await;
    match answer.location() {
        Some(location) => browser.follow(location.as_str(), "iframe").await,
        None => answer,
    }
}

/// Launches as a browser with scripts does; answers where it ends, and whether storage was asked.
async fn launch(browser: &mut Browser<'_>, url: &str) -> (Answer, bool) {
    let (mut stored, mut asked) = (BTreeMap::new(), false);
    let mut answer = browser.follow(url, "iframe").await;
    loop {
        if answer.text.contains("<section data-storage") {
            asked = true;
            answer = exchange(browser, &mut stored, &answer).await;
        } else if answer.form().is_some() {
            answer = browser.submit(&answer, "iframe").await;
        } else {
            break;
        }
    }
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(stored.is_empty(), "what was kept was used");
    (answer, asked)
}

/// How the launch log says that the browser of a session was known.
fn known_by(site: &Site, answer: &Answer) -> String {
    let store = &site.app.store;
    let session = store.get::<Sessions>(&answer.session()).unwrap().unwrap();
    let entry = store.get::<Log>(&session.launch).unwrap().unwrap();
    entry.binding.unwrap()
}

const WAYS: [(&str, &str); 4] = [
    ("", "cookie"),
    ("?way=storage", "storage"),
    ("?way=origin", "origin"),
    ("?way=none", "window"),
];

async fn ends(site: &Site, browser: &mut Browser<'_>, url: &str, way: &str) {
    let (answer, asked) = launch(browser, url).await;
    assert_eq!(asked, way == "storage", "{url}");
    if way == "window" {
        assert!(answer.text.contains("target=\"_blank\""), "{url}");
        assert!(answer.text.contains("Amara Okafor"));
    } else {
        assert_eq!(known_by(site, &answer), way, "{url}");
    }
}

/// One host: whatever the browser keeps, the chosen way is the one that counts.
#[tokio::test]
async fn on_one_site_each_way_is_really_taken() {
    let site = Site::new().await;
    let mut browser = site.browser();
    for (query, way) in WAYS.iter().chain(WAYS.iter().rev()) {
        let url = format!("/practice/launch/amara{query}");
        ends(&site, &mut browser, &url, way).await;
    }
}

/// Across sites the browser decides about cookies first.
#[tokio::test]
async fn across_sites_the_browser_decides() {
    let site = Site::with(&[OWN_SITE]).await;
    for (query, way) in WAYS {
        let url = format!("{ACROSS}/practice/launch/amara{query}");
        let mut browser = site.browser();
        browser.cookies = None;
        // Without cookies the usual page still says where it comes from.
        let way = if way == "cookie" { "origin" } else { way };
        ends(&site, &mut browser, &url, way).await;
    }
    let mut browser = site.browser();
    for (query, _) in WAYS {
        let url = format!("{ACROSS}/practice/launch/amara{query}");
        ends(&site, &mut browser, &url, "cookie").await;
    }
}

#[tokio::test]
async fn the_page_offers_each_way_and_remembers_the_choice() {
    let site = Site::new().await;
    for (query, way) in WAYS {
        let page = site.get(&format!("/practice/course/amara{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        for (other, _) in WAYS {
            let link = format!("href=\"/practice/course/amara{other}\"");
            assert!(page.text.contains(&link), "{link}");
        }
        let frame = format!("src=\"/practice/launch/amara{query}\"");
        assert!(page.text.contains(&frame), "{frame}");
        assert_eq!(
            page.text.contains("name=\"lanterna_practice_storage\""),
            way == "storage"
        );
        assert!(page.text.contains("have one address"));
    }
    let site = Site::with(&[OWN_SITE]).await;
    let page = site.get(&format!("{ACROSS}/practice/course/amara")).await;
    assert!(page.text.contains("a site name of its own here"));
}

#[tokio::test]
async fn the_frame_that_stores_is_for_the_course_and_the_tool() {
    let site = Site::with(&[OWN_SITE]).await;
    let page = site.get(&format!("{ACROSS}/practice/storage")).await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors 'self'"), "{policy}");
    assert!(page.text.contains("data-tool=\"http://127.0.0.1:8080\""));
    assert_eq!(page.header("cross-origin-opener-policy"), "");
    let answer = site
        .send(Method::POST, "/practice/storage", &[], String::new())
        .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}
