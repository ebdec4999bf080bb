//! Picking media in the practice course's frame.

use fantoccini::Locator;
use fantoccini::key::Key;

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, practice};
use crate::harness::fixture;
use crate::harness::server::Server;

async fn look(browser: &Browser, name: &str, theme: &str) {
    for width in [320, 1280] {
        browser.size(width, 1000).await;
        browser
            .accessible(&format!("{name} at {width} px, {theme}"))
            .await;
        browser
            .script("document.querySelector('h1').scrollIntoView()")
            .await;
        browser.picture(&format!("{name}-{width}-{theme}")).await;
    }
}

/// Opens the page on which Ms Okafor picks, and goes into its frame.
pub async fn add(browser: &Browser, server: &Server) {
    browser.leave().await;
    browser
        .open(&format!("{}add/amara", practice(server)))
        .await;
    browser.enter("iframe").await;
    browser.find("[data-picker]").await;
}

/// Uploads a file in place.
pub async fn upload(browser: &Browser, file: &str) {
    let open = "details:has([data-upload]):not([open]) > summary";
    browser.find(open).await.click().await.unwrap();
    let path = fixture(file);
    let input = browser.find("input[type=file]").await;
    input.send_keys(path.to_str().unwrap()).await.unwrap();
    let start = "button[data-part=start]:not([hidden])";
    browser.find(start).await.click().await.unwrap();
}

async fn ticked(browser: &Browser) -> u64 {
    let ticked = "return document.querySelectorAll('[name=item]:checked').length";
    browser.script(ticked).await.as_u64().unwrap()
}

pub async fn press(browser: &Browser, css: &str) {
    browser.find(css).await.click().await.unwrap();
}

async fn picked_in_place(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, dark).await;
    browser.size(1280, 1000).await;
    add(&browser, &server).await;
    look(&browser, "select-empty", theme).await;
    browser.size(1280, 1000).await;
    upload(&browser, "media/lesson.mp4").await;
    browser.find(".picker-bar .chip input:checked").await;
    assert_eq!(ticked(&browser).await, 1, "what is uploaded is picked");
    assert_eq!(browser.text("[data-part=count]").await, "Picked: 1");

    // By the keyboard alone: look for it, untick it, tick it, go on.
    let field = browser.find("input[type=search]").await;
    field.send_keys("less\u{e007}").await.unwrap();
    browser
        .until("return new URL(location).searchParams.get('q') === 'less'")
        .await;
    assert_eq!(ticked(&browser).await, 1, "it stays picked");
    let tick = browser.find(".pick input").await;
    tick.send_keys(" ").await.unwrap();
    assert_eq!(ticked(&browser).await, 0);
    assert_eq!(browser.text("[data-part=count]").await, "Picked: 0");
    tick.send_keys(" ").await.unwrap();
    look(&browser, "select-found", theme).await;
    press(&browser, "[name=view][value=course]").await;
    browser.find(".picker-bar .chip").await;
    assert_eq!(ticked(&browser).await, 1, "in another list too");
    let details = browser.find("[name=step]").await;
    details
        .send_keys(&String::from(char::from(Key::Enter)))
        .await
        .unwrap();
    let title = browser.find("[name^=title-]").await;
    look(&browser, "select-details", theme).await;

    title.clear().await.unwrap();
    title.send_keys("Light, part one").await.unwrap();
    let start = browser.find("[name^=start-]").await;
    start.send_keys("tomorrow").await.unwrap();
    press(&browser, "form[action=select] .button.primary").await;
    let wrong = browser.find("[name^=start-][aria-invalid]").await;
    look(&browser, "select-mistake", theme).await;
    wrong.clear().await.unwrap();
    wrong.send_keys("0:01").await.unwrap();
    let end = browser.find("[name^=end-]").await;
    end.send_keys("0:02").await.unwrap();
    press(&browser, "form[action=select] .button.primary").await;

    browser.leave().await;
    let link = browser
        .client
        .wait()
        .for_element(Locator::XPath("//a[contains(., 'Light, part one')]"));
    link.await.unwrap().click().await.unwrap();
    browser.enter("iframe").await;
    assert_eq!(browser.text("h1").await, "Light, part one");
    browser
        .script("const v = document.querySelector('video'); v.muted = true; v.play();")
        .await;
    browser
        .until("const v = document.querySelector('video'); return v.paused && v.currentTime > 1.5")
        .await;
    let stopped = "return document.querySelector('video').currentTime < 2.6";
    assert_eq!(browser.script(stopped).await, true, "it stops at its end");
    browser.picture(&format!("select-placed-{theme}")).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_is_picked_in_place_in_light() {
    picked_in_place(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_is_picked_in_place_in_dark() {
    picked_in_place(true).await;
}
