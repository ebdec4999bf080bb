//! Administration.

use minicbor::{Decode, Encode};

use crate::store::ids::{Hash, UserId};
use crate::store::tree::rows;
use crate::world::Time;

/// An administrator.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Admin {
    /// The password's argon2id hash (PHC string).
    #[n(0)]
    pub password: String,
    /// When the account was made.
    #[n(1)]
    pub created: Time,
}

/// A signed-in administrator.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AdminSession {
    /// The administrator's name.
    #[n(0)]
    pub name: String,
    /// When it was opened.
    #[n(1)]
    pub created: Time,
    /// When it ends at the latest.
    #[n(2)]
    pub ends: Time,
    /// When it ends unless it is used again.
    #[n(3)]
    pub idle_until: Time,
}

/// What opens the first sign-in: single use.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Claim {
    /// The hash of the link's secret.
    #[n(0)]
    pub secret: Hash,
    /// When it ends.
    #[n(1)]
    pub ends: Time,
    /// Whether it was asked for on the machine although an administrator exists: it may then set
    /// that administrator's password anew.
    #[n(2)]
    pub recovery: bool,
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AuditEntry {
    /// Who did it: an administrator's name, or a user as `user:…`.
    #[n(0)]
    pub who: String,
    /// What was done: a short name, such as `shared`.
    #[n(1)]
    pub what: String,
    /// To what.
    #[n(2)]
    pub to: Option<String>,
}

/// The people whom an entry names, in who did it and in what to.
pub fn people_in(entry: &AuditEntry) -> impl Iterator<Item = UserId> {
    let words = entry.to.iter().flat_map(|to| to.split(' '));
    let words = std::iter::once(entry.who.as_str()).chain(words);
    words.filter_map(|word| word.strip_prefix("user:")?.parse().ok())
}

rows!(Admin = 1, AdminSession = 1, Claim = 1, AuditEntry = 1);
