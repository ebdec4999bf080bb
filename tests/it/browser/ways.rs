//! Launches without third-party cookies, each way: in a browser that really blocks them, from a course
//! on another site.

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, plays, practice, upload};
use crate::harness::client::Browser as Client;
use crate::harness::platform::{Login, Platform, post_from, roles};
use crate::harness::server::{Server, Setup};

/// The frame in which the course shows Lanterna.
const FRAME: &str = "iframe.practice-frame";
/// The frame that stores for it.
const STORAGE: &str = "iframe[name=lanterna_practice_storage]";

/// What a page of a session has.
const OPENED: &str = "a[href='upload']";
/// What the offer of a window has.
const OFFERED: &str = "form[target='_blank'] button";

async fn course(browser: &Browser, server: &Server, person: &str, way: &str) {
    browser.leave().await;
    let url = format!("{}course/{person}?way={way}", practice(server));
    browser.open(&url).await;
}

/// In the new window that Lanterna's frame offers.
async fn into_window(browser: &Browser) {
    let before = browser.client.windows().await.unwrap();
    browser.find(OFFERED).await.click().await.unwrap();
    browser.follow(&before).await;
}

/// Goes to where the launch of this way opens.
async fn enter(browser: &Browser, server: &Server, person: &str, way: &str) {
    course(browser, server, person, way).await;
    browser.enter(FRAME).await;
    if way == "none" {
        into_window(browser).await;
    }
}

/// A teacher uploads, a student plays, by this way; and the teacher comes to the page for picking.
async fn by(cookies: Cookies, way: &str) {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(cookies, false).await;
    browser.size(1280, 1000).await;
    enter(&browser, &server, "amara", way).await;
    upload(&browser, "media/lesson.mp4").await;
    enter(&browser, &server, "linh", way).await;
    let item = browser.find("main a[href^='media/']").await;
    item.click().await.unwrap();
    plays(&browser).await;
    browser.leave().await;
    let add = format!("{}add/amara?way={way}", practice(&server));
    browser.open(&add).await;
    browser.enter(FRAME).await;
    if way == "none" {
        into_window(&browser).await;
    }
    browser.find("form[action$='select']").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_platform_storage() {
    by(Cookies::BlockedInFrames, "storage").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_page_that_sends() {
    by(Cookies::BlockedInFrames, "origin").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_window_of_its_own() {
    by(Cookies::BlockedInFrames, "none").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_partitioned_cookies() {
    by(Cookies::ThirdPartyBlocked, "cookies").await;
}

/// Opens the course with storage, puts a script in the way of what stores, and launches once more.
async fn with_storage_that(browser: &Browser, server: &Server, does: &str) {
    course(browser, server, "linh", "storage").await;
    between(browser, does).await;
}

/// In the course: puts a script in the way of what stores, and launches once more.
async fn between(browser: &Browser, does: &str) {
    // The first launch is over once it shows a page of a session.
    browser.enter(FRAME).await;
    browser.find(OPENED).await;
    browser.leave().await;
    browser.enter(STORAGE).await;
    let script = format!(
        "window.held = new Map();
         window.addEventListener('message', (event) => {{
           const {{ data, source, origin }} = event;
           if (!data?.subject?.startsWith('lti.')) return;
           event.stopImmediatePropagation();
           const answer = (fields) => source.postMessage(
             {{ subject: `${{data.subject}}.response`, message_id: data.message_id, ...fields }}, origin);
           {does}
         }}, true);"
    );
    browser.script(&script).await;
    browser.leave().await;
    browser
        .script(&format!(
            "const former = document.querySelector('{FRAME}');
             const again = former.cloneNode(); again.id = 'again';
             former.replaceWith(again);"
        ))
        .await;
    browser.enter("#again").await;
}

/// What the frame shows once its launch is over.
async fn ended(browser: &Browser) -> String {
    browser
        .find(&format!("{OPENED}, {OFFERED}, main code"))
        .await;
    browser.text("main").await
}

const KEEPS: &str = "if (data.subject === 'lti.put_data') { held.set(data.key, data.value); \
                     return answer({ key: data.key, value: data.value }); }";

#[tokio::test(flavor = "multi_thread")]
async fn storage_that_fails_or_lies() {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::BlockedInFrames, false).await;

    // It works, so that what follows shows what is put in its way.
    let works = format!("{KEEPS} answer({{ key: data.key, value: held.get(data.key) }});");
    with_storage_that(&browser, &server, &works).await;
    let shown = ended(&browser).await;
    assert!(!shown.contains("Open in a new window"), "{shown}");

    let window = [
        // It never answers, from the start or when it is asked.
        String::new(),
        KEEPS.to_owned(),
        // It fails.
        "answer({ error: { code: 'storage_exhaustion', message: 'full' } });".to_owned(),
        format!("{KEEPS} answer({{ error: {{ code: 'bad_request', message: 'no' }} }});"),
        // It has nothing.
        "answer({ key: data.key, value: null });".to_owned(),
        // It answers another message, or as another one.
        format!("{KEEPS} data.message_id = 'other'; answer({{ value: held.get(data.key) }});"),
        format!("{KEEPS} data.subject = 'lti.other'; answer({{ value: held.get(data.key) }});"),
    ];
    for does in &window {
        with_storage_that(&browser, &server, does).await;
        let shown = ended(&browser).await;
        assert!(shown.contains("Open in a new window"), "{does}\n{shown}");
    }

    // Someone else's value is refused, and no other way is offered.
    let other = format!("{KEEPS} answer({{ key: data.key, value: 'f'.repeat(32) }});");
    with_storage_that(&browser, &server, &other).await;
    let shown = ended(&browser).await;
    assert!(shown.contains("other-browser"), "{shown}");
    browser.end().await;
}

/// A frame of another origin is told everything, message id and value, and is not believed.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_another_origin_counts_for_nothing() {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::BlockedInFrames, false).await;
    course(&browser, &server, "linh", "storage").await;
    let elsewhere = server.url("/embed/0000000000000001");
    let lies = format!(
        "{KEEPS} parent.liar.postMessage({{ subject: 'lti.get_data.response',
           message_id: data.message_id, key: data.key, value: held.get(data.key) }}, '*');"
    );
    browser
        .script(&format!(
            "const liar = document.createElement('iframe'); liar.id = 'liar';
             liar.src = '{elsewhere}'; document.body.append(liar);
             window.liar = liar.contentWindow;"
        ))
        .await;
    browser.enter("#liar").await;
    browser.find("code").await;
    browser
        .script(
            "addEventListener('message', ({ data }) => parent.frames[1].postMessage(data, '*'))",
        )
        .await;
    browser.leave().await;
    between(&browser, &lies).await;
    let shown = ended(&browser).await;
    assert!(shown.contains("Open in a new window"), "{shown}");
    browser.end().await;
}

