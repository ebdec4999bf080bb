//! The claims of an LTI 1.3 message (LTI Core 1.3, sections 5.3 and 5.4; Deep Linking 2.0, section 4.4).

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::check::Checks;
use super::envelope::Expected;
use super::json::Object;
use super::launch::{
    Ags, Context, DeepLinkingSettings, DocumentTarget, Launch, Lis, Message, Nrps, Outcome, Person,
    Platform, Presentation, ResourceLink, Version,
};
use super::migration;
use super::names::{VERSION, claim, message};
use super::origin::{same_origin, web_url};
use super::refusal::{Problem, Refusal};
use super::roles::Standing;

/// The kinds of message that this tool answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Resource,
    DeepLinking,
    SubmissionReview,
}

/// Reads a launch. What decides (version, ids, roles, targets) is read strictly; names, titles and
/// the like are taken as far as they make sense.
pub(super) fn read(
    claims: Object<'_>,
    expected: &Expected<'_>,
    checks: &mut Checks,
) -> Result<Launch, Refusal> {
    checks.record("version", version(claims))?;
    let kind = checks.record("message-type", kind(claims))?;
    let deployment = checks.record("deployment", deployment(claims))?;
    let subject = checks.record("subject", subject(claims, expected))?;
    let roles = checks.record("roles", roles(claims))?;
    let target_link_uri = checks.record("target", target(claims, kind, expected))?;
    let resource_link = checks.record("resource-link", resource_link(claims, kind))?;
    let context = checks.record("context", context(claims))?;
    let message = match kind {
        Kind::Resource => Message::Resource,
        Kind::DeepLinking => checks.record("deep-linking-settings", settings(claims))?,
        Kind::SubmissionReview => checks.record("for-user", for_user(claims))?,
    };
    Ok(Launch {
        version: Version::V1p3,
        message,
        migration: migration::read(claims, expected, &deployment),
        deployment,
        subject,
        person: person(claims),
        mentored: mentored(claims, &roles),
        roles,
        context,
        resource_link,
        target_link_uri,
        platform: platform(claims.object(claim::TOOL_PLATFORM)),
        presentation: presentation(claims.object(claim::LAUNCH_PRESENTATION)),
        custom: custom(claims.object(claim::CUSTOM)),
        lis: lis(claims.object(claim::LIS)),
        ags: ags(claims.object(claim::AGS)),
        nrps: nrps(claims.object(claim::NRPS)),
        outcome: outcome(claims.object(claim::BASIC_OUTCOME)),
    })
}

pub(super) fn version(claims: Object<'_>) -> Result<(), Refusal> {
    match claims.strict(claim::VERSION, "version")? {
        None => Err(Refusal::MissingVersion),
        Some(VERSION) => Ok(()),
        Some(other) => Err(Refusal::WrongVersion(other.into())),
    }
}

fn kind(claims: Object<'_>) -> Result<Kind, Refusal> {
    match claims.strict(claim::MESSAGE_TYPE, "message_type")? {
        None => Err(Refusal::MissingMessageType),
        Some(message::RESOURCE) => Ok(Kind::Resource),
        Some(message::DEEP_LINKING) => Ok(Kind::DeepLinking),
        Some(message::SUBMISSION_REVIEW) => Ok(Kind::SubmissionReview),
        Some(other) => Err(Refusal::UnknownMessageType(other.into())),
    }
}

/// Core 1.3, section 5.3.3: ASCII, case-sensitive.
fn deployment(claims: Object<'_>) -> Result<String, Refusal> {
    let id = claims
        .id(claim::DEPLOYMENT_ID, "deployment_id")?
        .ok_or(Refusal::MissingDeployment)?;
    if !id.is_ascii() {
        return Err(Refusal::invalid("deployment_id", Problem::Characters));
    }
    Ok(id.to_owned())
}

fn subject(claims: Object<'_>, expected: &Expected<'_>) -> Result<Option<String>, Refusal> {
    match claims.id("sub", "sub")? {
        None if !expected.policy.anonymous => Err(Refusal::MissingSubject),
        subject => Ok(subject.map(str::to_owned)),
    }
}

/// The claim must be there, but may be empty (Core 1.3, section 5.3.7).
fn roles(claims: Object<'_>) -> Result<Vec<String>, Refusal> {
    let wrong_type = || Refusal::invalid("roles", Problem::WrongType);
    let roles = claims.get(claim::ROLES).ok_or(Refusal::MissingRoles)?;
    roles
        .as_array()
        .ok_or_else(wrong_type)?
        .iter()
        .map(|role| role.as_str().map(str::to_owned).ok_or_else(wrong_type))
        .collect()
}

/// Required for resource launches; the sample requests of certification show that others do
/// without.
fn target(claims: Object<'_>, kind: Kind, expected: &Expected<'_>) -> Result<Option<Url>, Refusal> {
    let given = claims.strict(claim::TARGET_LINK_URI, "target_link_uri")?;
    match given.filter(|address| !address.is_empty()) {
        Some(address) => own_target(address, expected.public_url).map(Some),
        None if kind == Kind::Resource => Err(Refusal::MissingTarget),
        None => Ok(None),
    }
}

