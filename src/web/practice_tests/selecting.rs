//! Picking activities: what comes back from a selection, and what only looks as if it did. Lanterna's
//! own side is played here, so that it can say anything.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use serde_json::Value;

use super::{Answer as Got, PUBLIC, Site};
use crate::keys::Purpose;
use crate::lti::content::{Answer, Content, ContentItem, LaunchLink, LineItem};
use crate::lti::content_item;
use crate::lti::deep_linking::{Reply, response};
use crate::lti::key::SigningKey;
use crate::lti::names::claim;
use crate::lti::oauth1::{Address, Method as Signing, Signer};
use crate::people::consumers;
use crate::store::rows::practice::Way;

const RETURN: &str = "/practice/deep-linking/return";
const FORM_RETURN: &str = "/practice/content-item/return";
const KEY: &str = "lanterna-practice";

/// A link to something of ours.
pub(super) fn item(title: &str) -> ContentItem {
    let placement = "000102030405060708090a0b0c0d0e0f";
    ContentItem {
        title: Some(title.to_owned()),
        ..ContentItem::new(Content::Launch(LaunchLink {
            url: format!("{PUBLIC}/lti/launch/{placement}").parse().ok(),
            custom: BTreeMap::from([("placement".to_owned(), placement.to_owned())]),
            line_item: Some(LineItem {
                maximum: 10.0,
                label: None,
                resource_id: None,
                tag: None,
                released: None,
            }),
            ..LaunchLink::default()
        }))
    }
}

pub(super) fn picked(data: &str, titles: &[&str]) -> Answer {
    Answer {
        items: titles.iter().map(|title| item(title)).collect(),
        data: Some(data.to_owned()),
        ..Answer::default()
    }
}

/// The claims of the deep linking request that a selection comes to.
pub(super) async fn asked(site: &Site, path: &str) -> Value {
    let mut browser = site.browser();
    let start = browser.send(Method::GET, path, &[], String::new()).await;
    let login = start.location().unwrap();
    let login = browser.send(Method::GET, login.as_str(), &[], String::new());
    let asked = login.await.location().unwrap();
    let page = browser.follow(asked.as_str(), "iframe").await;
    let token = page.form().unwrap();
    let token = token.get("id_token").unwrap();
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

fn data_in(claims: &Value) -> String {
    let settings = &claims[claim::DEEP_LINKING_SETTINGS];
    settings["data"].as_str().unwrap().to_owned()
}

pub(super) async fn data(site: &Site) -> String {
    data_in(&asked(site, "/practice/select/amara").await)
}

pub(super) fn reply<'a>(site: &Site, nonce: &'a str) -> Reply<'a> {
    Reply {
        client_id: "lanterna",
        issuer: "http://127.0.0.1:8080/practice",
        deployment: "1",
        nonce,
        at: site.app.world.now(),
        lifetime: Duration::from_mins(5),
    }
}

pub(super) async fn signed(site: &Site, answer: &Answer, reply: &Reply<'_>) -> String {
    let keys = site.app.keys.tool().await.unwrap();
    response(answer, reply, &keys[0]).unwrap()
}

pub(super) async fn returned(site: &Site, token: &str) -> Got {
    site.post(RETURN, &[("JWT", token)]).await
}

/// Sends an answer that must not be taken.
async fn refused(site: &Site, token: &str, why: &str) {
    let answer = returned(site, token).await;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "{why}: {}",
        answer.text
    );
    assert!(answer.text.contains("practice-selection"), "{why}");
    assert!(site.activities(1).is_empty(), "{why}");
}

#[tokio::test]
async fn the_request_says_what_is_taken_back() {
    let site = Site::new().await;
    let claims = asked(&site, "/practice/select/amara").await;
    assert_eq!(claims[claim::MESSAGE_TYPE], "LtiDeepLinkingRequest");
    assert_eq!(claims.get(claim::RESOURCE_LINK), None);
    let settings = &claims[claim::DEEP_LINKING_SETTINGS];
    assert_eq!(
        settings["deep_link_return_url"],
        format!("{PUBLIC}{RETURN}")
    );
    assert_eq!(
        settings["accept_types"],
        serde_json::json!(["ltiResourceLink"])
    );
    assert_eq!(settings["accept_multiple"], true);
    assert_eq!(settings["accept_lineitem"], true);
}

