//! Registration with the platforms that schools have, and with anything else.

mod anything;
mod pasted;

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::lti::names::message;

const MOODLE: &str = include_str!("../../../tests/fixtures/registration/moodle.json");
const CANVAS: &str = include_str!("../../../tests/fixtures/registration/canvas.json");
const BRIGHTSPACE: &str = include_str!("../../../tests/fixtures/registration/brightspace.json");
const SAKAI: &str = include_str!("../../../tests/fixtures/registration/sakai.json");

const LINEITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";

const OUTCOME: &str = "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome";

fn wanted() -> Wanted {
    Wanted {
        name: "Lanterna".into(),
        description: "A media library".into(),
        launch: "https://media.example/lti/launch".into(),
        login: "https://media.example/lti/login".into(),
        jwks: "https://media.example/lti/jwks".into(),
        icon: "https://media.example/icon.svg".into(),
        home: "https://media.example/".into(),
        domain: "www.media.example".into(),
        scopes: vec![LINEITEM.into(), SCORE.into()],
        further_scopes: vec![OUTCOME.into()],
        claims: vec!["name".into(), "given_name".into()],
        messages: [message::DEEP_LINKING, message::SUBMISSION_REVIEW]
            .map(str::to_owned)
            .to_vec(),
        custom: BTreeMap::from([("history".into(), "$Context.id.history".into())]),
        selection_label: "Media".into(),
    }
}

fn configuration(text: &str) -> Configuration {
    Configuration::parse(text.as_bytes()).unwrap()
}

/// The Moodle configuration with one member changed; `Value::Null` takes it away.
fn moodle_with(member: &str, value: Value) -> Result<Configuration, Malformed> {
    let mut document: Value = serde_json::from_str(MOODLE).unwrap();
    document[member] = value;
    Configuration::parse(document.to_string().as_bytes())
}

fn placements<'a>(request: &'a Request, kind: &str) -> &'a [String] {
    let mut found = request.messages.iter().filter(|m| m.kind == kind);
    &found.next().unwrap().placements
}

fn kinds(request: &Request) -> Vec<&str> {
    request.messages.iter().map(|m| m.kind.as_str()).collect()
}

#[test]
fn moodle_is_asked_for_what_it_knows() {
    let moodle = configuration(MOODLE);
    assert_eq!(moodle.issuer, "https://moodle.school.example");
    assert_eq!(moodle.family.as_deref(), Some("moodle"));
    let request = wanted().of(&moodle);
    assert_eq!(
        kinds(&request),
        ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    );
    assert_eq!(
        placements(&request, "LtiDeepLinkingRequest"),
        ["ContentArea"]
    );
    assert_eq!(request.scopes, [LINEITEM, SCORE, OUTCOME]);
    assert_eq!(request.claims, ["iss", "sub", "name", "given_name"]);
    assert_eq!(request.domain, "media.example", "as Moodle compares it");
    assert_eq!(request.privacy_level, None);
}

#[test]
fn canvas_is_asked_by_its_own_placements_and_privacy_level() {
    let canvas = configuration(CANVAS);
    assert_eq!(canvas.account.as_deref(), Some("Test University"));
    assert_eq!(
        canvas.authorization_server, None,
        "a bare host is no audience"
    );
    let request = wanted().of(&canvas);
    assert_eq!(
        placements(&request, "LtiDeepLinkingRequest"),
        ["assignment_selection", "editor_button", "link_selection"],
        "not where students hand in: they cannot select"
    );
    assert_eq!(
        placements(&request, "LtiResourceLinkRequest"),
        ["course_navigation"]
    );
    assert_eq!(request.privacy_level.as_deref(), Some("name_only"));
    assert_eq!(request.domain, "www.media.example");
    let mut wanted = wanted();
    wanted.claims.push("email".into());
    assert_eq!(wanted.privacy_level(), "public");
    wanted.claims.clear();
    assert_eq!(wanted.privacy_level(), "anonymous");
}

#[test]
fn brightspace_names_the_audience_of_its_token_endpoint() {
    let brightspace = configuration(BRIGHTSPACE);
    assert_eq!(
        brightspace.authorization_server.as_deref(),
        Some("https://api.brightspace.example/auth/token")
    );
    let request = wanted().of(&brightspace);
    assert!(placements(&request, "LtiDeepLinkingRequest").is_empty());
}

#[test]
fn a_platform_that_knows_submission_review_is_asked_for_it() {
    assert_eq!(
        kinds(&wanted().of(&configuration(SAKAI))),
        [
            "LtiResourceLinkRequest",
            "LtiDeepLinkingRequest",
            "LtiSubmissionReviewRequest"
        ]
    );
}

