//! The parameters of an LTI 1.1 launch (LTI 1.1.1 Implementation Guide, section 3), from and to the
//! common shape.

mod selection;
mod write;

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use url::Url;

use super::check::Checks;
use super::launch::{
    Context, DocumentTarget, Launch, Lis, Message, Nrps, Outcome, Person, Platform, Presentation,
    ResourceLink, Version,
};
use super::names::parameter::ROSTER;
use super::oauth1::Verified;
use super::origin::web_url;
use super::parameters::{ParameterError, Parameters};
use super::refusal::{Problem, Refusal};
use super::roles::Standing;
pub use write::parameters;

/// The value of `lti_version` from LTI 1.0 to 1.2.
pub(super) const FORM_VERSION: &str = "LTI-1p0";
/// Somebody opens a link.
const LAUNCH: &str = "basic-lti-launch-request";
/// Somebody picks content.
const SELECTION: &str = "ContentItemSelectionRequest";
/// What the names of custom parameters begin with.
const CUSTOM: &str = "custom_";

/// The longest id, in bytes; LTI 1.1 sets no limit.
const MAX_ID: usize = 512;
/// The longest other value, in bytes.
const MAX_VALUE: usize = 16 * 1024;
/// Longer texts for people (names, titles) are cut here, in characters.
const MAX_TEXT: usize = 1000;

/// Reads a launch out of a signed form. `address` is where it was posted, which the signature
/// covers; `anonymous` says whether it may leave out who is launching.
///
/// What decides (version, ids, roles) is read strictly; names, titles and the like are taken as far
/// as they make sense.
pub fn read(
    form: &Verified,
    address: &Url,
    anonymous: bool,
    checks: &mut Checks,
) -> Result<Launch, Refusal> {
    let mut given = Parameters::new(form.parameters().iter().cloned());
    let kind = checks.record("message-type", message(&mut given))?;
    checks.record("form-version", version(&mut given))?;
    let subject = checks.record("subject", subject(&mut given, anonymous))?;
    let roles = checks.record("roles", roles(&mut given))?;
    let resource_link = checks.record("resource-link", link(&mut given, kind))?;
    let context = checks.record("context", context(&mut given))?;
    let message = match kind {
        Kind::Launch => Message::Resource,
        Kind::Selection => {
            checks.record("deep-linking-settings", selection::settings(&mut given))?
        }
    };
    let guid = id(&mut given, "tool_consumer_instance_guid")?;
    let custom = custom(&given);
    Ok(Launch {
        version: Version::V1p1,
        message,
        deployment: String::new(),
        subject,
        person: person(&mut given),
        mentored: mentored(&mut given, &roles),
        roles,
        context,
        resource_link,
        target_link_uri: Some(address.clone()),
        platform: platform(&mut given, guid),
        presentation: presentation(&mut given),
        nrps: nrps(&custom),
        custom,
        lis: Lis {
            person: text(&mut given, "lis_person_sourcedid"),
            course_offering: text(&mut given, "lis_course_offering_sourcedid"),
            course_section: text(&mut given, "lis_course_section_sourcedid"),
        },
        ags: None,
        outcome: outcome(&mut given),
        migration: None,
    })
}

/// The kinds of message that this tool answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Launch,
    Selection,
}

fn message(given: &mut Parameters) -> Result<Kind, Refusal> {
    match given.required("lti_message_type", MAX_VALUE)?.as_str() {
        LAUNCH => Ok(Kind::Launch),
        SELECTION => Ok(Kind::Selection),
        other => Err(Refusal::UnknownMessageType(other.into())),
    }
}

pub(super) fn version(given: &mut Parameters) -> Result<(), Refusal> {
    match given.required("lti_version", MAX_VALUE)?.as_str() {
        FORM_VERSION => Ok(()),
        other => Err(Refusal::WrongFormVersion(other.into())),
    }
}

fn subject(given: &mut Parameters, anonymous: bool) -> Result<Option<String>, Refusal> {
    match id(given, "user_id")? {
        None if !anonymous => Err(Refusal::MissingUserId),
        subject => Ok(subject),
    }
}

/// A list with commas; without one, nobody is more than a learner.
fn roles(given: &mut Parameters) -> Result<Vec<String>, Refusal> {
    let roles = given.optional("roles", MAX_VALUE)?;
    Ok(listed(&roles.unwrap_or_default()))
}

