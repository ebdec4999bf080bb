//! What a browser tells of what is watched, and what the page makes of it.

use serde_json::json;

use super::driver::{Browser, Cookies, installed};
use super::player::in_a_box;
use super::practice::{across_sites, enter_as, upload};
use crate::harness::server::Server;

/// The page of the one item of the course, as a student sees it.
async fn watches(file: &str, dark: bool) -> Option<(Server, Browser)> {
    if !installed() {
        return None;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, dark).await;
    browser.size(1280, 1000).await;
    enter_as(&browser, &server, "amara").await;
    upload(&browser, file).await;
    opens(&browser, &server).await;
    Some((server, browser))
}

async fn opens(browser: &Browser, server: &Server) {
    enter_as(browser, server, "linh").await;
    let link = browser.find("main a[href^='media/']").await;
    link.click().await.unwrap();
    browser.find("[data-own]").await;
}

/// How much the bar says, in percent.
async fn percent(browser: &Browser) -> u64 {
    let value = "return Number(document.querySelector('.own-bar').getAttribute('aria-valuenow'))";
    browser.script(value).await.as_u64().unwrap()
}

/// Plays from a moment on for some milliseconds.
async fn plays(browser: &Browser, from: &str, long: u32, then: &str) {
    let playing = format!(
        "const v = document.querySelector('video'); v.muted = true;
         const go = () => v.play().then(() => setTimeout(() => {{ {then}; window.over = true; }}, {long}));
         window.over = false;
         if ({from} === null) go();
         else {{ v.addEventListener('seeked', go, {{ once: true }}); v.currentTime = {from}; }}"
    );
    browser
        .until("return document.querySelector('video').readyState > 1")
        .await;
    browser.script(&playing).await;
    browser.until("return window.over").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_played_counts_and_what_is_skipped_does_not() {
    let Some((server, browser)) = watches("media/lesson.mp4", false).await else {
        return;
    };
    assert_eq!(percent(&browser).await, 0);
    let words = browser.text(".own-words").await;
    assert!(words.contains("haven’t watched"), "{words}");
    browser.accessible("an item that nobody began").await;

    // What was played shows once it pauses.
    plays(&browser, "null", 2_000, "v.pause()").await;
    browser
        .until(
            "return Number(document.querySelector('.own-bar').getAttribute('aria-valuenow')) > 0",
        )
        .await;
    let begun = percent(&browser).await;
    assert!(begun < 60, "{begun}");

    // Near the end is not at the end.
    plays(&browser, "v.duration - 2", 700, "v.pause()").await;
    browser
        .until("return document.querySelectorAll('.own-bar rect').length === 2")
        .await;
    let skipped = percent(&browser).await;
    assert!(
        begun < skipped && skipped < begun + 30,
        "{begun}, {skipped}"
    );
    let said = format!("You have watched {skipped} %.");
    assert_eq!(browser.text(".own-words").await, said);
    browser
        .accessible("an item of which something was seen")
        .await;
    browser.size(1280, 2000).await;
    let shows = "document.querySelector('.own').scrollIntoView({ block: 'center' })";
    browser.script(shows).await;
    browser.picture("watched-light").await;

    // The same is there on any device, and what is left to go on with.
    enter_as(&browser, &server, "linh").await;
    browser.find(".continuing a[href^='media/']").await;
    for width in [320, 1280] {
        browser.size(width, 1600).await;
        browser
            .accessible(&format!("something to go on with at {width} px"))
            .await;
        browser.picture(&format!("watched-library-{width}")).await;
    }
    opens(&browser, &server).await;
    browser.size(320, 1600).await;
    browser.script(shows).await;
    browser.accessible("what was seen at 320 px").await;
    browser.picture("watched-320").await;
    assert_eq!(percent(&browser).await, skipped);
    browser.end().await;
}

/// Plays, and closes the page's window while it plays; another one goes on.
async fn plays_until_closed(browser: &Browser) {
    plays(browser, "null", 2_500, "").await;
    let still = "return !document.querySelector('video').paused";
    assert_eq!(browser.script(still).await, json!(true));
    let client = &browser.client;
    let playing = client.window().await.unwrap();
    let other = client.new_window(true).await.unwrap();
    client.switch_to_window(playing).await.unwrap();
    client.close_window().await.unwrap();
    client.switch_to_window(other.handle).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_closes_the_page_keeps_the_last_seconds() {
    let Some((server, browser)) = watches("media/lesson.mp4", true).await else {
        return;
    };
    // A browser that has much to do gives a page that it closes no time: then it is closed once more.
    let mut seen = 0;
    for _ in 0..3 {
        plays_until_closed(&browser).await;
        for _ in 0..20 {
            opens(&browser, &server).await;
            seen = percent(&browser).await;
            if seen > 0 {
                break;
            }
        }
        if seen > 0 {
            break;
        }
    }
    assert!(seen >= 10, "{seen}");
    browser.accessible("an item that was begun, dark").await;
    browser.size(1280, 2000).await;
    let shows = "document.querySelector('.own').scrollIntoView({ block: 'center' })";
    browser.script(shows).await;
    browser.picture("watched-dark").await;
    browser.end().await;
}

/// Turns a page of a document by its key.
async fn turns(browser: &Browser, words: &str) {
    let pages = browser.find(".pdf-pages").await;
    pages.send_keys("\u{e014}").await.unwrap();
    says(browser, words).await;
}

/// Waits until the page says this of what was seen.
async fn says(browser: &Browser, words: &str) {
    let there =
        format!("return document.querySelector('.own-words').textContent.includes('{words}')");
    browser.until(&there).await;
}

async fn pages_are_gone_on_with(dark: bool) {
    let Some((server, browser)) = watches("media/notes.pdf", dark).await else {
        return;
    };
    let theme = if dark { "dark" } else { "light" };
    says(&browser, "looked at 1 of").await;
    browser.picture(&format!("watched-pages-{theme}")).await;
    turns(&browser, "looked at 2 of").await;

    // On another device one is asked, and goes on there.
    enter_as(&browser, &server, "linh").await;
    let left = browser.text(".continuing").await;
    assert!(left.contains("Stopped at page 2"), "{left}");
    opens(&browser, &server).await;
    for width in [320, 1280] {
        browser.size(width, 1000).await;
        let offer = browser.text("[data-part=continue]").await;
        assert!(offer.contains("You stopped at page 2."), "{offer}");
        browser
            .accessible(&format!("a page to go on at, {width} px, {theme}"))
            .await;
        browser
            .picture(&format!("watched-page-{width}-{theme}"))
            .await;
    }
    let link = browser.find("[data-go='2']").await;
    link.click().await.unwrap();
    let page = "return document.querySelector('[data-part=number]').value";
    browser.until(&format!("{page} === '2'")).await;
    let focus = "return document.activeElement.matches('.pdf-pages')
        && document.querySelector('[data-part=continue]').hidden";
    assert_eq!(browser.script(focus).await, json!(true));
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_looked_at_count_and_are_gone_on_with() {
    pages_are_gone_on_with(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn likewise_in_dark() {
    pages_are_gone_on_with(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_played_in_a_frame_without_an_origin_counts() {
    let Some((server, browser)) = watches("media/lesson.mp4", false).await else {
        return;
    };
    in_a_box(&browser).await;
    plays(&browser, "null", 2_000, "v.pause()").await;
    // The page may read what the server makes of it.
    browser
        .until(
            "return Number(document.querySelector('.own-bar').getAttribute('aria-valuenow')) > 0",
        )
        .await;
    let begun = percent(&browser).await;
    // And what it tells when it goes away arrives.
    plays(&browser, "null", 2_500, "").await;
    for _ in 0..20 {
        opens(&browser, &server).await;
        if percent(&browser).await > begun {
            break;
        }
    }
    assert!(percent(&browser).await > begun);
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_read_in_a_frame_without_an_origin_count() {
    let Some((_server, browser)) = watches("media/notes.pdf", false).await else {
        return;
    };
    in_a_box(&browser).await;
    says(&browser, "looked at 1 of").await;
    turns(&browser, "looked at 2 of").await;
    browser.end().await;
}
