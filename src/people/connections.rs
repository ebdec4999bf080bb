//! Connections: whom Lanterna trusts to launch people into it.

pub mod changes;
pub mod deployments;
pub mod gone;
pub mod overview;
pub mod register;

use crate::lti::origin::origin_of;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Consumer, Deployment, Registration, Source};
use crate::store::rows::settings::Settings;
use crate::store::trees::{ConnectionBy, Connections, Deployments, Meta};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// How many connections one installation can have; a bound for lists, far beyond any school.
const MOST: usize = 10_000;
/// Origins learned of one registration.
const MOST_ORIGINS: usize = 32;
/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// The row of [`Meta`] that counts connections.
const COUNTER: &str = "connections";

/// Why no connection was found for a login.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No registration has this issuer and client id.
    #[error("no registration for this issuer and client id")]
    Unknown,
    /// Several registrations share this issuer, and the login names no client id.
    #[error("several registrations for this issuer")]
    Ambiguous,
    /// The registration is switched off.
    #[error("the registration is switched off")]
    Disabled,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A connection that the configuration file (or the practice course) declares.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Recognises the entry, whatever else of it changes.
    pub name: String,
    /// Where it is declared.
    pub source: Source,
    /// What it is.
    pub trust: Trust,
    /// Further origins that post its launches or frame its pages.
    pub origins: Vec<String>,
    /// What else is decided about it.
    pub settings: Settings,
}

/// What a connection is.
#[derive(Debug, Clone)]
pub enum Trust {
    /// LTI 1.3.
    Registration {
        /// What the platform told.
        registration: Registration,
        /// The deployments accepted; empty: learned, and approved in administration.
        deployments: Vec<String>,
        /// Whether a deployment seen for the first time is accepted without asking.
        accept_deployments: bool,
    },
    /// LTI 1.1. A GUID that it leaves open stays as it was bound.
    Consumer(Consumer),
}

impl Declared {
    /// Whether this entry declares that connection: the same name in the same part of the file.
    fn declares(&self, connection: &Connection) -> bool {
        let same_kind = match self.trust {
            Trust::Registration { .. } => connection.registration.is_some(),
            Trust::Consumer(_) => connection.consumer.is_some(),
        };
        let same = same_kind && self.source == connection.source && self.name == connection.name;
        same && connection.deleted.is_none()
    }

    /// The connection that it makes of the old one.
    fn connection(&self, world: &World, old: Option<&Connection>) -> Connection {
        let (registration, consumer, accept_deployments) = match &self.trust {
            Trust::Registration {
                registration,
                accept_deployments,
                ..
            } => (Some(registration.clone()), None, *accept_deployments),
            Trust::Consumer(consumer) => (None, Some(consumer.clone()), false),
        };
        let bound = old.and_then(|c| c.consumer.as_ref()?.guid.clone());
        let consumer = consumer.map(|consumer| Consumer {
            guid: consumer.guid.or(bound),
            ..consumer
        });
        let now = world.now();
        let created = old.map_or(now, |c| c.created);
        let moved = old.zip(registration.as_ref());
        let moved = moved.and_then(|(old, new)| register::moved(old, new, now));
        // What was learned of other hosts is not trusted of these.
        let stays = old.filter(|old| old.moved == moved);
        Connection {
            registration,
            family: old.and_then(|c| c.family.clone()),
            learned_origins: stays.map(|c| c.learned_origins.clone()).unwrap_or_default(),
            added_origins: self.origins.clone(),
            accept_deployments,
            consumer,
            settings: self.settings.clone(),
            moved,
            signs_as_before: old.is_some_and(|c| c.signs_as_before),
            continues: stays.map(|c| c.continues.clone()).unwrap_or_default(),
            ..Connection::new(&self.name, self.source, created)
        }
    }

    fn deployments(&self) -> &[String] {
        match &self.trust {
            Trust::Registration { deployments, .. } => deployments,
            Trust::Consumer(_) => &[],
        }
    }
}

