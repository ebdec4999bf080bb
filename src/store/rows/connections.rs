//! Connections, their deployments and their platforms' keys.

use minicbor::{Decode, Encode};

use super::settings::Settings;
use crate::store::ids::ConnectionId;
use crate::store::tree::rows;
use crate::world::Time;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Source {
    /// The configuration file, which wins: read-only in administration.
    #[n(0)]
    File,
    /// Registered at run time.
    #[n(1)]
    Registered,
    /// The practice course.
    #[n(2)]
    Practice,
}

/// One trust with a platform.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Connection {
    /// The name that administrators gave it; recognises an entry of the file.
    #[n(0)]
    pub name: String,
    /// Where it comes from.
    #[n(1)]
    pub source: Source,
    /// Whether launches are accepted.
    #[n(2)]
    pub enabled: bool,
    /// The LTI 1.3 registration.
    #[n(3)]
    pub registration: Option<Registration>,
    /// The platform's product (`tool_platform.product_family_code`) as of the last launch.
    #[n(4)]
    pub family: Option<String>,
    /// Origins that posted cookie-bound launches, besides the authentication endpoint's.
    #[n(5)]
    pub learned_origins: Vec<String>,
    /// Origins that an administrator added, for launches and framing.
    #[n(6)]
    pub added_origins: Vec<String>,
    /// Whether a deployment seen for the first time is accepted without asking.
    #[n(7)]
    pub accept_deployments: bool,
    /// When it was made.
    #[n(8)]
    pub created: Time,
    /// The LTI 1.1 consumer.
    #[n(9)]
    pub consumer: Option<Consumer>,
    /// What administrators decide about it.
    #[n(10)]
    #[cbor(default)]
    pub settings: Settings,
    /// When it was deleted. What its people own stays under its number, and nobody comes in.
    #[n(11)]
    pub deleted: Option<Time>,
    /// Another registration that its platform sent, which waits for an administrator.
    #[n(20)]
    pub proposed: Option<Proposed>,
    /// When it came into being, or was last changed, by dynamic registration.
    #[n(21)]
    pub registered: Option<Time>,
    /// When its platform last became another one, as far as its addresses tell. What launches told
    /// before is not believed since.
    #[n(22)]
    pub moved: Option<Time>,
    /// The secret of its consumer before the present one, which is good for a while.
    #[n(23)]
    pub former: Option<FormerSecret>,
    /// Whether its consumer last signed with a former secret, be it of this row or of the
    /// configuration file.
    #[n(24)]
    #[cbor(default)]
    pub signs_as_before: bool,
    /// The removal of what the people of a deleted connection left.
    #[n(25)]
    pub removal: Option<Removal>,
    /// Consumers of LTI 1.1 whose school it is: a launch proved that its platform knows their
    /// secrets. What their people show to the school is shown here.
    #[n(26)]
    #[cbor(default)]
    pub continues: Vec<ConnectionId>,
}

impl Connection {
    /// One that trusts nobody yet.
    pub fn new(name: &str, source: Source, created: Time) -> Self {
        Self {
            name: name.to_owned(),
            source,
            enabled: true,
            registration: None,
            family: None,
            learned_origins: Vec::new(),
            added_origins: Vec::new(),
            accept_deployments: false,
            created,
            consumer: None,
            settings: Settings::default(),
            deleted: None,
            proposed: None,
            registered: None,
            moved: None,
            former: None,
            signs_as_before: false,
            removal: None,
            continues: Vec::new(),
        }
    }
}

/// The removal of the media that the people of a deleted connection left.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Removal {
    /// The administrator who wanted it.
    #[n(0)]
    pub by: String,
    /// When it was wanted.
    #[n(1)]
    pub at: Time,
    /// How many items are removed so far.
    #[n(2)]
    pub items: u64,
    /// How many bytes they had.
    #[n(3)]
    pub bytes: u64,
    /// When nothing was left.
    #[n(4)]
    pub done: Option<Time>,
}

/// A secret that another one took the place of.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct FormerSecret {
    /// The secret.
    #[n(0)]
    pub secret: String,
    /// Until when it is good.
    #[n(1)]
    pub until: Time,
}

impl std::fmt::Debug for FormerSecret {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormerSecret")
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// An LTI 1.1 consumer.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Consumer {
    /// The consumer key.
    #[n(0)]
    pub key: String,
    /// The secret; `None` where the configuration file has it, which then stays its only place.
    #[n(1)]
    pub secret: Option<String>,
    /// How far its clock may differ from ours, in seconds.
    #[n(2)]
    pub window: u64,
    /// Whether a signature that leaves the query out is taken.
    #[n(3)]
    pub body_only: bool,
    /// `tool_consumer_instance_guid`, once it is bound to one.
    #[n(4)]
    pub guid: Option<String>,
}

impl std::fmt::Debug for Consumer {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer")
            .field("key", &self.key)
            .field("guid", &self.guid)
            .finish_non_exhaustive()
    }
}

/// An LTI 1.3 registration: what the platform told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Registration {
    /// `iss`, exactly.
    #[n(0)]
    pub issuer: String,
    /// The client id that the platform gave.
    #[n(1)]
    pub client_id: String,
    /// The OIDC authentication endpoint.
    #[n(2)]
    pub auth_url: String,
    /// The token endpoint.
    #[n(3)]
    pub token_url: String,
    /// The key set.
    #[n(4)]
    pub jwks_url: String,
}

/// Another registration of a connection: it may be another platform than before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proposed {
    /// What the platform told.
    #[n(0)]
    pub registration: Registration,
    /// Whom the proof is for that asks for access tokens, where the platform named it.
    #[n(1)]
    pub token_audience: Option<String>,
    /// The deployment that the platform made at once.
    #[n(2)]
    pub deployment: Option<String>,
    /// When it came.
    #[n(3)]
    pub at: Time,
}

/// One installation of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Deployment {
    /// Whether its launches are accepted.
    #[n(0)]
    pub approved: bool,
    /// When it was first seen or declared.
    #[n(1)]
    pub first_seen: Time,
    /// Whether an administrator refuses it for good.
    #[n(2)]
    #[cbor(default)]
    pub blocked: bool,
    /// The course in which it was first seen, so that an administrator recognises it.
    #[n(3)]
    pub seen_in: Option<String>,
}

impl Deployment {
    /// One that waits for approval.
    pub const fn waiting(first_seen: Time) -> Self {
        Self {
            approved: false,
            first_seen,
            blocked: false,
            seen_in: None,
        }
    }

    /// Whether nobody decided about it yet.
    pub const fn waits(&self) -> bool {
        !self.approved && !self.blocked
    }
}

/// A platform's key set as last fetched.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct KeySet {
    /// The JWK set as it came (JSON).
    #[n(0)]
    pub json: String,
    /// The address it came from: another address makes it stale.
    #[n(1)]
    pub url: String,
    /// When it came.
    #[n(2)]
    pub fetched: Time,
    /// Until when it need not be fetched again (`Cache-Control`).
    #[n(3)]
    pub fresh_until: Time,
}

rows!(Connection = 1, Deployment = 1, KeySet = 1);
