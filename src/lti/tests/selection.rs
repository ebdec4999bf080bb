//! Selections: the request of LTI 1.1, and the answers of both versions, there and back.

mod by_form;

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use crate::lti::basic;
use crate::lti::check::Checks;
use crate::lti::content::{
    Answer, Content, ContentItem, Iframe, LaunchLink, LineItem, MOST_ITEMS, Period, Picture, Window,
};
use crate::lti::content_item;
use crate::lti::deep_linking::{Expected, Received, Reply, response};
use crate::lti::fixtures::{NOW, other_key, platform_keys, tool_key};
use crate::lti::jwks::{self, KeySet};
use crate::lti::key::SigningKey;
use crate::lti::launch::{DeepLinkingSettings, DocumentTarget, Launch, Message};
use crate::lti::names::claim;
use crate::lti::oauth1::{Address, Method, Pair, Signer, Unverified as Form, Verified};
use crate::lti::refusal::Refusal;
use crate::lti::token::Unverified;
use crate::world::Time;

const RETURN: &str = "https://lms.example/return?course=2&sesskey=k";

fn url(path: &str) -> Url {
    Url::parse("https://tool.example/")
        .unwrap()
        .join(path)
        .unwrap()
}

#[allow(clippy::unnecessary_wraps, reason = "what it makes is optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn picture() -> Picture {
    Picture {
        url: url("thumb.png?a=b"),
        width: Some(320),
        height: Some(180),
    }
}

fn launch_link() -> LaunchLink {
    LaunchLink {
        url: Some(url("lti/launch/p1")),
        custom: BTreeMap::from([
            ("placement".into(), "p1".into()),
            ("empty".into(), String::new()),
        ]),
        line_item: Some(LineItem {
            maximum: 12.5,
            label: some("Waves"),
            resource_id: some("p1"),
            tag: some("watching"),
            released: Some(true),
        }),
        available: Some(Period {
            start: Some(NOW),
            end: None,
        }),
        submission: Some(Period {
            start: Some(NOW),
            end: Some(NOW.after(Duration::from_millis(1500))),
        }),
    }
}

/// An item of every type, with everything that it can say.
fn every() -> Vec<ContentItem> {
    let contents = [
        Content::Launch(launch_link()),
        Content::Launch(LaunchLink::default()),
        Content::Link {
            url: url("media/1"),
            embed: some("<iframe src=\"x\"></iframe>"),
        },
        Content::File {
            url: url("files/1"),
            media_type: None,
            expires: Some(NOW),
        },
        Content::Html("<p>ü & <b>\"</b></p>".into()),
        Content::Image {
            url: url("picture.png"),
            media_type: None,
            width: Some(1),
            height: Some(2),
        },
    ];
    let items = contents.map(|content| ContentItem {
        content,
        title: some("Wellen: Öberg-学生"),
        text: some("What to look for"),
        icon: Some(picture()),
        thumbnail: Some(Picture {
            width: None,
            height: None,
            ..picture()
        }),
        iframe: Some(Iframe {
            src: Some(url("embed/1")),
            width: Some(640),
            height: Some(472),
        }),
        window: Some(Window {
            name: some("media"),
            width: Some(800),
            height: None,
            features: some("noopener"),
        }),
    });
    items.into()
}

fn answer() -> Answer {
    Answer {
        items: every(),
        message: some("Two items were picked."),
        log: some("2 items"),
        error: some("Not all of them"),
        error_log: some("1 refused"),
        data: some("csrf:\u{1} ü"),
    }
}

fn reply() -> Reply<'static> {
    Reply {
        client_id: "client-1",
        issuer: "https://lms.example",
        deployment: "deployment-1",
        nonce: "nonce-9",
        at: NOW,
        lifetime: Duration::from_mins(5),
    }
}

