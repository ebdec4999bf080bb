//! What certification sends: payloads that must be refused, and payloads that must be taken.

use serde_json::{Value, json};

use super::attacks::forged;
use crate::lti::fixtures::{PLATFORM_DER, claims, expected, launch, take, with};
use crate::lti::roles::CourseRole;

const LIS: &str = "http://purl.imsglobal.org/vocab/lis/v2/";

#[test]
fn bad_payloads_are_refused_by_name() {
    let without = |name| with(claims(), name, Value::Null);
    let table = [
        (with(claims(), "version", json!("11.3")), "wrong-version"),
        (without("version"), "missing-version"),
        (without("message_type"), "missing-message-type"),
        (without("roles"), "missing-roles"),
        (without("deployment_id"), "missing-deployment"),
        (without("resource_link"), "missing-resource-link"),
        (without("target_link_uri"), "missing-target"),
        (without("sub"), "missing-subject"),
        (with(claims(), "sub", json!("")), "missing-subject"),
        (
            with(with(claims(), "iat", json!(11111)), "exp", json!(22222)),
            "token-expired",
        ),
        (
            with(
                with(without("message_type"), "version", Value::Null),
                "roles",
                Value::Null,
            ),
            "missing-version",
        ),
        (json!({"name": "badltilaunch"}), "wrong-issuer"),
    ];
    for (claims, code) in table {
        assert_eq!(launch(&claims).unwrap_err().code(), code, "{claims}");
    }
}

#[test]
fn bad_headers_are_refused_by_name() {
    let table = [
        (json!({"alg": "RS256", "typ": "JWT"}), "missing-key-id"),
        (json!({"alg": "RS256", "kid": "imaginary"}), "unknown-key"),
        (json!({}), "wrong-algorithm"),
    ];
    for (header, code) in table {
        let token = forged(&header, &claims(), PLATFORM_DER);
        let refusal = take(&token, &expected()).0.unwrap_err();
        assert_eq!(refusal.code(), code, "{header}");
    }
    let empty = forged(&json!({}), &json!({"name": "badltilaunch"}), PLATFORM_DER);
    assert!(take(&empty, &expected()).0.is_err());
}

/// Every good payload, as a teacher and as a student.
#[test]
fn good_payloads_are_taken() {
    let role = |name: &str| format!("{LIS}{name}");
    let people = [
        (
            CourseRole::Manager,
            role("membership#Instructor"),
            [
                role("institution/person#Staff"),
                role("institution/person#Other"),
            ],
            "Instructor",
        ),
        (
            CourseRole::Member,
            role("membership#Learner"),
            [
                role("institution/person#Student"),
                role("membership#Mentor"),
            ],
            "Learner",
        ),
    ];
    for (expected, own, further, short) in people {
        let basic = with(claims(), "roles", json!([own]));
        let personal = [
            ("name", json!("Ada Lovelace")),
            ("given_name", json!("Ada")),
            ("family_name", json!("Lovelace")),
        ];
        let named = personal
            .iter()
            .fold(basic.clone(), |claims, (name, value)| {
                with(claims, name, value.clone())
            });
        let several = json!([own, further[0], further[1]]);
        for claims in [
            basic.clone(),
            with(basic.clone(), "roles", several),
            with(basic.clone(), "roles", json!([short])),
            with(basic.clone(), "email", json!("ada@example.com")),
            named,
        ] {
            let in_course = with(
                claims,
                "https://purl.imsglobal.org/spec/lti/claim/context",
                json!({"id": "course-1"}),
            );
            let launch = launch(&in_course).unwrap();
            assert_eq!(launch.standing().role, expected, "{in_course}");
        }
    }
    for roles in [
        json!([format!("{LIS}unknown/unknown#Helper")]),
        json!([""]),
        json!([]),
    ] {
        let launch = launch(&with(claims(), "roles", roles)).unwrap();
        assert_eq!(launch.standing().role, CourseRole::Member);
    }
}

#[test]
fn without_a_context_nobody_has_course_rights() {
    let launch = launch(&with(claims(), "email", json!("ada@example.com"))).unwrap();
    assert_eq!(launch.context, None);
    assert_eq!(launch.standing().role, CourseRole::Member);
    assert!(!launch.standing().sees_learners);
}

#[test]
fn deep_linking_needs_neither_target_nor_resource_link() {
    let mut request = with(claims(), "message_type", json!("LtiDeepLinkingRequest"));
    request = with(request, "target_link_uri", Value::Null);
    request = with(request, "resource_link", Value::Null);
    let settings = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
    assert_eq!(launch(&request).unwrap_err().code(), "missing-settings");
    let full = json!({
        "deep_link_return_url": "https://lms.example/deep_links",
        "accept_types": ["link", "file", "html", "ltiResourceLink", "image"],
        "accept_media_types": "image/*,text/html",
        "accept_presentation_document_targets": ["iframe", "window", "embed"],
        "accept_multiple": true,
        "auto_create": true,
        "title": "This is the default title",
        "text": "This is the default text",
        "data": "Some random opaque data that MUST be sent back",
    });
    assert!(launch(&with(request.clone(), settings, full.clone())).is_ok());
    for (name, value) in [
        ("deep_link_return_url", Value::Null),
        ("deep_link_return_url", json!("javascript:alert(1)")),
        ("deep_link_return_url", json!("/deep_links")),
        ("accept_types", Value::Null),
        ("accept_types", json!([])),
    ] {
        let mut damaged = full.clone();
        damaged[name] = value;
        let refusal = launch(&with(request.clone(), settings, damaged)).unwrap_err();
        assert_eq!(refusal.code(), "missing-settings", "{name}");
    }
}
