//! Issuing messages as a platform: a [`Launch`] as the claims of a signed token.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use super::key::{SignError, SigningKey};
use super::launch::{DeepLinkingSettings, DocumentTarget, Launch, Message, Person};
use super::names::{VERSION, claim};
use super::redact::debug_showing;
use crate::world::Time;

/// Who issues a token, to whom, when, in answer to what.
#[derive(Clone, Copy)]
pub struct Issue<'a> {
    /// The platform.
    pub issuer: &'a str,
    /// The tool's client id.
    pub client_id: &'a str,
    /// The nonce of the authentication request.
    pub nonce: &'a str,
    /// Now.
    pub at: Time,
    /// How long the token may be used.
    pub lifetime: Duration,
}

debug_showing! {
    Issue<'_> { issuer, client_id, at }
}

/// Signs `launch` as a message to a tool.
pub fn id_token(launch: &Launch, issue: &Issue<'_>, key: &SigningKey) -> Result<String, SignError> {
    key.sign(&claims(launch, issue))
}

/// The claims of `launch`, from which a tool reads the same launch again. A caller that has more to
/// say adds it before signing.
pub fn claims(launch: &Launch, issue: &Issue<'_>) -> Map<String, Value> {
    let mut claims = Members::default()
        .with("iss", issue.issuer)
        .with("aud", issue.client_id)
        .with("nonce", issue.nonce)
        .with("iat", issue.at.seconds())
        .with("exp", issue.at.after(issue.lifetime).seconds())
        .with("sub", launch.subject.clone())
        .with(claim::VERSION, VERSION)
        .with(claim::MESSAGE_TYPE, launch.message.name())
        .with(claim::DEPLOYMENT_ID, launch.deployment.clone())
        .with(
            claim::TARGET_LINK_URI,
            address(launch.target_link_uri.as_ref()),
        )
        .with(claim::RESOURCE_LINK, resource_link(launch))
        .with(claim::CONTEXT, context(launch))
        .with(claim::TOOL_PLATFORM, platform(launch))
        .with(claim::LAUNCH_PRESENTATION, presentation(launch))
        .with(claim::LIS, lis(launch))
        .with(claim::CUSTOM, custom(launch))
        .with(claim::ROLE_SCOPE_MENTOR, list(&launch.mentored))
        .with(claim::AGS, ags(launch))
        .with(claim::NRPS, nrps(launch))
        .with(claim::BASIC_OUTCOME, outcome(launch))
        .0;
    // The one list that must be there even when it is empty.
    claims.insert(claim::ROLES.to_owned(), launch.roles.clone().into());
    claims.extend(person(&launch.person).0);
    claims.extend(message(&launch.message).0);
    claims
}

/// The members of an object; `null` and empty objects are left out.
#[derive(Default)]
pub(super) struct Members(Map<String, Value>);

impl Members {
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    /// All of them.
    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// The object, be it empty, where being there says something.
    pub(super) fn or_empty(self) -> Value {
        Value::Object(self.0)
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Self {
        if members.0.is_empty() {
            Self::Null
        } else {
            Self::Object(members.0)
        }
    }
}

fn address(url: Option<&Url>) -> Value {
    url.map(Url::as_str).into()
}

fn list(items: &[String]) -> Value {
    if items.is_empty() {
        Value::Null
    } else {
        items.into()
    }
}

fn person(person: &Person) -> Members {
    Members::default()
        .with("name", person.name.clone())
        .with("given_name", person.given_name.clone())
        .with("middle_name", person.middle_name.clone())
        .with("family_name", person.family_name.clone())
        .with("email", person.email.clone())
        .with("picture", address(person.picture.as_ref()))
        .with("locale", person.locale.clone())
}

fn message(message: &Message) -> Members {
    match message {
        Message::Resource | Message::SignIn => Members::default(),
        Message::DeepLinking(asked) => {
            Members::default().with(claim::DEEP_LINKING_SETTINGS, settings(asked))
        }
        Message::SubmissionReview { for_user } => Members::default().with(
            claim::FOR_USER,
            Members::default().with("user_id", for_user.clone()),
        ),
    }
}

fn settings(asked: &DeepLinkingSettings) -> Members {
    let targets = asked
        .accept_targets
        .iter()
        .copied()
        .map(DocumentTarget::name);
    let media_types = asked.accept_media_types.join(",");
    Members::default()
        .with("deep_link_return_url", asked.return_url.as_str())
        .with("accept_types", asked.accept_types.clone())
        .with(
            "accept_presentation_document_targets",
            targets.collect::<Vec<_>>(),
        )
        .with(
            "accept_media_types",
            (!media_types.is_empty()).then_some(media_types),
        )
        .with("accept_multiple", asked.accept_multiple)
        .with("accept_lineitem", asked.accept_lineitem)
        .with("auto_create", asked.auto_create)
        .with("title", asked.title.clone())
        .with("text", asked.text.clone())
        .with("data", asked.data.clone())
}

fn resource_link(launch: &Launch) -> Option<Members> {
    let link = launch.resource_link.as_ref()?;
    Some(
        Members::default()
            .with("id", link.id.clone())
            .with("title", link.title.clone())
            .with("description", link.description.clone()),
    )
}

fn context(launch: &Launch) -> Option<Members> {
    let context = launch.context.as_ref()?;
    Some(
        Members::default()
            .with("id", context.id.clone())
            .with("type", list(&context.types))
            .with("label", context.label.clone())
            .with("title", context.title.clone()),
    )
}

fn platform(launch: &Launch) -> Members {
    let platform = &launch.platform;
    Members::default()
        .with("guid", platform.guid.clone())
        .with("product_family_code", platform.family.clone())
        .with("version", platform.version.clone())
        .with("name", platform.name.clone())
        .with("description", platform.description.clone())
        .with("url", address(platform.url.as_ref()))
        .with("contact_email", platform.contact_email.clone())
}

fn presentation(launch: &Launch) -> Members {
    let presentation = &launch.presentation;
    Members::default()
        .with(
            "document_target",
            presentation.target.map(DocumentTarget::name),
        )
        .with("return_url", address(presentation.return_url.as_ref()))
        .with("locale", presentation.locale.clone())
        .with("width", presentation.width)
        .with("height", presentation.height)
}

fn lis(launch: &Launch) -> Members {
    Members::default()
        .with("person_sourcedid", launch.lis.person.clone())
        .with(
            "course_offering_sourcedid",
            launch.lis.course_offering.clone(),
        )
        .with(
            "course_section_sourcedid",
            launch.lis.course_section.clone(),
        )
}

fn custom(launch: &Launch) -> Members {
    let parameters = launch.custom.iter();
    parameters.fold(Members::default(), |members, (name, value)| {
        members.with(name, value.clone())
    })
}

fn ags(launch: &Launch) -> Option<Members> {
    let ags = launch.ags.as_ref()?;
    Some(
        Members::default()
            .with("scope", ags.scopes.clone())
            .with("lineitems", address(ags.lineitems.as_ref()))
            .with("lineitem", address(ags.lineitem.as_ref())),
    )
}

fn nrps(launch: &Launch) -> Option<Members> {
    let nrps = launch.nrps.as_ref()?;
    Some(
        Members::default()
            .with("context_memberships_url", nrps.url.as_str())
            .with("service_versions", nrps.versions.clone()),
    )
}

fn outcome(launch: &Launch) -> Option<Members> {
    let outcome = launch.outcome.as_ref()?;
    Some(
        Members::default()
            .with("lis_outcome_service_url", outcome.url.as_str())
            .with("lis_result_sourcedid", outcome.sourcedid.clone()),
    )
}
