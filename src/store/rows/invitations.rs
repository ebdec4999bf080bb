//! Invitations to register.

use minicbor::{Decode, Encode};

use crate::store::ids::ConnectionId;
use crate::store::tree::rows;
use crate::world::Time;

/// An invitation to register a platform: for one registration.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Invitation {
    /// When it was made.
    #[n(0)]
    pub created: Time,
    /// Who made it: an administrator's name, or `machine`.
    #[n(1)]
    pub by: String,
    /// When it ends.
    #[n(2)]
    pub ends: Time,
    /// The connection that it changes; `None`: it makes one.
    #[n(3)]
    pub updates: Option<ConnectionId>,
    /// The name of the connection that it makes.
    #[n(4)]
    pub name: Option<String>,
    /// Whether the platform's issuer may be on another host than its configuration.
    #[n(5)]
    pub any_issuer: bool,
    /// Until when somebody is registering by it: nobody else may meanwhile.
    #[n(6)]
    pub busy_until: Option<Time>,
    /// Whether it is for the practice course alone, which makes it without any administrator.
    #[n(7)]
    #[cbor(default)]
    pub practice: bool,
}

rows!(Invitation = 1);