#[test]
fn what_is_not_taken_is_not_asked_for() {
    let mut wanted = wanted();
    wanted.messages = vec![message::DEEP_LINKING.into()];
    assert_eq!(
        kinds(&wanted.of(&configuration(SAKAI))),
        ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    );
}

#[test]
fn a_platform_that_says_little_is_asked_for_everything_usual() {
    let silent = json!({
        "issuer": "https://lms.example", "authorization_endpoint": "https://lms.example/auth",
        "token_endpoint": "https://lms.example/token", "jwks_uri": "https://lms.example/jwks",
        "registration_endpoint": "https://lms.example/register",
    });
    let silent = configuration(&silent.to_string());
    assert_eq!((&silent.scopes, &silent.messages), (&None, &None));
    let request = wanted().of(&silent);
    assert_eq!(request.scopes, [LINEITEM, SCORE], "and for nothing rare");
    assert_eq!(
        kinds(&request),
        ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    );
}

#[test]
fn lists_are_read_as_platforms_write_them() {
    let spaced = moodle_with("scopes_supported", json!(format!("openid {SCORE}"))).unwrap();
    assert_eq!(wanted().of(&spaced).scopes, [SCORE]);
    let rare = moodle_with("scopes_supported", json!([OUTCOME, "openid"])).unwrap();
    assert_eq!(wanted().of(&rare).scopes, [OUTCOME]);
    let mixed = moodle_with("claims_supported", json!(["name", 7, null])).unwrap();
    assert_eq!(wanted().of(&mixed).claims, ["iss", "sub", "name"]);
    let mut document: Value = serde_json::from_str(MOODLE).unwrap();
    let platform = &mut document[name::PLATFORM];
    platform["messages_supported"] = json!(["LtiResourceLinkRequest", 7, {"no": "type"}]);
    let read = configuration(&document.to_string());
    assert_eq!(kinds(&wanted().of(&read)), ["LtiResourceLinkRequest"]);
    // PHP writes an empty object as a list.
    document[name::PLATFORM] = json!([]);
    assert_eq!(configuration(&document.to_string()).family, None);
}

#[test]
fn placements_are_echoed_as_the_platform_writes_them() {
    let mut document: Value = serde_json::from_str(MOODLE).unwrap();
    document[name::PLATFORM]["messages_supported"] = json!([
        { "type": "LtiDeepLinkingRequest",
          "placements": ["https://lms.example/lti/editor_button", "richtexteditor", "other"] }
    ]);
    let request = wanted().of(&configuration(&document.to_string()));
    assert_eq!(
        placements(&request, "LtiDeepLinkingRequest"),
        ["https://lms.example/lti/editor_button", "richtexteditor"]
    );
}

#[test]
fn addresses_and_the_issuer_are_strict() {
    for member in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "registration_endpoint",
    ] {
        for missing in [Value::Null, json!(""), json!("  ")] {
            assert_eq!(
                moodle_with(member, missing),
                Err(Malformed::Missing(member))
            );
        }
        for wrong in [
            json!("javascript:alert(1)"),
            json!("file:///etc/passwd"),
            json!("//lms.example/x"),
            json!("https://user@lms.example/"),
            json!("https://lms.example:99999/"),
            json!(format!("https://lms.example/{}", "x".repeat(2_000))),
            json!(["https://lms.example/"]),
            json!(7),
        ] {
            assert_eq!(moodle_with(member, wrong), Err(Malformed::Address(member)));
        }
    }
    for issuer in [
        "https://lms.example/?a",
        "https://lms.example/#a",
        " https://lms.example",
    ] {
        let read = moodle_with("issuer", json!(issuer));
        assert_eq!(read, Err(Malformed::Wrong("issuer")), "{issuer}");
    }
}

#[test]
fn what_is_no_configuration_is_refused() {
    for text in [
        "",
        "<!doctype html><p>Sign in",
        "[]",
        "null",
        "\"x\"",
        "{\"a\":1,\"a\":1}",
    ] {
        let read = Configuration::parse(text.as_bytes());
        assert_eq!(read, Err(Malformed::NotJson), "{text}");
    }
    let large = vec![b' '; MAX_BYTES + 1];
    assert_eq!(Configuration::parse(&large), Err(Malformed::TooLarge));
    assert_eq!(
        Configuration::parse(b"{}"),
        Err(Malformed::Missing("issuer"))
    );
}

