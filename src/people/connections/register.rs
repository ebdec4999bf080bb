//! Connections that come into being, or change, while it runs: by dynamic registration or by an
//! administrator's form.

use super::{ATTEMPTS, by, number};
use crate::lti::origin::origin_of;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Deployment, Proposed, Registration, Source};
use crate::store::trees::{ConnectionBy, Connections, Deployments};
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::world::World;

/// Connections that are looked through for one that has the same name for the platform.
const MOST_ALIKE: usize = 100;

/// Why a connection is not made or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is one with this issuer and client id, or key.
    #[error("there is a connection with this issuer and client id, or key")]
    Exists(ConnectionId),
    /// There is no such connection, or it is not one that may be changed this way.
    #[error("there is no such registration")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A connection that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// The connection.
    pub connection: Connection,
    /// Its deployments that are known, and so approved.
    pub deployments: Vec<String>,
}

/// Makes a connection, unless there is one that launches would take for it. `besides` adds what must
/// become true with it, given its number; it is called again when others commit meanwhile.
pub async fn register(
    store: &Store,
    world: &World,
    new: &New,
    besides: impl Fn(&mut Commit, ConnectionId),
) -> Result<ConnectionId, Error> {
    for _ in 0..ATTEMPTS {
        let mut commit = Commit::new();
        // The counter is read first: whoever makes another meanwhile changes it, and this fails.
        let id = number(store, &mut commit)?;
        if let Some(other) = alike(store, &new.connection, None)? {
            return Err(Error::Exists(other));
        }
        put(&mut commit, id, &new.connection);
        for deployment in &new.deployments {
            approve(&mut commit, world, id, deployment);
        }
        besides(&mut commit, id);
        match store.commit(commit).await {
            Err(StoreError::Conflict) => {}
            other => return Ok(other.map(|()| id)?),
        }
    }
    Err(StoreError::Conflict.into())
}

pub(super) fn put(commit: &mut Commit, id: ConnectionId, connection: &Connection) {
    commit.put::<Connections>(&id, connection);
    if let Some(key) = by(connection, id) {
        commit.put::<ConnectionBy>(&key, &());
    }
}

fn approve(commit: &mut Commit, world: &World, id: ConnectionId, deployment: &str) {
    let row = Deployment {
        approved: true,
        ..Deployment::waiting(world.now())
    };
    commit.put::<Deployments>(&(id, deployment.to_owned()), &row);
}

/// Another connection, not deleted, that is found by the same names.
pub(super) fn alike(
    store: &Store,
    connection: &Connection,
    besides: Option<ConnectionId>,
) -> Result<Option<ConnectionId>, StoreError> {
    let Some((one, other, _)) = by(connection, ConnectionId(0)) else {
        return Ok(None);
    };
    for ((_, _, id), ()) in store.page::<ConnectionBy>(&(one, other), None, MOST_ALIKE)? {
        let there = store.get::<Connections>(&id)?;
        if Some(id) != besides && there.is_some_and(|there| there.deleted.is_none()) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// How a changed registration ended up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It holds.
    Now,
    /// It is on other hosts than before, and waits for an administrator.
    Waits,
}

/// The registration that an invitation may change: registered at run time, and not deleted.
pub fn changeable(store: &Store, id: ConnectionId) -> Result<Row<Connection>, Error> {
    let row = store.read::<Connections>(&id)?.ok_or(Error::Unknown)?;
    let connection = &row.value;
    // One that an administrator made by a form may go on by dynamic registration.
    let registered = connection.source == Source::Registered && connection.registration.is_some();
    if connection.deleted.is_none() && registered {
        Ok(row)
    } else {
        Err(Error::Unknown)
    }
}

/// Whether both are on the same hosts: the issuer and every address.
pub fn same_hosts(one: &Registration, other: &Registration) -> bool {
    let origins = |registration: &Registration| {
        [
            &registration.issuer,
            &registration.auth_url,
            &registration.token_url,
            &registration.jwks_url,
        ]
        .map(|address| origin_of(address))
    };
    let (one, other) = (origins(one), origins(other));
    one.iter().all(Option::is_some) && one == other
}

/// Changes a registration to what its platform sent. On other hosts than before it waits for an
/// administrator. `besides` adds what must become true with it.
pub async fn change(
    store: &Store,
    world: &World,
    id: ConnectionId,
    proposed: &Proposed,
    besides: impl Fn(&mut Commit, Changed),
) -> Result<Changed, Error> {
    for _ in 0..ATTEMPTS {
        let mut commit = Commit::new();
        // Taken so that nothing alike comes into being meanwhile.
        number(store, &mut commit)?;
        let row = changeable(store, id)?;
        let before = row.value.registration.as_ref();
        let stays = before.is_some_and(|before| same_hosts(before, &proposed.registration));
        let changed = if stays { Changed::Now } else { Changed::Waits };
        match changed {
            Changed::Now => replace(store, world, &mut commit, (id, &row), proposed)?,
            Changed::Waits => {
                let waiting = Connection {
                    proposed: Some(proposed.clone()),
                    ..row.value.clone()
                };
                if let Some(other) = alike(store, &with(&row.value, proposed), Some(id))? {
                    return Err(Error::Exists(other));
                }
                commit
                    .expect_unchanged::<Connections>(&id, &row)
                    .put::<Connections>(&id, &waiting);
            }
        }
        besides(&mut commit, changed);
        match store.commit(commit).await {
            Err(StoreError::Conflict) => {}
            other => return Ok(other.map(|()| changed)?),
        }
    }
    Err(StoreError::Conflict.into())
}

/// The connection with what was proposed.
fn with(connection: &Connection, proposed: &Proposed) -> Connection {
    let mut changed = connection.clone();
    changed.registration = Some(proposed.registration.clone());
    if proposed.token_audience.is_some() {
        changed
            .settings
            .token_audience
            .clone_from(&proposed.token_audience);
    }
    changed.registered = Some(proposed.at);
    changed.proposed = None;
    changed
}

fn replace(
    store: &Store,
    world: &World,
    commit: &mut Commit,
    (id, row): (ConnectionId, &Row<Connection>),
    proposed: &Proposed,
) -> Result<(), Error> {
    let changed = with(&row.value, proposed);
    if let Some(other) = alike(store, &changed, Some(id))? {
        return Err(Error::Exists(other));
    }
    commit.expect_unchanged::<Connections>(&id, row);
    if let Some(before) = by(&row.value, id) {
        commit.delete::<ConnectionBy>(&before);
    }
    put(commit, id, &changed);
    if let Some(deployment) = &proposed.deployment {
        approve(commit, world, id, deployment);
    }
    Ok(())
}

/// What an administrator says of a registration that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It holds from now on.
    Accept,
    /// It is thrown away.
    Discard,
}

