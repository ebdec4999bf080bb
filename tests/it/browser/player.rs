//! The player, the viewer of documents, and what they do without a mouse.

use serde_json::json;

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, enter_as, upload};
use crate::harness::server::Server;

/// Opens the one item of the course as this person.
async fn watch_as(browser: &Browser, server: &Server, person: &str) {
    enter_as(browser, server, person).await;
    let link = browser.find("main a[href^='media/']").await;
    link.click().await.unwrap();
}

/// A page with one uploaded file, as its owner sees it.
async fn uploaded(dark: bool, file: &str) -> Option<(Server, Browser)> {
    if !installed() {
        return None;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, dark).await;
    browser.size(1280, 1000).await;
    enter_as(&browser, &server, "amara").await;
    upload(&browser, file).await;
    let link = browser.find("a[href^='media/']").await;
    link.click().await.unwrap();
    Some((server, browser))
}

async fn press(browser: &Browser, css: &str, keys: &str) {
    browser.find(css).await.send_keys(keys).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_goes_on_where_it_stopped_and_has_a_picture() {
    let Some((server, browser)) = uploaded(false, "media/lesson.mp4").await else {
        return;
    };
    // The uploader's browser captured a frame.
    browser
        .until("return !!document.querySelector('video[poster]')")
        .await;
    browser
        .until("return !document.querySelector('[data-do=picture]').hidden")
        .await;
    let moment = browser.find("[data-do=picture]").await;
    moment.click().await.unwrap();
    browser
        .until("return document.querySelector('[data-part=status]').textContent.includes('picture now')")
        .await;
    browser.picture("player-editor").await;

    // The student stops in the middle, comes back, and goes on.
    watch_as(&browser, &server, "linh").await;
    browser
        .script(
            "const v = document.querySelector('video'); v.muted = true; v.currentTime = 6;
             v.addEventListener('seeked', () => v.play(), { once: true });
             v.addEventListener('playing', () => setTimeout(() => v.pause(), 300), { once: true });",
        )
        .await;
    browser
        .until("const v = document.querySelector('video'); return v.paused && v.currentTime > 6")
        .await;
    watch_as(&browser, &server, "linh").await;
    let offer = browser.find(".player-continue a[data-seek='6']").await;
    browser.accessible("a player that offers to go on").await;
    browser.picture("player-continue").await;
    offer.click().await.unwrap();
    browser
        .until("return document.querySelector('video').currentTime >= 6")
        .await;
    assert!(
        !browser
            .find(".player-continue")
            .await
            .is_displayed()
            .await
            .unwrap()
    );
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_player_has_keys_and_remembers_a_speed() {
    let Some((_server, browser)) = uploaded(true, "media/lesson.mp4").await else {
        return;
    };
    browser
        .until("return document.querySelector('video').readyState > 0")
        .await;
    browser
        .find(".disclosure summary")
        .await
        .click()
        .await
        .unwrap();
    for width in [320, 1280] {
        browser.size(width, 1000).await;
        browser
            .accessible(&format!("player at {width} px, dark"))
            .await;
        browser.picture(&format!("player-{width}-dark")).await;
    }
    press(&browser, "video", "m").await;
    press(&browser, "video", "l").await;
    press(&browser, "video", ">").await;
    browser
        .until(
            "const v = document.querySelector('video');
             return v.muted && v.currentTime > 5 && v.playbackRate === 1.25
                && document.querySelector('.player-speed select').value === '1.25'",
        )
        .await;
    let address = browser.script("return location.href").await;
    browser.client.refresh().await.unwrap();
    browser.enter("iframe").await;
    let again = format!("{}#t=0:03", address.as_str().unwrap());
    browser
        .script(&format!("location.href = {}", json!(again)))
        .await;
    browser
        .until(
            "const v = document.querySelector('video');
             return v?.playbackRate === 1.25 && Math.round(v.currentTime) === 3",
        )
        .await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_that_cannot_be_had_says_so_and_tries_again() {
    let Some((_server, browser)) = uploaded(false, "media/lesson.mp4").await else {
        return;
    };
    browser
        .script(
            "const source = document.querySelector('video source');
             source.dataset.was = source.src; source.src = source.src.replace('original', 'no');
             document.querySelector('video').load();",
        )
        .await;
    let retry = browser
        .find(".player-failure:not([hidden]) [data-do=retry]")
        .await;
    browser.accessible("a player that failed").await;
    browser.picture("player-failed").await;
    browser
        .script("const s = document.querySelector('video source'); s.src = s.dataset.was;")
        .await;
    retry.click().await.unwrap();
    browser
        .until("return document.querySelector('video').currentTime > 0.2")
        .await;
    browser
        .until("return document.querySelector('.player-failure').hidden")
        .await;
    browser.end().await;
}

async fn documents_are_read(dark: bool) {
    let Some((_server, browser)) = uploaded(dark, "media/notes.pdf").await else {
        return;
    };
    let theme = if dark { "dark" } else { "light" };
    let text = "return document.querySelector('.pdf-sheet .pdf-text')?.textContent ?? ''";
    browser
        .until("return (document.querySelector('.pdf-sheet .pdf-text')?.textContent ?? '').includes('Waves and light')")
        .await;
    assert!(
        browser
            .script(text)
            .await
            .as_str()
            .unwrap()
            .contains("first page")
    );
    browser
        .find(".pdf-link[href='https://example.org/waves']")
        .await;
    for width in [320, 1280] {
        browser.size(width, 1000).await;
        browser
            .accessible(&format!("a document at {width} px, {theme}"))
            .await;
        browser.picture(&format!("pdf-{width}-{theme}")).await;
    }
    let drawn = "const c = document.querySelector('.pdf-sheet canvas'); const d = c.getContext('2d')
        .getImageData(0, 0, c.width, c.height).data; return d.some((v, i) => i % 4 !== 3 && v < 128)";
    assert_eq!(
        browser.script(drawn).await,
        json!(true),
        "the page is blank"
    );

    // The second page has a picture that only WebAssembly decodes; a worker may start.
    let blue = "const c = document.querySelectorAll('.pdf-sheet')[1].querySelector('canvas');
        if (!c) return false;
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        return d.some((v, i) => i % 4 === 2 && v > 200 && d[i - 1] < 60 && d[i - 2] < 60)";
    press(&browser, ".pdf-pages", "\u{e014}").await;
    browser.until(blue).await;
    press(&browser, ".pdf-pages", "\u{e012}").await;
    let worker = "return new Promise(done => {
        const { worker } = document.querySelector('[data-pdf]').dataset;
        const started = new Worker(worker, { type: 'module' });
        started.onmessage = () => done('starts');
        started.onerror = () => done('fails');
    })";
    assert_eq!(browser.script(worker).await, json!("starts"));

    // By keyboard alone: on, back, larger, to a page by its number.
    press(&browser, ".pdf-pages", "\u{e014}").await;
    let page = "return document.querySelector('[data-part=number]').value";
    assert_eq!(browser.script(page).await, json!("2"));
    press(&browser, ".pdf-pages", "\u{e012}").await;
    assert_eq!(browser.script(page).await, json!("1"));
    let before = browser.text("[data-part=zoom]").await;
    press(&browser, ".pdf-pages", "+").await;
    assert_ne!(browser.text("[data-part=zoom]").await, before);
    let number = browser.find("[data-part=number]").await;
    number.clear().await.unwrap();
    number.send_keys("3\u{e007}").await.unwrap();
    browser
        .until("return [...document.querySelectorAll('.pdf-text')].some(t => t.textContent.includes('What is seen'))")
        .await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_read_in_light() {
    documents_are_read(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_read_in_dark() {
    documents_are_read(true).await;
}

/// Shows the same page in a frame whose pages have no origin, as some platforms do.
pub async fn in_a_box(browser: &Browser) {
    let address = browser.script("return location.href").await;
    browser.leave().await;
    browser
        .script(&format!(
            "const frame = document.querySelector('iframe');
             frame.setAttribute('sandbox', 'allow-scripts'); frame.src = {address};"
        ))
        .await;
    browser.enter("iframe").await;
    browser.until("return self.origin === 'null'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_plays_in_a_sandboxed_frame() {
    let Some((_server, browser)) = uploaded(false, "media/lesson.mp4").await else {
        return;
    };
    in_a_box(&browser).await;
    browser
        .until("return document.querySelector('.player-speed')?.hidden === false")
        .await;
    browser
        .script("const v = document.querySelector('video'); v.muted = true; v.play();")
        .await;
    browser
        .until("return document.querySelector('video').currentTime > 0.5")
        .await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_read_in_a_sandboxed_frame() {
    let Some((_server, browser)) = uploaded(false, "media/notes.pdf").await else {
        return;
    };
    in_a_box(&browser).await;
    browser
        .until("return (document.querySelector('.pdf-text')?.textContent ?? '').includes('Waves and light')")
        .await;
    browser.end().await;
}
