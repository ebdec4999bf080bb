//! Launches without third-party cookies, each way: in a browser that really blocks them, from a course
//! on another site.

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, plays, practice, upload};
use crate::harness::client::Browser as Client;
use crate::harness::platform::{Login, Platform, post_from, roles};
use crate::harness::server::{Server, Setup};

/// The frame in which the course shows Lanterna.
const FRAME: &str = "iframe.practice-frame";

/// What the offer of a window has.
const OFFERED: &str = "form[target='_blank'] button";

async fn course(browser: &Browser, server: &Server, person: &str, way: &str) {
    browser.leave().await;
    let url = format!("{}course/{person}?way={way}", practice(server));
    browser.open(&url).await;
}

/// In the new window that Lanterna's frame offers.
async fn into_window(browser: &Browser) {
    let before = browser.client.windows().await.unwrap();
    browser.find(OFFERED).await.click().await.unwrap();
    browser.follow(&before).await;
}

/// Goes to where the launch of this way opens.
async fn enter(browser: &Browser, server: &Server, person: &str, way: &str) {
    course(browser, server, person, way).await;
    browser.enter(FRAME).await;
    if way == "none" {
        into_window(browser).await;
    }
}

/// A teacher uploads, a student plays, by this way; and what the teacher picks comes back to the
/// course, where a student opens it by this way.
async fn by(cookies: Cookies, way: &str) {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(cookies, false).await;
    browser.size(1280, 1000).await;
    enter(&browser, &server, "amara", way).await;
    upload(&browser, "media/lesson.mp4").await;
    enter(&browser, &server, "linh", way).await;
    let item = browser.find("main a[href^='media/']").await;
    item.click().await.unwrap();
    plays(&browser).await;
    browser.leave().await;
    let add = format!("{}add/amara?way={way}", practice(&server));
    browser.open(&add).await;
    browser.enter(FRAME).await;
    if way == "none" {
        into_window(&browser).await;
    }
    browser.find("form[action$='select']").await;
    pick(&browser, "finish").await;
    browser.leave().await;
    let placed = ".practice-outline ol a";
    assert!(browser.text(placed).await.contains("lesson"));
    let href = format!("return document.querySelector('{placed}').href");
    let href = browser.script(&href).await.as_str().unwrap().to_owned();
    let activity = href.replace("/amara/", "/linh/");
    let activity = activity.split('?').next().unwrap();
    browser.open(&format!("{activity}?way={way}")).await;
    browser.enter(FRAME).await;
    if way == "none" {
        into_window(&browser).await;
    }
    assert_eq!(browser.text("h1").await, "lesson");
    plays(&browser).await;
    browser.end().await;
}

/// Picks the first of what is there, and presses this button of the page.
async fn pick(browser: &Browser, part: &str) {
    browser.find(".pick input").await.click().await.unwrap();
    let press = format!("button[data-part={part}]");
    browser.find(&press).await.click().await.unwrap();
}

/// Not to pick anything comes back, too.
#[tokio::test(flavor = "multi_thread")]
async fn picking_nothing_comes_back_by_each_way() {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::BlockedInFrames, false).await;
    browser.size(1280, 1000).await;
    for way in ["storage", "origin", "none"] {
        browser.leave().await;
        let add = format!("{}add/amara?way={way}", practice(&server));
        browser.open(&add).await;
        browser.enter(FRAME).await;
        if way == "none" {
            into_window(&browser).await;
        }
        let cancel = "form[action$='select'] [name=cancel]";
        browser.find(cancel).await.click().await.unwrap();
        browser.leave().await;
        // The course without the frame of the page for adding.
        browser
            .until("return location.pathname.includes('/course/amara')")
            .await;
        let none = "return document.querySelector('.practice-outline ol a') === null";
        assert_eq!(browser.script(none).await, true, "{way}");
    }
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_platform_storage() {
    by(Cookies::BlockedInFrames, "storage").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_page_that_sends() {
    by(Cookies::BlockedInFrames, "origin").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_window_of_its_own() {
    by(Cookies::BlockedInFrames, "none").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_partitioned_cookies() {
    by(Cookies::ThirdPartyBlocked, "cookies").await;
}

/// The pages of a launch under way are there for a moment only; here they are kept from going on.
#[tokio::test(flavor = "multi_thread")]
async fn the_pages_on_the_way_are_accessible() {
    if !installed() {
        return;
    }
    let platform = Platform::start("pages").await;
    let server = Setup::new().with(&platform.entry()).start();
    let mut client = Client::without_cookies();
    let target = [("lti_storage_target", "_parent")];
    let keeps = platform.begin(&mut client, &server, &[], &target).await;
    let login = Login::at(&keeps.attribute("<a href").unwrap());
    let token = platform.token(&platform.claims(&server, &login.nonce, "robin", roles::STUDENT));
    let from = ("null", "iframe");
    let asks = post_from(from, &mut client, &server, &login, &token).await;
    for (dark, theme) in [(false, "light"), (true, "dark")] {
        let browser = Browser::start(Cookies::Kept, dark).await;
        for (page, name) in [(&keeps, "keeps"), (&asks, "asks")] {
            let html = page
                .text()
                .replace("<script", "<template")
                .replace("</script", "</template");
            for width in [320, 1280] {
                browser.size(width, 700).await;
                browser.open(&server.url("/")).await;
                let html = serde_json::to_string(&html).unwrap();
                browser
                    .script(&format!(
                        "document.open(); document.write({html}); document.close();"
                    ))
                    .await;
                browser.find("[data-storage] .button").await;
                browser
                    .accessible(&format!("{name} at {width} px, {theme}"))
                    .await;
                browser
                    .picture(&format!("way-{name}-{width}-{theme}"))
                    .await;
            }
        }
        browser.end().await;
    }
}

/// The choice between the ways, in the course.
#[tokio::test(flavor = "multi_thread")]
async fn the_choice_is_accessible() {
    if !installed() {
        return;
    }
    let server = across_sites();
    for dark in [false, true] {
        let browser = Browser::start(Cookies::BlockedInFrames, dark).await;
        for width in [320, 1280] {
            browser.size(width, 1000).await;
            course(&browser, &server, "amara", "storage").await;
            browser.find(FRAME).await;
            let name = format!("ways-{width}-{}", if dark { "dark" } else { "light" });
            browser.accessible(&name).await;
            browser.picture(&name).await;
        }
        browser.end().await;
    }
}
