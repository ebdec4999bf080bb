//! Watching that counts: a teacher picks a film that is worth points, a student watches it at the
//! greatest speed, and the practice course's gradebook has the grade.

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, enter_as, practice};
use super::selection::{add, press, upload};
use crate::harness::server::Server;

/// How often a gradebook is opened until the grade is there.
const LOOKS: usize = 200;

/// Places a film that counts for a hundred points.
pub async fn places(browser: &Browser, server: &Server) {
    add(browser, server).await;
    upload(browser, "media/lesson.mp4").await;
    browser.find(".picker-bar .chip input:checked").await;
    press(browser, "[name=step]").await;
    press(browser, "[type=checkbox][name^=graded-]").await;
    browser.accessible("a pick that counts").await;
    browser
        .script("document.querySelector('.picked-grade').scrollIntoView({ block: 'center' })")
        .await;
    browser.picture("pick-counts").await;
    press(browser, "form[action=select] .button.primary").await;
    browser.leave().await;
    browser
        .until("return !!document.querySelector(\"a[href*='/activity/']\")")
        .await;
}

/// Watches all of it, as fast as the player goes.
pub async fn watches(browser: &Browser, server: &Server) {
    browser.leave().await;
    let activity = format!("{}activity/linh/1", practice(server));
    browser.open(&activity).await;
    browser.enter("iframe").await;
    browser.find("video").await;
    let counts = browser.text(".earned").await;
    assert!(counts.contains("100 points"), "{counts}");
    plays_to_its_end(browser).await;
    // The page says so by itself.
    browser
        .until(
            "return document.querySelector('[data-earned] [data-part=missing]').textContent === ''
             && document.querySelector('[data-earned] [data-part=stands]').textContent !== ''",
        )
        .await;
}

/// Plays the film of the page to its end, as fast as the player goes.
pub async fn plays_to_its_end(browser: &Browser) {
    browser
        .until("return document.querySelector('video').readyState > 1")
        .await;
    browser
        .script(
            "const v = document.querySelector('video'); v.muted = true; v.playbackRate = 2;
             v.play();",
        )
        .await;
    browser
        .until("return document.querySelector('video').ended")
        .await;
}

/// Opens a page until it says so.
pub async fn says(browser: &Browser, address: &str, words: &str) {
    browser.leave().await;
    let mut text = String::new();
    for _ in 0..LOOKS {
        browser.open(address).await;
        text = browser.text("main").await;
        if text.contains(words) {
            return;
        }
    }
    panic!("{address} never says “{words}”: {text}");
}

async fn looked_at(browser: &Browser, name: &str, theme: &str) {
    for width in [320, 1280] {
        browser.size(width, 1000).await;
        let what = format!("{name} at {width} px, {theme}");
        browser.accessible(&what).await;
        browser.picture(&format!("{name}-{width}-{theme}")).await;
    }
}

async fn film_that_counts(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, dark).await;
    browser.size(1280, 1000).await;
    places(&browser, &server).await;
    watches(&browser, &server).await;
    // And that the points have arrived.
    browser
        .until(
            "return document.querySelector('[data-earned] [data-part=stands]')
                 .textContent.includes('has your 100')",
        )
        .await;

    let gradebook = format!("{}gradebook/linh", practice(&server));
    says(&browser, &gradebook, "100 of 100").await;
    looked_at(&browser, "gradebook-student", theme).await;
    let gradebook = format!("{}gradebook/amara", practice(&server));
    says(&browser, &gradebook, "Linh Tran").await;
    looked_at(&browser, "gradebook-teacher", theme).await;

    // Beside it, what Lanterna itself shows: to the student, and to the teacher.
    let activity = format!("{}activity/linh/1", practice(&server));
    browser.open(&activity).await;
    browser.enter("iframe").await;
    browser.find(".earned").await;
    looked_at(&browser, "earned", theme).await;
    enter_as(&browser, &server, "amara").await;
    press(&browser, "nav a[href='course']").await;
    press(&browser, "a[href='course/grades']").await;
    browser.find("main h1").await;
    looked_at(&browser, "course-grades", theme).await;
    // What takes long is done beside the page, which follows by itself.
    for (act, words) in [
        ("compare", "The gradebook has what was earned here."),
        ("resend", "One grade is sent again."),
    ] {
        press(&browser, &format!("form[action='grades/{act}'] button")).await;
        let says = format!("return document.querySelector('main').textContent.includes('{words}')");
        browser.until(&says).await;
    }
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_watched_to_its_end_is_in_the_gradebook_in_light() {
    film_that_counts(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_watched_to_its_end_is_in_the_gradebook_in_dark() {
    film_that_counts(true).await;
}
