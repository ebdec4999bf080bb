//! A launch: one verified arrival of a person, 1.1 or 1.3, in one common shape.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::names::message;
use super::redact::debug_showing;
use super::roles::{CourseRole, Overrides, Standing};

/// Which LTI a launch came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    /// LTI 1.0 to 1.2: a signed form.
    #[serde(rename = "1.1")]
    V1p1,
    /// LTI 1.3: a signed token.
    #[serde(rename = "1.3")]
    V1p3,
}

/// What a verified launch says. All but `deployment` and `roles` may be missing, by the platform's
/// privacy settings or by the kind of the message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// Which LTI it came by.
    pub version: Version,
    /// What is asked for.
    pub message: Message,
    /// The installation that launched; empty for LTI 1.1, which has none.
    pub deployment: String,
    /// The platform's stable id of the person; `None` when the launch is anonymous.
    pub subject: Option<String>,
    /// What the platform tells about the person.
    pub person: Person,
    /// The roles as they came.
    pub roles: Vec<String>,
    /// The users that a mentor looks after.
    pub mentored: Vec<String>,
    /// The course.
    pub context: Option<Context>,
    /// The link that was followed. Every resource launch and submission review has one; whoever signs
    /// in has none, and no context.
    pub resource_link: Option<ResourceLink>,
    /// Where the launch leads, on our own origin. Every 1.3 resource launch has one.
    pub target_link_uri: Option<Url>,
    /// The platform.
    pub platform: Platform,
    /// How it is shown.
    pub presentation: Presentation,
    /// Custom parameters. They choose what is shown, never what is allowed.
    pub custom: BTreeMap<String, String>,
    /// Ids of the school's information system.
    pub lis: Lis,
    /// Grades by the Assignment and Grade Services.
    pub ags: Option<Ags>,
    /// Rosters by the Names and Role Provisioning Services.
    pub nrps: Option<Nrps>,
    /// One grade by Basic Outcomes.
    pub outcome: Option<Outcome>,
    /// Who and what this was under LTI 1.1, still to be proven.
    #[serde(default)]
    pub migration: Option<Migration>,
}

debug_showing! {
    Launch { version, message, deployment, roles, platform }
    Person {}
    Lis {}
    DeepLinkingSettings { accept_types, accept_targets, accept_media_types, accept_multiple }
    Presentation { target, locale, width, height }
    Outcome {}
    Migration { consumer_key }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Launch {
    /// What the roles amount to. Without a course nobody has rights in one.
    pub fn standing(&self) -> Standing {
        self.standing_by(&Overrides::default())
    }

    /// Likewise where some roles count as something else.
    pub fn standing_by(&self, overrides: &Overrides) -> Standing {
        let standing = overrides.standing(&self.roles);
        match self.context {
            Some(_) => standing,
            None => Standing {
                role: CourseRole::Member,
                sees_learners: false,
                ..standing
            },
        }
    }

    /// Where what is picked goes, when the launch asks for it: a page of the platform's own.
    pub fn selection_return(&self) -> Option<&Url> {
        match &self.message {
            Message::DeepLinking(settings) => Some(&settings.return_url),
            Message::Resource | Message::SignIn | Message::SubmissionReview { .. } => None,
        }
    }

    /// A custom parameter that the platform filled in; `None` when it is absent, empty or a
    /// variable that the platform does not know.
    pub fn custom(&self, name: &str) -> Option<&str> {
        let value = self.custom.get(name)?.as_str();
        (!value.is_empty() && !is_unresolved(value)).then_some(value)
    }
}

/// Whether a value is a substitution variable as it was written (`$Context.id.history`): platforms
/// pass on those that they don't know (LTI Core 1.3, section 5.4.6).
pub fn is_unresolved(value: &str) -> bool {
    let Some(name) = value.strip_prefix('$') else {
        return false;
    };
    let word = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.contains('.')
        && name.split('.').all(word)
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Somebody opens a link.
    Resource,
    /// Somebody comes to what is their own, by LTI 1.1 and from no link.
    SignIn,
    /// Somebody picks content (1.1: content-item selection).
    DeepLinking(Box<DeepLinkingSettings>),
    /// Somebody reviews the submission of the user with this id.
    SubmissionReview {
        /// The platform's id of whoever submitted.
        for_user: String,
    },
}

impl Message {
    /// The name of this message in LTI 1.3; signing in has one in LTI 1.1 only.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Resource => message::RESOURCE,
            Self::SignIn => message::BASIC,
            Self::DeepLinking(_) => message::DEEP_LINKING,
            Self::SubmissionReview { .. } => message::SUBMISSION_REVIEW,
        }
    }
}

