//! What becomes of what the people of a deleted connection left.

use std::collections::HashSet;

use super::{all, committed};
use crate::store::ids::{ConnectionId, UserId};
use crate::store::rows::people::{Connection, Removal};
use crate::store::trees::{Connections, UserBy};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::Time;

/// People that are read together.
const BATCH: usize = 500;

/// Everybody to whom a connection leads that is not deleted. Whoever is joined to another connection
/// keeps what is theirs. Looks at everybody, for work in the background.
pub fn staying(store: &Store) -> Result<HashSet<UserId>, StoreError> {
    let mut staying = HashSet::new();
    for (id, _) in all(store)? {
        let mut after = None;
        loop {
            let people = store.page::<UserBy>(&(id,), after.as_ref(), BATCH)?;
            let last = people.len() < BATCH;
            after = people.last().map(|(key, _)| key.clone());
            staying.extend(people.into_iter().map(|(_, known)| known.user));
            if last {
                break;
            }
        }
    }
    Ok(staying)
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
    use crate::store::rows::people::{Source, UserRef};
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
        for n in 0..BATCH as u64 + 10 {
            let key = (ConnectionId(1), format!("{n}"));
            commit.put::<UserBy>(&key, &UserRef { user: UserId(n) });
        }
        let joined = (ConnectionId(2), "joined".to_owned());
        commit.put::<UserBy>(&joined, &UserRef { user: UserId(7) });
        store.commit(commit).await.unwrap();
        assert_eq!(staying(&store).unwrap().len(), BATCH + 10);
        assert!(!wants(&store, 1).await, "it is not deleted");

        let world = World::system();
        for id in [1, 2] {
            let id = ConnectionId(id);
            delete(&store, &world, id, |_| {}).await.unwrap();
            let expected = HashSet::from_iter((id.0 == 1).then_some(UserId(7)));
            assert_eq!(staying(&store).unwrap(), expected);
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
