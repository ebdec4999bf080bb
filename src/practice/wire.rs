//! Notes what crosses between the practice course and Lanterna: decoded, the interesting lines first,
//! and without anything that could be used again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use url::Url;

use crate::app::App;
use crate::app::wire::{Crossing, Part, Signature, Towards};
use crate::ui::Messages;

/// Names whose values are secrets, open something, or are sealed and say nothing to people.
const HIDDEN: [&str; 20] = [
    "state",
    "login_hint",
    "lti_message_hint",
    "id_token",
    "JWT",
    "jwt",
    "oauth_signature",
    "oauth_consumer_key_sign",
    "client_assertion",
    "access_token",
    "refresh_token",
    "registration_token",
    "registration_access_token",
    "authorization",
    "client_secret",
    "secret",
    "data",
    "ticket",
    "lis_result_sourcedid",
    "sourcedId",
];
/// Parameters of an address that open something.
const HIDDEN_IN_ADDRESSES: [&str; 6] = ["t", "k", "registration_token", "token", "state", "data"];
/// What one looks for first, by the last word of a name.
const FIRST: [&str; 22] = [
    "message_type",
    "lti_message_type",
    "error",
    "client_name",
    "content_items",
    "deep_linking_settings",
    "grant_type",
    "scope",
    "name",
    "lis_person_name_full",
    "roles",
    "context",
    "context_title",
    "context_id",
    "resource_link",
    "resource_link_id",
    "custom",
    "members",
    "target_link_uri",
    "iss",
    "issuer",
    "sub",
];
/// What one looks for last.
const LAST: [&str; 12] = [
    "version",
    "lti_version",
    "aud",
    "azp",
    "nonce",
    "jti",
    "iat",
    "exp",
    "typ",
    "kid",
    "lis",
    "launch_presentation",
];

/// A message to be noted.
pub(super) struct Message<'a> {
    /// The id of the message that says what it is.
    pub(super) kind: &'static str,
    pub(super) towards: Towards,
    pub(super) method: &'a str,
    /// Where it goes; its query is left out.
    pub(super) address: &'a str,
    pub(super) signature: Signature,
    pub(super) parts: Vec<Part>,
}

/// Notes a message.
pub(super) fn note(app: &App, message: Message<'_>) {
    let address = message.address.split('?').next().unwrap_or_default();
    app.wire.note(Crossing {
        number: 0,
        at: app.world.now(),
        kind: message.kind,
        towards: message.towards,
        address: format!("{} {address}", message.method),
        signature: message.signature,
        parts: message.parts,
    });
}

/// The parameters of a query or a form.
pub(super) fn parameters<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Part {
    let lines = pairs.into_iter().map(|(name, value)| {
        // Some parameters are JSON, such as content items.
        let value = match serde_json::from_str::<Value>(value) {
            Ok(json @ (Value::Object(_) | Value::Array(_))) => json,
            _ => Value::String(value.to_owned()),
        };
        (name.to_owned(), value)
    });
    part("parameters", lines)
}

/// What a JSON document says.
pub(super) fn document(title: &'static str, value: &Value) -> Part {
    match value {
        Value::Object(members) => part(title, members.clone()),
        other => part(title, [(String::new(), other.clone())]),
    }
}

/// Header and claims of a signed token, whoever signed it.
pub(super) fn token(token: &str) -> Vec<Part> {
    let mut halves = token.split('.').map(decode);
    let (header, claims) = (halves.next().flatten(), halves.next().flatten());
    // The claims are what a token is about.
    [("claims", claims), ("header", header)]
        .into_iter()
        .filter_map(|(title, members)| Some(part(title, members?)))
        .collect()
}

/// The key and the algorithm that a token names.
pub(super) fn signer(token: &str) -> String {
    let header = token.split('.').next().and_then(decode).unwrap_or_default();
    let word = |name| header.get(name).and_then(Value::as_str).unwrap_or("?");
    format!("{}, {}", word("alg"), word("kid"))
}

/// The claims of a token, unverified.
pub(super) fn claims_of(token: &str) -> Option<Map<String, Value>> {
    decode(token.split('.').nth(1)?)
}

fn decode(half: &str) -> Option<Map<String, Value>> {
    let json = URL_SAFE_NO_PAD.decode(half).ok()?;
    serde_json::from_slice(&json).ok()
}

fn part(title: &'static str, lines: impl IntoIterator<Item = (String, Value)>) -> Part {
    let mut lines: Vec<(String, Value)> = lines.into_iter().collect();
    lines.sort_by_key(|(name, _)| rank(name));
    Part {
        title,
        lines: lines
            .into_iter()
            .map(|(name, value)| {
                let value = text(&shown(&name, value));
                (name, value)
            })
            .collect(),
    }
}

