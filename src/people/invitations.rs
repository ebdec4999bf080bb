//! Invitations: whoever has one may register a platform, once.
//!
//! The platform is asked between two commits: the first marks the invitation as being used, so that
//! no platform is asked twice, and the second makes the connection and uses the invitation up. When
//! the platform refuses, the mark is taken back; after a crash it ends by itself.

use std::time::Duration;

use super::sessions::Secret;
use crate::store::ids::{ConnectionId, Hash};
use crate::store::rows::invitations::Invitation;
use crate::store::trees::Invitations;
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::world::{Time, World};

/// How long an invitation can be used: whoever looks after the LMS may be somebody else.
pub const LIFETIME: Duration = Duration::from_hours(7 * 24);
/// How long a platform may take to answer, and our own store.
const BUSY: Duration = Duration::from_mins(1);
/// Invitations that may be open at a time.
pub const MOST: usize = 50;
/// Characters of the longest name.
const LONGEST_NAME: usize = 100;
/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;

/// Why an invitation cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such invitation: it was used or revoked, or has ended, or never was.
    #[error("the invitation is not valid")]
    Invalid,
    /// Somebody is registering by it at this moment.
    #[error("the invitation is being used at this moment")]
    Busy,
    /// As many are open as may be.
    #[error("there are too many open invitations: revoke one that is no longer needed")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an invitation is to be for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Who makes it.
    pub by: String,
    /// The connection that it changes; `None`: it makes one.
    pub updates: Option<ConnectionId>,
    /// The name of the connection that it makes.
    pub name: Option<String>,
    /// Whether the platform's issuer may be on another host than its configuration.
    pub any_issuer: bool,
    /// Whether it is for the practice course alone.
    pub practice: bool,
}

/// Makes an invitation and answers its secret. `besides` adds what must become true with it.
pub async fn issue(
    store: &Store,
    world: &World,
    offer: &Offer,
    besides: impl FnOnce(&mut Commit),
) -> Result<String, Error> {
    if open(store, world)?.len() >= MOST {
        return Err(Error::TooMany);
    }
    let secret = Secret::new(world);
    let now = world.now();
    let name = offer.name.as_deref().and_then(plain_name);
    let invitation = Invitation {
        created: now,
        by: offer.by.clone(),
        ends: now.after(LIFETIME),
        updates: offer.updates,
        name,
        any_issuer: offer.any_issuer,
        busy_until: None,
        practice: offer.practice,
    };
    let mut commit = Commit::new();
    commit.put_until::<Invitations>(&secret.hash, &invitation, invitation.ends);
    besides(&mut commit);
    store.commit(commit).await?;
    Ok(secret.text)
}

/// A name on one line and of bounded length; `None` when nothing is left of it.
pub fn plain_name(text: &str) -> Option<String> {
    let line = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = line.filter(|word| !word.is_empty()).collect();
    let name: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    (!name.is_empty()).then_some(name)
}

/// The invitations that can be used, newest first.
pub fn open(store: &Store, world: &World) -> Result<Vec<(Hash, Invitation)>, StoreError> {
    let now = world.now();
    // Those that have ended and wait for the expiry round may be in the way of others.
    let mut open = store.page::<Invitations>(&(), None, 2 * MOST)?;
    open.retain(|(_, invitation)| now < invitation.ends);
    open.sort_by_key(|(hash, invitation)| (std::cmp::Reverse(invitation.created), *hash));
    Ok(open)
}

/// Takes an invitation back; answers whether there was one. `besides` adds what must become true
/// with it.
pub async fn revoke(
    store: &Store,
    hash: Hash,
    besides: impl Fn(&mut Commit),
) -> Result<bool, StoreError> {
    for _ in 0..ATTEMPTS {
        let Some(row) = store.read::<Invitations>(&hash)? else {
            return Ok(false);
        };
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Invitations>(&hash, &row)
            .delete_ending::<Invitations>(&hash, row.value.ends);
        besides(&mut commit);
        match store.commit(commit).await {
            Err(StoreError::Conflict) => {}
            other => return other.map(|()| true),
        }
    }
    Err(StoreError::Conflict)
}

