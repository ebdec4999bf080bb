//! The answer to a selection by LTI 1.3: a token that the tool signs (Deep Linking 2.0, section
//! 4.5).
//!
//! As a tool, [`response`] signs an [`Answer`]. As a platform, [`Verified::response`] reads one out
//! of a token whose signature holds with the tool's own keys.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::check::Checks;
use super::content::{Answer, items};
use super::envelope::{self, Response};
use super::issue::Members;
use super::json::{Object, parse_object};
use super::key::{SignError, SigningKey};
use super::names::{VERSION, claim, message};
use super::redact::debug_showing;
use super::refusal::{Problem, Refusal};
use super::token::Verified;
use crate::world::Time;

/// The longest message or log entry that is read, in characters.
const MAX_TEXT: usize = 2000;

/// Who answers, to whom, when.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// The tool's client id.
    pub client_id: &'a str,
    /// The platform's issuer.
    pub issuer: &'a str,
    /// The deployment that asked.
    pub deployment: &'a str,
    /// Never the same twice.
    pub nonce: &'a str,
    /// Now.
    pub at: Time,
    /// How long the token may be used.
    pub lifetime: Duration,
}

debug_showing! {
    Reply<'_> { client_id, issuer, at }
    Expected<'_> { client_id, issuer }
    Received { answer }
}

/// Signs `answer`; the token is the one field `JWT` of the form that is posted to the return
/// address.
pub fn response(answer: &Answer, reply: &Reply<'_>, key: &SigningKey) -> Result<String, SignError> {
    key.sign(&claims(answer, reply))
}

/// The claims of an answer. The audience is a plain string: some platforms refuse a list.
fn claims(answer: &Answer, reply: &Reply<'_>) -> Map<String, Value> {
    let items: Vec<Value> = answer.items.iter().map(items::write).collect();
    let mut claims = Members::default()
        .with("iss", reply.client_id)
        .with("aud", reply.issuer)
        .with("iat", reply.at.seconds())
        .with("exp", reply.at.after(reply.lifetime).seconds())
        .with("nonce", reply.nonce)
        .with(claim::DEPLOYMENT_ID, reply.deployment)
        .with(claim::MESSAGE_TYPE, message::DEEP_LINKING_RESPONSE)
        .with(claim::VERSION, VERSION)
        .with(claim::DEEP_LINKING_DATA, answer.data.clone())
        .with(claim::DEEP_LINKING_MSG, answer.message.clone())
        .with(claim::DEEP_LINKING_LOG, answer.log.clone())
        .with(claim::DEEP_LINKING_ERRORMSG, answer.error.clone())
        .with(claim::DEEP_LINKING_ERRORLOG, answer.error_log.clone())
        .into_map();
    // An empty list is an answer too.
    claims.insert(claim::CONTENT_ITEMS.to_owned(), items.into());
    claims
}

/// What an answer must say to be one to our own request.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The tool's client id.
    pub client_id: &'a str,
    /// The platform's issuer.
    pub issuer: &'a str,
    /// The deployment that asked.
    pub deployment: &'a str,
    /// What the request carried as `data`.
    pub data: Option<&'a str>,
    /// How far the tool's clock may differ from ours.
    pub leeway: Duration,
    /// How long ago the answer may have been signed.
    pub max_age: Duration,
}

/// The `data` that a token claims to return, before anything of it is verified: whoever asked made it,
/// and knows it again.
pub fn claimed_data(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let claims = parse_object(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    Object::new(&claims).string(claim::DEEP_LINKING_DATA)
}

/// An answer that holds.
#[derive(Clone, PartialEq)]
pub struct Received {
    /// What was picked.
    pub answer: Answer,
    /// To be taken once.
    pub nonce: String,
}

impl Verified {
    /// The answer to our own request, when the token is one. That its nonce is used only once is
    /// the caller's to see to.
    pub fn response(
        &self,
        expected: &Expected<'_>,
        now: Time,
        checks: &mut Checks,
    ) -> Result<Received, Refusal> {
        let claims = self.claims();
        let envelope = Response {
            client_id: expected.client_id,
            issuer: expected.issuer,
            leeway: expected.leeway,
            max_age: expected.max_age,
        };
        let nonce = envelope::check_response(claims, &envelope, now, checks)?;
        checks.record("version", super::claims::version(claims))?;
        checks.record("message-type", kind(claims))?;
        checks.record("deployment", deployment(claims, expected))?;
        let data = checks.record("data", data(claims, expected.data))?;
        let listed = claims.get(claim::CONTENT_ITEMS);
        let items = checks.record("content-items", items::read_all(listed))?;
        let text = |name| claims.string(name).map(short);
        let answer = Answer {
            items,
            message: text(claim::DEEP_LINKING_MSG),
            log: text(claim::DEEP_LINKING_LOG),
            error: text(claim::DEEP_LINKING_ERRORMSG),
            error_log: text(claim::DEEP_LINKING_ERRORLOG),
            data,
        };
        Ok(Received { answer, nonce })
    }
}

fn kind(claims: Object<'_>) -> Result<(), Refusal> {
    match claims.strict(claim::MESSAGE_TYPE, "message_type")? {
        None => Err(Refusal::MissingMessageType),
        Some(message::DEEP_LINKING_RESPONSE) => Ok(()),
        Some(other) => Err(Refusal::UnknownMessageType(other.into())),
    }
}

fn deployment(claims: Object<'_>, expected: &Expected<'_>) -> Result<(), Refusal> {
    match claims.id(claim::DEPLOYMENT_ID, "deployment_id")? {
        None => Err(Refusal::MissingDeployment),
        Some(id) if id == expected.deployment => Ok(()),
        Some(other) => Err(Refusal::WrongDeployment(other.into())),
    }
}

/// `data` comes back exactly as it was sent, and only then.
pub(super) fn returned(
    given: Option<String>,
    sent: Option<&str>,
) -> Result<Option<String>, Refusal> {
    if given.as_deref() == sent {
        Ok(given)
    } else {
        Err(Refusal::DataNotReturned)
    }
}

fn data(claims: Object<'_>, sent: Option<&str>) -> Result<Option<String>, Refusal> {
    match claims.get(claim::DEEP_LINKING_DATA) {
        None | Some(Value::String(_)) => returned(claims.string(claim::DEEP_LINKING_DATA), sent),
        Some(_) => Err(Refusal::invalid("data", Problem::WrongType)),
    }
}

/// A message cut to a length that fits a page or a log.
pub(super) fn short(text: String) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}
