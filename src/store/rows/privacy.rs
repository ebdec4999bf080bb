//! People who are being erased.

use minicbor::{Decode, Encode};

use crate::store::ids::{ConnectionId, UserId};
use crate::store::tree::rows;
use crate::world::Time;

/// What becomes of the media that others use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Media {
    /// They are removed with all the others.
    #[n(0)]
    Remove,
    /// Somebody else of the same connection owns them from now on.
    #[n(1)]
    HandOver(#[n(0)] UserId),
}

/// A name by which a platform knows a person.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Name {
    /// The connection.
    #[n(0)]
    pub connection: ConnectionId,
    /// The platform's name for the person; empty after an anonymous launch.
    #[n(1)]
    pub subject: String,
}

impl std::fmt::Debug for Name {
    /// Without the name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Name")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// An erasure under way. It goes on from wherever a crash broke it off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Erasure {
    /// The connection, by which those who wait for the end recognise it.
    #[n(0)]
    pub connection: ConnectionId,
    /// When it began.
    #[n(1)]
    pub begun: Time,
    /// Who decided: an administrator's name, or `machine`.
    #[n(2)]
    pub by: String,
    /// What becomes of the media that others use.
    #[n(3)]
    pub media: Media,
    /// By which names the person was known. Gone with this row.
    #[n(4)]
    pub names: Vec<Name>,
    /// When nothing was found any more. It is looked at once again after whatever was under way then
    /// has certainly ended.
    #[n(5)]
    pub cleared: Option<Time>,
}

rows!(Erasure = 1);
