//! Every page, narrow and wide, light and dark: accessible, and never scrolling sideways.

use super::driver::{Browser, Cookies, installed};
use crate::harness::server::{Server, Setup};

const PASSWORD: &str = "a lantern in the window";
const SIZES: [(u32, u32); 2] = [(320, 900), (1280, 900)];

pub(super) async fn look(browser: &Browser, name: &str, theme: &str) {
    for (width, height) in SIZES {
        browser.size(width, height).await;
        browser
            .accessible(&format!("{name} at {width} px, {theme}"))
            .await;
        browser.picture(&format!("{name}-{width}-{theme}")).await;
    }
}

fn claim_link(server: &Server) -> String {
    let line = server
        .greeting
        .iter()
        .find(|line| line.contains("/admin/claim/"))
        .unwrap();
    let start = line.find("http").unwrap();
    line[start..].trim().to_owned()
}

pub(super) async fn become_administrator(browser: &Browser, server: &Server, theme: &str) {
    browser.open(&claim_link(server)).await;
    look(browser, "claim", theme).await;
    browser
        .find("input[name=name]")
        .await
        .send_keys("Ada")
        .await
        .unwrap();
    browser
        .find("input[name=password]")
        .await
        .send_keys("short")
        .await
        .unwrap();
    browser.find("main button").await.click().await.unwrap();
    browser.find(".field-error").await;
    look(browser, "claim-error", theme).await;
    browser
        .find("input[name=password]")
        .await
        .send_keys(PASSWORD)
        .await
        .unwrap();
    browser.find("main button").await.click().await.unwrap();
    browser.find("#system").await;
}

async fn every_page(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let server = Setup::new()
        .env("LANTERNA_PRACTICE__ENABLED", "true")
        .start();
    let browser = Browser::start(Cookies::Kept, dark).await;

    for (name, path) in [
        ("front", "/"),
        ("practice", "/practice/"),
        ("practice-1.1", "/practice/course/linh/1.1"),
        ("public-key", "/lti/public-key"),
        ("not-found", "/nothing/here"),
        ("refused", "/lti/login"),
        ("sign-in-unclaimed", "/admin/sign-in"),
    ] {
        browser.open(&server.url(path)).await;
        look(&browser, name, theme).await;
    }
    become_administrator(&browser, &server, theme).await;
    look(&browser, "status", theme).await;
    browser.open(&server.url("/admin/audit")).await;
    look(&browser, "audit", theme).await;
    browser.open(&server.url("/admin/launches")).await;
    look(&browser, "launches", theme).await;
    browser.find("tbody a").await.click().await.unwrap();
    browser.find("main dl").await;
    look(&browser, "launch", theme).await;
    browser
        .find("header.frame-head button")
        .await
        .click()
        .await
        .unwrap();
    browser.find("input[name=password]").await;
    look(&browser, "sign-in", theme).await;

    browser.open(&server.url("/practice/course/mateo")).await;
    look(&browser, "course", theme).await;
    browser.enter("iframe").await;
    browser.find("header.frame-head").await;
    look(&browser, "library-empty", theme).await;
    browser
        .find("a[href='upload']")
        .await
        .click()
        .await
        .unwrap();
    browser.find("[data-upload]").await;
    look(&browser, "upload", theme).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_in_light() {
    every_page(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_in_dark() {
    every_page(true).await;
}
