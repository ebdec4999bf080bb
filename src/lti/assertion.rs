//! A tool's request for an access token, as the platform takes it: the form and the signed assertion
//! in it (1EdTech Security Framework 1.0, section 4.1; RFC 7523, section 3).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::check::Checks;
use super::json::parse_object;
use super::jwks::KeySet;
use super::parameters::{ParameterError, Parameters};
use super::redact::debug_showing;
use super::refusal::Refusal;
use super::token::{MAX_BYTES, Unverified};
use crate::world::Time;

const GRANT_TYPE: &str = "client_credentials";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest other value of the form, in bytes.
const MAX_VALUE: usize = 4096;
/// How far the tool's clock may be from ours.
const LEEWAY: Duration = Duration::from_mins(1);
/// How long an assertion may be good for, and how old it may be.
const LONGEST: Duration = Duration::from_hours(1);
/// The longest id of an assertion, in bytes.
const MAX_ID: usize = 255;

/// Why a tool gets no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The form is not complete.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Another `grant_type`.
    #[error("the grant type must be client_credentials")]
    GrantType,
    /// Another `client_assertion_type`.
    #[error("the client assertion must be a JWT")]
    AssertionType,
    /// Nobody has this client id.
    #[error("the client is not known")]
    UnknownClient,
    /// The assertion is not signed by a key of the client.
    #[error(transparent)]
    Signature(#[from] Refusal),
    /// A claim is missing, or says something else than it must.
    #[error("the assertion's {0} is not as it must be")]
    Claim(&'static str),
}

impl Error {
    /// The code of the refusal (RFC 6749, section 5.2).
    pub const fn oauth_code(&self) -> &'static str {
        match self {
            Self::Parameter(_) => "invalid_request",
            Self::GrantType => "unsupported_grant_type",
            Self::AssertionType | Self::UnknownClient | Self::Signature(_) | Self::Claim(_) => {
                "invalid_client"
            }
        }
    }
}

/// A request for a token, of which nothing can be believed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    client_id: String,
    assertion: String,
    scope: String,
}

debug_showing! {
    Asked { client_id, scope }
}

/// A verified assertion, to be taken once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Its id.
    pub id: String,
    /// Until when it could be used.
    pub ends: Time,
}

impl Asked {
    /// Reads the form.
    pub fn read<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Error> {
        let mut given = Parameters::new(pairs);
        if given.required("grant_type", MAX_VALUE)? != GRANT_TYPE {
            return Err(Error::GrantType);
        }
        if given.required("client_assertion_type", MAX_VALUE)? != ASSERTION_TYPE {
            return Err(Error::AssertionType);
        }
        let assertion = given.required("client_assertion", MAX_BYTES)?;
        let scope = given.required("scope", MAX_VALUE)?;
        let client_id = issuer(&assertion).ok_or(Error::Claim("iss"))?;
        Ok(Self {
            client_id,
            assertion,
            scope,
        })
    }

    /// Who says to ask.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What is asked for.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split_ascii_whitespace()
    }

    /// Verifies that the tool `client_id`, whose keys these are, asks at `audience`, now.
    pub fn verify(
        &self,
        keys: &KeySet,
        client_id: &str,
        audience: &str,
        now: Time,
    ) -> Result<Proof, Error> {
        let mut checks = Checks::default();
        let verified =
            Unverified::parse(&self.assertion, &mut checks)?.verify(keys, &mut checks)?;
        let claims = verified.claims();
        let is = |name: &'static str, expected: &str| {
            let same = claims.get(name).and_then(Value::as_str) == Some(expected);
            same.then_some(()).ok_or(Error::Claim(name))
        };
        is("iss", client_id)?;
        is("sub", client_id)?;
        let names_us = match claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(list)) => list.iter().any(|one| one == audience),
            _ => false,
        };
        if !names_us {
            return Err(Error::Claim("aud"));
        }
        let moment = |name: &'static str| {
            let seconds = claims.get(name).and_then(Value::as_f64);
            let seconds = seconds.filter(|s| (0.0..1e11).contains(s));
            // Fractions of a second decide nothing here.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "in range"
            )]
            seconds
                .map(|s| Time::from_seconds(s as u64))
                .ok_or(Error::Claim(name))
        };
        let (issued, ends) = (moment("iat")?, moment("exp")?);
        if now >= ends.after(LEEWAY) || ends > now.after(LONGEST + LEEWAY) {
            return Err(Error::Claim("exp"));
        }
        if issued > now.after(LEEWAY) || now > issued.after(LONGEST) {
            return Err(Error::Claim("iat"));
        }
        let id = claims.get("jti").and_then(Value::as_str);
        let id = id.filter(|id| !id.is_empty() && id.len() <= MAX_ID);
        Ok(Proof {
            id: id.ok_or(Error::Claim("jti"))?.to_owned(),
            ends: ends.after(LEEWAY),
        })
    }
}

