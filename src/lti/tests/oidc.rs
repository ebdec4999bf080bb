//! Logins, requests and responses.

use std::collections::BTreeMap;

use proptest::prelude::*;
use url::{Url, form_urlencoded};

use crate::lti::oidc::{
    AuthenticationRequest, AuthenticationResponse, LoginInitiation, ParameterError, own_target,
};
use crate::lti::refusal::Refusal;
use crate::lti::token;

fn login(query: &str) -> Result<LoginInitiation, ParameterError> {
    LoginInitiation::parse(form_urlencoded::parse(query.as_bytes()))
}

fn response(body: &str) -> Result<AuthenticationResponse, ParameterError> {
    AuthenticationResponse::parse(form_urlencoded::parse(body.as_bytes()))
}

const LOGIN: &str =
    "iss=https%3A%2F%2Flms.example&login_hint=5&target_link_uri=https%3A%2F%2Ft.example";

#[test]
fn moodles_login_is_read() {
    let pairs: BTreeMap<String, String> =
        serde_json::from_str(include_str!("../../../tests/fixtures/moodle/login.json")).unwrap();
    let login = LoginInitiation::parse(pairs.clone()).unwrap();
    assert_eq!(login.issuer, "https://moodle.example");
    assert_eq!(login.client_id.as_deref(), Some("2DF7k76tI98IFfw"));
    assert_eq!(login.deployment.as_deref(), Some("16"));
    assert_eq!(
        login.message_hint.as_deref(),
        Some(r#"{"cmid":23,"launchid":"ltilaunch21_313457551"}"#)
    );
    let again: BTreeMap<String, String> = login
        .fields()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(again, pairs);
}

#[test]
fn canvas_names_the_deployment_differently() {
    let canvas = login(&format!("{LOGIN}&deployment_id=1:abc&canvas_region=eu")).unwrap();
    assert_eq!(canvas.deployment.as_deref(), Some("1:abc"));
    let both = login(&format!("{LOGIN}&deployment_id=a&lti_deployment_id=b")).unwrap();
    assert_eq!(both.deployment.as_deref(), Some("b"));
}

#[test]
fn what_is_required_is_named_when_it_is_missing() {
    assert!(login(LOGIN).is_ok());
    for name in ["iss", "login_hint", "target_link_uri"] {
        let without = LOGIN.replace(name, "x");
        assert_eq!(login(&without), Err(ParameterError::Missing(name)));
        let empty: Vec<_> = LOGIN
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((key, _)) if key == name => format!("{key}="),
                _ => pair.to_owned(),
            })
            .collect();
        assert_eq!(login(&empty.join("&")), Err(ParameterError::Missing(name)));
    }
}

#[test]
fn what_is_said_twice_must_be_the_same() {
    assert!(login(&format!("{LOGIN}&login_hint=5")).is_ok());
    assert_eq!(
        login(&format!("{LOGIN}&login_hint=6")),
        Err(ParameterError::Repeated("login_hint"))
    );
    assert_eq!(
        login(&format!("{LOGIN}&client_id=a&client_id=b&client_id=a")),
        Err(ParameterError::Repeated("client_id"))
    );
    assert!(login(&format!("{LOGIN}&other=a&other=b")).is_ok());
}

#[test]
fn lengths_are_bounded() {
    let hint = |len| format!("{LOGIN}&lti_message_hint={}", "x".repeat(len));
    assert!(login(&hint(8192)).is_ok());
    assert_eq!(
        login(&hint(8193)),
        Err(ParameterError::TooLong("lti_message_hint"))
    );
}

const REQUEST: AuthenticationRequest<'_> = AuthenticationRequest {
    client_id: "client 1",
    redirect_uri: "https://t.example/lti/launch",
    login_hint: "5&x=ü",
    message_hint: Some(r#"{"cmid":23}"#),
    nonce: "n",
    state: "s",
};

