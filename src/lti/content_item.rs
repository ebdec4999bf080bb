//! The answer to a selection by LTI 1.1: a form that the tool signs with the consumer's secret
//! (Content-Item 1.0, section 4.2).
//!
//! As a tool, [`parameters`] writes an [`Answer`], for a [`Signer`](super::oauth1::Signer) to sign
//! for the return address. As a platform, [`read`] reads one out of a form whose signature holds.

use super::basic::{FORM_VERSION, version};
use super::check::Checks;
use super::content::{Answer, graph};
use super::deep_linking::{returned, short};
use super::oauth1::{Pair, Verified};
use super::parameters::Parameters;
use super::refusal::Refusal;

/// The message type of an answer.
const MESSAGE: &str = "ContentItemSelection";
/// The longest list of items, in bytes.
const MAX_ITEMS: usize = 1024 * 1024;
/// The longest other value, in bytes.
const MAX_VALUE: usize = 64 * 1024;

/// The parameters of an answer, unsigned.
pub fn parameters(answer: &Answer) -> Vec<Pair> {
    let mut form = vec![
        ("lti_message_type".to_owned(), MESSAGE.to_owned()),
        ("lti_version".to_owned(), FORM_VERSION.to_owned()),
        ("content_items".to_owned(), graph::write(&answer.items)),
    ];
    let optional = [
        ("data", &answer.data),
        ("lti_msg", &answer.message),
        ("lti_log", &answer.log),
        ("lti_errormsg", &answer.error),
        ("lti_errorlog", &answer.error_log),
    ];
    for (name, value) in optional {
        form.extend(value.clone().map(|value| (name.to_owned(), value)));
    }
    form
}

/// Reads the answer to our own request, which carried `sent` as its `data`.
pub fn read(form: &Verified, sent: Option<&str>, checks: &mut Checks) -> Result<Answer, Refusal> {
    let mut given = Parameters::new(form.parameters().iter().cloned());
    checks.record("message-type", message(&mut given))?;
    checks.record("form-version", version(&mut given))?;
    let data = given.as_sent("data", MAX_VALUE)?;
    let data = checks.record("data", returned(data, sent))?;
    let items = given.optional("content_items", MAX_ITEMS)?;
    let items = items.map_or_else(|| Ok(Vec::new()), |text| graph::read_all(&text));
    let items = checks.record("content-items", items)?;
    let mut text = |name| given.optional(name, MAX_VALUE).ok().flatten().map(short);
    Ok(Answer {
        items,
        message: text("lti_msg"),
        log: text("lti_log"),
        error: text("lti_errormsg"),
        error_log: text("lti_errorlog"),
        data,
    })
}

fn message(given: &mut Parameters) -> Result<(), Refusal> {
    match given.required("lti_message_type", MAX_VALUE)?.as_str() {
        MESSAGE => Ok(()),
        other => Err(Refusal::UnknownMessageType(other.into())),
    }
}