/// Decides about the registration that waits, when it is still the one that was `seen`. `besides`
/// adds what must become true with it.
pub async fn decide(
    store: &Store,
    world: &World,
    id: ConnectionId,
    (seen, decision): (crate::world::Time, Decision),
    besides: impl Fn(&mut Commit),
) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let mut commit = Commit::new();
        number(store, &mut commit)?;
        let row = changeable(store, id)?;
        let proposed = row.value.proposed.as_ref().filter(|p| p.at == seen);
        let proposed = proposed.ok_or(Error::Unknown)?;
        match decision {
            Decision::Accept => replace(store, world, &mut commit, (id, &row), proposed)?,
            Decision::Discard => {
                let without = Connection {
                    proposed: None,
                    ..row.value.clone()
                };
                commit
                    .expect_unchanged::<Connections>(&id, &row)
                    .put::<Connections>(&id, &without);
            }
        }
        besides(&mut commit);
        match store.commit(commit).await {
            Err(StoreError::Conflict) => {}
            other => return Ok(other?),
        }
    }
    Err(StoreError::Conflict.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::connections::{Standing, all, deployment, find};
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

    fn new(host: &str, client_id: &str) -> New {
        New {
            connection: Connection {
                registration: Some(registration(host, client_id)),
                registered: Some(Time(1)),
                ..Connection::new("LMS", Source::Registered, Time(1))
            },
            deployments: vec!["1".into()],
        }
    }

    fn proposed(host: &str, client_id: &str) -> Proposed {
        Proposed {
            registration: registration(host, client_id),
            token_audience: Some("https://audience.example".into()),
            deployment: Some("2".into()),
            at: Time(2),
        }
    }

    async fn make(store: &Store, host: &str, client_id: &str) -> Result<ConnectionId, Error> {
        register(store, &World::system(), &new(host, client_id), |_, _| {}).await
    }

    async fn standing(store: &Store, id: ConnectionId, name: &str) -> Standing {
        let connection = store.get::<Connections>(&id).unwrap().unwrap();
        let world = World::system();
        deployment(store, &world, (id, &connection), name, None)
            .await
            .unwrap()
    }

    fn found(store: &Store, host: &str, client_id: &str) -> Option<ConnectionId> {
        let found = find(store, &format!("https://{host}"), Some(client_id));
        found.ok().map(|(id, _)| id)
    }

    #[tokio::test]
    async fn a_second_of_the_same_names_is_refused_even_at_the_same_time() {
        let store = Store::temporary();
        let id = make(&store, "a.example", "x").await.unwrap();
        assert_eq!(found(&store, "a.example", "x"), Some(id));
        assert_eq!(standing(&store, id, "1").await, Standing::Approved);
        assert_eq!(standing(&store, id, "2").await, Standing::Waiting);
        assert_eq!(make(&store, "a.example", "x").await, Err(Error::Exists(id)));
        // Shared issuers have many client ids, and client ids are not unique across issuers.
        make(&store, "a.example", "y").await.unwrap();
        make(&store, "b.example", "x").await.unwrap();

        let both = tokio::join!(
            make(&store, "c.example", "x"),
            make(&store, "c.example", "x")
        );
        assert_ne!(both.0.is_ok(), both.1.is_ok(), "{both:?}");
        assert_eq!(all(&store).unwrap().len(), 4);
    }

    #[tokio::test]
    async fn one_that_was_deleted_is_not_in_the_way() {
        let store = Store::temporary();
        let id = make(&store, "a.example", "x").await.unwrap();
        let mut row = store.get::<Connections>(&id).unwrap().unwrap();
        row.deleted = Some(Time(5));
        row.enabled = false;
        let mut commit = Commit::new();
        commit.put::<Connections>(&id, &row);
        store.commit(commit).await.unwrap();
        let again = make(&store, "a.example", "x").await.unwrap();
        assert_eq!(found(&store, "a.example", "x"), Some(again));
    }

    #[tokio::test]
    async fn a_change_on_the_same_hosts_holds_at_once() {
        let (store, world) = (Store::temporary(), World::system());
        let id = make(&store, "a.example", "x").await.unwrap();
        let to = proposed("a.example", "y");
        let changed = change(&store, &world, id, &to, |_, _| {}).await;
        assert_eq!(changed, Ok(Changed::Now));
        assert_eq!(found(&store, "a.example", "x"), None);
        assert_eq!(found(&store, "a.example", "y"), Some(id));
        assert_eq!(standing(&store, id, "2").await, Standing::Approved);
        let connection = store.get::<Connections>(&id).unwrap().unwrap();
        assert_eq!(connection.settings.token_audience, to.token_audience);
    }

    #[tokio::test]
    async fn a_change_to_other_hosts_waits_until_an_administrator_decides() {
        let (store, world) = (Store::temporary(), World::system());
        let id = make(&store, "a.example", "x").await.unwrap();
        for host in ["b.example", "a.example:8443"] {
            let to = proposed(host, "y");
            let changed = change(&store, &world, id, &to, |_, _| {}).await;
            assert_eq!(changed, Ok(Changed::Waits), "{host}");
            assert_eq!(found(&store, "a.example", "x"), Some(id));
            assert_eq!(found(&store, host, "y"), None);
        }
        let stale = decide(&store, &world, id, (Time(9), Decision::Accept), |_| {}).await;
        assert_eq!(stale, Err(Error::Unknown), "another one than was seen");
        let seen = (Time(2), Decision::Discard);
        decide(&store, &world, id, seen, |_| {}).await.unwrap();
        let seen = (Time(2), Decision::Accept);
        let late = decide(&store, &world, id, seen, |_| {}).await;
        assert_eq!(late, Err(Error::Unknown));

        let to = proposed("b.example", "y");
        change(&store, &world, id, &to, |_, _| {}).await.unwrap();
        decide(&store, &world, id, seen, |_| {}).await.unwrap();
        assert_eq!(found(&store, "a.example", "x"), None);
        assert_eq!(found(&store, "b.example", "y"), Some(id));
    }

    #[tokio::test]
    async fn a_change_takes_no_other_connections_names_and_not_the_files_own() {
        let (store, world) = (Store::temporary(), World::system());
        let id = make(&store, "a.example", "x").await.unwrap();
        let other = make(&store, "a.example", "y").await.unwrap();
        let to = proposed("a.example", "y");
        let changed = change(&store, &world, id, &to, |_, _| {}).await;
        assert_eq!(changed, Err(Error::Exists(other)));

        let mut of_file = new("f.example", "x");
        of_file.connection.source = Source::File;
        of_file.connection.registered = None;
        let file = register(&store, &world, &of_file, |_, _| {}).await.unwrap();
        for id in [file, ConnectionId(99)] {
            let changed = change(&store, &world, id, &to, |_, _| {}).await;
            assert_eq!(changed, Err(Error::Unknown));
        }
    }

    #[test]
    fn hosts_are_compared_with_scheme_and_port() {
        let one = registration("a.example", "x");
        assert!(same_hosts(&one, &registration("A.example:443", "y")));
        assert!(!same_hosts(&one, &registration("a.example:444", "x")));
        let token = |url: &str| Registration {
            token_url: url.into(),
            ..one.clone()
        };
        assert!(same_hosts(&one, &token("https://a.example/other")));
        for url in ["https://b.example/token", "http://a.example/token", ""] {
            assert!(!same_hosts(&one, &token(url)), "{url}");
        }
        assert!(!same_hosts(&token(""), &token("")));
    }
}
