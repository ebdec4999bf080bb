//! The pages of connections, narrow and wide, light and dark: accessible, and never scrolling
//! sideways; a secret is made and a mistake corrected as an administrator would.

use super::driver::{Browser, Cookies, installed};
use super::pages::{become_administrator, look};
use crate::harness::server::Setup;

async fn every_page(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let server = Setup::new()
        .env("LANTERNA_PRACTICE__ENABLED", "true")
        .start();
    let browser = Browser::start(Cookies::Kept, dark).await;
    become_administrator(&browser, &server, theme).await;
    for (name, path) in [
        ("connections", ""),
        ("connect", "/new"),
        ("connect-moodle", "/new/moodle"),
        ("connect-canvas", "/new/canvas"),
        ("connect-brightspace", "/new/brightspace"),
        ("connect-other", "/new/other"),
        ("connect-consumer", "/new/consumer"),
        ("connection-read-only", "/1"),
        ("connection-people", "/1/people"),
    ] {
        let url = server.url(&format!("/admin/connections{path}"));
        browser.open(&url).await;
        look(&browser, name, theme).await;
    }
    let fill = async |css: &str, text: &str| {
        browser.find(css).await.send_keys(text).await.unwrap();
    };
    browser
        .open(&server.url("/admin/connections/new/consumer"))
        .await;
    fill("input[name=name]", "Old LMS").await;
    browser
        .find("main form button")
        .await
        .click()
        .await
        .unwrap();
    browser.find("#secret").await;
    look(&browser, "connection-secret", theme).await;
    browser.find("main a.button").await.click().await.unwrap();
    browser.find("#settings").await;
    look(&browser, "connection", theme).await;
    browser
        .open(&server.url("/admin/connections/3/secret"))
        .await;
    look(&browser, "secret-overlap", theme).await;
    let submit = "main form button";
    browser.find(submit).await.click().await.unwrap();
    browser.find("#secret").await;
    look(&browser, "secret-both", theme).await;
    browser.open(&server.url("/admin/connections/3")).await;
    look(&browser, "connection-former-secret", theme).await;
    browser
        .open(&server.url("/admin/connections/3/delete"))
        .await;
    look(&browser, "connection-delete", theme).await;
    browser.find(submit).await.click().await.unwrap();
    browser.find("h1").await;
    browser.open(&server.url("/admin/connections/3")).await;
    look(&browser, "connection-gone", theme).await;
    browser
        .open(&server.url("/admin/connections/3/media"))
        .await;
    fill("input[name=name]", "Old").await;
    browser.find(submit).await.click().await.unwrap();
    browser.find(".field-error").await;
    look(&browser, "connection-left", theme).await;

    browser
        .open(&server.url("/admin/connections/new/blackboard"))
        .await;
    fill("input[name=client_id]", "an id").await;
    fill("input[name=deployment_id]", "ü").await;
    let submit = "section[aria-labelledby=back] button";
    browser.find(submit).await.click().await.unwrap();
    browser.find(".field-error").await;
    look(&browser, "connect-mistake", theme).await;
    browser
        .find("input[name=deployment_id]")
        .await
        .clear()
        .await
        .unwrap();
    browser.find(submit).await.click().await.unwrap();
    browser.find("#deployments").await;
    look(&browser, "connection-made", theme).await;
    browser.open(&server.url("/admin/connections/4/move")).await;
    look(&browser, "connection-move", theme).await;
    browser
        .open(&server.url("/admin/connections/1/deployments"))
        .await;
    look(&browser, "deployments", theme).await;
    browser.open(&server.url("/admin/audit")).await;
    look(&browser, "audit", theme).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_connections_is_accessible_in_light() {
    every_page(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_connections_is_accessible_in_dark() {
    every_page(true).await;
}
