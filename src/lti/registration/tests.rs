//! Registration with the platforms that schools have, and with anything else.

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
    assert_eq!(request.scopes, [LINEITEM, SCORE]);
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
    assert_eq!(request.scopes, [LINEITEM, SCORE]);
    assert_eq!(
        kinds(&request),
        ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    );
}

#[test]
fn lists_are_read_as_platforms_write_them() {
    let spaced = moodle_with("scopes_supported", json!(format!("openid {SCORE}"))).unwrap();
    assert_eq!(wanted().of(&spaced).scopes, [SCORE]);
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

#[test]
fn canvas_takes_the_json() {
    let json = wanted().canvas_json();
    assert_eq!(
        json["oidc_initiation_url"],
        "https://media.example/lti/login"
    );
    assert_eq!(json["public_jwk_url"], "https://media.example/lti/jwks");
    assert_eq!(json["custom_fields"]["history"], "$Context.id.history");
    let extension = &json["extensions"][0];
    assert_eq!(extension["privacy_level"], "name_only");
    let placements = extension["settings"]["placements"].as_array().unwrap();
    let told: Vec<_> = placements
        .iter()
        .map(|p| {
            (
                p["placement"].as_str().unwrap(),
                p["message_type"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("editor_button", "LtiDeepLinkingRequest"),
            ("assignment_selection", "LtiDeepLinkingRequest"),
            ("link_selection", "LtiDeepLinkingRequest"),
            ("course_navigation", "LtiResourceLinkRequest"),
        ]
    );
}

#[test]
fn the_cartridge_names_what_lti_1p1_needs() {
    let wanted = Wanted {
        name: "A & B <media>".into(),
        ..wanted()
    };
    let cartridge = wanted.cartridge();
    for line in [
        "<blti:title>A &amp; B &lt;media&gt;</blti:title>",
        "<blti:launch_url>https://media.example/lti/launch</blti:launch_url>",
        "<blti:secure_launch_url>https://media.example/lti/launch</blti:secure_launch_url>",
        "<lticm:property name=\"history\">$Context.id.history</lticm:property>",
        "<lticm:options name=\"editor_button\">",
        "<lticm:property name=\"privacy_level\">name_only</lticm:property>",
    ] {
        assert!(cartridge.contains(line), "{line}\n{cartridge}");
    }
    // Whatever is opened is closed.
    for name in [
        "blti:title",
        "blti:custom",
        "blti:extensions",
        "lticm:options",
    ] {
        let opened = cartridge.matches(&format!("<{name}")).count();
        assert_eq!(opened, cartridge.matches(&format!("</{name}>")).count());
    }
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9:/._$-]{1,20}"
}

fn web() -> impl Strategy<Value = String> {
    "https://[a-z]{1,8}\\.example(/[a-z0-9]{1,8}){0,3}"
}

prop_compose! {
    fn any_configuration()(
        addresses in vec(web(), 5),
        authorization_server in option::of(web()),
        lists in vec(option::of(vec(word(), 0..4)), 3),
        texts in vec(option::of("[a-zA-Z0-9ü]{1,20}"), 3),
        messages in option::of(vec((word(), vec(word(), 0..4)), 0..4)),
    ) -> Configuration {
        let message = |(kind, placements)| SupportedMessage { kind, placements };
        Configuration {
            issuer: addresses[0].clone(),
            authorization_endpoint: addresses[1].clone(),
            token_endpoint: addresses[2].clone(),
            jwks_uri: addresses[3].clone(),
            registration_endpoint: addresses[4].clone(),
            authorization_server,
            scopes: lists[0].clone(),
            claims: lists[1].clone(),
            variables: lists[2].clone(),
            family: texts[0].clone(),
            version: texts[1].clone(),
            account: texts[2].clone(),
            messages: messages.map(|list| list.into_iter().map(message).collect()),
        }
    }
}

proptest! {
    #[test]
    fn a_configuration_is_read_as_it_was_written(configuration in any_configuration()) {
        let document = configuration.document().to_string();
        prop_assert_eq!(Configuration::parse(document.as_bytes()), Ok(configuration));
    }

    #[test]
    fn only_what_is_known_is_asked_for(configuration in any_configuration()) {
        let request = wanted().of(&configuration);
        if let Some(known) = &configuration.scopes {
            prop_assert!(request.scopes.iter().all(|scope| known.contains(scope)));
        }
        for message in &request.messages {
            let known = configuration.message(&message.kind);
            for placement in &message.placements {
                prop_assert!(known.is_some_and(|known| known.placements.contains(placement)));
            }
        }
        let document = request.document().to_string();
        prop_assert_eq!(Request::parse(document.as_bytes()), Ok(request));
    }

    #[test]
    fn custom_parameters_survive(custom in btree_map(word(), ".{0,20}", 0..5)) {
        let wanted = Wanted { custom, ..wanted() };
        let request = wanted.of(&configuration(MOODLE));
        let read = Request::parse(request.document().to_string().as_bytes()).unwrap();
        prop_assert_eq!(read.custom, wanted.custom);
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Configuration::parse(&bytes);
        let _ = Request::parse(&bytes);
        let _ = Answer::parse(&bytes);
        let _ = complaint(&bytes);
    }

    #[test]
    fn any_member_is_answered(member in "[a-z_]{0,20}", value in any_value()) {
        let mut document: Value = serde_json::from_str(MOODLE).unwrap();
        document[member.as_str()] = value.clone();
        document[name::PLATFORM] = value.clone();
        document[name::TOOL] = value;
        let text = document.to_string();
        let _ = Configuration::parse(text.as_bytes());
        let _ = Request::parse(text.as_bytes());
        let _ = Answer::parse(text.as_bytes());
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-z_]{0,12}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
