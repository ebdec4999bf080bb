//! What becomes of what the people of a deleted connection left.

use super::committed;
use crate::people::finding;
use crate::store::ids::{ConnectionId, UserId};
use crate::store::rows::people::{Connection, Removal};
use crate::store::trees::Connections;
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::Time;

/// Whether a connection that is not deleted leads to a person: whoever is joined to another
/// connection keeps what is theirs.
pub fn stays(store: &Store, user: UserId) -> Result<bool, StoreError> {
    for (connection, _) in finding::names(store, user)? {
        let row = store.get::<Connections>(&connection)?;
        if row.is_some_and(|row| row.deleted.is_none()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Wants everything removed that the people of a deleted connection left; answers whether there is
/// such a one for which nobody wanted it yet. `besides` adds what must become true with it.
pub async fn want_removal(
    store: &Store,
    id: ConnectionId,
    (by, at): (&str, Time),
    besides: impl Fn(&mut Commit),
) -> Result<bool, StoreError> {
    let change = |connection: &Connection| {
        let running = |removal: &Removal| removal.done.is_none();
        if connection.deleted.is_none() || connection.removal.as_ref().is_some_and(running) {
            return None;
        }
        Some(Removal {
            by: by.to_owned(),
            at,
            items: 0,
            bytes: 0,
            done: None,
        })
    };
    update(store, id, change, besides).await
}

/// Counts what was removed of a deleted connection, and notes when nothing was left.
pub async fn count(
    store: &Store,
    id: ConnectionId,
    (items, bytes): (u64, u64),
    done: Option<Time>,
) -> Result<(), StoreError> {
    let change = |connection: &Connection| {
        let before = connection.removal.clone()?;
        Some(Removal {
            items: before.items.saturating_add(items),
            bytes: before.bytes.saturating_add(bytes),
            done,
            ..before
        })
    };
    update(store, id, change, |_| {}).await.map(|_| ())
}

async fn update(
    store: &Store,
    id: ConnectionId,
    change: impl Fn(&Connection) -> Option<Removal>,
    besides: impl Fn(&mut Commit),
) -> Result<bool, StoreError> {
    committed(store, || {
        let mut commit = Commit::new();
        let Some(row) = store.read::<Connections>(&id)? else {
            return Ok((commit, false));
        };
        let Some(removal) = change(&row.value) else {
            return Ok((commit, false));
        };
        let changed = Connection {
            removal: Some(removal),
            ..row.value.clone()
        };
        commit
            .expect_unchanged::<Connections>(&id, &row)
            .put::<Connections>(&id, &changed)
            .frees();
        besides(&mut commit);
        Ok((commit, true))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::connections::changes::delete;
    use crate::store::rows::people::Source;
    use crate::world::World;

    async fn wants(store: &Store, id: u32) -> bool {
        let wanted = want_removal(store, ConnectionId(id), ("grace", Time(1)), |_| {});
        wanted.await.unwrap()
    }

    #[tokio::test]
    async fn whoever_still_comes_by_another_connection_stays() {
        let store = Store::temporary();
        let mut commit = Commit::new();
        for id in [1, 2] {
            let connection = Connection::new("LMS", Source::Registered, Time(1));
            commit.put::<Connections>(&ConnectionId(id), &connection);
        }
        for (connection, name, user) in [(1, "a", 6), (1, "b", 7), (2, "joined", 7)] {
            let key = (ConnectionId(connection), name.to_owned());
            finding::known_as(&mut commit, UserId(user), &key);
        }
        store.commit(commit).await.unwrap();
        let stay = || [6, 7].map(|user| stays(&store, UserId(user)).unwrap());
        assert_eq!(stay(), [true, true]);
        assert!(!wants(&store, 1).await, "it is not deleted");

        let world = World::system();
        for (id, expected) in [(1, [false, true]), (2, [false, false])] {
            let id = ConnectionId(id);
            delete(&store, &world, id, |_| {}).await.unwrap();
            assert_eq!(stay(), expected);
        }
        assert!(wants(&store, 1).await);
        assert!(!wants(&store, 1).await, "once at a time");
        let id = ConnectionId(1);
        count(&store, id, (2, 30), None).await.unwrap();
        count(&store, id, (1, 4), Some(Time(9))).await.unwrap();
        let row = store.get::<Connections>(&id).unwrap().unwrap();
        let removal = row.removal.unwrap();
        assert_eq!((removal.items, removal.bytes), (3, 34));
        assert_eq!(
            (removal.by.as_str(), removal.done),
            ("grace", Some(Time(9)))
        );
        assert!(wants(&store, 1).await, "what came late is removed as well");
    }
}
