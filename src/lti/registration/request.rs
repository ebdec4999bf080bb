//! What a tool asks a platform to register (`OpenID` Connect Dynamic Client Registration 1.0).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{MOST, Malformed, address, name, optional_address, parse, words};
use crate::lti::json::Object;

/// What a tool asks a platform to register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The tool's name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Where it takes tokens; at least one.
    pub redirect_uris: Vec<String>,
    /// Where a login begins.
    pub initiate_login_uri: String,
    /// Its key set.
    pub jwks_uri: String,
    /// Its picture.
    pub logo_uri: Option<String>,
    /// Its own page.
    pub client_uri: Option<String>,
    /// The scopes that it wants.
    pub scopes: Vec<String>,
    /// Its host, with the port where that is not the usual one.
    pub domain: String,
    /// Where launches lead.
    pub target_link_uri: String,
    /// Custom parameters of every launch.
    pub custom: BTreeMap<String, String>,
    /// The claims that it wants.
    pub claims: Vec<String>,
    /// The messages that it takes.
    pub messages: Vec<Message>,
    /// What Canvas is to tell of people.
    pub privacy_level: Option<String>,
}

/// A message that a tool takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Its type, such as `LtiDeepLinkingRequest`.
    pub kind: String,
    /// Where it leads, when elsewhere than launches.
    pub target_link_uri: Option<String>,
    /// What people see of it.
    pub label: Option<String>,
    /// Its picture.
    pub icon_uri: Option<String>,
    /// Where it is to be offered.
    pub placements: Vec<String>,
    /// To whom it is to be offered; empty: to everybody.
    pub roles: Vec<String>,
}

impl Request {
    /// The document that a tool sends.
    pub fn document(&self) -> Value {
        let mut tool = json!({
            "domain": self.domain,
            "target_link_uri": self.target_link_uri,
            "custom_parameters": self.custom,
            "claims": self.claims,
            "messages": self.messages.iter().map(Message::document).collect::<Vec<_>>(),
        });
        put(&mut tool, "description", self.description.as_deref());
        put(&mut tool, name::PRIVACY, self.privacy_level.as_deref());
        let mut document = json!({
            "application_type": "web",
            "grant_types": ["implicit", "client_credentials"],
            "response_types": ["id_token"],
            "redirect_uris": self.redirect_uris,
            "initiate_login_uri": self.initiate_login_uri,
            "client_name": self.name,
            "jwks_uri": self.jwks_uri,
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": self.scopes.join(" "),
            name::TOOL: tool,
        });
        put(&mut document, "logo_uri", self.logo_uri.as_deref());
        put(&mut document, "client_uri", self.client_uri.as_deref());
        document
    }

    /// Reads what a tool sent.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = parse(bytes)?;
        let read = Object::new(&document);
        let tool = read.object(name::TOOL);
        Ok(Self {
            name: read
                .text("client_name")
                .ok_or(Malformed::Missing("client_name"))?,
            description: tool.text("description"),
            redirect_uris: redirect_uris(read)?,
            initiate_login_uri: address(read, "initiate_login_uri")?,
            jwks_uri: address(read, "jwks_uri")?,
            logo_uri: optional_address(read, "logo_uri").unwrap_or(None),
            client_uri: optional_address(read, "client_uri").unwrap_or(None),
            scopes: words(read, "scope").unwrap_or_default(),
            domain: tool.text("domain").ok_or(Malformed::Missing("domain"))?,
            target_link_uri: address(tool, "target_link_uri")?,
            custom: custom(tool),
            claims: words(tool, "claims").unwrap_or_default(),
            messages: messages(tool),
            privacy_level: tool.text(name::PRIVACY),
        })
    }
}

impl Message {
    fn document(&self) -> Value {
        let mut message = json!({ "type": self.kind });
        put(
            &mut message,
            "target_link_uri",
            self.target_link_uri.as_deref(),
        );
        put(&mut message, "label", self.label.as_deref());
        put(&mut message, "icon_uri", self.icon_uri.as_deref());
        for (member, list) in [("placements", &self.placements), ("roles", &self.roles)] {
            if !list.is_empty() {
                message[member] = json!(list);
            }
        }
        message
    }
}

fn put(object: &mut Value, member: &str, text: Option<&str>) {
    if let Some(text) = text {
        object[member] = json!(text);
    }
}

/// Each of them decides where tokens go: one that is none makes the whole request wrong.
fn redirect_uris(read: Object<'_>) -> Result<Vec<String>, Malformed> {
    const NAME: &str = "redirect_uris";
    let list = read.get(NAME).and_then(Value::as_array);
    let list = list.ok_or(Malformed::Missing(NAME))?;
    if list.is_empty() || list.len() > MOST {
        return Err(Malformed::Wrong(NAME));
    }
    let one = |value: &Value| {
        let member = Map::from_iter([(NAME.to_owned(), value.clone())]);
        address(Object::new(&member), NAME)
    };
    list.iter().map(one).collect()
}

/// Custom parameters: names and texts. Anything else is left out.
fn custom(tool: Object<'_>) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let members = tool.object("custom_parameters").members();
    members
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .take(MOST)
        .collect()
}

fn messages(tool: Object<'_>) -> Vec<Message> {
    let list = tool.get("messages").and_then(Value::as_array);
    let message = |value: &Value| {
        let read = Object::new(value.as_object()?);
        Some(Message {
            kind: read.string("type")?,
            target_link_uri: optional_address(read, "target_link_uri").unwrap_or(None),
            label: read.text("label"),
            icon_uri: optional_address(read, "icon_uri").unwrap_or(None),
            placements: words(read, "placements").unwrap_or_default(),
            roles: words(read, "roles").unwrap_or_default(),
        })
    };
    let list = list.into_iter().flatten();
    list.filter_map(message).take(MOST).collect()
}
