//! What a platform answers to a registration.

use serde_json::{Value, json};

use super::{Malformed, Request, id, name, parse};
use crate::lti::json::{Object, parse_object};

/// The longest complaint that is shown, in characters.
const MAX_COMPLAINT: usize = 300;

/// What a platform answers to a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The client id that it gave.
    pub client_id: String,
    /// The deployment that it made at once; platforms that leave it out make them later.
    pub deployment: Option<String>,
}

impl Answer {
    /// Reads an answer.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = parse(bytes)?;
        let read = Object::new(&document);
        let client_id = id(read, "client_id")?.ok_or(Malformed::Missing("client_id"))?;
        // One that cannot be used is as good as none: the first launch brings it.
        let deployment = id(read.object(name::TOOL), "deployment_id").unwrap_or(None);
        Ok(Self {
            client_id,
            deployment: deployment.filter(|deployment| deployment.is_ascii()),
        })
    }

    /// The document that a platform sends: what was asked for, and what it gave.
    pub fn document(&self, request: &Request) -> Value {
        let mut document = request.document();
        document["client_id"] = json!(self.client_id);
        if let Some(deployment) = &self.deployment {
            document[name::TOOL]["deployment_id"] = json!(deployment);
        }
        document
    }
}

/// What a platform that refuses says of it (RFC 7591, section 3.2.2, and what Canvas and Moodle
/// write): a line of plain text, to be shown as the platform's own words.
pub fn complaint(body: &[u8]) -> Option<String> {
    let document = parse_object(body).ok()?;
    let read = Object::new(&document);
    let said = read
        .text("error_description")
        .or_else(|| read.text("message"))
        .or_else(|| read.text("error"))
        .or_else(|| first_of(document.get("errors")?))?;
    let line: String = said
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_COMPLAINT)
        .collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// The first text of `errors`, which may be a list of texts or of objects.
fn first_of(errors: &Value) -> Option<String> {
    let first = match errors {
        Value::Array(list) => list.first()?,
        other => other,
    };
    match first {
        Value::String(text) => Some(text.clone()),
        Value::Object(members) => Object::new(members).text("message"),
        _ => None,
    }
}