/// Who a token says to come from; nothing is verified.
fn issuer(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let claims = parse_object(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let issuer = claims.get("iss")?.as_str()?;
    (issuer.len() <= MAX_ID).then(|| issuer.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::lti::fixtures::{NOW, other_key, tool_key};
    use crate::lti::jwks;
    use crate::lti::key::SigningKey;

    const HERE: &str = "https://lms.example/token";

    fn keys() -> KeySet {
        let document = jwks::document([tool_key().public()]);
        KeySet::parse(document.to_string().as_bytes()).unwrap()
    }

    fn form(key: &SigningKey, claims: &Value) -> Vec<(String, String)> {
        [
            ("grant_type", GRANT_TYPE.to_owned()),
            ("client_assertion_type", ASSERTION_TYPE.to_owned()),
            ("client_assertion", key.sign(claims).unwrap()),
            ("scope", "a b".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    fn good() -> Value {
        let now = NOW.seconds();
        json!({
            "iss": "tool", "sub": "tool", "aud": HERE, "jti": "1",
            "iat": now, "exp": now + 300,
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = good();
        claims[name] = value;
        claims
    }

    fn asked(key: &SigningKey, claims: &Value) -> Result<Proof, Error> {
        Asked::read(form(key, claims))?.verify(&keys(), "tool", HERE, NOW)
    }

    #[test]
    fn a_tool_that_signs_is_believed() {
        let request = Asked::read(form(tool_key(), &good())).unwrap();
        assert_eq!(request.client_id(), "tool");
        assert_eq!(request.scopes().collect::<Vec<_>>(), ["a", "b"]);
        let proof = request.verify(&keys(), "tool", HERE, NOW).unwrap();
        assert_eq!(proof.id, "1");
        assert!(proof.ends > NOW);
        assert!(asked(tool_key(), &with("aud", json!(["x", HERE]))).is_ok());
    }

    #[test]
    fn whatever_else_it_says_is_refused_by_name() {
        let now = NOW.seconds();
        for (name, value) in [
            ("iss", json!("other")),
            ("sub", json!("other")),
            ("aud", json!("https://lms.example/token/")),
            ("aud", Value::Null),
            ("exp", json!(now - 120)),
            ("exp", json!(now + 7_200)),
            ("exp", Value::Null),
            ("iat", json!(now + 300)),
            ("iat", json!(now - 7_200)),
            ("iat", json!("now")),
            ("jti", Value::Null),
            ("jti", json!("")),
        ] {
            let error = asked(tool_key(), &with(name, value.clone())).unwrap_err();
            assert_eq!(error, Error::Claim(name), "{value}");
            assert_eq!(error.oauth_code(), "invalid_client");
        }
    }

    #[test]
    fn another_key_proves_nothing() {
        let error = asked(other_key(), &good()).unwrap_err();
        assert!(matches!(error, Error::Signature(_)), "{error}");
    }

    #[test]
    fn forms_must_be_whole() {
        for (name, code) in [
            ("grant_type", "invalid_request"),
            ("client_assertion_type", "invalid_request"),
            ("client_assertion", "invalid_request"),
            ("scope", "invalid_request"),
        ] {
            let mut pairs = form(tool_key(), &good());
            pairs.retain(|(known, _)| known != name);
            assert_eq!(Asked::read(pairs).unwrap_err().oauth_code(), code, "{name}");
        }
        for (name, code) in [
            ("grant_type", "unsupported_grant_type"),
            ("client_assertion_type", "invalid_client"),
            ("client_assertion", "invalid_client"),
        ] {
            let mut pairs = form(tool_key(), &good());
            for (known, value) in &mut pairs {
                if known == name {
                    "other".clone_into(value);
                }
            }
            assert_eq!(Asked::read(pairs).unwrap_err().oauth_code(), code, "{name}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a-zA-Z0-9_.=-]{0,200}") {
            let pairs = [
                ("grant_type", GRANT_TYPE),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", text.as_str()),
                ("scope", "a"),
            ];
            if let Ok(asked) = Asked::read(pairs) {
                prop_assert!(asked.verify(&keys(), "tool", HERE, NOW).is_err());
            }
        }
    }
}
