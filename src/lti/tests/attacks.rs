//! What an attacker sends.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::lti::check::Checks;
use crate::lti::fixtures::{
    OTHER_DER, PLATFORM_DER, claims, expected, launch, other_key, platform_key, take, tool_key,
    with,
};
use crate::lti::jwks::{self, KeySet};
use crate::lti::refusal::Refusal;
use crate::lti::token::{MAX_BYTES, Unverified};

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of any header and payload, truly signed with the key of this PKCS#8 DER.
fn signed(header: &str, payload: &str, der: &[u8]) -> String {
    let message = format!("{}.{}", encoded(header), encoded(payload));
    let pair = RsaKeyPair::from_pkcs8(der).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", encoded(signature))
}

pub(super) fn forged(header: &Value, claims: &Value, der: &[u8]) -> String {
    signed(&header.to_string(), &claims.to_string(), der)
}

fn header() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": platform_key().kid()})
}

fn refused(token: &str) -> &'static str {
    take(token, &expected()).0.unwrap_err().code()
}

#[test]
fn the_fixture_itself_is_taken() {
    assert!(
        take(&forged(&header(), &claims(), PLATFORM_DER), &expected())
            .0
            .is_ok()
    );
}

#[test]
fn only_rs256_is_an_algorithm() {
    for alg in [
        json!("none"),
        json!("None"),
        json!("nOnE"),
        json!("HS256"),
        json!("HS512"),
        json!("RS384"),
        json!("RS512"),
        json!("PS256"),
        json!("ES256"),
        json!("EdDSA"),
        json!("rs256"),
        json!("RS256 "),
        json!(""),
    ] {
        let token = forged(&with(header(), "alg", alg.clone()), &claims(), PLATFORM_DER);
        assert_eq!(refused(&token), "wrong-algorithm", "{alg}");
    }
    for alg in [json!(["RS256"]), json!(256), json!({"alg": "RS256"})] {
        let token = forged(&with(header(), "alg", alg.clone()), &claims(), PLATFORM_DER);
        assert_eq!(refused(&token), "invalid-claim", "{alg}");
    }
}

#[test]
fn no_signature_is_no_signature() {
    for alg in ["none", "RS256"] {
        let head = encoded(with(header(), "alg", json!(alg)).to_string());
        let token = format!("{head}.{}.", encoded(claims().to_string()));
        assert!(take(&token, &expected()).0.is_err(), "{alg}");
    }
}

#[test]
fn the_public_key_is_not_a_secret() {
    let public = platform_key().public();
    let jwk = jwks::document([public])["keys"][0].to_string();
    for secret in [public.to_pem().unwrap(), public.n(), jwk] {
        for alg in ["HS256", "RS256"] {
            let head = with(header(), "alg", json!(alg)).to_string();
            let message = format!("{}.{}", encoded(head), encoded(claims().to_string()));
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            let tag = hmac::sign(&key, message.as_bytes());
            let token = format!("{message}.{}", encoded(tag.as_ref()));
            let expected = if alg == "HS256" {
                "wrong-algorithm"
            } else {
                "wrong-signature"
            };
            assert_eq!(refused(&token), expected);
        }
    }
}

#[test]
fn a_key_that_the_token_brings_along_is_ignored() {
    let jwk = jwks::document([other_key().public()])["keys"][0].clone();
    for (name, value) in [
        ("jwk", jwk.clone()),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("x5c", json!({"not": "a list"})),
    ] {
        let head = with(header(), name, value.clone());
        assert_eq!(
            refused(&forged(&head, &claims(), OTHER_DER)),
            "wrong-signature",
            "{name}"
        );
        let honest = forged(&head, &claims(), PLATFORM_DER);
        assert!(take(&honest, &expected()).0.is_ok(), "{name}");
        let own_kid = with(head, "kid", jwk["kid"].clone());
        assert_eq!(
            refused(&forged(&own_kid, &claims(), OTHER_DER)),
            "unknown-key",
            "{name}"
        );
    }
}