/// An invitation that can be used.
#[derive(Debug, Clone)]
pub struct Valid {
    /// Names it.
    pub hash: Hash,
    /// What it is for.
    pub invitation: Invitation,
}

/// The invitation with this secret.
pub fn find(store: &Store, world: &World, secret: &str) -> Result<Valid, Error> {
    let hash = Secret::hash_of(secret).ok_or(Error::Invalid)?;
    by_hash(store, world, hash)
}

/// The invitation of this hash.
pub fn by_hash(store: &Store, world: &World, hash: Hash) -> Result<Valid, Error> {
    let invitation = store.get::<Invitations>(&hash)?.ok_or(Error::Invalid)?;
    if world.now() >= invitation.ends {
        return Err(Error::Invalid);
    }
    Ok(Valid { hash, invitation })
}

/// An invitation that is being used: by one at a time.
#[derive(Debug)]
pub struct Taken {
    hash: Hash,
    row: Row<Invitation>,
}

/// Begins to use an invitation.
pub async fn take(store: &Store, world: &World, hash: Hash) -> Result<Taken, Error> {
    let row = store.read::<Invitations>(&hash)?.ok_or(Error::Invalid)?;
    let now = world.now();
    if now >= row.value.ends {
        return Err(Error::Invalid);
    }
    if row.value.busy_until.is_some_and(|end| now < end) {
        return Err(Error::Busy);
    }
    mark(store, hash, &row, Some(now.after(BUSY))).await?;
    match store.read::<Invitations>(&hash)? {
        Some(row) => Ok(Taken { hash, row }),
        None => Err(Error::Invalid),
    }
}

async fn mark(
    store: &Store,
    hash: Hash,
    row: &Row<Invitation>,
    busy_until: Option<Time>,
) -> Result<(), Error> {
    let marked = Invitation {
        busy_until,
        ..row.value.clone()
    };
    let mut commit = Commit::new();
    commit
        .expect_unchanged::<Invitations>(&hash, row)
        .put::<Invitations>(&hash, &marked);
    match store.commit(commit).await {
        // Whoever was first is at it, or it has just been revoked.
        Err(StoreError::Conflict) => Err(Error::Busy),
        other => Ok(other?),
    }
}

impl Taken {
    /// What it is for.
    pub const fn invitation(&self) -> &Invitation {
        &self.row.value
    }

    /// Uses it up in `commit`, which fails when it was revoked meanwhile.
    pub fn consume(&self, commit: &mut Commit) {
        commit
            .expect_unchanged::<Invitations>(&self.hash, &self.row)
            .delete_ending::<Invitations>(&self.hash, self.row.value.ends);
    }

    /// Whether it was not revoked meanwhile.
    pub fn stands(&self, store: &Store) -> Result<bool, StoreError> {
        let row = store.get::<Invitations>(&self.hash)?;
        Ok(row.as_ref() == Some(&self.row.value))
    }