#[tokio::test]
async fn what_was_picked_becomes_activities_of_the_course() {
    let site = Site::new().await;
    let data = data(&site).await;
    let token = signed(
        &site,
        &picked(&data, &["Waves", "<Rays>"]),
        &reply(&site, "n1"),
    )
    .await;
    let answer = returned(&site, &token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.text.contains(r#"target="_top""#));
    assert!(
        answer
            .header("content-security-policy")
            .ends_with("frame-ancestors 'self'")
    );
    let form = answer.form().unwrap();
    assert_eq!(form.action, "/practice/course/amara");
    assert_eq!(form.get("added"), Some("2"));

    let rows = site.activities(1);
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].title.as_str(), rows[0].way), ("Waves", Way::Token));
    assert_eq!(rows[0].score, Some(1000));
    assert_ne!(rows[0].link, rows[1].link);
    let page = site.get("/practice/course/amara?added=2").await;
    assert!(page.text.contains("2 activities were added"));
    for title in ["Waves", "&lt;Rays&gt;", "10 points"] {
        assert!(page.text.contains(title), "{title}");
    }
    let student = site.get("/practice/course/linh").await;
    assert!(student.text.contains("Waves"));
    assert!(
        !student.text.contains("/practice/add/"),
        "a student is offered to add"
    );
}

