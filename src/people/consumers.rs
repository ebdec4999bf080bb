//! LTI 1.1 consumers: found by their key, and bound to one installation of a platform.

use super::connections::Error;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Consumer, Source};
use crate::store::trees::{ConnectionBy, Connections};
use crate::store::{Commit, Error as StoreError, Row, Store};

/// Consumers that may share a key: one of the file, one of each other source.
const MOST: usize = 10;
/// The longest key that is looked for, in bytes.
const LONGEST_KEY: usize = 512;

/// The consumer with this key. Where several have it, one that the file declares wins.
pub fn find(store: &Store, key: &str) -> Result<(ConnectionId, Connection), Error> {
    let mut found: Vec<(ConnectionId, Connection)> = all(store, key)?
        .into_iter()
        .filter(|(_, connection)| connection.consumer.is_some())
        .collect();
    found.sort_by_key(|(_, connection)| (!connection.enabled, connection.source != Source::File));
    match found.into_iter().next() {
        None => Err(Error::Unknown),
        Some((_, connection)) if !connection.enabled => Err(Error::Disabled),
        Some(found) => Ok(found),
    }
}

fn all(store: &Store, key: &str) -> Result<Vec<(ConnectionId, Connection)>, StoreError> {
    if key.len() > LONGEST_KEY {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let prefix = (String::new(), key.to_owned());
    for ((_, _, id), ()) in store.page::<ConnectionBy>(&prefix, None, MOST)? {
        if let Some(connection) = store.get::<Connections>(&id)? {
            found.push((id, connection));
        }
    }
    Ok(found)
}

/// Whether a launch comes from the installation that its consumer is bound to. That keeps two
/// platforms with one key apart; it is no protection from whoever knows the secret.
#[derive(Debug, Clone)]
pub enum Installation {
    /// It does, or the connection is bound to none and this launch names none.
    Same,
    /// The consumer is bound to none yet: this launch binds it.
    First(Bind),
    /// It comes from another, or does not say from which.
    Other,
}

/// The binding of a consumer to an installation, still to be committed.
#[derive(Debug, Clone)]
pub struct Bind {
    id: ConnectionId,
    row: Row<Connection>,
    guid: String,
}

impl Bind {
    /// Adds the binding to `commit`, which fails when the connection was changed meanwhile.
    pub fn add(&self, commit: &mut Commit) {
        let mut bound = self.row.value.clone();
        if let Some(consumer) = &mut bound.consumer {
            consumer.guid = Some(self.guid.clone());
        }
        commit
            .expect_unchanged::<Connections>(&self.id, &self.row)
            .put::<Connections>(&self.id, &bound);
    }
}

/// Compares the GUID of a verified launch with that of its connection. Registrations have none.
pub fn installation(
    store: &Store,
    id: ConnectionId,
    guid: Option<&str>,
) -> Result<Installation, StoreError> {
    let Some(row) = store.read::<Connections>(&id)? else {
        return Ok(Installation::Same);
    };
    let Some(consumer) = &row.value.consumer else {
        return Ok(Installation::Same);
    };
    Ok(match (consumer.guid.as_deref(), guid) {
        (Some(bound), Some(guid)) if bound == guid => Installation::Same,
        (Some(_), _) => Installation::Other,
        (None, Some(guid)) => Installation::First(Bind {
            id,
            guid: guid.to_owned(),
            row,
        }),
        (None, None) => Installation::Same,
    })
}

/// Lets the next launch bind a consumer anew; answers whether it was bound. `besides` adds what must
/// become true with it. One that the file names is bound again at the next start.
pub async fn release(
    store: &Store,
    id: ConnectionId,
    besides: impl FnOnce(&mut Commit),
) -> Result<bool, StoreError> {
    let Some(row) = store.read::<Connections>(&id)? else {
        return Ok(false);
    };
    let consumer = row.value.consumer.as_ref();
    let Some(consumer) = consumer.filter(|consumer| consumer.guid.is_some()) else {
        return Ok(false);
    };
    let released = Connection {
        consumer: Some(Consumer {
            guid: None,
            ..consumer.clone()
        }),
        ..row.value.clone()
    };
    let mut commit = Commit::new();
    commit
        .expect_unchanged::<Connections>(&id, &row)
        .put::<Connections>(&id, &released);
    besides(&mut commit);
    store.commit(commit).await.map(|()| true)
}
