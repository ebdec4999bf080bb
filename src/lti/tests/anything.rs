//! Any claims at all, truly signed: the readers refuse or cope, and never panic.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::lti::fixtures::{claims, launch, lti, with};

/// Any JSON, not very deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(member(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Names that the readers look for, and others.
fn member() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "id",
            "type",
            "title",
            "user_id",
            "return_url",
            "width",
            "lineitem",
            "scope",
            "accept_types",
            "deep_link_return_url",
            "document_target",
        ])
        .prop_map(str::to_owned),
        "[a-z_]{0,8}",
    ]
}

proptest! {
    #[test]
    fn no_claim_makes_it_panic(
        claim in prop::sample::select(vec![
            "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "name", "picture", "roles",
            "context", "resource_link", "tool_platform", "launch_presentation", "lis", "custom",
            "role_scope_mentor", "for_user", "message_type", "version", "deployment_id",
            "target_link_uri",
        ]),
        value in any_json(),
    ) {
        for name in [claim.to_owned(), lti(claim)] {
            let mut claims = claims();
            claims[name] = value.clone();
            let _ = launch(&claims);
        }
    }

    #[test]
    fn no_settings_make_it_panic(value in any_json()) {
        let mut request = with(claims(), "message_type", json!("LtiDeepLinkingRequest"));
        request["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"] = value;
        let _ = launch(&request);
    }
}