fn expected(data: Option<&str>) -> Expected<'_> {
    Expected {
        client_id: "client-1",
        issuer: "https://lms.example",
        deployment: "deployment-1",
        data,
        leeway: Duration::from_mins(1),
        max_age: Duration::from_mins(5),
    }
}

fn tool_keys() -> KeySet {
    let set = jwks::document([tool_key().public()]).to_string();
    KeySet::parse(set.as_bytes()).unwrap()
}

fn received(token: &str, expected: &Expected<'_>, now: Time) -> Result<Received, Refusal> {
    let mut checks = Checks::new();
    let token = Unverified::parse(token, &mut checks)?;
    token
        .verify(&tool_keys(), &mut checks)?
        .response(expected, now, &mut checks)
}

fn payload(token: &str) -> Value {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn what_a_tool_answers_a_platform_reads() {
    let token = response(&answer(), &reply(), tool_key()).unwrap();
    let data = answer().data;
    let received = received(&token, &expected(data.as_deref()), NOW).unwrap();
    assert_eq!(received.nonce, "nonce-9");
    assert_eq!(received.answer, answer());
}

#[test]
fn the_token_says_what_the_specification_asks_for() {
    let token = response(&answer(), &reply(), tool_key()).unwrap();
    let claims = payload(&token);
    assert_eq!(claims["iss"], "client-1");
    // Some platforms refuse a list.
    assert_eq!(claims["aud"], "https://lms.example");
    assert_eq!(claims["nonce"], "nonce-9");
    assert_eq!(claims["iat"], NOW.seconds());
    assert_eq!(claims["exp"], NOW.seconds() + 300);
    assert!(claims.get("sub").is_none());
    let lti = |name: &str| &claims[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")];
    assert_eq!(lti("message_type"), "LtiDeepLinkingResponse");
    assert_eq!(lti("version"), "1.3.0");
    assert_eq!(lti("deployment_id"), "deployment-1");
    let items = claims[claim::CONTENT_ITEMS].as_array().unwrap();
    let types: Vec<&str> = items
        .iter()
        .map(|item| item["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "ltiResourceLink",
            "ltiResourceLink",
            "link",
            "file",
            "html",
            "image"
        ]
    );
    let link = &items[0];
    assert_eq!(link["url"], "https://tool.example/lti/launch/p1");
    assert_eq!(link["custom"]["placement"], "p1");
    assert_eq!(link["lineItem"]["scoreMaximum"], json!(12.5));
    assert_eq!(link["lineItem"]["resourceId"], "p1");
    assert_eq!(link["iframe"]["width"], 640);
    assert_eq!(link["available"]["startDateTime"], "2026-11-22T06:46:40Z");
    assert_eq!(items[2]["embed"]["html"], "<iframe src=\"x\"></iframe>");
    let header = token.split('.').next().unwrap();
    let header = payload(&format!("x.{header}.x"));
    assert_eq!(header["kid"], tool_key().kid());
    assert_eq!(header["alg"], "RS256");
}

#[test]
fn nothing_picked_is_an_empty_list_and_no_data_stays_none() {
    let token = response(&Answer::default(), &reply(), tool_key()).unwrap();
    let claims = payload(&token);
    assert_eq!(claims[claim::CONTENT_ITEMS], json!([]));
    for absent in [
        claim::DEEP_LINKING_DATA,
        claim::DEEP_LINKING_MSG,
        claim::DEEP_LINKING_ERRORMSG,
    ] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    let received = received(&token, &expected(None), NOW).unwrap();
    assert_eq!(received.answer, Answer::default());
}

#[test]
fn data_comes_back_exactly_or_not_at_all() {
    for (sent, returned, good) in [
        (None, None, true),
        (Some(""), Some(""), true),
        (Some("a"), Some("a"), true),
        (Some("a"), Some("a "), false),
        (Some("a"), None, false),
        (Some(""), None, false),
        (None, Some("a"), false),
        (None, Some(""), false),
    ] {
        let answer = Answer {
            data: returned.map(str::to_owned),
            ..Answer::default()
        };
        let token = response(&answer, &reply(), tool_key()).unwrap();
        let by_token = received(&token, &expected(sent), NOW).map(|_| ());
        let by_form = by_form::taken(content_item::parameters(&answer), sent).map(|_| ());
        let due = if good {
            Ok(())
        } else {
            Err(Refusal::DataNotReturned)
        };
        assert_eq!((&by_token, &by_form), (&due, &due), "{sent:?} {returned:?}");
    }
}

/// The tool's answer with one claim replaced; `null` removes it.
fn changed(name: &str, value: Value) -> String {
    let token = response(&Answer::default(), &reply(), tool_key()).unwrap();
    let mut claims = payload(&token);
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name).unwrap();
    } else {
        claims[name] = value;
    }
    tool_key().sign(&claims).unwrap()
}