/// What the platform takes back from a selection (Deep Linking 2.0, section 4.4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeepLinkingSettings {
    /// Where the selection goes.
    pub return_url: Url,
    /// The types of content items that are taken, such as `ltiResourceLink`.
    pub accept_types: Vec<String>,
    /// Where the content may be shown; unknown places are left out.
    pub accept_targets: Vec<DocumentTarget>,
    /// The media types of files that are taken, perhaps with wildcards; empty: no restriction.
    pub accept_media_types: Vec<String>,
    /// Whether several items are taken at once.
    pub accept_multiple: bool,
    /// Whether a line item may come with an item; `None`: the platform doesn't say.
    pub accept_lineitem: Option<bool>,
    /// Whether the platform stores the items without asking the person again.
    pub auto_create: bool,
    /// A title to suggest.
    pub title: Option<String>,
    /// A text to suggest.
    pub text: Option<String>,
    /// To be returned exactly as it came.
    pub data: Option<String>,
}

/// What the platform tells about a person. Never required.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Email address. Contact, not identity.
    pub email: Option<String>,
    /// A picture's address.
    pub picture: Option<Url>,
    /// Preferred language (BCP 47).
    pub locale: Option<String>,
}

impl Person {
    /// The name to greet by: the full one, else given and family name.
    pub fn display_name(&self) -> Option<String> {
        let parts = [&self.given_name, &self.family_name];
        let joined = || {
            let known: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            (!known.is_empty()).then(|| known.join(" "))
        };
        self.name.clone().or_else(joined)
    }
}

/// A course, or another group of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Its id, unique within the deployment.
    pub id: String,
    /// Its types, such as `CourseSection`, in short or in full.
    pub types: Vec<String>,
    /// A short name.
    pub label: Option<String>,
    /// A full name.
    pub title: Option<String>,
}

/// A link to this tool in a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceLink {
    /// Its id, unique within the deployment.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// What the platform tells about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// A stable id.
    pub guid: Option<String>,
    /// The product, such as `moodle` or `canvas`.
    pub family: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its address.
    pub url: Option<Url>,
    /// Whom to write to about it.
    pub contact_email: Option<String>,
}

/// Where a launch or a content item is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentTarget {
    /// In the platform's window, as a frame of old.
    Frame,
    /// In a frame of the platform's page.
    Iframe,
    /// In a window or tab of its own.
    Window,
    /// As a part of the platform's page.
    Embed,
}

impl DocumentTarget {
    /// The target of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "frame" => Some(Self::Frame),
            "iframe" => Some(Self::Iframe),
            "window" => Some(Self::Window),
            "embed" => Some(Self::Embed),
            _ => None,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Iframe => "iframe",
            Self::Window => "window",
            Self::Embed => "embed",
        }
    }
}

/// How a launch is shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presentation {
    /// Where.
    pub target: Option<DocumentTarget>,
    /// Where "back to the course" goes: http(s), as the platform says.
    pub return_url: Option<Url>,
    /// The language of the platform's page (BCP 47).
    pub locale: Option<String>,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
}

/// Ids of the school's information system.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lis {
    /// The person's.
    pub person: Option<String>,
    /// The course offering's.
    pub course_offering: Option<String>,
    /// The course section's.
    pub course_section: Option<String>,
}

/// Where to send grades (Assignment and Grade Services 2.0). Read anew at every launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ags {
    /// What may be asked for.
    pub scopes: Vec<String>,
    /// The course's line items.
    pub lineitems: Option<Url>,
    /// The link's own line item, when it has exactly one.
    pub lineitem: Option<Url>,
}

/// Where to read the roster (Names and Role Provisioning Services 2.0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrps {
    /// The course's memberships.
    pub url: Url,
    /// Versions of the service.
    pub versions: Vec<String>,
}

/// Where to send this person's one grade of this link (Basic Outcomes).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The service.
    pub url: Url,
    /// Names person and link; opaque.
    pub sourcedid: String,
}

/// Who a person and which a course was under LTI 1.1, as the platform says; nothing follows from it
/// before the signature is checked with the consumer's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// The consumer key of old.
    pub consumer_key: String,
    /// The proof, Base64.
    pub signature: String,
    /// The `user_id` of old.
    pub user: String,
    /// The `context_id` of old.
    pub context: Option<String>,
    /// The installation of old.
    pub guid: Option<String>,
    /// What the proof is of, besides the key: this message and no other.
    pub(super) signed: String,
}
