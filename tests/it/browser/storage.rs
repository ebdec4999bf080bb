//! A platform's storage that fails or lies, in a browser that keeps no cookies in frames: the frame
//! that stores beside a launch is replaced by one of the test's own.

use super::driver::{Browser, Cookies, installed};
use super::practice::{across_sites, practice};
use crate::harness::server::Server;

/// The frame in which the course shows Lanterna.
const FRAME: &str = "iframe.practice-frame";
/// What a page of a session has.
const OPENED: &str = "a[href='upload']";
/// What the offer of a window has.
const OFFERED: &str = "form[target='_blank'] button";
/// What a refusal has.
const REFUSED: &str = "main code";

/// Keeps what it is to keep.
const KEEPS: &str = "if (data.subject === 'lti.put_data') {
        held.set(data.key, data.value);
        return answer({ key: data.key, value: data.value });
    }";
/// Gives it back.
const GIVES: &str = "answer({ key: data.key, value: held.get(data.key) });";

/// A course whose first launch, with the storage that works, is over.
async fn course(browser: &Browser, server: &Server) {
    browser.leave().await;
    let url = format!("{}course/linh?way=storage", practice(server));
    browser.open(&url).await;
    browser.enter(FRAME).await;
    browser.find(OPENED).await;
    browser.leave().await;
}

/// Launches once more, with a frame that stores in which `does` answers each message; answers what
/// Lanterna's frame shows in the end, and what was asked.
async fn launched(browser: &Browser, does: &str) -> (String, String) {
    // A frame without an address is of the origin of the page around it, which so listens in it.
    let script = format!(
        "const name = 'lanterna_practice_storage';
         const stores = document.createElement('iframe');
         stores.name = name;
         stores.hidden = true;
         document.querySelector(`iframe[name=${{name}}]`).replaceWith(stores);
         const held = new Map();
         window.heard = new Set();
         stores.contentWindow.addEventListener('message', ({{ data, source, origin }}) => {{
             window.heard.add(data.value === null ? 'deleted' : data.subject);
             const answer = (fields) => source.postMessage(
                 {{ subject: `${{data.subject}}.response`, message_id: data.message_id, ...fields }},
                 origin);
             {does}
         }});
         const frame = document.querySelector('{FRAME}');
         frame.src = frame.src;"
    );
    // The page of the launch before stays until the next one answers.
    browser.enter(FRAME).await;
    browser
        .script("document.documentElement.dataset.former = ''")
        .await;
    browser.leave().await;
    browser.script(&script).await;
    browser.enter(FRAME).await;
    let end = format!(":root:not([data-former]) :is({OPENED}, {OFFERED}, {REFUSED})");
    browser.find(&end).await;
    let shown = browser.text("main").await;
    browser.leave().await;
    let heard = browser.script("return [...window.heard].join(' ')").await;
    (shown, heard.as_str().unwrap_or_default().to_owned())
}

/// What this storage makes of a launch, once it was really asked.
async fn ends(browser: &Browser, server: &Server, does: &str, says: &str) {
    course(browser, server).await;
    let (shown, heard) = launched(browser, does).await;
    assert!(shown.contains(says), "{does}\n{shown}");
    assert!(heard.contains("lti.put_data"), "{does}\n{heard}");
    assert!(heard.contains("lti.get_data"), "{does}\n{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_fails_leaves_the_next_way_and_one_that_lies_none() {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::BlockedInFrames, false).await;

    // It works, so that what follows shows what is put in its way.
    let works = format!("{KEEPS} {GIVES}");
    ends(&browser, &server, &works, "Hello, Linh").await;

    let fails = [
        // It never answers, from the start or when it is asked.
        String::new(),
        KEEPS.to_owned(),
        // It has no room, or says no.
        "answer({ error: { code: 'storage_exhaustion', message: 'full' } });".to_owned(),
        format!("{KEEPS} answer({{ error: {{ code: 'bad_request', message: 'no' }} }});"),
        // It has nothing.
        format!("{KEEPS} answer({{ key: data.key, value: null }});"),
        // It answers another message, or with another one.
        format!("{KEEPS} data.message_id = 'other'; {GIVES}"),
        format!("{KEEPS} data.subject = 'lti.other'; {GIVES}"),
    ];
    for does in &fails {
        ends(&browser, &server, does, "window of its own").await;
    }

    // Someone else's value is refused, and no other way is offered.
    let other = format!("{KEEPS} answer({{ key: data.key, value: 'f'.repeat(32) }});");
    ends(&browser, &server, &other, "other-browser").await;
    browser.enter(FRAME).await;
    let offers = "return document.querySelector('form') === null";
    assert_eq!(browser.script(offers).await, serde_json::json!(true));
    browser.end().await;
}

/// A frame of another origin is told everything, message and value, and is not believed.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_another_origin_counts_for_nothing() {
    if !installed() {
        return;
    }
    let server = across_sites();
    let browser = Browser::start(Cookies::BlockedInFrames, false).await;
    course(&browser, &server).await;
    browser
        .script(
            "const liar = document.createElement('iframe');
             liar.id = 'liar';
             liar.sandbox = 'allow-scripts';
             document.body.append(liar);
             window.lies = 0;
             addEventListener('message', ({ data }) => { window.lies += data === 'lied'; });",
        )
        .await;
    browser.enter("#liar").await;
    let origin = browser
        .script(
            "addEventListener('message', ({ data }) => {
                 for (let at = 0; at < parent.length; at += 1) {
                     if (parent[at] !== window) parent[at].postMessage(data, '*');
                 }
                 parent.postMessage('lied', '*');
             });
             return window.origin;",
        )
        .await;
    assert_eq!(origin, serde_json::json!("null"));
    browser.leave().await;
    let lies = format!(
        "{KEEPS}
         if (data.subject !== 'lti.get_data') return;
         document.querySelector('#liar').contentWindow.postMessage({{
             subject: 'lti.get_data.response', message_id: data.message_id,
             key: data.key, value: held.get(data.key),
         }}, '*');"
    );
    let (shown, _) = launched(&browser, &lies).await;
    assert!(shown.contains("window of its own"), "{shown}");
    browser.until("return window.lies > 0").await;
    browser.end().await;
}