#[test]
fn a_platform_takes_nothing_else() {
    let lti = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
    let nested = |item: Value| json!([item]);
    let refused = [
        ("iss".to_owned(), json!("client-2"), "wrong-issuer"),
        (
            "aud".to_owned(),
            json!("https://other.example"),
            "wrong-audience",
        ),
        ("exp".to_owned(), Value::Null, "missing-expiry"),
        ("exp".to_owned(), json!(NOW.seconds() - 61), "token-expired"),
        (
            "iat".to_owned(),
            json!(NOW.seconds() - 400),
            "issued-long-ago",
        ),
        (
            "iat".to_owned(),
            json!(NOW.seconds() + 61),
            "issued-in-future",
        ),
        ("nonce".to_owned(), Value::Null, "missing-nonce"),
        ("nonce".to_owned(), json!(""), "missing-nonce"),
        (lti("deployment_id"), json!("2"), "wrong-deployment"),
        (lti("deployment_id"), Value::Null, "missing-deployment"),
        (
            lti("message_type"),
            json!("LtiResourceLinkRequest"),
            "unknown-message-type",
        ),
        (lti("version"), json!("1.1"), "wrong-version"),
        (claim::CONTENT_ITEMS.to_owned(), json!({}), "invalid-claim"),
        (
            claim::CONTENT_ITEMS.to_owned(),
            json!(["x"]),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            nested(json!({})),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            nested(json!({"type": "link", "url": "javascript:alert(1)"})),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            nested(json!({"type": "ltiResourceLink", "url": "data:text/html,x"})),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            nested(json!({"type": "ltiResourceLink", "lineItem": {"scoreMaximum": 0}})),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            json!(vec![json!({"type": "html", "html": ""}); MOST_ITEMS + 1]),
            "invalid-claim",
        ),
    ];
    for (name, value, code) in refused {
        let token = changed(&name, value.clone());
        let refusal = received(&token, &expected(None), NOW).unwrap_err();
        assert_eq!(refusal.code(), code, "{name} {value}");
    }
}

#[test]
fn only_the_tools_own_key_counts() {
    let signed_by = |key: &SigningKey| response(&answer(), &reply(), key).unwrap();
    let refusal = received(&signed_by(other_key()), &expected(None), NOW).unwrap_err();
    assert_eq!(refusal.code(), "unknown-key");
    let mut checks = Checks::new();
    let token = signed_by(tool_key());
    let unverified = Unverified::parse(&token, &mut checks).unwrap();
    assert!(unverified.verify(&platform_keys(), &mut checks).is_err());
}

#[test]
fn types_that_nobody_knows_are_passed_over() {
    let listed = json!([
        {"type": "https://vendor.example/quiz", "url": "https://x.example"},
        {"type": "html", "html": "x"},
    ]);
    let token = changed(claim::CONTENT_ITEMS, listed);
    let received = received(&token, &expected(None), NOW).unwrap();
    let html = ContentItem::new(Content::Html("x".into()));
    assert_eq!(received.answer.items, [html]);
}
