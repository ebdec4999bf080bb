//! The connections in short: how many there are, and what waits for an administrator.

use std::collections::BTreeMap;

use crate::store::ids::ConnectionId;
use crate::store::trees::{Connections, DeploymentsWaiting};
use crate::store::{Error as StoreError, Store};

/// Rows of each kind that an overview reads.
const MOST_LOOKED_AT: usize = 1_000;

/// The connections, in short.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// How many there are, as far as was looked.
    pub number: usize,
    /// Whether everything was looked at.
    pub whole: bool,
    /// Those at which something waits for an administrator.
    pub waiting: Vec<Waiting>,
}

/// A connection at which something waits for an administrator.
#[derive(Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// How many of its deployments wait.
    pub deployments: usize,
    /// Whether another registration of its platform waits.
    pub registration: bool,
}

/// How many connections there are and what waits there. It reads so many rows at most, whatever
/// there is.
pub fn overview(store: &Store) -> Result<Overview, StoreError> {
    let connections = store.page::<Connections>(&(), None, MOST_LOOKED_AT)?;
    let deployments = store.page::<DeploymentsWaiting>(&(), None, MOST_LOOKED_AT)?;
    let whole = connections.len() < MOST_LOOKED_AT && deployments.len() < MOST_LOOKED_AT;
    let mut waits: BTreeMap<ConnectionId, usize> = BTreeMap::new();
    for ((id, _), ()) in &deployments {
        *waits.entry(*id).or_default() += 1;
    }
    let there: Vec<_> = connections
        .into_iter()
        .filter(|(_, connection)| connection.deleted.is_none())
        .collect();
    let number = there.len();
    let waiting = there.into_iter().map(|(id, connection)| Waiting {
        id,
        deployments: waits.get(&id).copied().unwrap_or_default(),
        registration: connection.proposed.is_some(),
        name: connection.name,
    });
    Ok(Overview {
        number,
        whole,
        waiting: waiting
            .filter(|waiting| waiting.deployments > 0 || waiting.registration)
            .collect(),
    })
}
