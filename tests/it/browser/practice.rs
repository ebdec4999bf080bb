//! The practice course: a teacher uploads a real video, a student of the course watches it.

use fantoccini::Locator;

use super::driver::{Browser, Cookies, installed};
use crate::harness::fixture;
use crate::harness::server::{Server, Setup};

/// The frame in which the course shows Lanterna.
const FRAME: &str = "iframe";

/// A server whose practice course has a site name of its own.
pub fn across_sites() -> Server {
    Setup::new()
        .env("LANTERNA_PRACTICE__ENABLED", "true")
        .env("LANTERNA_PRACTICE__URL", "http://practice.localhost:0")
        .start()
}

/// The practice course's address, as the greeting says it.
pub fn practice(server: &Server) -> String {
    let line = server
        .greeting
        .iter()
        .find(|line| line.trim_start().starts_with("Practice"));
    line.unwrap().split_whitespace().nth(1).unwrap().to_owned()
}

/// Opens the course as this person and goes into Lanterna's frame.
pub async fn enter_as(browser: &Browser, server: &Server, person: &str) {
    browser.leave().await;
    browser
        .open(&format!("{}course/{person}", practice(server)))
        .await;
    browser.enter(FRAME).await;
}

async fn greeted(browser: &Browser, name: &str, role: &str) {
    let head = browser.text("header.frame-head").await;
    assert!(head.contains(name), "{head}");
    assert!(head.contains(role), "{head}");
    assert!(head.contains("Discovering light"), "{head}");
}

/// Uploads a file for the course through the page, as a person would.
pub async fn upload(browser: &Browser, file: &str) {
    browser
        .find("a[href='upload']")
        .await
        .click()
        .await
        .unwrap();
    // The panel comes to life by its script.
    browser.find("[data-upload]:not([hidden])").await;
    browser
        .find("input[type=radio][value=course]")
        .await
        .click()
        .await
        .unwrap();
    let path = fixture(file);
    let input = browser.find("input[type=file]").await;
    input.send_keys(path.to_str().unwrap()).await.unwrap();
    browser
        .find("button[data-part=start]:not([hidden])")
        .await
        .click()
        .await
        .unwrap();
    browser.find("a[href^='media/']").await;
}

pub async fn plays(browser: &Browser) {
    browser.find("video").await;
    browser
        .script("const v = document.querySelector('video'); v.muted = true; v.play();")
        .await;
    browser
        .until("return document.querySelector('video').currentTime > 0.5")
        .await;
}

async fn teacher_uploads_student_watches(cookies: Cookies, name: &str) {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(cookies, false).await;
    browser.size(1280, 1000).await;

    enter_as(&browser, &server, "amara").await;
    greeted(&browser, "Amara Okafor", "Teacher").await;
    browser.accessible("the teacher's empty library").await;
    upload(&browser, "media/lesson.mp4").await;
    browser.accessible("a finished upload").await;
    browser
        .find("a[href^='media/']")
        .await
        .click()
        .await
        .unwrap();
    plays(&browser).await;
    browser.accessible("the teacher's watch page").await;
    browser.picture(&format!("{name}-teacher")).await;

    enter_as(&browser, &server, "linh").await;
    greeted(&browser, "Linh Tran", "Student").await;
    browser.accessible("the student's library").await;
    browser
        .find("main a[href^='media/']")
        .await
        .click()
        .await
        .unwrap();
    plays(&browser).await;
    let owners_only = browser
        .client
        .find_all(Locator::Css("form[action$='delete']"))
        .await;
    assert!(
        owners_only.unwrap().is_empty(),
        "a student is offered the owner's buttons"
    );
    browser.picture(&format!("{name}-student")).await;
    browser.end().await;
}

/// The pages with something on them, narrow and wide.
async fn filled_pages(dark: bool) {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, dark).await;
    enter_as(&browser, &server, "amara").await;
    upload(&browser, "media/lesson-index-last.mp4").await;
    let theme = if dark { "dark" } else { "light" };
    for width in [320, 1280] {
        browser.size(width, 1000).await;
        browser
            .find("a[href$='library?view=mine']")
            .await
            .click()
            .await
            .unwrap();
        browser.find("main a[href^='media/']").await;
        browser
            .accessible(&format!("a filled library at {width} px, {theme}"))
            .await;
        browser.picture(&format!("library-{width}-{theme}")).await;
        browser
            .find("main a[href^='media/']")
            .await
            .click()
            .await
            .unwrap();
        plays(&browser).await;
        browser
            .accessible(&format!("a watch page at {width} px, {theme}"))
            .await;
        browser.picture(&format!("watch-{width}-{theme}")).await;
    }
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filled_pages_are_accessible_in_light() {
    filled_pages(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filled_pages_are_accessible_in_dark() {
    filled_pages(true).await;
}

/// In a sandboxed frame the launch's page has no origin, and without cookies nothing tells whose
/// browser it is: the launch waits for a press of the person's.
#[tokio::test(flavor = "multi_thread")]
async fn a_sandboxed_frame_without_cookies_offers_a_window_of_its_own() {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::Blocked, false).await;
    browser
        .open(&format!("{}course/linh", practice(&server)))
        .await;
    browser
        .script(
            "const frame = document.querySelector('iframe');
             frame.setAttribute('sandbox', 'allow-forms allow-scripts allow-popups');
             frame.src = frame.src;",
        )
        .await;
    browser.enter(FRAME).await;
    let offer = browser
        .find("form[action$='/lti/window'][target='_blank'] button")
        .await;
    assert!(offer.is_displayed().await.unwrap());
    let page = browser.text("main").await;
    for named in ["Linh Tran", "Discovering light", "Practice course"] {
        assert!(page.contains(named), "{page}");
    }
    browser.accessible("the offer of a window").await;
    browser.picture("window").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teacher_uploads_and_a_student_watches() {
    teacher_uploads_student_watches(Cookies::Kept, "kept").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn likewise_with_third_party_cookies_blocked() {
    teacher_uploads_student_watches(Cookies::ThirdPartyBlocked, "blocked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn likewise_with_every_cookie_blocked() {
    teacher_uploads_student_watches(Cookies::Blocked, "none").await;
}
