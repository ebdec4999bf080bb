//! What the list of messages shows, and what it never does.

use super::Site;
use crate::people::consumers;

#[tokio::test]
async fn a_launch_leaves_its_messages_decoded_and_without_secrets() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let asked = browser.asked("linh").await;
    let page = browser.follow(asked.as_str(), "iframe").await;
    let form = page.form().unwrap();
    let listed = site.get("/practice/messages").await.text;
    for shown in [
        "Login initiation",
        "Authentication request",
        "LtiResourceLinkRequest",
        "Linh Tran",
        "membership#Learner",
        "LMS to Lanterna",
        "Lanterna to LMS",
        "RS256",
        "POST http://127.0.0.1:8080/lti/launch",
    ] {
        assert!(listed.contains(shown), "{shown}");
    }
    let hidden = ["state", "login_hint", "lti_message_hint"];
    let mut secrets: Vec<String> = asked
        .query_pairs()
        .filter(|(name, _)| hidden.contains(&name.as_ref()))
        .map(|(_, value)| value.into_owned())
        .collect();
    assert_eq!(secrets.len(), 3);
    let token = form.get("id_token").unwrap();
    secrets.extend(token.split('.').map(str::to_owned));
    for secret in secrets {
        assert!(!listed.contains(&secret));
    }
    // The newest comes first.
    let at = |number: u32| listed.find(&format!("message-{number}\"")).unwrap();
    assert!(at(3) < at(2) && at(2) < at(1));
}

#[tokio::test]
async fn a_signed_form_is_shown_without_its_signature() {
    let site = Site::new().await;
    let form = site.get("/practice/launch/amara/1.1").await.form().unwrap();
    let listed = site.get("/practice/messages").await.text;
    for shown in [
        "Launch by LTI 1.1",
        "basic-lti-launch-request",
        "Amara Okafor",
        "HMAC-SHA1",
    ] {
        assert!(listed.contains(shown), "{shown}");
    }
    let (_, connection) = consumers::find(&site.app.store, "lanterna-practice").unwrap();
    let secret = connection.consumer.unwrap().secret.unwrap();
    let signature = form.get("oauth_signature").unwrap();
    assert!(!listed.contains(&secret) && !listed.contains(signature));
}

#[tokio::test]
async fn what_is_refused_is_shown_as_that() {
    let site = Site::new().await;
    site.post("/practice/deep-linking/return", &[("JWT", "a.b.c")])
        .await;
    site.get("/practice/memberships").await;
    let listed = site.get("/practice/messages").await.text;
    assert_eq!(listed.matches("Refused</span>").count(), 2);
    let beside = site.get("/practice/people/linh").await.text;
    assert!(beside.contains("data-wire=\"/practice/messages\""));
    assert!(beside.contains("Deep linking response"));
}

#[tokio::test]
async fn without_messages_the_page_says_how_they_come() {
    let site = Site::new().await;
    let listed = site.get("/practice/messages").await.text;
    assert!(listed.contains("Nothing has crossed yet"));
}
