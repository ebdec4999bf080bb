//! The page of a course in a real browser: launched from a platform of its own, synced with its
//! roster, searched, narrow and wide, light and dark.

use serde_json::Value;

use super::driver::{Browser, Cookies, installed};
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup};
use crate::harness::services::{Roster, member, page};

const SIZES: [(u32, u32); 2] = [(320, 900), (1280, 900)];
const NAMES: [&str; 12] = [
    "Amélie Fournier",
    "Bao Nguyen",
    "Chiara Conti",
    "Dmitri Volkov",
    "Efua Mensah",
    "Finn O’Sullivan",
    "Grace Chen",
    "Hassan El Amrani",
    "Ingrid Johansson",
    "Jamal Washington",
    "Kateryna Shevchenko-Maximiliana von und zu Hohenlohe",
    "Leilani Kahananui",
];

pub(super) fn people() -> Vec<Value> {
    let mut people = vec![
        member("tess", "Tess Doe", "Instructor"),
        member("omar", "Omar Haddad", "ContentDeveloper"),
    ];
    people.extend(
        NAMES
            .iter()
            .enumerate()
            .map(|(n, name)| member(&format!("s{n}"), name, "Learner")),
    );
    people
}

pub(super) async fn enter(
    browser: &Browser,
    platform: &Platform,
    server: &Server,
    subject: &str,
    role: &[&str],
) {
    let roles = role.iter().map(|role| (*role).to_owned()).collect();
    platform.voice.services.lock().unwrap().person = (subject.to_owned(), roles);
    let login = url::Url::parse_with_params(
        &server.url("/lti/login"),
        [
            ("iss", platform.issuer()),
            ("client_id", platform.client_id()),
            ("login_hint", "hint".to_owned()),
            ("target_link_uri", server.url("/lti/launch")),
        ],
    )
    .unwrap();
    browser.open(login.as_str()).await;
    browser.find("header.frame-head").await;
}

async fn look(browser: &Browser, name: &str, theme: &str) {
    for (width, height) in SIZES {
        browser.size(width, height).await;
        browser
            .accessible(&format!("{name} at {width} px, {theme}"))
            .await;
        browser.picture(&format!("{name}-{width}-{theme}")).await;
    }
}

pub(super) async fn press(browser: &Browser, css: &str) {
    browser.find(css).await.click().await.unwrap();
}

async fn course_page(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let platform = Platform::start(&format!("course-{theme}")).await;
    let server = Setup::new().with(&platform.entry()).start();
    let browser = Browser::start(Cookies::Kept, dark).await;

    // The roster is not to be had: the page says why, and lists who came.
    enter(&browser, &platform, &server, "tess", roles::TEACHER).await;
    press(&browser, "a[href='course']").await;
    browser.find("#people").await;
    press(&browser, "form[action='course/sync'] button").await;
    browser.find(".notice.error").await;
    look(&browser, "roster-failed", theme).await;

    // Another LMS, since one that failed is not asked again at once.
    let platform = Platform::start(&format!("synced-{theme}")).await;
    let server = Setup::new().with(&platform.entry()).start();
    platform.voice.services.lock().unwrap().roster = Roster::Pages(vec![page(&people())], "link");
    enter(&browser, &platform, &server, "tess", roles::TEACHER).await;
    press(&browser, "a[href='course']").await;
    browser.find("#people").await;
    press(&browser, "form[action='course/sync'] button").await;
    browser.find(".notice.success").await;
    let list = browser.text("section[aria-labelledby=people]").await;
    assert!(
        list.contains("Kateryna Shevchenko") && list.contains("Omar Haddad"),
        "{list}"
    );
    look(&browser, "course", theme).await;

    browser
        .find("input[name=q]")
        .await
        .send_keys("amelie\n")
        .await
        .unwrap();
    browser.find("a.chip").await;
    let found = browser.text("section[aria-labelledby=people] tbody").await;
    assert!(
        found.contains("Amélie") && !found.contains("Bao"),
        "{found}"
    );
    look(&browser, "course-searched", theme).await;

    enter(&browser, &platform, &server, "s1", roles::STUDENT).await;
    press(&browser, "a[href='course']").await;
    browser.find("#placed").await;
    let page = browser.text("main").await;
    assert!(!page.contains("Amélie") && !page.contains("Tess"), "{page}");
    look(&browser, "course-student", theme).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_course_is_accessible_in_light() {
    course_page(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_course_is_accessible_in_dark() {
    course_page(true).await;
}
