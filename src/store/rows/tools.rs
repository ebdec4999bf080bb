//! External tools, what people agreed to tell them, and what they reported.

use minicbor::{Decode, Encode};

use crate::store::ids::{ConnectionId, UserId};
use crate::store::tree::rows;
use crate::world::Time;

/// Where a tool comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ToolSource {
    /// The configuration file, which wins: read-only in administration.
    #[n(0)]
    File,
    /// An administrator.
    #[n(1)]
    Administrator,
    /// Somebody on the staff of a course, whose it is.
    #[n(2)]
    Person,
}

impl ToolSource {
    /// The number of the list that has it in `tools_by`: 0 the school's, 1 people's.
    pub const fn list(self) -> u8 {
        match self {
            Self::File | Self::Administrator => 0,
            Self::Person => 1,
        }
    }
}

/// An external tool.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Tool {
    /// What people see; recognises an entry of the file.
    #[n(0)]
    pub name: String,
    /// Where it comes from.
    #[n(1)]
    pub source: ToolSource,
    /// Whose it is, where a person added it.
    #[n(2)]
    pub owner: Option<UserId>,
    /// The owner's connection.
    #[n(3)]
    pub connection: Option<ConnectionId>,
    /// Where it is launched: http(s). For LTI 1.3 the `target_link_uri`.
    #[n(4)]
    pub launch_url: String,
    /// How it is trusted.
    #[n(5)]
    pub trust: ToolTrust,
    /// What each of its launches says besides, in order: names and values as they were written.
    #[n(6)]
    #[cbor(default)]
    pub custom: Vec<(String, String)>,
    /// What it may be told of people who agree.
    #[n(7)]
    #[cbor(default)]
    pub asks: Personal,
    /// How it is shown, unless an item says otherwise.
    #[n(8)]
    #[cbor(default)]
    pub presentation: ToolPresentation,
    /// Whether it may report grades.
    #[n(9)]
    #[cbor(default)]
    pub grades: bool,
    /// When it was added.
    #[n(10)]
    pub created: Time,
    /// When it last changed.
    #[n(11)]
    pub changed: Time,
    /// Since when an administrator lets nobody launch it, or the file no longer declares it.
    #[n(12)]
    pub forbidden: Option<Time>,
    /// Whether an administrator forbids that it is told anything about people, whoever agrees.
    #[n(13)]
    #[cbor(default)]
    pub private: bool,
    /// Since when it is deleted: it launches no more, and what it reported stays.
    #[n(14)]
    pub deleted: Option<Time>,
}

/// How a tool and Lanterna know each other.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ToolTrust {
    /// LTI 1.1.
    #[n(0)]
    Passport(#[n(0)] Passport),
    /// LTI 1.3.
    #[n(1)]
    Registered(#[n(0)] ToolRegistration),
}

/// What a tool of LTI 1.1 gave: `name:key:secret`.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Passport {
    /// The name that it gave itself.
    #[n(0)]
    pub name: String,
    /// The consumer key.
    #[n(1)]
    pub key: String,
    /// The secret; `None` where the configuration file has it, which then stays its only place.
    #[n(2)]
    pub secret: Option<String>,
}

impl std::fmt::Debug for Passport {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passport")
            .field("name", &self.name)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A tool of LTI 1.3.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ToolRegistration {
    /// The client id that was made for it here: the text of the tool's id.
    #[n(0)]
    pub client_id: String,
    /// Its one deployment.
    #[n(1)]
    pub deployment: String,
    /// Where its logins begin.
    #[n(2)]
    pub login_url: String,
    /// Where tokens may be sent.
    #[n(3)]
    pub redirect_uris: Vec<String>,
    /// Its public keys.
    #[n(4)]
    pub keys: ToolKeys,
    /// Where people pick in it (deep linking), where they can.
    #[n(5)]
    pub selection_url: Option<String>,
}

/// A tool's public keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ToolKeys {
    /// It has told none: it is launched, and may call no service.
    #[n(0)]
    None,
    /// The address of its key set.
    #[n(1)]
    Url(#[n(0)] String),
    /// One key, as PEM.
    #[n(2)]
    Pem(#[n(0)] String),
}

/// What may be told of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Personal {
    /// Their names.
    #[n(0)]
    pub name: bool,
    /// By what name the LMS knows them.
    #[n(1)]
    pub username: bool,
    /// Their email address.
    #[n(2)]
    pub email: bool,
}

/// Where a tool is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum ToolPlace {
    /// In a frame of the page.
    #[default]
    #[n(0)]
    Frame,
    /// In a window of its own.
    #[n(1)]
    Window,
}

