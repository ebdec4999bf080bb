//! What the launch log gets.

use serde_json::{Value, json};

use crate::lti::check::{Check, Checks};
use crate::lti::fixtures::{claims, expected, other_key, platform_key, take, with};
use crate::lti::key::KeyError;
use crate::lti::refusal::{Problem, Refusal, Shown};

fn checks_of(claims: &Value) -> Vec<Check> {
    let token = platform_key().sign(claims).unwrap();
    take(&token, &expected()).1.into_iter().collect()
}

#[test]
fn a_taken_launch_passed_every_check_in_order() {
    let checks = checks_of(&claims());
    assert!(checks.iter().all(|check| check.passed));
    let names: Vec<_> = checks.iter().map(|check| check.name).collect();
    // Then come those of other messages and of LTI 1.1.
    assert_eq!(names, Checks::NAMES[..18]);
}

#[test]
fn a_refused_launch_ends_with_the_check_that_failed() {
    let checks = checks_of(&with(claims(), "nonce", json!("another")));
    let (last, before) = checks.split_last().unwrap();
    assert_eq!((last.name, last.passed), ("nonce", false));
    assert!(last.detail.is_some());
    assert!(before.iter().all(|check| check.passed));

    let token = other_key().sign(&claims()).unwrap();
    let (_, checks) = take(&token, &expected());
    assert_eq!(checks.as_slice().last().unwrap().name, "key");
}

#[test]
fn details_hold_no_personal_data_and_no_secrets() {
    let person = "Ada-Lovelace";
    for name in ["sub", "name", "email", "nonce"] {
        let damaged = with(claims(), name, json!(format!("{person}\u{0}")));
        for check in checks_of(&damaged) {
            assert!(!check.detail.unwrap_or_default().contains(person), "{name}");
        }
    }
}

#[test]
fn what_is_shown_of_a_strangers_value_is_bounded_and_printable() {
    let shown = Shown::from("a\r\nb\u{1b}[31m").to_string();
    assert_eq!(shown, "a\u{fffd}\u{fffd}b\u{fffd}[31m");
    let shown = Shown::from("ü".repeat(5000).as_str()).to_string();
    assert_eq!(shown.chars().count(), 101);
}

#[test]
fn every_refusal_has_a_listed_code_and_a_text() {
    let seen = || Shown::from("seen");
    let minutes = 1;
    let refusals = [
        Refusal::TokenTooLarge(70_000),
        Refusal::malformed("header", "is not base64url"),
        Refusal::WrongAlgorithm {
            seen: None,
            expected: "RS256",
        },
        Refusal::CriticalHeader,
        Refusal::MissingKeyId,
        Refusal::UnknownKey(seen()),
        Refusal::WeakKey {
            kid: seen(),
            why: KeyError::TooSmall(1024),
        },
        Refusal::WrongSignature,
        Refusal::WrongIssuer {
            seen: seen(),
            expected: seen(),
        },
        Refusal::WrongAudience {
            seen: seen(),
            expected: seen(),
        },
        Refusal::UntrustedAudience(seen()),
        Refusal::MissingAuthorizedParty,
        Refusal::WrongAuthorizedParty(seen()),
        Refusal::MissingExpiry,
        Refusal::TokenExpired { minutes },
        Refusal::TokenNotYetValid { minutes },
        Refusal::MissingIssuedAt,
        Refusal::IssuedInFuture { minutes },
        Refusal::IssuedLongAgo { minutes },
        Refusal::MissingNonce,
        Refusal::NonceMismatch,
        Refusal::MissingSubject,
        Refusal::MissingVersion,
        Refusal::WrongVersion(seen()),
        Refusal::MissingMessageType,
        Refusal::UnknownMessageType(seen()),
        Refusal::MissingDeployment,
        Refusal::MissingRoles,
        Refusal::MissingTarget,
        Refusal::ForeignTarget(seen()),
        Refusal::MissingResourceLink,
        Refusal::MissingSettings("accept_types"),
        Refusal::MissingForUser,
        Refusal::invalid("sub", Problem::TooLong),
        Refusal::MalformedAuthorization,
        Refusal::WrongOauthVersion(seen()),
        Refusal::UnsupportedSignatureMethod(seen()),
        Refusal::MalformedTimestamp(seen()),
        Refusal::TimestampOld { minutes },
        Refusal::TimestampInFuture { minutes },
        Refusal::WrongOauthSignature(seen()),
        Refusal::QueryNotSigned,
        Refusal::WrongFormVersion(seen()),
        Refusal::WrongDeployment(seen()),
        Refusal::DataNotReturned,
    ];
    let codes: Vec<_> = refusals.iter().map(Refusal::code).collect();
    assert_eq!(codes, Refusal::CODES);
    assert_eq!(Refusal::MissingUserId.code(), "missing-subject");
    assert!(
        refusals
            .iter()
            .all(|refusal| refusal.to_string().len() > 10)
    );
    assert_eq!(
        Refusal::WrongAlgorithm {
            seen: Some("none".into()),
            expected: "RS256"
        }
        .to_string(),
        "the token is signed with none; RS256 is required"
    );
}