#[test]
fn a_key_signs_under_its_own_id_only() {
    let both = jwks::document([platform_key().public(), other_key().public()]).to_string();
    let keys = KeySet::parse(both.as_bytes()).unwrap();
    let verify = |token: &str| {
        let mut checks = Checks::new();
        Unverified::parse(token, &mut checks)
            .and_then(|token| token.verify(&keys, &mut checks))
            .map(drop)
    };
    let confused = forged(&header(), &claims(), OTHER_DER);
    assert_eq!(verify(&confused), Err(Refusal::WrongSignature));
    let honest = forged(
        &with(header(), "kid", json!(other_key().kid())),
        &claims(),
        OTHER_DER,
    );
    assert_eq!(verify(&honest), Ok(()));
}

#[test]
fn key_ids_are_ids() {
    for (kid, code) in [
        (json!(""), "missing-key-id"),
        (Value::Null, "missing-key-id"),
        (json!(7), "invalid-claim"),
        (json!("x".repeat(256)), "invalid-claim"),
        (json!("../../dev/null\0"), "invalid-claim"),
        (json!("' OR 1=1 --"), "unknown-key"),
    ] {
        let mut head = header();
        head["kid"] = kid.clone();
        assert_eq!(
            refused(&forged(&head, &claims(), PLATFORM_DER)),
            code,
            "{kid}"
        );
    }
}

#[test]
fn demanded_extensions_are_refused() {
    for crit in [json!(["b64"]), json!([]), json!("exp")] {
        let head = with(with(header(), "crit", crit), "b64", json!(false));
        assert_eq!(
            refused(&forged(&head, &claims(), PLATFORM_DER)),
            "critical-header"
        );
    }
}

#[test]
fn what_is_not_a_signed_token_is_malformed() {
    let honest = forged(&header(), &claims(), PLATFORM_DER);
    let (message, signature) = honest.rsplit_once('.').unwrap();
    for token in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "eyJ9.e30.x",
        &format!("{honest}.x"),
        &format!(".{honest}"),
        &format!("{honest}.."),
        &format!("{}.{}.{signature}", encoded("[]"), encoded("{}")),
        &format!("{}.{}.{signature}", encoded("7"), encoded("{}")),
        &format!(" {message}.{signature}"),
        "e30=.e30.x",
        "ünïcode.ünïcode.ünïcode",
        "\0.\0.\0",
    ] {
        assert_eq!(refused(token), "token-malformed", "{token:?}");
    }
    for token in [
        format!("{message}. {signature}"),
        format!("{message}.{signature}="),
        format!("{message}.{signature}A"),
        format!("{message}.{}", &signature[..signature.len() - 2]),
    ] {
        assert_eq!(refused(&token), "wrong-signature");
    }
}