/// Makes the store agree with what is declared: entries are found by name and keep their number;
/// those that are no longer declared are switched off, never deleted.
pub async fn declare(
    store: &Store,
    world: &World,
    declared: &[Declared],
) -> Result<(), StoreError> {
    let known = all(store)?;
    for entry in declared {
        let old = known
            .iter()
            .find(|(_, connection)| entry.declares(connection))
            .map(|(id, connection)| (*id, connection));
        declare_one(store, world, entry, old).await?;
    }
    for entry in declared.iter().filter(|entry| entry.source == Source::File) {
        give_way(store, &entry.connection(world, None)).await?;
    }
    let practising = declared
        .iter()
        .any(|entry| entry.source == Source::Practice);
    for (id, connection) in &known {
        let stands = declared.iter().any(|entry| entry.declares(connection))
            || (practising && connection.registered.is_some());
        if connection.source != Source::Registered && connection.enabled && !stands {
            tracing::warn!(connection = %id, "no longer declared: switched off");
            let switched_off = Connection {
                enabled: false,
                ..connection.clone()
            };
            let mut commit = Commit::new();
            commit.put::<Connections>(id, &switched_off);
            store.commit(commit).await?;
        }
    }
    Ok(())
}

/// Switches off what was made at run time and is the same client of the same platform as a connection
/// that the file declares: it would get the other's access tokens.
async fn give_way(store: &Store, declared: &Connection) -> Result<(), StoreError> {
    for (id, connection) in all(store)? {
        let at_run_time = connection.source == Source::Registered && connection.enabled;
        if !at_run_time || !register::are_one_client(declared, &connection) {
            continue;
        }
        tracing::warn!(connection = %id, "the file declares the same client: switched off");
        let mut commit = Commit::new();
        let switched_off = Connection {
            enabled: false,
            ..connection
        };
        commit.put::<Connections>(&id, &switched_off);
        store.commit(commit).await?;
    }
    Ok(())
}

async fn declare_one(
    store: &Store,
    world: &World,
    entry: &Declared,
    old: Option<(ConnectionId, &Connection)>,
) -> Result<(), StoreError> {
    let mut commit = Commit::new();
    let id = match old {
        Some((id, _)) => id,
        None => number(store, &mut commit)?,
    };
    let connection = entry.connection(world, old.map(|(_, c)| c));
    if old.is_none_or(|(_, old)| *old != connection) {
        if let Some(before) = old.and_then(|(_, c)| by(c, id)) {
            commit.delete::<ConnectionBy>(&before);
        }
        commit.put::<Connections>(&id, &connection);
        if let Some(key) = by(&connection, id) {
            commit.put::<ConnectionBy>(&key, &());
        }
    }
    for deployment in entry.deployments() {
        let key = (id, deployment.clone());
        let row = store.get::<Deployments>(&key)?;
        if row.as_ref().is_none_or(|row| !row.approved || row.blocked) {
            let row = row.unwrap_or_else(|| Deployment::waiting(world.now()));
            let declared = Deployment {
                approved: true,
                blocked: false,
                ..row
            };
            deployments::put(&mut commit, &key, &declared);
        }
    }
    if commit.is_empty() {
        Ok(())
    } else {
        store.commit(commit).await
    }
}