/// How a tool is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct ToolPresentation {
    /// Where.
    #[n(0)]
    #[cbor(default)]
    pub place: ToolPlace,
    /// How high its frame is, in pixels.
    #[n(1)]
    pub height: Option<u32>,
    /// What the button says that opens its window.
    #[n(2)]
    pub button: Option<String>,
    /// Whether it is not to be launched: its page then says only what it is about.
    #[n(3)]
    #[cbor(default)]
    pub hide_launch: bool,
}

/// What one item says besides its tool.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct ToolLink {
    /// Where it is launched; `None`: where the tool is.
    #[n(0)]
    pub launch_url: Option<String>,
    /// What its launches say besides, where the tool itself does not.
    #[n(1)]
    #[cbor(default)]
    pub custom: Vec<(String, String)>,
    /// How it is shown; `None`: as the tool is.
    #[n(2)]
    pub presentation: Option<ToolPresentation>,
}

/// What a person answered when a tool asked for personal data.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Consent {
    /// When.
    #[n(0)]
    pub answered: Time,
    /// Whether they agreed.
    #[n(1)]
    pub agreed: bool,
    /// What was asked for.
    #[n(2)]
    pub asked: Personal,
    /// The origin that it was to be told to. Another one is asked for anew.
    #[n(3)]
    pub origin: String,
}

/// By which name a tool knows a person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Pseudonym {
    /// Random, and no other tool's.
    #[n(0)]
    pub id: String,
    /// When it was made.
    #[n(1)]
    pub created: Time,
}

/// What a tool reported of a person.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Received {
    /// The score: 0 is one; `None`: there is none (any more).
    #[n(0)]
    pub score: Option<f64>,
    /// The most that it can be; 1 by LTI 1.1.
    #[n(1)]
    pub maximum: f64,
    /// What the tool says about it.
    #[n(2)]
    pub comment: Option<String>,
    /// What was handed in.
    #[n(3)]
    pub data: Option<ResultData>,
    /// When it came.
    #[n(4)]
    pub changed: Time,
    /// The moment that the tool gave it, in microseconds since 1970: an older one does not replace it.
    #[n(5)]
    pub told: Option<u64>,
    /// How far the person is (`activityProgress`).
    #[n(6)]
    pub activity: Option<String>,
    /// How far the grading is (`gradingProgress`).
    #[n(7)]
    pub grading: Option<String>,
    /// By which service it came.
    #[n(10)]
    #[cbor(default)]
    pub via: Via,
}

/// By which service a score came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Via {
    /// Basic Outcomes, or the result service of LTI 2.0.
    #[default]
    #[n(0)]
    Outcomes,
    /// Assignment and Grade Services.
    #[n(1)]
    Ags,
}

/// What was handed in to a tool.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ResultData {
    /// A text.
    #[n(0)]
    Text(#[n(0)] String),
    /// An address.
    #[n(1)]
    Url(#[n(0)] String),
    /// An address from which a tool can be launched.
    #[n(2)]
    LaunchUrl(#[n(0)] String),
}

rows!(
    Tool = 1,
    ToolLink = 1,
    Consent = 1,
    Pseudonym = 1,
    Received = 1,
);