#[test]
fn what_is_said_twice_is_refused() {
    let text = claims().to_string();
    let twice = text.replacen('{', r#"{"sub":"user-2","#, 1);
    let token = signed(&header().to_string(), &twice, PLATFORM_DER);
    assert_eq!(refused(&token), "token-malformed");
    let head = header().to_string().replacen('{', r#"{"alg":"none","#, 1);
    let token = signed(&head, &text, PLATFORM_DER);
    assert_eq!(refused(&token), "token-malformed");
}

#[test]
fn size_and_depth_are_bounded() {
    let claim = |value: Value| with(claims(), "https://lms.example/extra", value);
    let sized = |len| forged(&header(), &claim(json!("x".repeat(len))), PLATFORM_DER);
    assert!(take(&sized(40_000), &expected()).0.is_ok());
    assert_eq!(refused(&sized(50_000)), "token-too-large");
    assert_eq!(refused(&"x".repeat(MAX_BYTES + 1)), "token-too-large");
    assert_eq!(refused(&"x".repeat(10_000_000)), "token-too-large");
    assert_eq!(refused(&".".repeat(MAX_BYTES)), "token-malformed");

    let nested = |levels: usize| {
        let deep = format!(r#"{{"a":{}{},"#, "[".repeat(levels), "]".repeat(levels));
        (
            signed(
                &header().to_string(),
                &claims().to_string().replacen('{', &deep, 1),
                PLATFORM_DER,
            ),
            signed(
                &header().to_string().replacen('{', &deep, 1),
                &claims().to_string(),
                PLATFORM_DER,
            ),
        )
    };
    let (payload, head) = nested(50);
    assert!(take(&payload, &expected()).0.is_ok());
    assert!(take(&head, &expected()).0.is_ok());
    for levels in [200, 10_000] {
        let (payload, head) = nested(levels);
        assert_eq!(refused(&payload), "token-malformed");
        assert_eq!(refused(&head), "token-malformed");
    }
}

#[test]
fn our_own_tokens_are_not_the_platforms() {
    let token = tool_key().sign(&claims()).unwrap();
    assert_eq!(refused(&token), "unknown-key");
}

#[test]
fn ids_are_bounded_and_printable() {
    let long = json!("x".repeat(256));
    for (name, value) in [
        ("sub", long.clone()),
        ("sub", json!("user\u{0}1")),
        ("sub", json!(5)),
        ("sub", json!(["user-1"])),
        ("deployment_id", long.clone()),
        ("deployment_id", json!("déploiement")),
        ("deployment_id", json!("a\nb")),
        ("deployment_id", json!(1)),
        ("resource_link", json!({"id": long})),
        ("resource_link", json!({"id": 7})),
        ("resource_link", json!({"id": "a\u{7f}"})),
        (
            "https://purl.imsglobal.org/spec/lti/claim/context",
            json!({"id": long}),
        ),
        (
            "https://purl.imsglobal.org/spec/lti/claim/context",
            json!({"id": {"x": 1}}),
        ),
        ("roles", json!("Instructor")),
        ("roles", json!([["Instructor"]])),
        ("roles", json!({"0": "Instructor"})),
        ("version", json!(1.3)),
        ("message_type", json!(["LtiResourceLinkRequest"])),
        ("target_link_uri", json!(["https://tool.example/"])),
    ] {
        let refusal = launch(&with(claims(), name, value.clone())).unwrap_err();
        assert_eq!(refusal.code(), "invalid-claim", "{name}: {value}");
    }
    assert!(launch(&with(claims(), "sub", json!("x".repeat(255)))).is_ok());
    assert!(launch(&with(claims(), "sub", json!("Zoë 学生"))).is_ok());
    assert!(launch(&with(claims(), "deployment_id", json!("1:a b~"))).is_ok());
}

#[test]
fn targets_lead_to_us_alone() {
    for target in [
        "https://evil.example/lti/launch",
        "http://tool.example/lti/launch",
        "https://tool.example:8443/lti/launch",
        "https://tool.example.evil.example/",
        "https://tool.example@evil.example/",
        "https://user@tool.example/",
        "//tool.example/",
        "/lti/launch",
        "javascript:alert(1)",
    ] {
        let refusal = launch(&with(claims(), "target_link_uri", json!(target))).unwrap_err();
        assert_eq!(refusal.code(), "foreign-target", "{target}");
        assert!(!refusal.to_string().contains("/lti/launch"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_changed_byte_is_noticed(position in any::<prop::sample::Index>(), byte in 0u8..128) {
        let token = platform_key().sign(&claims()).unwrap();
        let mut bytes = token.clone().into_bytes();
        let at = position.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(take(&changed, &expected()).0.is_err());
    }

    #[test]
    fn any_missing_tail_is_noticed(cut in 1usize..400) {
        let token = platform_key().sign(&claims()).unwrap();
        prop_assert!(take(&token[..token.len() - cut], &expected()).0.is_err());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", dots in "[a-zA-Z0-9_.-]{0,200}") {
        prop_assert!(take(&text, &expected()).0.is_err());
        prop_assert!(take(&dots, &expected()).0.is_err());
    }

    #[test]
    fn no_header_makes_it_panic(head in "\\PC{0,100}", payload in "\\PC{0,100}") {
        let token = signed(&head, &payload, PLATFORM_DER);
        prop_assert!(take(&token, &expected()).0.is_err());
    }
}
