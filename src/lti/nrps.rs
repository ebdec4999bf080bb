//! Names and Role Provisioning Services 2.0: rosters, read and written.
//!
//! Only `user_id` and `roles` are sure; everything else depends on the platform's privacy settings
//! and is taken as far as it makes sense.

mod link;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;

pub use link::{ForeignNext, next_header, next_page};

use super::json::{Object, parse_object};
use super::launch::{Context, Outcome, Person};
use super::names::{claim, message};
use super::redact::debug_showing;
use super::roles::Standing;

/// The scope of its access tokens.
pub const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
/// The media type of a roster.
pub const MEDIA_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// The longest id of a person, in characters: that of a `sub`, with room for LTI 1.1.
const MAX_ID: usize = 512;
/// The most roles of a person that are read.
const MAX_ROLES: usize = 100;

/// The answer is no roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is no roster")]
pub struct NotARoster;

/// Whether somebody belongs to the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Yes; also when nothing is said.
    #[default]
    Active,
    /// Not at present: suspended, or not begun yet.
    Inactive,
    /// No longer.
    Deleted,
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Deleted => "Deleted",
        }
    }

    /// The status of this name, in any case; anything unknown counts as nothing said.
    fn parse(name: &str) -> Self {
        let named = [Self::Inactive, Self::Deleted];
        let mut named = named.into_iter();
        let known = named.find(|status| status.name().eq_ignore_ascii_case(name));
        known.unwrap_or_default()
    }
}

/// Somebody on a roster.
#[derive(Clone, PartialEq, Eq)]
pub struct Membership {
    /// The platform's id of the person, as in a launch.
    pub subject: String,
    /// The roles in the course.
    pub roles: Vec<String>,
    /// Whether the person belongs to the course.
    pub status: Status,
    /// What the platform tells about the person.
    pub person: Person,
    /// The person's id in the school's information system.
    pub lis_person: Option<String>,
    /// What a launch of the asked resource link (`rlid`) would say of this person.
    pub link: Option<LinkSection>,
}

/// What a launch of one resource link would say of a person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LinkSection {
    /// Custom parameters with their variables filled in.
    pub custom: BTreeMap<String, String>,
    /// Where this person's one grade of the link goes, by Basic Outcomes.
    pub outcome: Option<Outcome>,
}

debug_showing! {
    Membership { roles, status }
    LinkSection {}
}

impl Membership {
    /// What the roles amount to in the course.
    pub fn standing(&self) -> Standing {
        Standing::of(&self.roles)
    }
}

/// One page of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The address that it says to be of.
    pub id: Option<String>,
    /// The course, when it is named.
    pub context: Option<Context>,
    /// The people.
    pub members: Vec<Membership>,
    /// How many entries were left out since they name nobody.
    pub nameless: usize,
}

/// Reads one page of a roster.
pub fn read(body: &[u8]) -> Result<Container, NotARoster> {
    let object = parse_object(body).map_err(|_| NotARoster)?;
    let container = Object::new(&object);
    let entries = container.get("members").and_then(Value::as_array);
    let entries = entries.ok_or(NotARoster)?;
    let members: Vec<Membership> = entries.iter().filter_map(member).collect();
    Ok(Container {
        id: container.text("id"),
        context: context(container.object("context")),
        nameless: entries.len() - members.len(),
        members,
    })
}

fn context(context: Object<'_>) -> Option<Context> {
    Some(Context {
        id: context.string("id").filter(|id| is_id(id))?,
        types: context.strings("type"),
        label: context.text("label"),
        title: context.text("title"),
    })
}

fn member(entry: &Value) -> Option<Membership> {
    let member = Object::new(entry.as_object()?);
    let mut roles = member.strings("roles");
    roles.truncate(MAX_ROLES);
    Some(Membership {
        subject: subject(member.get("user_id")?)?,
        roles,
        status: Status::parse(&member.text("status").unwrap_or_default()),
        person: Person {
            name: member.text("name"),
            given_name: member.text("given_name"),
            middle_name: member.text("middle_name"),
            family_name: member.text("family_name"),
            email: member.text("email"),
            picture: member.url("picture"),
            locale: None,
        },
        lis_person: member.text("lis_person_sourcedid"),
        link: section(member.get("message")),
    })
}