/// The last word of a name: claims are called by addresses.
pub(super) fn word(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn rank(name: &str) -> usize {
    let word = word(name);
    let at = |list: &[&str]| list.iter().position(|known| *known == word);
    let middle = FIRST.len();
    match (at(&FIRST), at(&LAST)) {
        (Some(first), _) => first,
        (None, Some(last)) => middle + 1 + last,
        (None, None) if word.starts_with("custom_") => middle - 1,
        (None, None) if HIDDEN.contains(&word) || word.starts_with("oauth_") => {
            middle + 1 + LAST.len()
        }
        (None, None) => middle,
    }
}

/// The value as it may be shown.
fn shown(name: &str, value: Value) -> Value {
    if HIDDEN.contains(&word(name)) && !value.is_null() {
        let length = value.as_str().map_or(0, str::len);
        let m = Messages::default();
        return m.with("wire-hidden", &[("length", length.into())]).into();
    }
    match value {
        Value::String(text) => Value::String(address(text)),
        Value::Array(items) => items.into_iter().map(|item| shown("", item)).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| {
                        let value = shown(&name, value);
                        (name, value)
                    })
                    .collect(),
            )
        }
        other => other,
    }
}

/// An address without what opens something: sessions in its path, tickets and keys in its query.
fn address(text: String) -> String {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return text;
    }
    let Ok(mut url) = Url::parse(&text) else {
        return text;
    };
    let opens = |name: &str| HIDDEN_IN_ADDRESSES.contains(&name);
    let hidden = "…";
    let mut changed = false;
    if url.query_pairs().any(|(name, _)| opens(&name)) {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if opens(&name) { hidden.into() } else { value };
                (name.into_owned(), value.into_owned())
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        changed = true;
    }
    if let Some((before, rest)) = url.path().split_once("/s/") {
        let after = rest.split_once('/').map_or("", |(_, after)| after);
        let path = format!("{before}/s/{hidden}/{after}");
        url.set_path(&path);
        changed = true;
    }
    if changed { url.to_string() } else { text }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => {
            serde_json::to_string_pretty(value).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn lines(part: &Part) -> Vec<(&str, &str)> {
        let lines = part.lines.iter();
        lines.map(|(n, v)| (n.as_str(), v.as_str())).collect()
    }

    #[test]
    fn what_opens_something_is_never_shown() {
        let secret = "s3cr3t-s3cr3t";
        let address = format!("http://127.0.0.1/files/1/original?t={secret}&size=2");
        let session = format!("http://127.0.0.1/s/{secret}/library?q=1");
        let document = json!({
            "access_token": secret,
            "settings": { "data": secret, "url": address, "title": "Waves" },
            "https://purl.imsglobal.org/spec/lti-dl/claim/data": secret,
            "list": [{ "registration_token": secret }, session],
        });
        let part = super::document("claims", &document);
        let all = format!("{part:?}");
        assert!(!all.contains(secret), "{all}");
        for kept in ["Waves", "size=2", "/library?q=1", "access_token"] {
            assert!(all.contains(kept), "{kept}: {all}");
        }
        for name in HIDDEN {
            let part = parameters([(name, secret)]);
            assert!(!format!("{part:?}").contains(secret), "{name}");
        }
    }

    #[test]
    fn the_interesting_lines_come_first() {
        let part = parameters([
            ("oauth_signature", "x"),
            ("oauth_nonce", "x"),
            ("lti_version", "LTI-1p0"),
            ("user_image", "x"),
            ("custom_placement", "p"),
            ("roles", "Learner"),
            ("lti_message_type", "basic-lti-launch-request"),
        ]);
        let names: Vec<&str> = lines(&part).iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "lti_message_type",
                "roles",
                "custom_placement",
                "user_image",
                "lti_version",
                "oauth_signature",
                "oauth_nonce",
            ]
        );
    }

    #[test]
    fn a_token_shows_claims_and_header_and_never_itself() {
        let half = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = half(json!({ "alg": "RS256", "kid": "k1" }));
        let claims = half(json!({ "nonce": "n", "sub": "linh", "custom": { "a": 1 } }));
        let text = format!("{header}.{claims}.c2lnbmF0dXJl");
        let parts = token(&text);
        assert_eq!(parts[0].title, "claims");
        let custom = "{\n  \"a\": 1\n}";
        assert_eq!(
            lines(&parts[0]),
            [("custom", custom), ("sub", "linh"), ("nonce", "n")]
        );
        assert_eq!(signer(&text), "RS256, k1");
        assert!(!format!("{parts:?}").contains("c2lnbmF0dXJl"));
    }

    proptest! {
        #[test]
        fn anything_may_come(text in "\\PC*", name in "\\PC{0,20}") {
            let _ = token(&text);
            let _ = signer(&text);
            let _ = parameters([(name.as_str(), text.as_str())]);
        }
    }
}
