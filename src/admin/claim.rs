//! The claim link: how the first administrator comes in, without a default password.

use std::time::Duration;

use super::accounts::{self, Refused};
use crate::audit;
use crate::people::sessions::Secret;
use crate::store::rows::admin::Claim;
use crate::store::trees::{Admins, ClaimLink};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// How long a link can be used.
const LIFETIME: Duration = Duration::from_hours(24);

/// Why a claim was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The link was used, replaced or has ended, or an administrator exists by now.
    #[error("the claim link is not valid")]
    Invalid,
    /// The name or the password will not do.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether somebody administers this installation already.
pub fn claimed(store: &Store) -> Result<bool, StoreError> {
    Ok(!store.page::<Admins>(&(), None, 1)?.is_empty())
}

/// Makes a new claim link and answers its secret; earlier links are dead. Called by the first
/// start, and by whoever may run commands on the machine: where an administrator exists, such a
/// link sets a forgotten password anew.
pub async fn issue(store: &Store, world: &World) -> Result<String, StoreError> {
    let secret = Secret::new(world);
    let recovery = claimed(store)?;
    let claim = Claim {
        secret: secret.hash,
        ends: world.now().after(LIFETIME),
        recovery,
    };
    let mut commit = Commit::new();
    commit.put::<ClaimLink>(&(), &claim);
    audit::record(&mut commit, world, "machine", "claim-issued", None);
    store.commit(commit).await?;
    Ok(secret.text)
}

/// Whether the link with this secret can be used.
pub fn valid(store: &Store, world: &World, secret: &str) -> Result<bool, StoreError> {
    let claim = store.get::<ClaimLink>(&())?;
    claim.map_or(Ok(false), |claim| opens(store, world, &claim, secret))
}

fn opens(store: &Store, world: &World, claim: &Claim, secret: &str) -> Result<bool, StoreError> {
    let matches = Secret::hash_of(secret) == Some(claim.secret);
    Ok(matches && world.now() < claim.ends && (claim.recovery || !claimed(store)?))
}

/// Uses the link: makes the administrator, or gives an existing one a new password. Answers the
/// name as it is stored.
pub async fn take(
    store: &Store,
    world: &World,
    secret: &str,
    name: &str,
    password: &str,
) -> Result<String, Error> {
    // The very row that is checked is used up: a newer link that comes meanwhile stays.
    let row = store.read::<ClaimLink>(&())?.ok_or(Error::Invalid)?;
    if !opens(store, world, &row.value, secret)? {
        return Err(Error::Invalid);
    }
    let (name, admin) = accounts::make(world, name, password).await?;
    let mut commit = Commit::new();
    commit
        .expect_unchanged::<ClaimLink>(&(), &row)
        .delete::<ClaimLink>(&());
    commit.put::<Admins>(&name, &admin);
    audit::record(&mut commit, world, &name, "claimed", None);
    match store.commit(commit).await {
        Err(StoreError::Conflict) => Err(Error::Invalid),
        other => Ok(other.map(|()| name)?),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::world::{ManualClock, Time};

    const PASSWORD: &str = "a long enough password";

    fn world() -> (World, ManualClock) {
        let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
        (World::with_clock(Arc::new(clock.clone())), clock)
    }

    #[tokio::test]
    async fn a_link_works_once() {
        let (world, _) = world();
        let store = Store::temporary();
        let link = issue(&store, &world).await.unwrap();
        take(&store, &world, &link, "ada", PASSWORD).await.unwrap();
        assert!(claimed(&store).unwrap());
        let again = take(&store, &world, &link, "eve", PASSWORD).await;
        assert!(matches!(again, Err(Error::Invalid)));
    }

    #[tokio::test]
    async fn a_bad_password_does_not_use_the_link_up() {
        let (world, _) = world();
        let store = Store::temporary();
        let link = issue(&store, &world).await.unwrap();
        let short = take(&store, &world, &link, "ada", "short").await;
        assert!(matches!(short, Err(Error::Refused(_))));
        take(&store, &world, &link, "ada", PASSWORD).await.unwrap();
    }

    #[tokio::test]
    async fn a_newer_link_kills_the_older_and_time_kills_both() {
        let (world, clock) = world();
        let store = Store::temporary();
        let older = issue(&store, &world).await.unwrap();
        let newer = issue(&store, &world).await.unwrap();
        assert!(!valid(&store, &world, &older).unwrap());
        assert!(valid(&store, &world, &newer).unwrap());
        assert!(!valid(&store, &world, "something else").unwrap());
        clock.advance(LIFETIME);
        assert!(!valid(&store, &world, &newer).unwrap());
    }

    #[tokio::test]
    async fn an_unused_first_link_is_dead_once_somebody_administers() {
        let (world, _) = world();
        let store = Store::temporary();
        let link = issue(&store, &world).await.unwrap();
        let (name, admin) = accounts::make(&world, "ada", PASSWORD).await.unwrap();
        let mut commit = Commit::new();
        commit.put::<Admins>(&name, &admin);
        store.commit(commit).await.unwrap();
        assert!(!valid(&store, &world, &link).unwrap());
        let recovery = issue(&store, &world).await.unwrap();
        take(&store, &world, &recovery, "ada", "another long password")
            .await
            .unwrap();
    }
}
