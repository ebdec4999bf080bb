//! Finding things in the library, and the trash.

use fantoccini::Locator;

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, enter_as, upload};

async fn look(browser: &Browser, name: &str, theme: &str) {
    for width in [320, 1280] {
        browser.size(width, 1000).await;
        let named = format!("{name} at {width} px, {theme}");
        browser.accessible(&named).await;
        browser.picture(&format!("{name}-{width}-{theme}")).await;
    }
}

/// Types a question into the search field and sends it by the keyboard.
async fn search(browser: &Browser, text: &str) {
    let field = browser.find("input[type=search]").await;
    field.clear().await.unwrap();
    field.send_keys(&format!("{text}\u{e007}")).await.unwrap();
    let shown = format!("return new URL(location).searchParams.get('q') === '{text}'");
    browser.until(&shown).await;
}

async fn cards(browser: &Browser) -> usize {
    let found = browser.client.find_all(Locator::Css("article.card")).await;
    found.unwrap().len()
}

async fn found_and_thrown_away(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let server = across_sites();
    let browser = Browser::start(Cookies::Kept, dark).await;
    browser.size(1280, 1000).await;
    enter_as(&browser, &server, "amara").await;
    upload(&browser, "media/lesson.mp4").await;
    let shelf = "a[href$='library?view=mine']";
    browser.find(shelf).await.click().await.unwrap();

    search(&browser, "less").await;
    assert_eq!(cards(&browser).await, 1);
    look(&browser, "found", theme).await;
    search(&browser, "leson").await;
    assert_eq!(cards(&browser).await, 1, "one letter is forgiven");
    search(&browser, "thunder").await;
    assert_eq!(cards(&browser).await, 0);
    look(&browser, "nothing-found", theme).await;
    browser.find(".empty a").await.click().await.unwrap();
    browser
        .find("article.card h2 a")
        .await
        .click()
        .await
        .unwrap();

    browser
        .find("a[href$='/edit']")
        .await
        .click()
        .await
        .unwrap();
    let disclosed = "section[aria-labelledby='delete'] summary";
    browser.find(disclosed).await.click().await.unwrap();
    let delete = "form[action='delete'] button";
    browser.find(delete).await.click().await.unwrap();
    let trash = "a[href='library?view=trash']";
    browser.find(trash).await.click().await.unwrap();
    browser.find("article.trash-row").await;
    look(&browser, "trash", theme).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn things_are_found_and_thrown_away_in_light() {
    found_and_thrown_away(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn things_are_found_and_thrown_away_in_dark() {
    found_and_thrown_away(true).await;
}