/// The pages of a launch under way are there for a moment only; here they are kept from going on.
#[tokio::test(flavor = "multi_thread")]
async fn the_pages_on_the_way_are_accessible() {
    if !installed() {
        return;
    }
    let platform = Platform::start("pages").await;
    let server = Setup::new().with(&platform.entry()).start();
    let mut client = Client::without_cookies();
    let target = [("lti_storage_target", "_parent")];
    let keeps = platform.begin(&mut client, &server, &[], &target).await;
    let login = Login::at(&keeps.attribute("<a href").unwrap());
    let token = platform.token(&platform.claims(&server, &login.nonce, "robin", roles::STUDENT));
    let from = ("null", "iframe");
    let asks = post_from(from, &mut client, &server, &login, &token).await;
    for (dark, theme) in [(false, "light"), (true, "dark")] {
        let browser = Browser::start(Cookies::Kept, dark).await;
        for (page, name) in [(&keeps, "keeps"), (&asks, "asks")] {
            let html = page
                .text()
                .replace("<script", "<template")
                .replace("</script", "</template");
            for width in [320, 1280] {
                browser.size(width, 700).await;
                browser.open(&server.url("/")).await;
                let html = serde_json::to_string(&html).unwrap();
                browser
                    .script(&format!(
                        "document.open(); document.write({html}); document.close();"
                    ))
                    .await;
                browser.find("[data-storage] .button").await;
                browser
                    .accessible(&format!("{name} at {width} px, {theme}"))
                    .await;
                browser
                    .picture(&format!("way-{name}-{width}-{theme}"))
                    .await;
            }
        }
        browser.end().await;
    }
}

/// The choice between the ways, in the course.
#[tokio::test(flavor = "multi_thread")]
async fn the_choice_is_accessible() {
    if !installed() {
        return;
    }
    let server = across_sites();
    for dark in [false, true] {
        let browser = Browser::start(Cookies::BlockedInFrames, dark).await;
        for width in [320, 1280] {
            browser.size(width, 1000).await;
            course(&browser, &server, "amara", "storage").await;
            browser.find(FRAME).await;
            let name = format!("ways-{width}-{}", if dark { "dark" } else { "light" });
            browser.accessible(&name).await;
            browser.picture(&name).await;
        }
        browser.end().await;
    }
}