/// Commits what `prepare` makes of the store's present state, and again when others changed that
/// meanwhile.
async fn committed<T, E: From<StoreError>>(
    store: &Store,
    prepare: impl Fn() -> Result<(Commit, T), E>,
) -> Result<T, E> {
    for _ in 0..ATTEMPTS {
        let (commit, value) = prepare()?;
        match store.commit(commit).await {
            Ok(()) => return Ok(value),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// The next number; `commit` takes it.
fn number(store: &Store, commit: &mut Commit) -> Result<ConnectionId, StoreError> {
    let key = COUNTER.to_owned();
    let row = store.read::<Meta>(&key)?;
    let next = row
        .as_ref()
        .and_then(|row| row.value.as_slice().try_into().ok().map(u32::from_be_bytes))
        .unwrap_or(0)
        + 1;
    match &row {
        Some(row) => commit.expect_unchanged::<Meta>(&key, row),
        None => commit.expect_absent::<Meta>(&key),
    };
    commit.put::<Meta>(&key, &next.to_be_bytes().to_vec());
    Ok(ConnectionId(next))
}

/// What finds a connection.
fn by(connection: &Connection, id: ConnectionId) -> Option<(String, String, ConnectionId)> {
    if let Some(consumer) = &connection.consumer {
        return Some((String::new(), consumer.key.clone(), id));
    }
    let registration = connection.registration.as_ref()?;
    let (issuer, client) = (&registration.issuer, &registration.client_id);
    Some((issuer.clone(), client.clone(), id))
}

/// Every connection that was not deleted. For start-up and administration; no launch needs it.
pub fn all(store: &Store) -> Result<Vec<(ConnectionId, Connection)>, StoreError> {
    let mut all = with_deleted(store)?;
    all.retain(|(_, connection)| connection.deleted.is_none());
    Ok(all)
}

/// Every connection, with those that were deleted and whose people's media may still be there.
pub fn with_deleted(store: &Store) -> Result<Vec<(ConnectionId, Connection)>, StoreError> {
    store.page::<Connections>(&(), None, MOST)
}

/// The registration that a login of `issuer`, perhaps with a client id, is for.
pub fn find(
    store: &Store,
    issuer: &str,
    client_id: Option<&str>,
) -> Result<(ConnectionId, Connection), Error> {
    // Keys are cut at 65,535 bytes; no issuer or client id is that long.
    const LONGEST: usize = 2_000;
    if issuer.len() > LONGEST || client_id.is_some_and(|id| id.len() > LONGEST) {
        return Err(Error::Unknown);
    }
    let entries = match client_id {
        Some(client) => {
            store.page::<ConnectionBy>(&(issuer.to_owned(), client.to_owned()), None, MOST)?
        }
        None => store.page::<ConnectionBy>(&(issuer.to_owned(),), None, MOST)?,
    };
    let mut switched_off = false;
    let mut found = Vec::new();
    for ((_, _, id), ()) in entries {
        match store.get::<Connections>(&id)? {
            Some(connection) if connection.enabled => found.push((id, connection)),
            Some(_) => switched_off = true,
            None => {}
        }
    }
    if found.len() > 1 {
        found = narrowed(found);
    }
    match found.len() {
        0 if switched_off => Err(Error::Disabled),
        0 => Err(Error::Unknown),
        1 => Ok(found.swap_remove(0)),
        _ => Err(Error::Ambiguous),
    }
}

/// Which of several registrations a login means. What the file declares wins over what was made at
/// run time with the same names; and one whose issuer is on its own host wins over those that
/// registered in its name, so that these can't keep its people out.
fn narrowed(found: Vec<(ConnectionId, Connection)>) -> Vec<(ConnectionId, Connection)> {
    let of_file = |(_, one): &(ConnectionId, Connection)| one.source == Source::File;
    let at_home = |(_, one): &(ConnectionId, Connection)| {
        let registration = one.registration.as_ref();
        registration.is_some_and(|it| origin_of(&it.issuer) == origin_of(&it.auth_url))
    };
    for only in [&of_file as &dyn Fn(&_) -> bool, &at_home] {
        let fitting = found.iter().filter(|one| only(one)).count();
        if fitting == 1 {
            return found.into_iter().filter(|one| only(one)).collect();
        }
    }
    found
}

/// The connection with this number, switched off or not.
pub fn any(store: &Store, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
    store.get::<Connections>(&id)
}

/// Whether the school of one connection is that of another: it is the same one, or a registration
/// that proved to be what a consumer of LTI 1.1 was.
pub fn same_school(
    store: &Store,
    here: ConnectionId,
    other: ConnectionId,
) -> Result<bool, StoreError> {
    Ok(here == other || schools(store, here)?.contains(&other))
}

/// The connections whose people show their media to the school of this one, itself first.
pub fn schools(store: &Store, here: ConnectionId) -> Result<Vec<ConnectionId>, StoreError> {
    let row = store.get::<Connections>(&here)?;
    let continued = row.map(|row| row.continues).unwrap_or_default();
    Ok(std::iter::once(here).chain(continued).collect())
}

/// The registration with this number.
pub fn get(store: &Store, id: ConnectionId) -> Result<Connection, Error> {
    match store.get::<Connections>(&id)? {
        None => Err(Error::Unknown),
        Some(connection) if !connection.enabled => Err(Error::Disabled),
        Some(connection) => Ok(connection),
    }
}

/// Remembers what verified launches tell of a platform: its product, and the origin that posted a
/// cookie-bound one. Writes only what is new.
pub async fn learn(
    store: &Store,
    id: ConnectionId,
    family: Option<&str>,
    origin: Option<&str>,
) -> Result<(), StoreError> {
    committed(store, || {
        let mut commit = Commit::new();
        let Some(row) = store.read::<Connections>(&id)? else {
            return Ok((commit, ()));
        };
        let mut connection = row.value.clone();
        if let Some(family) = family {
            connection.family = Some(family.chars().take(100).collect());
        }
        if let Some(origin) = origin
            && !connection
                .learned_origins
                .iter()
                .any(|known| known == origin)
            && connection.learned_origins.len() < MOST_ORIGINS
        {
            connection.learned_origins.push(origin.to_owned());
        }
        if connection != row.value {
            commit
                .expect_unchanged::<Connections>(&id, &row)
                .put::<Connections>(&id, &connection);
        }
        Ok((commit, ()))
    })
    .await
}
