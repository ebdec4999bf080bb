//! Invitations to register, as whoever may run commands on the machine makes them.

use serde::{Deserialize, Serialize};

use crate::audit;
use crate::people::connections;
use crate::people::connections::register::changeable;
use crate::people::invitations::{self, Offer};
use crate::store::ids::ConnectionId;
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// Who invites from the command line.
pub(super) const MACHINE: &str = "machine";

/// What an invitation is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The name of the connection that it makes.
    pub name: Option<String>,
    /// The connection that it changes, by its name or number.
    pub updates: Option<String>,
    /// Whether the platform's issuer may be on another host than its configuration.
    pub any_issuer: bool,
}

/// Why there is no invitation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection is called so.
    #[error("no connection has this name or number; administration lists them")]
    Unknown,
    /// Several are.
    #[error("several connections have this name: give the number of one")]
    Ambiguous,
    /// It is not one that registration changes.
    #[error(
        "this connection is not registered but declared, in the configuration file or built in"
    )]
    Declared,
    /// The invitation cannot be made.
    #[error(transparent)]
    Invitation(#[from] invitations::Error),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Invitation(error.into())
    }
}

/// Makes an invitation; answers its secret.
pub async fn invite(store: &Store, world: &World, asked: &Asked) -> Result<String, Error> {
    let updates = match &asked.updates {
        Some(connection) => Some(find(store, connection)?),
        None => None,
    };
    let offer = Offer {
        by: MACHINE.to_owned(),
        updates,
        name: asked.name.clone(),
        any_issuer: asked.any_issuer,
        practice: false,
    };
    issue(store, world, &offer).await
}

/// Makes an invitation, and the audit log's entry with it.
pub(super) async fn issue(store: &Store, world: &World, offer: &Offer) -> Result<String, Error> {
    if let Some(id) = offer.updates {
        changeable(store, id).map_err(|_| Error::Declared)?;
    }
    let to = offer.updates.map(|id| id.to_string());
    let noted = |commit: &mut Commit| {
        audit::record(commit, world, &offer.by, "invited", to.as_deref());
    };
    Ok(invitations::issue(store, world, offer, noted).await?)
}

/// A connection by its name, or else by its number.
fn find(store: &Store, text: &str) -> Result<ConnectionId, Error> {
    let all = connections::all(store)?;
    let named = |(id, connection): &(ConnectionId, _)| {
        let connection: &crate::store::rows::people::Connection = connection;
        (connection.name == text).then_some(*id)
    };
    let called: Vec<ConnectionId> = all.iter().filter_map(named).collect();
    match called.as_slice() {
        [one] => Ok(*one),
        [] => {
            let number = text.parse().map_err(|_| Error::Unknown)?;
            let known = all.iter().any(|(id, _)| *id == number);
            known.then_some(number).ok_or(Error::Unknown)
        }
        _ => Err(Error::Ambiguous),
    }
}

/// Where an invitation is used, below the public address. It holds no `&`, so that whatever an LMS
/// puts before its own parameters, they are told apart.
pub fn path(secret: &str) -> String {
    format!("/lti/register?invitation={secret}")
}
