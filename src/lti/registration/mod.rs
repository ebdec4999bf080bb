//! Dynamic registration (LTI Dynamic Registration 1.0), both sides as plain values.
//!
//! A platform serves a [`Configuration`]; a tool reads it, sends a [`Request`] and reads the
//! [`Answer`]; a platform reads the request and gives that answer. Both sides read leniently what
//! only informs, since platforms differ, and strictly what decides: identifiers and addresses.

mod answer;
mod asking;
mod configuration;
mod pasted;
mod request;
#[cfg(test)]
mod tests;

pub use answer::{Answer, complaint};
pub use asking::Wanted;
pub use configuration::{Configuration, Endpoint, SupportedMessage};
pub use request::{Message, Request};

use super::json::{Object, parse_object};
use super::origin::web_url;
use serde_json::{Map, Value};

/// The longest document of a registration that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// The longest address that is taken, in bytes.
const MAX_ADDRESS: usize = 2_000;
/// The longest identifier that is taken, in characters.
const MAX_ID: usize = 255;
/// Entries of a list that are read.
const MOST: usize = 500;

/// The names of the documents' members.
mod name {
    /// A platform, in its configuration.
    pub(super) const PLATFORM: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";
    /// A tool, in its registration.
    pub(super) const TOOL: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";
    /// What Canvas is to tell of people.
    pub(super) const PRIVACY: &str = "https://canvas.instructure.com/lti/privacy_level";
    /// The account of a Canvas that registers.
    pub(super) const ACCOUNT: &str = "https://canvas.instructure.com/lti/account_name";
}

/// Why a document of a registration is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is larger than any platform's.
    #[error("it is larger than {} KiB", MAX_BYTES / 1024)]
    TooLarge,
    /// It is no JSON object: a page for people, say.
    #[error("it is not JSON")]
    NotJson,
    /// Something that must be there is not.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// An address is none.
    #[error("its {0} is not a web address")]
    Address(&'static str),
    /// Something else is not what it should be.
    #[error("its {0} cannot be used")]
    Wrong(&'static str),
}

impl Malformed {
    /// What of the document it is about.
    pub const fn member(self) -> Option<&'static str> {
        match self {
            Self::TooLarge | Self::NotJson => None,
            Self::Missing(name) | Self::Address(name) | Self::Wrong(name) => Some(name),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Malformed> {
    if bytes.len() > MAX_BYTES {
        return Err(Malformed::TooLarge);
    }
    parse_object(bytes).map_err(|_| Malformed::NotJson)
}

/// An address as it was written, which is what it is compared by later.
fn address(object: Object<'_>, name: &'static str) -> Result<String, Malformed> {
    optional_address(object, name)?.ok_or(Malformed::Missing(name))
}

fn optional_address(object: Object<'_>, name: &'static str) -> Result<Option<String>, Malformed> {
    let Some(value) = object.get(name) else {
        return Ok(None);
    };
    let text = value.as_str().ok_or(Malformed::Address(name))?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > MAX_ADDRESS || web_url(text).is_none() {
        return Err(Malformed::Address(name));
    }
    Ok(Some(text.to_owned()))
}

/// An identifier; some platforms write theirs as a number.
fn id(object: Object<'_>, name: &'static str) -> Result<Option<String>, Malformed> {
    let text = match object.get(name) {
        None => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_u64() => number.to_string(),
        Some(_) => return Err(Malformed::Wrong(name)),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    if text.chars().count() > MAX_ID || text.chars().any(char::is_control) {
        return Err(Malformed::Wrong(name));
    }
    Ok(Some(text))
}

/// A list of words: an array of strings, or one string with spaces between them.
fn words(object: Object<'_>, name: &str) -> Option<Vec<String>> {
    let words: Vec<String> = match object.get(name)? {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(_) => object.strings(name),
        _ => return None,
    };
    Some(words.into_iter().take(MOST).collect())
}
