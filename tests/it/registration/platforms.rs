//! The platforms that schools have, as far as their configurations show them.

use serde_json::{Value, json};

use super::{assert_done, invite, open, press};
use crate::harness::client::Browser;
use crate::harness::fixture;
use crate::harness::registrar::{PLATFORM, Registrar, TOOL};
use crate::harness::server::Setup;

/// The configuration of a product, on the platform of the tests.
fn flavoured(platform: &Registrar, product: &str) {
    let path = fixture(&format!("registration/{product}.json"));
    let mut document: Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for member in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "registration_endpoint",
    ] {
        let address: url::Url = document[member].as_str().unwrap().parse().unwrap();
        let path = address.path().trim_end_matches('/').to_owned();
        document[member] = json!(platform.at(&path));
    }
    *platform.configuration.lock().unwrap() = document;
}

/// What a platform of this product was asked for, and the page that was shown before.
async fn asked(product: &str, given: Value) -> (Value, String, String) {
    let platform = Registrar::start().await;
    flavoured(&platform, product);
    *platform.gives.lock().unwrap() = given;
    let server = Setup::new().with(&platform.trusted()).start();
    let mut browser = Browser::without_cookies();
    let page = open(&mut browser, &platform, &invite(&server, &[])).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let done = press(&mut browser, &server, &page).await;
    assert_done(&done);
    let sent = platform.registrations().remove(0).body;
    (sent, page.text(), done.text())
}

fn placements(sent: &Value, kind: &str) -> Value {
    let messages = sent[TOOL]["messages"].as_array().unwrap();
    let found = messages.iter().find(|message| message["type"] == kind);
    found.unwrap_or(&Value::Null)["placements"].clone()
}

const BASIC_OUTCOMES: &str = "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome";
const SELECTION: &str = "LtiDeepLinkingRequest";

#[tokio::test]
async fn moodle() {
    let given = json!({ "client_id": "JfTDl5Ml8Iw8f5X", TOOL: { "deployment_id": "3" } });
    let (sent, page, done) = asked("moodle", given).await;
    assert!(page.contains("Connect Moodle"), "{page}");
    assert!(page.contains("Moodle 4.5.2"), "{page}");
    assert_eq!(placements(&sent, SELECTION), json!(["ContentArea"]));
    let scopes = sent["scope"].as_str().unwrap();
    assert!(scopes.contains("contextmembership"));
    // Moodle lists it among those that it supports.
    let scopes: Vec<&str> = scopes.split(' ').collect();
    assert!(scopes.contains(&BASIC_OUTCOMES), "{scopes:?}");
    assert!(done.contains("Activate"), "{done}");
    assert!(!done.contains("approves the deployment"), "{done}");
}

#[tokio::test]
async fn canvas() {
    let (sent, page, done) = asked("canvas", json!({ "client_id": "10000000000042" })).await;
    assert!(page.contains("Test University"), "{page}");
    assert_eq!(
        placements(&sent, SELECTION),
        json!(["assignment_selection", "editor_button", "link_selection"])
    );
    assert_eq!(
        placements(&sent, "LtiResourceLinkRequest"),
        json!(["course_navigation"])
    );
    let scopes = sent["scope"].as_str().unwrap();
    assert!(!scopes.contains(BASIC_OUTCOMES), "Canvas does not list it");
    let privacy = &sent[TOOL]["https://canvas.instructure.com/lti/privacy_level"];
    assert_eq!(privacy, "name_only");
    assert!(done.contains("approves the deployment"), "{done}");
}

#[tokio::test]
async fn brightspace() {
    let (sent, page, _) = asked("brightspace", json!({ "client_id": "uuid" })).await;
    assert!(page.contains("Connect Brightspace"), "{page}");
    assert_eq!(placements(&sent, SELECTION), Value::Null);
    assert_eq!(sent[TOOL]["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn sakai() {
    let (sent, page, _) = asked("sakai", json!({ "client_id": "c" })).await;
    assert!(page.contains("Connect Sakai"), "{page}");
    let messages = sent[TOOL]["messages"].as_array().unwrap();
    let kinds: Vec<&Value> = messages.iter().map(|message| &message["type"]).collect();
    let taken = [
        "LtiResourceLinkRequest",
        SELECTION,
        "LtiSubmissionReviewRequest",
    ];
    assert_eq!(kinds, taken);
}

#[tokio::test]
async fn one_that_offers_no_services_is_registered_without() {
    let platform = Registrar::start().await;
    platform.says_of("scopes_supported", json!(["openid"]));
    platform.says_of(
        PLATFORM,
        json!({ "messages_supported": [{ "type": "LtiResourceLinkRequest" }] }),
    );
    let server = Setup::new().with(&platform.trusted()).start();
    let mut browser = Browser::without_cookies();
    let page = open(&mut browser, &platform, &invite(&server, &[])).await;
    assert!(page.text().contains("does without"), "{}", page.text());
    assert_done(&press(&mut browser, &server, &page).await);
    let sent = platform.registrations().remove(0).body;
    assert_eq!(sent["scope"], "");
    assert_eq!(sent[TOOL]["messages"].as_array().unwrap().len(), 1);
}