#[test]
fn answers_are_read_as_platforms_write_them() {
    let read = |text: &str| {
        Answer::parse(text.as_bytes()).map(|answer| (answer.client_id, answer.deployment))
    };
    let client = |id: &str, deployment: Option<&str>| Ok((id.into(), deployment.map(Into::into)));
    let tool = name::TOOL;
    for (text, expected) in [
        (r#"{"client_id":"abc"}"#.to_owned(), client("abc", None)),
        (
            r#"{"client_id":10000000000042}"#.to_owned(),
            client("10000000000042", None),
        ),
        (
            format!(r#"{{"client_id":"a","{tool}":{{"deployment_id":"7"}}}}"#),
            client("a", Some("7")),
        ),
        (
            format!(r#"{{"client_id":"a","{tool}":{{"deployment_id":7}}}}"#),
            client("a", Some("7")),
        ),
        (
            format!(r#"{{"client_id":"a","{tool}":{{"deployment_id":""}}}}"#),
            client("a", None),
        ),
        (
            format!(r#"{{"client_id":"a","{tool}":{{"deployment_id":["7"]}}}}"#),
            client("a", None),
        ),
        (
            format!(r#"{{"client_id":"a","{tool}":[]}}"#),
            client("a", None),
        ),
        ("{}".to_owned(), Err(Malformed::Missing("client_id"))),
        (
            r#"{"client_id":""}"#.to_owned(),
            Err(Malformed::Missing("client_id")),
        ),
        (
            r#"{"client_id":"a\u0000b"}"#.to_owned(),
            Err(Malformed::Wrong("client_id")),
        ),
        (
            r#"{"client_id":["a"]}"#.to_owned(),
            Err(Malformed::Wrong("client_id")),
        ),
        (
            format!(r#"{{"client_id":"{}"}}"#, "x".repeat(256)),
            Err(Malformed::Wrong("client_id")),
        ),
        ("<html>".to_owned(), Err(Malformed::NotJson)),
    ] {
        assert_eq!(read(&text), expected, "{text}");
    }
}

#[test]
fn a_refusal_is_shown_in_the_platforms_words() {
    for (body, expected) in [
        (
            r#"{"error":"invalid_client_metadata","error_description":"No\n such  thing"}"#,
            Some("No such thing"),
        ),
        (r#"{"message":"token expired"}"#, Some("token expired")),
        (r#"{"error":"invalid_token"}"#, Some("invalid_token")),
        (r#"{"errors":[{"message":"domain"}]}"#, Some("domain")),
        (r#"{"errors":["scope"]}"#, Some("scope")),
        (r#"{"errors":{"message":"one"}}"#, Some("one")),
        (r#"{"error":7}"#, None),
        (r#"{"errors":[]}"#, None),
        ("<html>", None),
        ("", None),
    ] {
        assert_eq!(complaint(body.as_bytes()).as_deref(), expected, "{body}");
    }
    let long = json!({ "error": "ü".repeat(1000) }).to_string();
    assert_eq!(complaint(long.as_bytes()).unwrap().chars().count(), 300);
}

#[test]
fn a_request_is_read_back_and_read_strictly() {
    let request = wanted().of(&configuration(CANVAS));
    let document = request.document();
    assert_eq!(
        document["grant_types"],
        json!(["implicit", "client_credentials"])
    );
    assert_eq!(document["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(document["scope"], format!("{LINEITEM} {SCORE}"));
    assert_eq!(document[name::TOOL][name::PRIVACY], "name_only");
    let read = |document: &Value| Request::parse(document.to_string().as_bytes());
    assert_eq!(read(&document), Ok(request));
    let with = |path: &[&str], value: Value| {
        let mut changed = document.clone();
        let mut at = &mut changed;
        for member in path {
            at = &mut at[*member];
        }
        *at = value;
        read(&changed).unwrap_err()
    };
    let uris = "redirect_uris";
    assert_eq!(with(&[uris], json!([])), Malformed::Wrong(uris));
    assert_eq!(with(&[uris], json!("x")), Malformed::Missing(uris));
    let one_bad = json!(["https://media.example/", "javascript:1"]);
    assert_eq!(with(&[uris], one_bad), Malformed::Address(uris));
    let login = "initiate_login_uri";
    assert_eq!(with(&[login], Value::Null), Malformed::Missing(login));
    let target = [name::TOOL, "target_link_uri"];
    assert_eq!(with(&target, json!("x")), Malformed::Address(target[1]));
    assert_eq!(with(&[name::TOOL], json!([])), Malformed::Missing("domain"));
}

#[test]
fn an_answer_holds_what_was_asked_for() {
    let request = wanted().of(&configuration(MOODLE));
    let answer = Answer {
        client_id: "client".into(),
        deployment: Some("1".into()),
    };
    let document = answer.document(&request).to_string();
    assert_eq!(Answer::parse(document.as_bytes()), Ok(answer));
    assert_eq!(Request::parse(document.as_bytes()), Ok(request));
}
