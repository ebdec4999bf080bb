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
use super::names::message;
use super::names::parameter::{CUSTOM_PREFIX, PLACEMENT, ROSTER};
use super::oauth1::Verified;
use super::origin::web_url;
use super::parameters::{ParameterError, Parameters};
use super::refusal::{Problem, Refusal};
use super::roles::Standing;
pub use write::parameters;

/// The value of `lti_version` from LTI 1.0 to 1.2.
pub(super) const FORM_VERSION: &str = "LTI-1p0";
/// Somebody picks content.
const SELECTION: &str = "ContentItemSelectionRequest";

/// The longest id, in bytes; LTI 1.1 sets no limit.
const MAX_ID: usize = 512;
/// The longest other value, in bytes.
const MAX_VALUE: usize = 16 * 1024;
/// The longest name of a parameter that can be listed, in bytes.
const MAX_NAME: usize = 100;
/// Longer texts for people (names, titles) are cut here, in characters.
const MAX_TEXT: usize = 1000;

/// What a form may leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leaves {
    /// Who is launching.
    pub subject: bool,
    /// The link, when it names nothing that was placed: then it signs in and does no more.
    pub link: bool,
}

/// Reads a launch out of a signed form. `address` is where it was posted, which the signature
/// covers; `leaves` says what it may leave out.
///
/// What decides (version, ids, roles) is read strictly; names, titles and the like are taken as far
/// as they make sense.
pub fn read(
    form: &Verified,
    address: &Url,
    leaves: Leaves,
    checks: &mut Checks,
) -> Result<Launch, Refusal> {
    let mut given = Parameters::new(form.parameters().iter().cloned());
    let custom = custom(&given);
    let leaves = Leaves {
        link: leaves.link && !custom.contains_key(PLACEMENT),
        ..leaves
    };
    let kind = checks.record("message-type", kind(&mut given))?;
    checks.record("form-version", version(&mut given))?;
    let resource_link = checks.record("resource-link", link(&mut given, kind, leaves))?;
    let signs_in = kind == Kind::Launch && resource_link.is_none();
    // Whoever signs in has to be somebody.
    let anonymous = leaves.subject && !signs_in;
    let subject = checks.record("subject", subject(&mut given, anonymous))?;
    let roles = checks.record("roles", roles(&mut given))?;
    let context = checks.record("context", context(&mut given))?;
    let message = match kind {
        Kind::Launch if signs_in => Message::SignIn,
        Kind::Launch => Message::Resource,
        Kind::Selection => {
            checks.record("deep-linking-settings", selection::settings(&mut given))?
        }
    };
    let guid = id(&mut given, "tool_consumer_instance_guid")?;
    Ok(Launch {
        version: Version::V1p1,
        message,
        deployment: String::new(),
        subject,
        person: person(&mut given),
        mentored: mentored(&mut given, &roles),
        roles,
        // From no link, nothing of a course follows.
        context: context.filter(|_| !signs_in),
        resource_link,
        target_link_uri: Some(address.clone()),
        platform: platform(&mut given, guid),
        presentation: presentation(&mut given),
        nrps: nrps(&custom).filter(|_| !signs_in),
        custom,
        lis: Lis {
            person: text(&mut given, "lis_person_sourcedid"),
            course_offering: text(&mut given, "lis_course_offering_sourcedid"),
            course_section: text(&mut given, "lis_course_section_sourcedid"),
        },
        ags: None,
        outcome: outcome(&mut given).filter(|_| !signs_in),
        migration: None,
    })
}

/// The kinds of message that this tool answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Launch,
    Selection,
}

fn kind(given: &mut Parameters) -> Result<Kind, Refusal> {
    match given.required("lti_message_type", MAX_VALUE)?.as_str() {
        message::BASIC => Ok(Kind::Launch),
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

fn link(
    given: &mut Parameters,
    kind: Kind,
    leaves: Leaves,
) -> Result<Option<ResourceLink>, Refusal> {
    const NAME: &str = "resource_link_id";
    match id(given, NAME)? {
        Some(id) => Ok(Some(ResourceLink {
            id,
            title: text(given, "resource_link_title"),
            description: text(given, "resource_link_description"),
        })),
        // A selection comes from no link.
        None if kind == Kind::Selection || leaves.link => Ok(None),
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

/// By the names of LTI, or by the plain ones that portals sign people in with.
fn person(given: &mut Parameters) -> Person {
    let mut told = |names: &[&'static str]| {
        let mut told: Vec<String> = names.iter().filter_map(|name| text(given, name)).collect();
        (!told.is_empty()).then(|| told.swap_remove(0))
    };
    let given_name = told(&["lis_person_name_given", "first_name"]);
    let family_name = told(&["lis_person_name_family", "last_name"]);
    let named = given_name.is_some() || family_name.is_some();
    let name = told(&["lis_person_name_full", "full_name", "fullname"]);
    // What somebody is called where nothing else is told.
    let username = told(&["username"]).filter(|_| !named);
    Person {
        name: name.or(username),
        given_name,
        middle_name: told(&["lis_person_name_middle"]),
        family_name,
        email: told(&["lis_person_contact_email_primary", "email"]),
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

/// Whether this is the whole name of a custom parameter: `custom_` and a name behind it, without
/// spaces.
pub fn is_custom(name: &str) -> bool {
    let printable = |c: char| !c.is_whitespace() && !c.is_control();
    let own = name.strip_prefix(CUSTOM_PREFIX);
    let own = own.filter(|own| !own.is_empty() && name.len() <= MAX_NAME);
    own.is_some_and(|own| own.chars().all(printable))
}

/// Custom parameters by their names as they were sent, and, unless that is taken, as the
/// specification spells them: in lower case, with `_` for whatever is neither letter nor digit.
/// Some consumers send one spelling, some the other, some both.
fn custom(given: &Parameters) -> BTreeMap<String, String> {
    let sent = given.below(CUSTOM_PREFIX, MAX_VALUE);
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
