//! Keys, claims and logins for the tests of this room.

use std::sync::LazyLock;

use serde_json::{Value, json};
use url::Url;

use super::check::Checks;
use super::envelope::{Expected, Policy};
use super::jwks::{self, KeySet};
use super::key::SigningKey;
use super::launch::Launch;
use super::refusal::Refusal;
use super::token::Unverified;
use crate::world::Time;

/// The platform's key (PKCS#8).
pub(super) const PLATFORM_DER: &[u8] = include_bytes!("../../tests/fixtures/keys/platform.p8");
/// Somebody else's.
pub(super) const OTHER_DER: &[u8] = include_bytes!("../../tests/fixtures/keys/other.p8");
/// Ours.
const TOOL_DER: &[u8] = include_bytes!("../../tests/fixtures/keys/tool.p8");

macro_rules! fixture_key {
    ($name:ident, $der:expr) => {
        pub(super) fn $name() -> &'static SigningKey {
            static KEY: LazyLock<SigningKey> =
                LazyLock::new(|| SigningKey::from_pkcs8($der).unwrap());
            &KEY
        }
    };
}
fixture_key!(platform_key, PLATFORM_DER);
fixture_key!(other_key, OTHER_DER);
fixture_key!(tool_key, TOOL_DER);

/// The set that the platform publishes.
pub(super) fn platform_keys() -> KeySet {
    let set = jwks::document([platform_key().public()]).to_string();
    KeySet::parse(set.as_bytes()).unwrap()
}

/// The moment at which the fixtures are launched.
pub(super) const NOW: Time = Time::from_seconds(1_795_330_000);

pub(super) static PUBLIC_URL: LazyLock<Url> =
    LazyLock::new(|| Url::parse("https://tool.example").unwrap());

/// What a login with the fixtures' platform expects.
pub(super) fn expected() -> Expected<'static> {
    Expected {
        issuer: "https://lms.example",
        client_id: "client-1",
        nonce: "nonce-1",
        public_url: &PUBLIC_URL,
        trusted_audiences: &[],
        policy: Policy::default(),
    }
}

/// A teacher's resource launch with what is required and nothing else.
pub(super) fn claims() -> Value {
    json!({
        "iss": "https://lms.example",
        "aud": "client-1",
        "nonce": "nonce-1",
        "iat": NOW.seconds() - 2,
        "exp": NOW.seconds() + 58,
        "sub": "user-1",
        "https://purl.imsglobal.org/spec/lti/claim/version": "1.3.0",
        "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
        "https://purl.imsglobal.org/spec/lti/claim/deployment_id": "deployment-1",
        "https://purl.imsglobal.org/spec/lti/claim/target_link_uri": "https://tool.example/lti/launch",
        "https://purl.imsglobal.org/spec/lti/claim/roles":
            ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
        "https://purl.imsglobal.org/spec/lti/claim/resource_link": {"id": "link-1"},
    })
}

/// The full name of an LTI claim.
pub(super) fn lti(name: &str) -> String {
    format!("https://purl.imsglobal.org/spec/lti/claim/{name}")
}

/// `claims` with one of them replaced; `null` removes it. `name` may be short for an LTI claim.
pub(super) fn with(mut claims: Value, name: &str, value: Value) -> Value {
    let long = lti(name);
    let name = if claims.get(&long).is_some() {
        long
    } else {
        name.to_owned()
    };
    let members = claims.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(&name).unwrap();
    } else {
        members.insert(name, value);
    }
    claims
}

/// Takes a token through every step.
pub(super) fn take(token: &str, expected: &Expected<'_>) -> (Result<Launch, Refusal>, Checks) {
    let mut checks = Checks::new();
    let launch = Unverified::parse(token, &mut checks)
        .and_then(|token| token.verify(&platform_keys(), &mut checks))
        .and_then(|verified| verified.launch(expected, NOW, &mut checks));
    (launch, checks)
}

/// Launches with claims that the platform signed.
pub(super) fn launch(claims: &Value) -> Result<Launch, Refusal> {
    let token = platform_key().sign(claims).unwrap();
    take(&token, &expected()).0
}