#[test]
fn the_request_says_exactly_what_the_framework_asks_for() {
    let endpoint = Url::parse("https://lms.example/auth.php").unwrap();
    let url = REQUEST.url(&endpoint);
    let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let expected = [
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("client_id", "client 1"),
        ("redirect_uri", "https://t.example/lti/launch"),
        ("login_hint", "5&x=ü"),
        ("lti_message_hint", r#"{"cmid":23}"#),
        ("nonce", "n"),
        ("state", "s"),
    ];
    let expected: BTreeMap<_, _> = expected
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(pairs, expected);
    assert!(url.as_str().starts_with("https://lms.example/auth.php?"));
}

#[test]
fn the_endpoints_own_query_is_kept_byte_by_byte() {
    let endpoint = Url::parse("https://lms.example/auth?tenant=a%20b+c&x#top").unwrap();
    let url = REQUEST.url(&endpoint);
    assert!(
        url.as_str()
            .starts_with("https://lms.example/auth?tenant=a%20b+c&x&scope=openid&")
    );
    assert_eq!(url.fragment(), None);
}

#[test]
fn a_hint_that_did_not_come_is_not_sent() {
    let request = AuthenticationRequest {
        message_hint: None,
        ..REQUEST
    };
    assert!(
        request
            .fields()
            .iter()
            .all(|(name, _)| *name != "lti_message_hint")
    );
}

#[test]
fn a_response_is_a_token_or_an_error() {
    assert_eq!(
        response("id_token=a.b.c&state=s"),
        Ok(AuthenticationResponse::Token {
            id_token: "a.b.c".into(),
            state: "s".into()
        })
    );
    let error = AuthenticationResponse::Error {
        code: "access_denied".into(),
        description: Some("not\u{fffd}you".into()),
        state: Some("s".into()),
    };
    assert_eq!(
        response("error=access_denied&error_description=not%00you&state=s"),
        Ok(error.clone())
    );
    assert_eq!(
        response("error=access_denied&error_description=not%00you&state=s&id_token=x"),
        Ok(error)
    );
    for (body, missing) in [
        ("id_token=a.b.c", "state"),
        ("id_token=a.b.c&state=", "state"),
        ("state=s", "id_token"),
        ("", "id_token"),
    ] {
        assert_eq!(response(body), Err(ParameterError::Missing(missing)));
    }
    assert_eq!(
        response("id_token=a&id_token=b&state=s"),
        Err(ParameterError::Repeated("id_token"))
    );
    let large = "x".repeat(token::MAX_BYTES + 1);
    assert_eq!(
        response(&format!("state=s&id_token={large}")),
        Err(ParameterError::TooLong("id_token"))
    );
}

#[test]
fn debugging_shows_no_token() {
    let shown = format!("{:?}", response("id_token=secret&state=secret").unwrap());
    assert!(!shown.contains("secret"));
}

#[test]
fn targets_are_our_own_or_refused() {
    let ours = Url::parse("https://media.example/base/").unwrap();
    assert!(own_target("https://media.example/lti/launch?x=1", &ours).is_ok());
    for foreign in [
        "https://evil.example/",
        "//media.example/",
        "javascript:1",
        "",
        "/lti",
    ] {
        assert!(
            matches!(own_target(foreign, &ours), Err(Refusal::ForeignTarget(_))),
            "{foreign}"
        );
    }
}

proptest! {
    #[test]
    fn parsers_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = LoginInitiation::parse(form_urlencoded::parse(&bytes));
        let _ = AuthenticationResponse::parse(form_urlencoded::parse(&bytes));
    }

    #[test]
    fn hints_come_back_unaltered(hint in "\\PC{1,60}", message in "\\PC{1,60}") {
        let request = AuthenticationRequest {
            login_hint: &hint,
            message_hint: Some(&message),
            ..REQUEST
        };
        let url = request.url(&Url::parse("https://lms.example/auth?a=b").unwrap());
        let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(&pairs["login_hint"], &hint);
        prop_assert_eq!(&pairs["lti_message_hint"], &message);
    }
}
