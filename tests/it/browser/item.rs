//! One item as a teacher passes it on: its pages, narrow and wide, light and dark.

use fantoccini::Locator;

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, enter_as, plays, practice, upload};
use crate::harness::server::Server;

const SIZES: [u32; 2] = [320, 1280];
const DESCRIPTION: &str = "Two dippers make rings that add up and cancel out.\n\
    See https://en.wikipedia.org/wiki/Wave_(physics) for more.";

async fn look(browser: &Browser, name: &str, theme: &str) {
    for width in SIZES {
        browser.size(width, 1000).await;
        browser
            .accessible(&format!("{name} at {width} px, {theme}"))
            .await;
        browser.picture(&format!("{name}-{width}-{theme}")).await;
    }
}

async fn press(browser: &Browser, css: &str) {
    browser.find(css).await.click().await.unwrap();
}

async fn fill(browser: &Browser, css: &str, text: &str) {
    let field = browser.find(css).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

/// Pictures of the whole page in the frame: the frame grows with it.
async fn look_at_all(browser: &Browser, name: &str, theme: &str) {
    for width in SIZES {
        browser.size(width, 1000).await;
        browser
            .accessible(&format!("{name} at {width} px, {theme}"))
            .await;
        let tall = browser
            .script("return document.documentElement.scrollHeight")
            .await;
        let tall = u32::try_from(tall.as_u64().unwrap_or(1000)).unwrap_or(1000);
        browser.size(width, (tall + 500).min(4000)).await;
        let painted = "const done = arguments[arguments.length - 1];
            scrollTo(0, 0);
            requestAnimationFrame(() => requestAnimationFrame(done));";
        browser.client.execute_async(painted, vec![]).await.unwrap();
        browser.picture(&format!("{name}-{width}-{theme}")).await;
        browser.size(width, 1000).await;
    }
}

/// The teacher gives it words and lets whoever has a link see it.
async fn edit(browser: &Browser, theme: &str) {
    press(browser, "a[href$='/edit']").await;
    look_at_all(browser, "item-edit", theme).await;
    fill(browser, "#field-title", "Waves in a ripple tank").await;
    fill(browser, "#field-description", DESCRIPTION).await;
    fill(browser, "#field-tags", "waves, interference, lab").await;
    press(browser, "#field-visibility-unlisted").await;
    press(browser, "form[action='edit'] button").await;
    browser.find(".notice.success").await;
    look_at_all(browser, "item-owner", theme).await;

    press(browser, "a[href$='/edit']").await;
    fill(browser, "#field-title", " ").await;
    browser
        .script("document.querySelector('form[action=edit]').noValidate = true")
        .await;
    press(browser, "form[action='edit'] button").await;
    browser.find(".field-error").await;
    look_at_all(browser, "item-edit-mistake", theme).await;
    press(browser, "p.back a").await;
}

/// What the teacher's page gives away.
struct Given {
    /// A link's address.
    link: String,
    /// The code that embeds it.
    code: String,
}

async fn share(browser: &Browser, theme: &str) -> Given {
    press(browser, "a[href$='/share']").await;
    look_at_all(browser, "item-share-empty", theme).await;
    press(browser, "form[action='share'] button").await;
    browser.find("form[action='unshare']").await;
    for link in ["#link-1", "#link-2"] {
        press(browser, "form[action='link'] button").await;
        browser.find(link).await;
    }
    press(browser, "form[action='place'] button").await;
    browser.find("#placement-address").await;
    look_at_all(browser, "item-share", theme).await;
    let value = async |css| {
        browser
            .find(css)
            .await
            .prop("value")
            .await
            .unwrap()
            .unwrap()
    };
    Given {
        link: value("#link-1").await,
        code: value("#embed-code").await,
    }
}

async fn as_a_student(browser: &Browser, server: &Server, given: &Given, theme: &str) {
    enter_as(browser, server, "linh").await;
    press(browser, "main a[href^='media/']").await;
    browser.find("video").await;
    let changing = Locator::Css("a[href$='/edit'], a[href$='/share']");
    assert!(browser.client.find_all(changing).await.unwrap().is_empty());
    look_at_all(browser, "item-student", theme).await;
    let (_, item) = given.link.split_once("/media/").unwrap();
    let (item, _) = item.split_once('?').unwrap();
    browser
        .script(&format!("location.href = '../embed/{item}'"))
        .await;
    browser.find("body.bare video").await;
    look(browser, "item-embed", theme).await;
    browser.leave().await;
}

/// A page of its own, and in a page of another site.
async fn outside(browser: &Browser, server: &Server, given: &Given, theme: &str) {
    browser.open(&given.link).await;
    plays(browser).await;
    look_at_all(browser, "item-public", theme).await;
    browser.size(700, 700).await;
    browser
        .open(&format!("{}course/linh", practice(server)))
        .await;
    let code = serde_json::json!(given.code);
    browser
        .script(&format!("document.body.innerHTML = {code}"))
        .await;
    browser.enter("iframe").await;
    plays(browser).await;
    browser.accessible("an embedded page").await;
    let fits = "return document.documentElement.scrollHeight <= window.innerHeight";
    assert_eq!(
        browser.script(fits).await,
        true,
        "nothing is to be scrolled"
    );
    browser.picture(&format!("item-embedded-{theme}")).await;
    browser.leave().await;
    browser.open(&server.url("/media/0000000000000001")).await;
    look(browser, "item-nowhere", theme).await;
}

async fn every_page_of_an_item(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, dark).await;
    browser.size(1280, 1000).await;
    // Known in the course, so that they can be picked.
    for person in ["linh", "mateo"] {
        enter_as(&browser, &server, person).await;
        browser.find("header.frame-head").await;
    }
    enter_as(&browser, &server, "amara").await;
    upload(&browser, "media/lesson.mp4").await;
    press(&browser, "a[href^='media/']").await;
    edit(&browser, theme).await;
    let given = share(&browser, theme).await;
    as_a_student(&browser, &server, &given, theme).await;
    outside(&browser, &server, &given, theme).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_an_item_is_accessible_in_light() {
    every_page_of_an_item(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_an_item_is_accessible_in_dark() {
    every_page_of_an_item(true).await;
}