#[tokio::test]
async fn an_activity_is_launched_with_its_own_link_and_parameters() {
    let site = Site::new().await;
    let data = data(&site).await;
    let token = signed(&site, &picked(&data, &["Waves"]), &reply(&site, "n1")).await;
    returned(&site, &token).await;
    let row = site.activities(1).remove(0);
    let claims = asked(&site, "/practice/open/linh/1").await;
    assert_eq!(claims[claim::RESOURCE_LINK]["id"], row.link);
    assert_eq!(claims[claim::RESOURCE_LINK]["title"], "Waves");
    assert_eq!(claims[claim::CUSTOM]["placement"], row.custom[0].1);
    assert_eq!(claims[claim::CUSTOM]["context_id_history"], "");
    assert_eq!(claims[claim::TARGET_LINK_URI], row.url.unwrap());
    assert_eq!(claims[claim::MESSAGE_TYPE], "LtiResourceLinkRequest");
    let ags = &claims[claim::AGS];
    assert_eq!(ags["scope"].as_array().unwrap().len(), 4);
    let line_items = format!("{PUBLIC}/practice/ags/1/line-items");
    assert_eq!(ags["lineitems"], line_items);
    assert_eq!(ags["lineitem"], format!("{line_items}/0000000000000001"));
    let roster = &claims[claim::NRPS]["context_memberships_url"];
    assert_eq!(roster, &format!("{PUBLIC}/practice/memberships?course=1"));
    for nothing in [
        "/practice/open/linh/2",
        "/practice/open/linh/x",
        "/practice/activity/linh/2",
    ] {
        assert_eq!(
            site.get(nothing).await.status,
            StatusCode::NOT_FOUND,
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn nothing_picked_is_an_answer_too_and_says_what_was_told() {
    let site = Site::new().await;
    let answer = Answer {
        error: Some("Nothing <was> there".to_owned()),
        ..picked(&data(&site).await, &[])
    };
    let token = signed(&site, &answer, &reply(&site, "n1")).await;
    let page = returned(&site, &token).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Nothing was added"));
    assert!(page.text.contains("Nothing &lt;was&gt; there"));
    assert!(page.form().is_none(), "what was told is to be read");
    assert!(site.activities(1).is_empty());
    refused(&site, &token, "an empty answer is used up as well").await;
}

#[tokio::test]
async fn only_links_to_lanterna_are_taken() {
    let site = Site::new().await;
    let link = |url: &str| {
        ContentItem::new(Content::Launch(LaunchLink {
            url: url.parse().ok(),
            ..LaunchLink::default()
        }))
    };
    let data = data(&site).await;
    let answer = Answer {
        items: vec![
            link("https://evil.example/lti/launch"),
            link(&format!("{PUBLIC}/lti/launchpad")),
            ContentItem::new(Content::Html("<script>".to_owned())),
            link(&format!("{PUBLIC}/lti/launch")),
        ],
        ..picked(&data, &[])
    };
    let token = signed(&site, &answer, &reply(&site, "n1")).await;
    assert_eq!(returned(&site, &token).await.status, StatusCode::OK);
    let rows = site.activities(1);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].title, "Untitled");
}

#[tokio::test]
async fn an_answer_is_taken_once() {
    let site = Site::new().await;
    let data = data(&site).await;
    let token = signed(&site, &picked(&data, &["Waves"]), &reply(&site, "n1")).await;
    let both = tokio::join!(returned(&site, &token), returned(&site, &token));
    let ok = [both.0, both.1]
        .iter()
        .filter(|got| got.status == StatusCode::OK)
        .count();
    assert_eq!((ok, site.activities(1).len()), (1, 1));
    // Neither once more, nor another answer to the same request.
    for nonce in ["n1", "n2"] {
        let again = signed(&site, &picked(&data, &["Rays"]), &reply(&site, nonce)).await;
        let answer = returned(&site, &again).await;
        assert!(answer.text.contains("practice-selection-used"), "{nonce}");
    }
    // Nor the same nonce with another request.
    let other = self::data(&site).await;
    let same = signed(&site, &picked(&other, &["Rays"]), &reply(&site, "n1")).await;
    assert_eq!(returned(&site, &same).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(site.activities(1).len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_not_quite_ours_is_refused() {
    let site = Site::new().await;
    let data = data(&site).await;
    let good = picked(&data, &["Waves"]);
    let other = include_bytes!("../../../tests/fixtures/keys/other.p8");
    let other = SigningKey::from_pkcs8(other).unwrap();
    let forged = response(&good, &reply(&site, "n"), &other).unwrap();
    refused(&site, &forged, "another key").await;
    let platform = site.app.keys.platform().await.unwrap();
    let mirrored = response(&good, &reply(&site, "n"), &platform[0]).unwrap();
    refused(&site, &mirrored, "the platform's own key").await;

    let usual = reply(&site, "n");
    let now = site.app.world.now();
    for (reply, why) in [
        (
            Reply {
                client_id: "other",
                ..usual
            },
            "another client",
        ),
        (
            Reply {
                issuer: PUBLIC,
                ..usual
            },
            "another issuer",
        ),
        (
            Reply {
                deployment: "2",
                ..usual
            },
            "another deployment",
        ),
        (
            Reply {
                at: now.before(Duration::from_hours(1)),
                ..usual
            },
            "old",
        ),
        (
            Reply {
                at: now.after(Duration::from_hours(1)),
                ..usual
            },
            "of tomorrow",
        ),
    ] {
        refused(&site, &signed(&site, &good, &reply).await, why).await;
    }
    let foreign = Site::new().await;
    let theirs = self::data(&foreign).await;
    let by_form = data_by_form(&site).await;
    let hint = site.app.keys.seal().close(Purpose::Hint, b"x");
    for data in [
        theirs.as_str(),
        "",
        "x",
        &by_form,
        &hint,
        &format!("{data}A"),
    ] {
        let token = signed(&site, &picked(data, &["Waves"]), &usual).await;
        refused(&site, &token, data).await;
    }
    let without = Answer {
        data: None,
        ..good.clone()
    };
    refused(&site, &signed(&site, &without, &usual).await, "no data").await;
    for text in ["", "a.b.c", "x"] {
        refused(&site, text, text).await;
    }
    // All of that used nothing up.
    let token = signed(&site, &good, &usual).await;
    assert_eq!(returned(&site, &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_selection_ends() {
    let site = Site::new().await;
    let data = data(&site).await;
    site.clock.advance(Duration::from_hours(2));
    let token = signed(&site, &picked(&data, &["Waves"]), &reply(&site, "n")).await;
    refused(&site, &token, "too late").await;
}

#[tokio::test]
async fn students_pick_nothing() {
    let site = Site::new().await;
    for path in [
        "add/linh",
        "add/mateo/1.1",
        "select/linh",
        "select/linh/1.1",
    ] {
        let answer = site.get(&format!("/practice/{path}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.text.contains("practice-teachers"), "{path}");
    }
}

/// The form that a selection by LTI 1.1 begins with.
async fn asked_by_form(site: &Site) -> super::Sent {
    let page = site.get("/practice/select/amara/1.1").await;
    page.form().unwrap()
}

async fn data_by_form(site: &Site) -> String {
    asked_by_form(site).await.get("data").unwrap().to_owned()
}

/// A signed answer by LTI 1.1.
fn form(
    site: &Site,
    answer: &Answer,
    secret: Option<&str>,
    key: &str,
    nonce: &str,
) -> Vec<(String, String)> {
    let (_, connection) = consumers::find(&site.app.store, KEY).unwrap();
    let own = connection.consumer.unwrap().secret.unwrap();
    let signer = Signer {
        consumer_key: key,
        secret: secret.unwrap_or(&own),
        method: Signing::HmacSha1,
        nonce,
        at: site.app.world.now(),
    };
    let address = Address::parse(&format!("{PUBLIC}{FORM_RETURN}")).unwrap();
    signer.form(&address, content_item::parameters(answer))
}

async fn returned_form(site: &Site, fields: &[(String, String)]) -> Got {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    site.post(FORM_RETURN, &fields).await
}

#[tokio::test]
async fn by_content_item_likewise() {
    let site = Site::new().await;
    let asked = asked_by_form(&site).await;
    assert_eq!(asked.action, format!("{PUBLIC}/lti/launch"));
    assert_eq!(
        asked.get("lti_message_type"),
        Some("ContentItemSelectionRequest")
    );
    let back = format!("{PUBLIC}{FORM_RETURN}");
    assert_eq!(asked.get("content_item_return_url"), Some(back.as_str()));
    assert_eq!(asked.get("resource_link_id"), None);
    let data = asked.get("data").unwrap();
    let fields = form(&site, &picked(data, &["Waves"]), None, KEY, "n1");
    let answer = returned_form(&site, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let rows = site.activities(1);
    assert_eq!((rows.len(), rows[0].way), (1, Way::Form));
    let launch = site.get("/practice/open/linh/1").await.form().unwrap();
    assert_eq!(launch.action, rows[0].url.clone().unwrap());
    assert_eq!(launch.get("resource_link_id"), Some(rows[0].link.as_str()));
    assert_eq!(
        launch.get("custom_placement"),
        Some(rows[0].custom[0].1.as_str())
    );
    let again = returned_form(&site, &fields).await;
    assert!(again.text.contains("practice-selection-used"));
    // Another request with the same nonce.
    let other = data_by_form(&site).await;
    let fields = form(&site, &picked(&other, &["Waves"]), None, KEY, "n1");
    let again = returned_form(&site, &fields).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert_eq!(site.activities(1).len(), 1);
}

#[tokio::test]
async fn a_form_that_is_not_quite_ours_is_refused() {
    let site = Site::new().await;
    let data = data_by_form(&site).await;
    let good = picked(&data, &["Waves"]);
    let by_token = self::data(&site).await;
    let mut changed = form(&site, &good, None, KEY, "n");
    for (name, value) in &mut changed {
        if name == "content_items" {
            value.push(' ');
        }
    }
    let mut unsigned = form(&site, &good, None, KEY, "n");
    unsigned.retain(|(name, _)| name != "oauth_signature");
    for (fields, why) in [
        (
            form(&site, &good, Some("guessed"), KEY, "n"),
            "another secret",
        ),
        (form(&site, &good, None, "other", "n"), "another consumer"),
        (changed, "changed"),
        (unsigned, "unsigned"),
        (
            form(&site, &picked(&by_token, &["Waves"]), None, KEY, "n"),
            "data of LTI 1.3",
        ),
        (
            form(
                &site,
                &Answer {
                    data: None,
                    ..good.clone()
                },
                None,
                KEY,
                "n",
            ),
            "no data",
        ),
    ] {
        let answer = returned_form(&site, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{why}");
        assert!(site.activities(1).is_empty(), "{why}");
    }
    let old = form(&site, &good, None, KEY, "n");
    site.clock.advance(Duration::from_mins(10));
    assert_eq!(
        returned_form(&site, &old).await.status,
        StatusCode::BAD_REQUEST
    );
    let now = form(&site, &good, None, KEY, "n");
    assert_eq!(returned_form(&site, &now).await.status, StatusCode::OK);
}
