//! Issuer, audience, times and nonce.

use serde_json::{Value, json};

use crate::lti::envelope::{Expected, Policy};
use crate::lti::fixtures::{NOW, claims, expected, launch, platform_key, take, with};
use crate::lti::refusal::Refusal;

fn code_of(name: &str, value: Value) -> Result<(), &'static str> {
    launch(&with(claims(), name, value))
        .map(drop)
        .map_err(|refusal| refusal.code())
}

#[test]
fn the_issuer_is_exactly_the_registered_one() {
    for issuer in [
        "https://lms.example/",
        "https://LMS.example",
        "http://lms.example",
        "https://evil.example",
        "",
    ] {
        assert_eq!(code_of("iss", json!(issuer)), Err("wrong-issuer"));
    }
    assert_eq!(code_of("iss", Value::Null), Err("wrong-issuer"));
    assert_eq!(
        code_of("iss", json!(["https://lms.example"])),
        Err("invalid-claim")
    );
}

#[test]
fn the_audience_is_us() {
    assert_eq!(code_of("aud", json!(["client-1"])), Ok(()));
    for audience in [
        json!("client-2"),
        json!([]),
        json!(["client-2"]),
        json!("CLIENT-1"),
        Value::Null,
    ] {
        assert_eq!(code_of("aud", audience), Err("wrong-audience"));
    }
    for audience in [json!({"client-1": true}), json!(["client-1", 5]), json!(1)] {
        assert_eq!(code_of("aud", audience), Err("invalid-claim"));
    }
}

#[test]
fn others_are_an_audience_only_when_trusted_and_then_azp_decides() {
    let trusting = Expected {
        trusted_audiences: &["auth.lms.example"],
        ..expected()
    };
    let two = json!(["client-1", "auth.lms.example"]);
    let taken = |expected: &Expected<'_>, audience: &Value, azp: Option<&str>| {
        let mut claims = with(claims(), "aud", audience.clone());
        if let Some(azp) = azp {
            claims = with(claims, "azp", json!(azp));
        }
        let token = platform_key().sign(&claims).unwrap();
        take(&token, expected)
            .0
            .map(drop)
            .map_err(|refusal| refusal.code())
    };
    let us = Some("client-1");
    assert_eq!(taken(&trusting, &two, us), Ok(()));
    assert_eq!(
        taken(&trusting, &two, None),
        Err("missing-authorized-party")
    );
    assert_eq!(
        taken(&trusting, &two, Some("auth.lms.example")),
        Err("wrong-authorized-party")
    );
    assert_eq!(taken(&expected(), &two, us), Err("untrusted-audience"));
    let three = json!(["client-1", "auth.lms.example", "evil"]);
    assert_eq!(taken(&trusting, &three, us), Err("untrusted-audience"));
    let alone = json!("client-1");
    assert_eq!(taken(&expected(), &alone, us), Ok(()));
    assert_eq!(
        taken(&expected(), &alone, Some("client-2")),
        Err("wrong-authorized-party")
    );
    assert_eq!(
        taken(&expected(), &alone, Some("")),
        Err("wrong-authorized-party")
    );
}

const LEEWAY: u64 = 180;
const MAX_AGE: u64 = 3600;

#[test]
fn a_token_expires_after_the_leeway() {
    let now = NOW.seconds();
    assert_eq!(code_of("exp", json!(now - LEEWAY + 1)), Ok(()));
    assert_eq!(code_of("exp", json!(now - LEEWAY)), Err("token-expired"));
    assert_eq!(code_of("exp", Value::Null), Err("missing-expiry"));
    assert_eq!(
        launch(&with(claims(), "exp", json!(now - 600))),
        Err(Refusal::TokenExpired { minutes: 11 })
    );
}

#[test]
fn a_token_starts_before_the_leeway() {
    let now = NOW.seconds();
    assert_eq!(code_of("nbf", json!(now + LEEWAY)), Ok(()));
    assert_eq!(
        code_of("nbf", json!(now + LEEWAY + 1)),
        Err("token-not-yet-valid")
    );
    assert_eq!(code_of("nbf", json!("soon")), Err("invalid-claim"));
}

#[test]
fn a_token_was_issued_lately() {
    let now = NOW.seconds();
    assert_eq!(code_of("iat", json!(now + LEEWAY)), Ok(()));
    assert_eq!(
        code_of("iat", json!(now + LEEWAY + 1)),
        Err("issued-in-future")
    );
    assert_eq!(code_of("iat", json!(now - MAX_AGE - LEEWAY)), Ok(()));
    assert_eq!(
        code_of("iat", json!(now - MAX_AGE - LEEWAY - 1)),
        Err("issued-long-ago")
    );
    assert_eq!(code_of("iat", Value::Null), Err("missing-issued-at"));
    let ahead = launch(&with(claims(), "iat", json!(now + 600))).unwrap_err();
    assert_eq!(ahead, Refusal::IssuedInFuture { minutes: 11 });
    assert!(ahead.to_string().contains("11 min"));
}

#[test]
fn dates_are_numbers_whole_or_not() {
    for exp in [
        json!(1_795_330_010.5),
        json!(1_795_330_010_i64),
        json!(1.795_330_1e9),
    ] {
        assert_eq!(code_of("exp", exp), Ok(()));
    }
    assert_eq!(code_of("exp", json!(1_795_329_000.9)), Err("token-expired"));
    for nonsense in [
        json!("1795330010"),
        json!(true),
        json!([1_795_330_010]),
        json!({}),
        json!(-1),
        json!(-0.5),
        json!(1e300),
    ] {
        for name in ["exp", "iat", "nbf"] {
            assert_eq!(
                code_of(name, nonsense.clone()),
                Err("invalid-claim"),
                "{name} {nonsense}"
            );
        }
    }
    assert_eq!(code_of("exp", json!(u64::MAX)), Ok(()));
    assert_eq!(code_of("iat", json!(u64::MAX)), Err("issued-in-future"));
}

#[test]
fn the_nonce_is_this_logins() {
    assert_eq!(code_of("nonce", json!("nonce-2")), Err("nonce-mismatch"));
    assert_eq!(code_of("nonce", json!("NONCE-1")), Err("nonce-mismatch"));
    assert_eq!(code_of("nonce", json!("")), Err("missing-nonce"));
    assert_eq!(code_of("nonce", Value::Null), Err("missing-nonce"));
    assert_eq!(code_of("nonce", json!(["nonce-1"])), Err("invalid-claim"));
}

#[test]
fn nobody_may_launch_only_where_that_is_allowed() {
    let anonymous = Expected {
        policy: Policy {
            anonymous: true,
            ..Policy::default()
        },
        ..expected()
    };
    for claims in [
        with(claims(), "sub", Value::Null),
        with(claims(), "sub", json!("")),
    ] {
        let token = platform_key().sign(&claims).unwrap();
        assert_eq!(take(&token, &anonymous).0.unwrap().subject, None);
        assert_eq!(take(&token, &expected()).0, Err(Refusal::MissingSubject));
    }
}
