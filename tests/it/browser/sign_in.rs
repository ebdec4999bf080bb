//! Signing in by LTI 1.1: a portal's form, the question where nobody vouches for it, and the library
//! with the courses.

use super::driver::{Browser, Cookies, installed};
use crate::harness::client::Browser as Client;
use crate::harness::consumer::{Consumer, Parameters};
use crate::harness::server::{Server, Setup};

const LAUNCH: &str = "/lti/launch";

/// Courses of the person: titles and roles.
const COURSES: [(&str, &str); 7] = [
    (
        "Discovering light: lenses, prisms and the colours of the evening sky",
        "Instructor",
    ),
    ("Biology 2", "Instructor"),
    ("History of Europe, 1789 to 1914", "Learner"),
    (
        "Didactics of mathematics",
        "urn:lti:role:ims/lis/TeachingAssistant",
    ),
    ("Zoology", "Instructor"),
    ("Staff room", "Learner"),
    (
        "Overlongnamewithoutasinglespaceinitsothatithastobebrokensomewhere",
        "Learner",
    ),
];

/// Has a page of the browser's post a form, as a portal's page does.
async fn post(browser: &Browser, server: &Server, signed: &Parameters) {
    browser.open(&server.url("/")).await;
    let fields = serde_json::to_string(&signed.0).unwrap();
    browser
        .script(&format!(
            "const form = document.createElement('form');
             form.method = 'post';
             form.action = '{LAUNCH}';
             for (const [name, value] of {fields}) {{
                 const field = document.createElement('input');
                 field.type = 'hidden';
                 field.name = name;
                 field.value = value;
                 form.append(field);
             }}
             document.body.append(form);
             form.submit();"
        ))
        .await;
}

async fn look(browser: &Browser, name: &str, theme: &str) {
    for width in [320, 1280] {
        browser.size(width, 1200).await;
        browser
            .accessible(&format!("{name} at {width} px, {theme}"))
            .await;
        browser
            .picture(&format!("signin-{name}-{width}-{theme}"))
            .await;
    }
}

async fn signed_in(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let consumer = Consumer::new("portal");
    let server = Setup::new().with(&consumer.entry()).start();
    let browser = Browser::start(Cookies::Kept, dark).await;
    let url = server.url(LAUNCH);
    let named = |parameters: &Parameters| {
        let parameters = parameters.with("lis_person_name_full", "Amara Okafor");
        parameters.and("lis_person_name_given", "Amara")
    };

    // Somebody new, of whom no name is told.
    let nameless = consumer.sign_in("new").without("lis_person_name_full");
    post(&browser, &server, &consumer.sign(&url, &nameless)).await;
    browser.find("form[action$='window'] button").await;
    look(&browser, "asked", theme).await;
    let go_on = "form[action$='window'] button";
    browser.find(go_on).await.click().await.unwrap();
    browser.find("#courses").await;
    look(&browser, "new", theme).await;

    // Somebody with courses.
    let mut client = Client::new();
    for (number, (title, role)) in COURSES.iter().enumerate() {
        let launch = named(&consumer.launch("amara", role))
            .with("context_id", &format!("c{number}"))
            .with("context_title", title);
        let answer = consumer.launches(&mut client, &server, LAUNCH, &launch);
        answer.await.assert_opened();
    }
    let form = consumer.sign(&url, &named(&consumer.sign_in("amara")));
    post(&browser, &server, &form).await;
    browser.find(go_on).await.click().await.unwrap();
    browser.find(".course-list li").await;
    let text = browser.text(".courses").await;
    for (title, _) in COURSES {
        assert!(text.contains(title), "{title}");
    }
    look(&browser, "courses", theme).await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_signs_in_in_light() {
    signed_in(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_signs_in_in_dark() {
    signed_in(true).await;
}