    /// Lets it be used again: the platform refused.
    pub async fn give_back(self, store: &Store) -> Result<(), StoreError> {
        match mark(store, self.hash, &self.row, None).await {
            Err(Error::Store(error)) => Err(error),
            // It was revoked meanwhile.
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::world::ManualClock;

    fn bench() -> (Store, World, ManualClock) {
        let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
        let world = World::with_clock(Arc::new(clock.clone()));
        (Store::temporary(), world, clock)
    }

    async fn invite(store: &Store, world: &World) -> (String, Hash) {
        let offer = Offer {
            by: "ada".into(),
            ..Offer::default()
        };
        let secret = issue(store, world, &offer, |_| {}).await.unwrap();
        let hash = find(store, world, &secret).unwrap().hash;
        (secret, hash)
    }

    async fn consume(store: &Store, taken: &Taken) -> Result<(), StoreError> {
        let mut commit = Commit::new();
        taken.consume(&mut commit);
        store.commit(commit).await
    }

    fn is_invalid<T>(found: &Result<T, Error>) -> bool {
        matches!(found, Err(Error::Invalid))
    }

    #[tokio::test]
    async fn it_is_used_once_and_by_one_at_a_time() {
        let (store, world, _) = bench();
        let (secret, hash) = invite(&store, &world).await;
        let taken = take(&store, &world, hash).await.unwrap();
        assert!(matches!(take(&store, &world, hash).await, Err(Error::Busy)));
        assert!(find(&store, &world, &secret).is_ok(), "it can be looked at");
        consume(&store, &taken).await.unwrap();
        assert!(is_invalid(&find(&store, &world, &secret)));
        assert!(is_invalid(&take(&store, &world, hash).await));
        assert!(open(&store, &world).unwrap().is_empty());
    }

    #[tokio::test]
    async fn of_two_at_the_very_same_time_one_is_first() {
        let (store, world, _) = bench();
        let (_, hash) = invite(&store, &world).await;
        let (one, other) = tokio::join!(take(&store, &world, hash), take(&store, &world, hash));
        assert_ne!(one.is_ok(), other.is_ok());
    }

    #[tokio::test]
    async fn a_platform_that_refuses_leaves_it_and_a_crash_does_so_after_a_while() {
        let (store, world, clock) = bench();
        let (_, hash) = invite(&store, &world).await;
        let taken = take(&store, &world, hash).await.unwrap();
        taken.give_back(&store).await.unwrap();
        // Nobody gives this one back.
        let lost = take(&store, &world, hash).await.unwrap();
        clock.advance(BUSY);
        let taken = take(&store, &world, hash).await.unwrap();
        assert!(!lost.stands(&store).unwrap());
        assert_eq!(consume(&store, &lost).await, Err(StoreError::Conflict));
        consume(&store, &taken).await.unwrap();
    }

    #[tokio::test]
    async fn it_ends_and_can_be_revoked() {
        let (store, world, clock) = bench();
        let (secret, _) = invite(&store, &world).await;
        let (revoked, hash) = invite(&store, &world).await;
        let taken = take(&store, &world, hash).await.unwrap();
        assert!(revoke(&store, hash, |_| {}).await.unwrap());
        assert!(!revoke(&store, hash, |_| {}).await.unwrap());
        assert!(is_invalid(&find(&store, &world, &revoked)));
        assert!(!taken.stands(&store).unwrap());
        assert_eq!(consume(&store, &taken).await, Err(StoreError::Conflict));
        taken.give_back(&store).await.unwrap();

        clock.advance(LIFETIME);
        assert!(is_invalid(&find(&store, &world, &secret)));
        crate::jobs::round(&store, &world).await.unwrap();
        assert!(store.page::<Invitations>(&(), None, 9).unwrap().is_empty());
    }

    #[tokio::test]
    async fn only_its_secret_finds_it_and_they_are_few() {
        let (store, world, _) = bench();
        for _ in 0..MOST {
            invite(&store, &world).await;
        }
        let one_more = issue(&store, &world, &Offer::default(), |_| {}).await;
        assert!(matches!(one_more, Err(Error::TooMany)));
        for secret in ["", "x", &"A".repeat(43), &"A".repeat(10_000)] {
            assert!(is_invalid(&find(&store, &world, secret)));
        }
    }

    #[test]
    fn names_are_one_line() {
        assert_eq!(
            plain_name(" School\n Moodle\t"),
            Some("School Moodle".into())
        );
        assert_eq!(plain_name(" \u{7} "), None);
        assert_eq!(plain_name(&"ü".repeat(500)).unwrap().chars().count(), 100);
    }
}
