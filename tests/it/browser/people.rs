//! People in administration, and what they see of themselves: found, looked at, erased.

use lanterna::config::Config;
use lanterna::library::leaving::NOBODY;
use lanterna::store::key::Newest;
use lanterna::store::rows::library::Item;
use lanterna::store::trees::{Items, Owned};
use lanterna::store::{Commit, Options, Store};
use lanterna::world::World;

use super::driver::{Browser, Cookies, installed};
use super::pages::{become_administrator, look};
use crate::harness::server::{Server, Setup, Stopped};

async fn press(browser: &Browser, css: &str) {
    browser.find(css).await.click().await.unwrap();
}

async fn type_into(browser: &Browser, css: &str, text: &str) {
    browser.find(css).await.send_keys(text).await.unwrap();
}

/// Launches somebody of the practice course, whose page then is in the frame.
async fn launch(browser: &Browser, server: &Server, who: &str) {
    browser
        .open(&server.url(&format!("/practice/course/{who}")))
        .await;
    browser.enter("iframe").await;
    browser.find("header.frame-head").await;
}

/// A file of Ms Okafor's that the course uses.
fn import(server: &Server) {
    let media = tempfile::tempdir().unwrap();
    let lesson = crate::harness::fixture("media/lesson.mp4");
    std::fs::copy(lesson, media.path().join("How light bends.mp4")).unwrap();
    let folder = media.path().to_str().unwrap();
    let whose = [
        "--connection",
        "Practice course",
        "--owner",
        "amara",
        "--course",
        "discovering-light",
        "--visibility",
        "course",
    ];
    let (done, _, errors) = server.run(&[&["import", folder], &whose[..]].concat());
    assert!(done, "{errors}");
}

async fn pages_of_people(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let server = Setup::new()
        .on_one_port()
        .env("LANTERNA_PRACTICE__ENABLED", "true")
        .env("LANTERNA_PEOPLE__KEPT_AFTER_LAST_LAUNCH", "400 days")
        .start();
    let browser = Browser::start(Cookies::Kept, dark).await;
    launch(&browser, &server, "linh").await;
    launch(&browser, &server, "amara").await;
    import(&server);
    press(&browser, "a.person-name").await;
    browser.find("#export").await;
    look(&browser, "me", theme).await;
    browser.leave().await;

    become_administrator(&browser, &server, theme).await;
    browser.open(&server.url("/admin/people")).await;
    look(&browser, "people", theme).await;
    type_into(&browser, "input[name=user_id]", "nobody at all").await;
    press(&browser, "main form button").await;
    browser.find(".field-error").await;
    look(&browser, "people-no-such-id", theme).await;
    browser.open(&server.url("/admin/people")).await;
    type_into(&browser, "input[name=name]", "okaf").await;
    press(&browser, "main form button").await;
    browser.find("#found").await;
    look(&browser, "people-found", theme).await;
    press(&browser, "section[aria-labelledby=found] tbody a").await;
    browser.find("#kept").await;
    look(&browser, "person", theme).await;
    press(
        &browser,
        "section[aria-labelledby=kept] tbody a[href$=items]",
    )
    .await;
    browser.find("table.data").await;
    look(&browser, "person-items", theme).await;
    browser.client.back().await.unwrap();
    press(&browser, "main a.danger").await;
    browser.find("#goes").await;
    look(&browser, "erase", theme).await;
    type_into(&browser, "input[name=heir]", "nobody").await;
    type_into(&browser, "input[name=name]", "Amara").await;
    press(&browser, "main button.danger").await;
    browser.find(".field-error").await;
    look(&browser, "erase-wrong", theme).await;
    browser
        .find("input[name=heir]")
        .await
        .clear()
        .await
        .unwrap();
    type_into(&browser, "input[name=heir]", "linh").await;
    type_into(&browser, "input[name=name]", "Amara Okafor").await;
    press(&browser, "main button.danger").await;
    browser.find("#erasures").await;
    look(&browser, "people-erased", theme).await;

    // The media is Linh's now, and Ms Okafor comes back as somebody new.
    launch(&browser, &server, "linh").await;
    let library = browser.client.source().await.unwrap();
    assert!(library.contains("How light bends"), "{library}");
    browser.leave().await;
    launch(&browser, &server, "amara").await;
    let library = browser.client.source().await.unwrap();
    assert!(!library.contains("How light bends"), "{library}");
    browser.leave().await;
    given_to_somebody(&browser, server, theme).await;
    browser.end().await;
}

/// Has everything belong to nobody, as when an heir is erased before anything became theirs.
async fn nobodys(stopped: &Stopped) {
    let file = stopped.folder().join("config.toml");
    let loaded = Config::load(Some(&file), []).unwrap();
    let options = Options::from(&loaded.config.storage);
    let (store, _) = Store::open(options, World::system()).unwrap();
    let mut commit = Commit::new();
    for (id, item) in store.page::<Items>(&(), None, 9).unwrap() {
        let made = Newest(item.created);
        let row = Item {
            owner: NOBODY,
            ..item.clone()
        };
        commit
            .put::<Items>(&id, &row)
            .delete::<Owned>(&(item.owner, made, id))
            .put::<Owned>(&(NOBODY, made, id), &());
    }
    store.commit(commit).await.unwrap();
    store.stop().await;
}

/// What is nobody's is given to somebody who looks after it.
async fn given_to_somebody(browser: &Browser, server: Server, theme: &str) {
    let (_, stopped) = server.terminate();
    nobodys(&stopped).await;
    let server = stopped.start();
    browser.open(&server.url("/admin/people")).await;
    browser.find("#nobodys").await;
    look(browser, "people-nobodys", theme).await;
    type_into(browser, "input[name=heir]", "nobody").await;
    press(browser, "section[aria-labelledby=nobodys] form button").await;
    browser.find(".field-error").await;
    look(browser, "people-nobodys-wrong", theme).await;
    let heir = browser.find("input[name=heir]").await;
    heir.clear().await.unwrap();
    type_into(browser, "input[name=heir]", "amara").await;
    press(browser, "section[aria-labelledby=nobodys] form button").await;
    browser.find(".notice.success").await;
    look(browser, "people-nobodys-given", theme).await;
    launch(browser, &server, "amara").await;
    let library = browser.client.source().await.unwrap();
    assert!(library.contains("How light bends"), "{library}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_and_erased_in_light() {
    pages_of_people(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_and_erased_in_dark() {
    pages_of_people(true).await;
}
