//! What administrators change about connections that were made at run time. What the file declares
//! is changed there.

use super::register::Error as Registering;
use super::{by, committed, deployments, number, register};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Registration, Source};
use crate::store::trees::{ConnectionBy, Connections, Jwks};
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::world::World;

/// Why a connection is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such connection.
    #[error("there is no such connection")]
    Unknown,
    /// The file declares it, or the practice course is it.
    #[error("the connection is not changed here")]
    ReadOnly,
    /// There is another with this issuer and client id.
    #[error("there is a connection with this issuer and client id")]
    Exists(ConnectionId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Registering> for Error {
    fn from(error: Registering) -> Self {
        match error {
            Registering::Exists(id) => Self::Exists(id),
            Registering::Unknown => Self::Unknown,
            Registering::Store(error) => Self::Store(error),
        }
    }
}

/// Whether an administrator may change a connection here.
pub fn editable(connection: &Connection) -> bool {
    connection.source == Source::Registered && connection.deleted.is_none()
}

/// Whether an administrator may delete a connection: one that was made here, or that the file
/// declares no longer.
pub fn deletable(connection: &Connection) -> bool {
    let left = connection.source == Source::File && !connection.enabled;
    connection.deleted.is_none() && (connection.source == Source::Registered || left)
}

fn found(store: &Store, id: ConnectionId) -> Result<Row<Connection>, Error> {
    let row = store.read::<Connections>(&id)?;
    row.filter(|row| row.value.deleted.is_none())
        .ok_or(Error::Unknown)
}

/// Changes a connection. How launches find it must stay as it is: see [`move_to`]. `besides` adds
/// what must become true with it.
pub async fn change(
    store: &Store,
    id: ConnectionId,
    change: impl Fn(&mut Connection),
    besides: impl Fn(&mut Commit),
) -> Result<(), Error> {
    committed(store, || {
        let row = found(store, id)?;
        if !editable(&row.value) {
            return Err(Error::ReadOnly);
        }
        let mut changed = row.value.clone();
        change(&mut changed);
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Connections>(&id, &row)
            .put::<Connections>(&id, &changed);
        besides(&mut commit);
        Ok((commit, ()))
    })
    .await
}

/// Gives a registration another issuer, client id or addresses: its platform moved. Its number
/// stays, and with it its people, courses and media.
pub async fn move_to(
    store: &Store,
    world: &World,
    id: ConnectionId,
    registration: &Registration,
    besides: impl Fn(&mut Commit),
) -> Result<(), Error> {
    committed(store, || {
        let mut commit = Commit::new();
        // Taken so that nothing alike comes into being meanwhile.
        number(store, &mut commit)?;
        let row = found(store, id)?;
        if !editable(&row.value) || row.value.registration.is_none() {
            return Err(Error::ReadOnly);
        }
        let moved = register::on(&row.value, registration, world.now());
        if let Some(other) = register::alike(store, &moved, Some(id))? {
            return Err(Error::Exists(other));
        }
        commit.expect_unchanged::<Connections>(&id, &row);
        if let Some(before) = by(&row.value, id) {
            commit.delete::<ConnectionBy>(&before);
        }
        register::put(&mut commit, id, &moved);
        besides(&mut commit);
        Ok((commit, ()))
    })
    .await
}

/// Forgets an origin that was learned, of a connection from anywhere.
pub async fn forget_origin(
    store: &Store,
    id: ConnectionId,
    origin: &str,
    besides: impl Fn(&mut Commit),
) -> Result<(), Error> {
    committed(store, || {
        let row = found(store, id)?;
        let mut changed = row.value.clone();
        changed.learned_origins.retain(|known| known != origin);
        if changed == row.value {
            return Err(Error::Unknown);
        }
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Connections>(&id, &row)
            .put::<Connections>(&id, &changed);
        besides(&mut commit);
        Ok((commit, ()))
    })
    .await
}

/// Deletes a connection: nobody launches by it any more, its sessions end and its secret is gone.
/// Its row stays without what trusts anybody, so that its number and its name still say whose the
/// media are that its people left; they come back to nobody.
pub async fn delete(
    store: &Store,
    world: &World,
    id: ConnectionId,
    besides: impl Fn(&mut Commit),
) -> Result<(), Error> {
    committed(store, || {
        let row = found(store, id)?;
        if !deletable(&row.value) {
            return Err(Error::ReadOnly);
        }
        let mut deleted = Connection {
            enabled: false,
            deleted: Some(world.now()),
            proposed: None,
            learned_origins: Vec::new(),
            added_origins: Vec::new(),
            former: None,
            ..row.value.clone()
        };
        if let Some(consumer) = &mut deleted.consumer {
            consumer.secret = None;
        }
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Connections>(&id, &row)
            .put::<Connections>(&id, &deleted)
            .delete::<Jwks>(&id);
        deployments::wait_no_more(store, &mut commit, id)?;
        if let Some(before) = by(&row.value, id) {
            commit.delete::<ConnectionBy>(&before);
        }
        besides(&mut commit);
        Ok((commit, ()))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::connections::register::New;
    use crate::people::connections::{Error as Finding, all, find, get, with_deleted};
    use crate::world::Time;

    fn registration(host: &str, client_id: &str) -> Registration {
        let at = |path: &str| format!("https://{host}{path}");
        Registration {
            issuer: at(""),
            client_id: client_id.into(),
            auth_url: at("/auth"),
            token_url: at("/token"),
            jwks_url: at("/jwks"),
        }
    }

    async fn make(store: &Store, source: Source, host: &str) -> ConnectionId {
        let new = New {
            connection: Connection {
                registration: Some(registration(host, "client")),
                ..Connection::new("LMS", source, Time(1))
            },
            deployments: Vec::new(),
        };
        let made = register::register(store, &World::system(), &new, |_, _| {}).await;
        made.unwrap()
    }

    #[tokio::test]
    async fn a_move_keeps_the_number_and_takes_nobody_elses_place() {
        let (store, world) = (Store::temporary(), World::system());
        let id = make(&store, Source::Registered, "old.example").await;
        let other = make(&store, Source::Registered, "other.example").await;
        let to = registration("new.example", "another");
        move_to(&store, &world, id, &to, |_| {}).await.unwrap();
        let found = find(&store, "https://new.example", Some("another")).unwrap();
        assert_eq!(found.0, id);
        let old = find(&store, "https://old.example", None);
        assert!(matches!(old, Err(Finding::Unknown)));
        let taken = registration("other.example", "client");
        let moved = move_to(&store, &world, id, &taken, |_| {}).await;
        assert_eq!(moved, Err(Error::Exists(other)));
        let of_file = make(&store, Source::File, "file.example").await;
        let moved = move_to(&store, &world, of_file, &to, |_| {}).await;
        assert_eq!(moved, Err(Error::ReadOnly));
    }

    #[tokio::test]
    async fn what_was_deleted_is_found_by_nothing_and_its_number_stays_taken() {
        let (store, world) = (Store::temporary(), World::system());
        let id = make(&store, Source::Registered, "lms.example").await;
        delete(&store, &world, id, |_| {}).await.unwrap();
        assert!(matches!(get(&store, id), Err(Finding::Disabled)));
        let found = find(&store, "https://lms.example", Some("client"));
        assert!(matches!(found, Err(Finding::Unknown)));
        assert_eq!(all(&store).unwrap().len(), 0);
        assert_eq!(with_deleted(&store).unwrap().len(), 1);
        assert_eq!(
            delete(&store, &world, id, |_| {}).await,
            Err(Error::Unknown)
        );
        let changed = change(&store, id, |c| c.enabled = true, |_| {}).await;
        assert_eq!(changed, Err(Error::Unknown));
        let again = make(&store, Source::Registered, "lms.example").await;
        assert_ne!(again, id);
    }

    #[tokio::test]
    async fn what_the_file_declares_is_changed_there() {
        let (store, world) = (Store::temporary(), World::system());
        let id = make(&store, Source::File, "lms.example").await;
        let changed = change(&store, id, |c| c.enabled = false, |_| {}).await;
        assert_eq!(changed, Err(Error::ReadOnly));
        assert_eq!(
            delete(&store, &world, id, |_| {}).await,
            Err(Error::ReadOnly)
        );
        let forgotten = forget_origin(&store, id, "https://x.example", |_| {}).await;
        assert_eq!(forgotten, Err(Error::Unknown));
    }
}
