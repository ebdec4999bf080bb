//! LTI 1.1 consumers: found by their key, and bound to one installation of a platform.

use super::connections::Error;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Consumer, FormerSecret, Source};
use crate::store::trees::{ConnectionBy, Connections};
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::world::Time;

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
    First(Box<Bind>),
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
        (None, Some(guid)) => Installation::First(Box::new(Bind {
            id,
            guid: guid.to_owned(),
            row,
        })),
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

/// Remembers whether a consumer signs with its former secret. When somebody else changes the row
/// meanwhile, the next launch says it again.
pub async fn signs(store: &Store, id: ConnectionId, as_before: bool) -> Result<(), StoreError> {
    let Some(row) = store.read::<Connections>(&id)? else {
        return Ok(());
    };
    let changed = Connection {
        signs_as_before: as_before,
        ..row.value.clone()
    };
    let mut commit = Commit::new();
    commit
        .expect_unchanged::<Connections>(&id, &row)
        .put::<Connections>(&id, &changed);
    match store.commit(commit).await {
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}

/// Deletes former secrets that are good no longer.
pub async fn forget_former(store: &Store, now: Time) -> Result<(), StoreError> {
    for (id, connection) in super::connections::all(store)? {
        let over = |former: &FormerSecret| former.until <= now;
        if !connection.former.as_ref().is_some_and(over) {
            continue;
        }
        let Some(row) = store.read::<Connections>(&id)? else {
            continue;
        };
        let without = Connection {
            former: None,
            ..row.value.clone()
        };
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Connections>(&id, &row)
            .put::<Connections>(&id, &without);
        match store.commit(commit).await {
            // The next round comes.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::connections::{Declared, Trust, all as connections, declare};
    use crate::store::rows::settings::Settings;
    use crate::world::World;

    fn declared(source: Source, name: &str, key: &str, guid: Option<&str>) -> Declared {
        Declared {
            name: name.into(),
            source,
            trust: Trust::Consumer(Consumer {
                key: key.into(),
                secret: (source != Source::File).then(|| "secret".into()),
                window: 300,
                body_only: false,
                guid: guid.map(Into::into),
            }),
            origins: Vec::new(),
            settings: Settings::default(),
        }
    }

    async fn bind(store: &Store, id: ConnectionId, guid: &str) -> Result<(), StoreError> {
        let Installation::First(bind) = installation(store, id, Some(guid)).unwrap() else {
            panic!("bound already");
        };
        let mut commit = Commit::new();
        bind.add(&mut commit);
        store.commit(commit).await
    }

    fn same(store: &Store, id: ConnectionId, guid: Option<&str>) -> bool {
        matches!(installation(store, id, guid), Ok(Installation::Same))
    }

    fn number(store: &Store, key: &str) -> ConnectionId {
        find(store, key).unwrap().0
    }

    #[tokio::test]
    async fn a_consumer_keeps_its_number_and_installation_when_its_key_changes() {
        let (store, world) = (Store::temporary(), World::system());
        let entries = [declared(Source::File, "LMS", "old", None)];
        declare(&store, &world, &entries).await.unwrap();
        let id = number(&store, "old");
        assert!(same(&store, id, None));
        bind(&store, id, "guid").await.unwrap();

        let entries = [declared(Source::File, "LMS", "new", None)];
        declare(&store, &world, &entries).await.unwrap();
        assert_eq!(number(&store, "new"), id);
        assert!(matches!(find(&store, "old"), Err(Error::Unknown)));
        assert!(same(&store, id, Some("guid")));
        for other in [None, Some("other"), Some("GUID"), Some("")] {
            assert!(!same(&store, id, other), "{other:?}");
        }

        assert!(release(&store, id, |_| {}).await.unwrap());
        assert!(!release(&store, id, |_| {}).await.unwrap());
        bind(&store, id, "moved").await.unwrap();
        let entries = [declared(Source::File, "LMS", "new", Some("named"))];
        declare(&store, &world, &entries).await.unwrap();
        assert!(same(&store, id, Some("named")));

        declare(&store, &world, &[]).await.unwrap();
        assert!(matches!(find(&store, "new"), Err(Error::Disabled)));
    }

    #[tokio::test]
    async fn of_two_that_bind_at_once_one_does() {
        let (store, world) = (Store::temporary(), World::system());
        let entries = [declared(Source::File, "LMS", "key", None)];
        declare(&store, &world, &entries).await.unwrap();
        let id = number(&store, "key");
        let (one, other) = tokio::join!(bind(&store, id, "one"), bind(&store, id, "other"));
        assert_ne!(one.is_ok(), other.is_ok());
        assert_eq!(same(&store, id, Some("one")), one.is_ok());
    }

    #[tokio::test]
    async fn keys_are_exact_and_the_files_own_win() {
        let (store, world) = (Store::temporary(), World::system());
        let entries = [
            declared(Source::Practice, "Same", "key", None),
            declared(Source::File, "Same", "key", None),
        ];
        declare(&store, &world, &entries).await.unwrap();
        assert_eq!(connections(&store).unwrap().len(), 2);
        assert_eq!(find(&store, "key").unwrap().1.source, Source::File);
        for key in ["", "ke", "key ", "KEY", &"k".repeat(100_000)] {
            assert!(matches!(find(&store, key), Err(Error::Unknown)));
        }
        declare(&store, &world, &entries[..1]).await.unwrap();
        assert_eq!(find(&store, "key").unwrap().1.source, Source::Practice);
    }
}