/// A target link, when it is an address of ours.
pub(super) fn own_target(address: &str, public_url: &Url) -> Result<Url, Refusal> {
    let url = web_url(address).ok_or_else(|| Refusal::ForeignTarget("no web address".into()))?;
    if !same_origin(&url, public_url) {
        // The origin only: the rest of an address may hold personal data.
        let origin = url.origin().ascii_serialization();
        return Err(Refusal::ForeignTarget(origin.as_str().into()));
    }
    Ok(url)
}

fn resource_link(claims: Object<'_>, kind: Kind) -> Result<Option<ResourceLink>, Refusal> {
    let link = claims.object(claim::RESOURCE_LINK);
    match link.id("id", "resource_link.id")? {
        Some(id) => Ok(Some(ResourceLink {
            id: id.to_owned(),
            title: link.text("title"),
            description: link.text("description"),
        })),
        None if kind == Kind::DeepLinking => Ok(None),
        None => Err(Refusal::MissingResourceLink),
    }
}

/// A context without an id is none: nobody gets rights from it.
fn context(claims: Object<'_>) -> Result<Option<Context>, Refusal> {
    let context = claims.object(claim::CONTEXT);
    let id = context.id("id", "context.id")?;
    Ok(id.map(|id| Context {
        id: id.to_owned(),
        types: context.strings("type"),
        label: context.text("label"),
        title: context.text("title"),
    }))
}

fn settings(claims: Object<'_>) -> Result<Message, Refusal> {
    let settings = claims.object(claim::DEEP_LINKING_SETTINGS);
    let return_url = settings
        .url("deep_link_return_url")
        .ok_or(Refusal::MissingSettings("deep_link_return_url"))?;
    let accept_types = settings.strings("accept_types");
    if accept_types.is_empty() {
        return Err(Refusal::MissingSettings("accept_types"));
    }
    let targets = settings.strings("accept_presentation_document_targets");
    Ok(Message::DeepLinking(Box::new(DeepLinkingSettings {
        return_url,
        accept_types,
        accept_targets: targets
            .iter()
            .filter_map(|name| DocumentTarget::parse(name))
            .collect(),
        accept_media_types: media_types(settings.get("accept_media_types")),
        accept_multiple: settings.flag("accept_multiple").unwrap_or(false),
        accept_lineitem: settings.flag("accept_lineitem"),
        auto_create: settings.flag("auto_create").unwrap_or(false),
        title: settings.text("title"),
        text: settings.text("text"),
        data: settings.string("data"),
    })))
}

/// The specification says a string with commas; some platforms send an array.
fn media_types(value: Option<&Value>) -> Vec<String> {
    let listed: Vec<&str> = match value {
        Some(Value::String(list)) => list.split(',').collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let names = listed.into_iter().map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn for_user(claims: Object<'_>) -> Result<Message, Refusal> {
    let user = claims.object(claim::FOR_USER);
    let for_user = user
        .id("user_id", "for_user.user_id")?
        .ok_or(Refusal::MissingForUser)?
        .to_owned();
    Ok(Message::SubmissionReview { for_user })
}

fn person(claims: Object<'_>) -> Person {
    Person {
        name: claims.text("name"),
        given_name: claims.text("given_name"),
        middle_name: claims.text("middle_name"),
        family_name: claims.text("family_name"),
        email: claims.text("email"),
        picture: claims.url("picture"),
        locale: claims.text("locale"),
    }
}

/// Means something for mentors only (Core 1.3, section 5.4.3).
fn mentored(claims: Object<'_>, roles: &[String]) -> Vec<String> {
    if Standing::of(roles).mentor {
        claims.strings(claim::ROLE_SCOPE_MENTOR)
    } else {
        Vec::new()
    }
}

fn platform(platform: Object<'_>) -> Platform {
    Platform {
        guid: platform.text("guid"),
        family: platform.text("product_family_code"),
        version: platform.text("version"),
        name: platform.text("name"),
        description: platform.text("description"),
        url: platform.url("url"),
        contact_email: platform.text("contact_email"),
    }
}

fn presentation(presentation: Object<'_>) -> Presentation {
    let target = presentation.text("document_target");
    Presentation {
        target: target.and_then(|name| DocumentTarget::parse(&name)),
        return_url: presentation.url("return_url"),
        locale: presentation.text("locale"),
        width: presentation.pixels("width"),
        height: presentation.pixels("height"),
    }
}

/// Custom parameters are strings; numbers and truth values become ones, anything else is skipped.
pub(super) fn custom(custom: Object<'_>) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    custom
        .members()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}

fn lis(lis: Object<'_>) -> Lis {
    Lis {
        person: lis.text("person_sourcedid"),
        course_offering: lis.text("course_offering_sourcedid"),
        course_section: lis.text("course_section_sourcedid"),
    }
}

fn ags(endpoint: Object<'_>) -> Option<Ags> {
    let (lineitems, lineitem) = (endpoint.url("lineitems"), endpoint.url("lineitem"));
    (lineitems.is_some() || lineitem.is_some()).then(|| Ags {
        scopes: endpoint.strings("scope"),
        lineitems,
        lineitem,
    })
}

fn nrps(service: Object<'_>) -> Option<Nrps> {
    Some(Nrps {
        url: service.url("context_memberships_url")?,
        versions: service.strings("service_versions"),
    })
}

fn outcome(outcome: Object<'_>) -> Option<Outcome> {
    Some(Outcome {
        url: outcome.url("lis_outcome_service_url")?,
        sourcedid: outcome.string("lis_result_sourcedid")?,
    })
}
