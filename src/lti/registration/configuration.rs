//! What a platform says of itself (`OpenID` Connect Discovery 1.0, and LTI Dynamic Registration 1.0).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{MOST, Malformed, address, name, optional_address, parse, words};
use crate::lti::json::Object;
use crate::lti::origin::web_url;

/// What a platform says of itself. Addresses are kept as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// `iss` of its tokens, exactly.
    pub issuer: String,
    /// The OIDC authentication endpoint.
    pub authorization_endpoint: String,
    /// The token endpoint.
    pub token_endpoint: String,
    /// The key set.
    pub jwks_uri: String,
    /// Where registrations go.
    pub registration_endpoint: String,
    /// Whom the proof is for that asks for access tokens, where it is not the token endpoint. Only
    /// an address counts: hosted Canvas names a host here, and wants the token endpoint.
    pub authorization_server: Option<String>,
    /// The scopes that it knows; `None` when it does not say.
    pub scopes: Option<Vec<String>>,
    /// The claims that it knows; `None` when it does not say.
    pub claims: Option<Vec<String>>,
    /// Its product (`product_family_code`).
    pub family: Option<String>,
    /// Its product's version.
    pub version: Option<String>,
    /// The account that registers, where the platform has many.
    pub account: Option<String>,
    /// The messages that it knows; `None` when it does not say.
    pub messages: Option<Vec<SupportedMessage>>,
    /// The variables of custom parameters that it knows; `None` when it does not say.
    pub variables: Option<Vec<String>>,
}

/// A message that a platform knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportedMessage {
    /// Its type, such as `LtiDeepLinkingRequest`.
    pub kind: String,
    /// Where it can be offered; empty when the platform does not say.
    pub placements: Vec<String>,
}

/// An address of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Where browsers are sent to.
    Authentication,
    /// Where access tokens come from.
    Token,
    /// Where its keys are.
    KeySet,
    /// Where registrations go.
    Registration,
}

impl Endpoint {
    /// The member of the configuration that names it.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Authentication => "authorization_endpoint",
            Self::Token => "token_endpoint",
            Self::KeySet => "jwks_uri",
            Self::Registration => "registration_endpoint",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.member())
    }
}

impl Configuration {
    /// Reads a configuration.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = parse(bytes)?;
        let read = Object::new(&document);
        let platform = read.object(name::PLATFORM);
        Ok(Self {
            issuer: issuer(read)?,
            authorization_endpoint: address(read, "authorization_endpoint")?,
            token_endpoint: address(read, "token_endpoint")?,
            jwks_uri: address(read, "jwks_uri")?,
            registration_endpoint: address(read, "registration_endpoint")?,
            authorization_server: optional_address(read, "authorization_server").unwrap_or(None),
            scopes: words(read, "scopes_supported"),
            claims: words(read, "claims_supported"),
            family: platform.text("product_family_code"),
            version: platform.text("version"),
            account: platform.text(name::ACCOUNT),
            messages: messages(platform),
            variables: words(platform, "variables"),
        })
    }

    /// Its addresses.
    pub fn endpoints(&self) -> [(Endpoint, &str); 4] {
        [
            (Endpoint::Authentication, &self.authorization_endpoint),
            (Endpoint::Token, &self.token_endpoint),
            (Endpoint::KeySet, &self.jwks_uri),
            (Endpoint::Registration, &self.registration_endpoint),
        ]
    }

    /// What it knows of a type of message; `None` when it does not know that one.
    pub fn message(&self, kind: &str) -> Option<&SupportedMessage> {
        let mut known = self.messages.iter().flatten();
        known.find(|message| message.kind == kind)
    }

    /// Whether it is of this product.
    pub fn is_family(&self, family: &str) -> bool {
        let own = self.family.as_deref().unwrap_or_default();
        own.eq_ignore_ascii_case(family)
    }

    /// The document that a platform serves.
    pub fn document(&self) -> Value {
        let mut platform = json!({
            "product_family_code": self.family,
            "version": self.version,
        });
        if let Some(messages) = &self.messages {
            let message = |message: &SupportedMessage| {
                if message.placements.is_empty() {
                    json!({ "type": message.kind })
                } else {
                    json!({ "type": message.kind, "placements": message.placements })
                }
            };
            platform["messages_supported"] = messages.iter().map(message).collect();
        }
        if let Some(variables) = &self.variables {
            platform["variables"] = json!(variables);
        }
        if let Some(account) = &self.account {
            platform[name::ACCOUNT] = json!(account);
        }
        let mut document = json!({
            "issuer": self.issuer,
            "authorization_endpoint": self.authorization_endpoint,
            "token_endpoint": self.token_endpoint,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": self.jwks_uri,
            "registration_endpoint": self.registration_endpoint,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            name::PLATFORM: platform,
        });
        if let Some(server) = &self.authorization_server {
            document["authorization_server"] = json!(server);
        }
        if let Some(scopes) = &self.scopes {
            document["scopes_supported"] = json!(scopes);
        }
        if let Some(claims) = &self.claims {
            document["claims_supported"] = json!(claims);
        }
        document
    }
}

/// The issuer (`OpenID` Connect Core 1.0, section 2): an address without query and fragment.
fn issuer(read: Object<'_>) -> Result<String, Malformed> {
    // Compared letter by letter later, so nothing is trimmed off what counts.
    let issuer = address(read, "issuer")?;
    let plain =
        web_url(&issuer).is_some_and(|url| url.query().is_none() && url.fragment().is_none());
    let exact = read.string("issuer").is_some_and(|whole| whole == issuer);
    if plain && exact {
        Ok(issuer)
    } else {
        Err(Malformed::Wrong("issuer"))
    }
}

/// `messages_supported`: objects, or bare types.
fn messages(platform: Object<'_>) -> Option<Vec<SupportedMessage>> {
    let list = platform.get("messages_supported")?.as_array()?;
    let message = |value: &Value| match value {
        Value::String(kind) => Some(SupportedMessage {
            kind: kind.clone(),
            placements: Vec::new(),
        }),
        Value::Object(members) => {
            let read = Object::new(members);
            Some(SupportedMessage {
                kind: read.string("type")?,
                placements: words(read, "placements").unwrap_or_default(),
            })
        }
        _ => None,
    };
    Some(list.iter().filter_map(message).take(MOST).collect())
}
