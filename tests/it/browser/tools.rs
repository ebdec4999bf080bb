//! External tools between two Lanternas in a real browser: the one holds the other as a tool, by
//! LTI 1.1, inside its own pages; narrow and wide, light and dark.

use super::course::enter;
use super::driver::{Browser, Cookies, installed};
use super::pages::{become_administrator, look};
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup};

const KEY: &str = "school-library";
const SECRET: &str = "a:secret&more";

/// The passport of a tool that is a part of the held library.
pub(super) fn passport(name: &str) -> String {
    format!("{name}:{KEY}:{SECRET}")
}

/// The library that is held as a tool, and the one that holds it, whose address it knows.
pub(super) fn pair(platform: &Platform) -> (Server, Server) {
    let setup = Setup::new().on_one_port();
    let holder = setup.listen().to_owned();
    let held = Setup::new()
        .with(&format!(
            "[outbound]\ntrusted_hosts = [\"http://{holder}\"]\n\
             [[consumer]]\nname = \"School\"\nkey = \"{KEY}\"\nsecret = \"{SECRET}\""
        ))
        .start();
    let holder = setup
        .with(&format!(
            "{}[[tool]]\nname = \"Physics archive\"\n\
             passport = \"{}\"\n\
             launch_url = \"{}\"\nshare = [\"name\"]\n\
             custom_parameters = [\"unit=$ResourceLink.title\"]",
            platform.entry(),
            passport("archive"),
            held.url("/lti/launch"),
        ))
        .start();
    (held, holder)
}

async fn press(browser: &Browser, css: &str) {
    browser.find(css).await.click().await.unwrap();
}

pub(super) async fn fill(browser: &Browser, css: &str, text: &str) {
    let field = browser.find(css).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

/// The page that adds a tool, and what it says of mistakes.
async fn adding(browser: &Browser, theme: &str) {
    press(browser, "a[href='upload']").await;
    press(browser, "a[href='tools/new']").await;
    browser.find("#own").await;
    look(browser, "tool-new", theme).await;
    fill(browser, "#field-title", "Wave machine").await;
    fill(browser, "#field-launch_url", "https://9.9.9.9/launch").await;
    fill(browser, "#field-passport", "waves:key").await;
    press(browser, "section[aria-labelledby=own] form > button").await;
    browser.find(".field-error").await;
    look(browser, "tool-new-mistake", theme).await;
    browser.size(1280, 2600).await;
    browser.picture(&format!("tool-new-whole-{theme}")).await;
    press(browser, "#field-version-1\\.3").await;
    browser.find("#field-login_url").await;
    look(browser, "tool-new-1p3", theme).await;
    browser.size(1280, 2600).await;
    browser
        .picture(&format!("tool-new-1p3-whole-{theme}"))
        .await;
    browser.size(1280, 900).await;
}

/// A collection: made, filled with what is there, put in order, shown.
async fn collecting(browser: &Browser, theme: &str) {
    press(browser, "a[href$='upload']").await;
    press(browser, "a[href='collections/new']").await;
    look(browser, "collection-new", theme).await;
    fill(browser, "#field-title", "Waves").await;
    press(browser, "main form button").await;
    browser.find("#inside").await;
    look(browser, "collection-contents-empty", theme).await;
    for left in [1, 0] {
        press(browser, "section[aria-labelledby=more] .collected button").await;
        let offered = "return document.querySelectorAll(
            'section[aria-labelledby=more] .collected button').length";
        browser.until(&format!("{offered} === {left}")).await;
    }
    look(browser, "collection-contents", theme).await;
    press(browser, "p.back a").await;
    browser.find(".collection-list").await;
    look(browser, "collection", theme).await;
    press(browser, "a[rel=next]").await;
    browser.until("return location.search === '?at=2'").await;
    look(browser, "collection-second", theme).await;
}

async fn two_libraries(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let platform = Platform::start(&format!("tools-{theme}")).await;
    let (_held, holder) = pair(&platform);
    let browser = Browser::start(Cookies::Kept, dark).await;

    enter(&browser, &platform, &holder, "tess", roles::TEACHER).await;
    adding(&browser, theme).await;
    // One of the school's is one press away. Before it opens, it asks.
    press(&browser, ".tools button").await;
    browser.find("#consent").await;
    look(&browser, "tool-consent", theme).await;
    press(&browser, "button[value=agree]").await;
    browser.enter("iframe.tool-frame").await;
    let inside = browser.text("header.frame-head").await;
    assert!(inside.contains("tess Doe"), "{inside}");
    assert!(inside.contains("Biology"), "{inside}");
    browser.leave().await;
    look(&browser, "tool-frame", theme).await;
    press(&browser, "a[href$='/share']").await;
    press(&browser, "form[action='place'] button").await;
    browser.find(".notice.success").await;
    // One more, and both in a collection.
    press(&browser, "a[href$='upload']").await;
    press(&browser, "a[href='tools/new']").await;
    press(&browser, ".tools button").await;
    browser.find("iframe.tool-frame").await;
    look(&browser, "tool-added", theme).await;
    collecting(&browser, theme).await;

    enter(&browser, &platform, &holder, "sam", roles::STUDENT).await;
    press(&browser, "a[href='course']").await;
    press(&browser, "section[aria-labelledby=placed] th a").await;
    browser.find("#consent").await;
    press(&browser, "button[value=decline]").await;
    browser.enter("iframe.tool-frame").await;
    let inside = browser.text("header.frame-head").await;
    assert!(!inside.contains("sam"), "{inside}");
    browser.leave().await;
    look(&browser, "tool-declined", theme).await;

    enter(&browser, &platform, &holder, "tess", roles::TEACHER).await;
    press(&browser, "a[href='course']").await;
    press(&browser, "a[href^='course/scores/']").await;
    browser.find(".empty").await;
    look(&browser, "tool-scores-none", theme).await;

    become_administrator(&browser, &holder, theme).await;
    for (name, path) in [
        ("tools", ""),
        ("tools-people", "?of=people"),
        ("tools-new", "/new"),
    ] {
        browser
            .open(&holder.url(&format!("/admin/tools{path}")))
            .await;
        look(&browser, &format!("admin-{name}"), theme).await;
    }
    browser.open(&holder.url("/admin/tools")).await;
    press(&browser, "main th a").await;
    browser.find("#decisions").await;
    look(&browser, "admin-tool", theme).await;
    press(&browser, "form[action$='/forbid'] button").await;
    browser.find("form[action$='/allow']").await;
    enter(&browser, &platform, &holder, "sam", roles::STUDENT).await;
    press(&browser, "a[href='course']").await;
    press(&browser, "section[aria-labelledby=placed] th a").await;
    browser.find(".notice.warning").await;
    look(&browser, "tool-forbidden", theme).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_holds_another_in_light() {
    two_libraries(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_holds_another_in_dark() {
    two_libraries(true).await;
}