fn listed(list: &str) -> Vec<String> {
    let items = list.split(',').map(str::trim);
    items
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn link(given: &mut Parameters, kind: Kind) -> Result<Option<ResourceLink>, Refusal> {
    const NAME: &str = "resource_link_id";
    match id(given, NAME)? {
        Some(id) => Ok(Some(ResourceLink {
            id,
            title: text(given, "resource_link_title"),
            description: text(given, "resource_link_description"),
        })),
        // A selection comes from no link.
        None if kind == Kind::Selection => Ok(None),
        None => Err(ParameterError::Missing(NAME).into()),
    }
}

/// A context without an id is none: nobody gets rights from it.
fn context(given: &mut Parameters) -> Result<Option<Context>, Refusal> {
    let id = id(given, "context_id")?;
    Ok(id.map(|id| Context {
        id,
        types: listed(&string(given, "context_type").unwrap_or_default()),
        label: text(given, "context_label"),
        title: text(given, "context_title"),
    }))
}

fn person(given: &mut Parameters) -> Person {
    Person {
        name: text(given, "lis_person_name_full"),
        given_name: text(given, "lis_person_name_given"),
        middle_name: text(given, "lis_person_name_middle"),
        family_name: text(given, "lis_person_name_family"),
        email: text(given, "lis_person_contact_email_primary"),
        picture: url(given, "user_image"),
        locale: None,
    }
}

/// Means something for mentors only. Each id is percent-encoded, since ids may hold commas.
fn mentored(given: &mut Parameters, roles: &[String]) -> Vec<String> {
    if !Standing::of(roles).mentor {
        return Vec::new();
    }
    let users = string(given, "role_scope_mentor").unwrap_or_default();
    listed(&users)
        .iter()
        .map(|user| percent_decode_str(user).decode_utf8_lossy().into_owned())
        .collect()
}

fn platform(given: &mut Parameters, guid: Option<String>) -> Platform {
    Platform {
        guid,
        family: text(given, "tool_consumer_info_product_family_code"),
        version: text(given, "tool_consumer_info_version"),
        name: text(given, "tool_consumer_instance_name"),
        description: text(given, "tool_consumer_instance_description"),
        url: url(given, "tool_consumer_instance_url"),
        contact_email: text(given, "tool_consumer_instance_contact_email"),
    }
}

fn presentation(given: &mut Parameters) -> Presentation {
    let target = text(given, "launch_presentation_document_target");
    let mut pixels = |name| text(given, name)?.parse().ok();
    Presentation {
        width: pixels("launch_presentation_width"),
        height: pixels("launch_presentation_height"),
        target: target.and_then(|name| DocumentTarget::parse(&name)),
        return_url: url(given, "launch_presentation_return_url"),
        locale: text(given, "launch_presentation_locale"),
    }
}

/// Custom parameters by their names as they were sent, and, unless that is taken, as the
/// specification spells them: in lower case, with `_` for whatever is neither letter nor digit.
/// Some consumers send one spelling, some the other, some both.
fn custom(given: &Parameters) -> BTreeMap<String, String> {
    let sent = given.below(CUSTOM, MAX_VALUE);
    let mut custom = sent.clone();
    for (name, value) in sent {
        custom.entry(spelled(&name)).or_insert(value);
    }
    custom
}

/// A parameter's name as the specification spells it.
pub(super) fn spelled(name: &str) -> String {
    let plain = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    };
    name.chars().map(plain).collect()
}

/// The roster of version 2.0 of the service, signed for like everything else in LTI 1.1.
fn nrps(custom: &BTreeMap<String, String>) -> Option<Nrps> {
    Some(Nrps {
        url: web_url(custom.get(ROSTER)?)?,
        versions: vec!["2.0".to_owned()],
    })
}

fn outcome(given: &mut Parameters) -> Option<Outcome> {
    Some(Outcome {
        url: url(given, "lis_outcome_service_url")?,
        sourcedid: string(given, "lis_result_sourcedid")?,
    })
}

/// An id: bounded, without control characters; empty counts as absent.
fn id(given: &mut Parameters, name: &'static str) -> Result<Option<String>, Refusal> {
    let id = given.optional(name, MAX_ID)?;
    if id.as_ref().is_some_and(|id| id.contains(char::is_control)) {
        return Err(Refusal::invalid(name, Problem::Characters));
    }
    Ok(id)
}

/// A value as it is; one that says several things, or is far too long, counts as absent.
fn string(given: &mut Parameters, name: &'static str) -> Option<String> {
    given.optional(name, MAX_VALUE).ok().flatten()
}

/// A text for people.
fn text(given: &mut Parameters, name: &'static str) -> Option<String> {
    let text = string(given, name)?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(MAX_TEXT).collect())
}

/// An http(s) address; anything else counts as absent.
fn url(given: &mut Parameters, name: &'static str) -> Option<Url> {
    web_url(&string(given, name)?)
}
