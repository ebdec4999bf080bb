//! Connections that come into being, or change, while it runs: by dynamic registration or by an
//! administrator's form.

use super::{all, by, committed, deployments, number};
use crate::lti::origin::{origin_of, web_url};
use crate::lti::presets;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Deployment, Proposed, Registration, Source};
use crate::store::trees::{ConnectionBy, Connections};
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::world::{Time, World};

/// Connections that are looked through for one that has the same name for the platform.
const MOST_ALIKE: usize = 100;

/// Why a connection is not made or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is one with this issuer and client id, or key; or one that is the same client of the
    /// same token endpoint.
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
    committed(store, || {
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
        Ok((commit, id))
    })
    .await
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
    deployments::put(commit, &(id, deployment.to_owned()), &row);
}

/// Another connection, not deleted, that launches or its platform would take for this one.
pub(super) fn alike(
    store: &Store,
    connection: &Connection,
    besides: Option<ConnectionId>,
) -> Result<Option<ConnectionId>, StoreError> {
    match named_alike(store, connection, besides)? {
        None => same_client(store, connection, besides),
        other => Ok(other),
    }
}

/// Another registration that is the same client of the same platform, whatever its issuer. All
/// platforms know Lanterna by the same keys: that platform would take what is signed for this one
/// for the other, and its access tokens would go to whatever addresses this one's launches name.
fn same_client(
    store: &Store,
    connection: &Connection,
    besides: Option<ConnectionId>,
) -> Result<Option<ConnectionId>, StoreError> {
    let mut others = all(store)?.into_iter();
    let found =
        others.find(|(id, other)| Some(*id) != besides && are_one_client(connection, other));
    Ok(found.map(|(id, _)| id))
}

/// Whether two registrations are one client of one platform.
pub(super) fn are_one_client(one: &Connection, other: &Connection) -> bool {
    let client = |connection: &Connection| {
        let registration = connection.registration.as_ref();
        registration.map(|registration| registration.client_id.clone())
    };
    let hosts = signed_for(one);
    client(one).is_some()
        && client(one) == client(other)
        && signed_for(other).iter().any(|host| hosts.contains(host))
}

/// The hosts whose servers take what is signed for a registration.
fn signed_for(connection: &Connection) -> Vec<(String, Option<u16>)> {
    let registration = connection.registration.as_ref();
    let addresses = registration.map(|it| [it.issuer.as_str(), it.token_url.as_str()]);
    let addresses = addresses.into_iter().flatten();
    let addresses = addresses.chain(connection.settings.token_audience.as_deref());
    let host = |address: &str| {
        let url = web_url(address)?;
        let name = url.host_str()?.trim_end_matches('.').to_owned();
        Some((name, url.port_or_known_default()))
    };
    addresses.filter_map(host).collect()
}

/// Another connection, not deleted, that is found by the same names.
fn named_alike(
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
    /// It may be another platform than before, and waits for an administrator.
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

/// Whether it is the same platform as before, as far as its addresses tell. The addresses of an issuer
/// that many schools share tell nothing: there the client id alone is the school's.
pub fn same_platform(one: &Registration, other: &Registration) -> bool {
    let shared = presets::of_issuer(&other.issuer).is_some();
    let told_apart = !shared || one.client_id == other.client_id;
    told_apart && one.issuer == other.issuer && same_hosts(one, other)
}

/// Changes a registration to what its platform sent. Unless it is certainly the same platform, it waits
/// for an administrator. `besides` adds what must become true with it.
pub async fn change(
    store: &Store,
    world: &World,
    id: ConnectionId,
    proposed: &Proposed,
    besides: impl Fn(&mut Commit, Changed),
) -> Result<Changed, Error> {
    committed(store, || {
        let mut commit = Commit::new();
        // Taken so that nothing alike comes into being meanwhile.
        number(store, &mut commit)?;
        let row = changeable(store, id)?;
        let before = row.value.registration.as_ref();
        let stays = before.is_some_and(|before| same_platform(before, &proposed.registration));
        let changed = if stays { Changed::Now } else { Changed::Waits };
        match changed {
            Changed::Now => replace(store, world, &mut commit, (id, &row), proposed)?,
            Changed::Waits => {
                let waiting = Connection {
                    proposed: Some(proposed.clone()),
                    ..row.value.clone()
                };
                let with = with(&row.value, proposed, world.now());
                if let Some(other) = alike(store, &with, Some(id))? {
                    return Err(Error::Exists(other));
                }
                commit
                    .expect_unchanged::<Connections>(&id, &row)
                    .put::<Connections>(&id, &waiting);
            }
        }
        besides(&mut commit, changed);
        Ok((commit, changed))
    })
    .await
}

/// When a connection last moved, as its registration becomes another `now`.
pub(super) fn moved(old: &Connection, new: &Registration, now: Time) -> Option<Time> {
    let before = old.registration.as_ref();
    let stays = before.is_some_and(|before| before == new || same_platform(before, new));
    if stays { old.moved } else { Some(now) }
}

/// The connection with another registration from `now` on. What it learned, or was told, of other
/// hosts goes with them: their next owner would be trusted else.
pub(super) fn on(connection: &Connection, registration: &Registration, now: Time) -> Connection {
    let mut changed = connection.clone();
    changed.moved = moved(connection, registration, now);
    let before = changed.registration.replace(registration.clone());
    if !before.is_some_and(|before| same_hosts(&before, registration)) {
        changed.learned_origins.clear();
        changed.continues.clear();
        changed.settings.token_audience = None;
    }
    changed.proposed = None;
    changed
}

/// The connection with what was proposed, from `now` on.
pub fn with(connection: &Connection, proposed: &Proposed, now: Time) -> Connection {
    let mut changed = on(connection, &proposed.registration, now);
    if proposed.token_audience.is_some() {
        changed
            .settings
            .token_audience
            .clone_from(&proposed.token_audience);
    }
    changed.registered = Some(proposed.at);
    changed
}

fn replace(
    store: &Store,
    world: &World,
    commit: &mut Commit,
    (id, row): (ConnectionId, &Row<Connection>),
    proposed: &Proposed,
) -> Result<(), Error> {
    let changed = with(&row.value, proposed, world.now());
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
    (seen, decision): (Time, Decision),
    besides: impl Fn(&mut Commit),
) -> Result<(), Error> {
    committed(store, || {
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
        Ok((commit, ()))
    })
    .await
}

#[cfg(test)]
mod tests;