/// An id, also as a number, which some platforms write although launches have a string.
fn subject(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => is_id(id).then(|| id.clone()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        _ => None,
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().count() <= MAX_ID && !id.contains(char::is_control)
}

/// The message section of a resource link: a list of messages, or just one.
fn section(value: Option<&Value>) -> Option<LinkSection> {
    let messages = match value? {
        Value::Array(messages) => messages.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut messages = messages.iter().filter_map(Value::as_object);
    let found = messages.find(|said| {
        let kind = Object::new(said).string(claim::MESSAGE_TYPE);
        kind.is_none_or(|kind| kind == message::RESOURCE)
    })?;
    let said = Object::new(found);
    let outcome = said.object(claim::BASIC_OUTCOME);
    Some(LinkSection {
        custom: custom(said.object(claim::CUSTOM)),
        outcome: outcome
            .url("lis_outcome_service_url")
            .zip(outcome.string("lis_result_sourcedid"))
            .map(|(url, sourcedid)| Outcome { url, sourcedid }),
    })
}

fn custom(custom: Object<'_>) -> BTreeMap<String, String> {
    let texts = custom.members();
    texts
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Writes one page of a roster. `id` is the address that it was asked at.
pub fn write(id: &Url, context: &Context, members: &[Membership]) -> Value {
    json!({
        "id": id.as_str(),
        "context": object([
            ("id", Some(context.id.clone())),
            ("label", context.label.clone()),
            ("title", context.title.clone()),
        ]),
        "members": members.iter().map(written).collect::<Vec<_>>(),
    })
}

fn written(member: &Membership) -> Value {
    let person = &member.person;
    let mut written = object([
        ("user_id", Some(member.subject.clone())),
        ("status", Some(member.status.name().to_owned())),
        ("name", person.name.clone()),
        ("given_name", person.given_name.clone()),
        ("middle_name", person.middle_name.clone()),
        ("family_name", person.family_name.clone()),
        ("email", person.email.clone()),
        ("picture", person.picture.as_ref().map(Url::to_string)),
        ("lis_person_sourcedid", member.lis_person.clone()),
    ]);
    written.insert("roles".to_owned(), member.roles.clone().into());
    if let Some(link) = &member.link {
        written.insert("message".to_owned(), Value::Array(vec![said(link)]));
    }
    Value::Object(written)
}

fn said(link: &LinkSection) -> Value {
    let mut said = Map::new();
    said.insert(claim::MESSAGE_TYPE.to_owned(), message::RESOURCE.into());
    if !link.custom.is_empty() {
        said.insert(claim::CUSTOM.to_owned(), json!(link.custom));
    }
    if let Some(outcome) = &link.outcome {
        let outcome = json!({
            "lis_outcome_service_url": outcome.url.as_str(),
            "lis_result_sourcedid": outcome.sourcedid,
        });
        said.insert(claim::BASIC_OUTCOME.to_owned(), outcome);
    }
    Value::Object(said)
}

/// An object of the members that there are.
fn object<const N: usize>(members: [(&str, Option<String>); N]) -> Map<String, Value> {
    let present = members.into_iter();
    present
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect()
}

/// What is asked of a roster.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<'a> {
    /// Only people with this role.
    pub role: Option<&'a str>,
    /// About how many people a page should have.
    pub limit: Option<usize>,
    /// Only people who reach this resource link, with what its launch would say of them.
    pub resource_link: Option<&'a str>,
}

impl Query<'_> {
    /// The address that asks this of the roster at `url`, whose own query stays.
    pub fn address(&self, url: &Url) -> Url {
        let mut address = url.clone();
        let limit = self.limit.map(|limit| limit.to_string());
        let asked = [
            ("role", self.role),
            ("limit", limit.as_deref()),
            ("rlid", self.resource_link),
        ];
        let asked = asked
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let asked: Vec<(&str, &str)> = asked.collect();
        let replaced = |name: &str| asked.iter().any(|(asked, _)| *asked == name);
        if url.query_pairs().any(|(name, _)| replaced(&name)) {
            let kept = url.query_pairs().filter(|(name, _)| !replaced(name));
            address.query_pairs_mut().clear().extend_pairs(kept);
        }
        if !asked.is_empty() {
            address.query_pairs_mut().extend_pairs(asked);
        }
        address
    }
}

#[cfg(test)]
mod tests;
