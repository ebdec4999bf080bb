//! Background tasks: what expires, checkpoints, snapshots.

use std::pin::pin;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::store::{Error, Store};
use crate::world::World;

/// How many ended entries are deleted in one go.
const BATCH: usize = 256;

/// Does the rounds every `interval` until `shutdown` completes. A round under way is finished.
pub async fn run(
    store: Store,
    world: World,
    interval: Duration,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = pin!(shutdown);
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = round(&store, &world).await {
            tracing::warn!(%error, "a background round was cut short");
        }
    }
}

/// Deletes what has ended, then makes a checkpoint and takes a snapshot if they are due.
pub async fn round(store: &Store, world: &World) -> Result<(), Error> {
    let now = world.now();
    let expired = expire(store, world).await;
    if store.checkpoint_due(now) {
        store.checkpoint().await?;
    }
    if store.snapshot_due(now) {
        store.snapshot().await?;
    }
    expired
}

async fn expire(store: &Store, world: &World) -> Result<(), Error> {
    while store.expire(world.now(), BATCH).await? == BATCH {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::Commit;
    use crate::store::ids::Hash;
    use crate::store::trees::{Expiry, Used};
    use crate::world::{ManualClock, Time};

    #[tokio::test]
    async fn a_round_deletes_what_has_ended_and_nothing_else() {
        let clock = ManualClock::new(Time(1_000));
        let world = World::with_clock(Arc::new(clock.clone()));
        let store = Store::temporary();
        let mut commit = Commit::new();
        for n in 0..600_u64 {
            let hash = Hash::of(&n.to_be_bytes());
            commit.put_until::<Used>(&hash, &(), Time(2_000 + n % 2));
        }
        store.commit(commit).await.unwrap();

        round(&store, &world).await.unwrap();
        assert_eq!(store.page::<Used>(&(), None, 1000).unwrap().len(), 600);
        clock.advance(Duration::from_secs(1));
        round(&store, &world).await.unwrap();
        assert_eq!(store.page::<Used>(&(), None, 1000).unwrap().len(), 300);
        clock.advance(Duration::from_millis(1));
        round(&store, &world).await.unwrap();
        assert!(store.page::<Used>(&(), None, 1).unwrap().is_empty());
        assert!(store.page::<Expiry>(&(), None, 1).unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_round_takes_the_first_snapshot() {
        let store = Store::temporary();
        assert_eq!(store.stats().snapshots, 0);
        round(&store, &World::system()).await.unwrap();
        assert_eq!(store.stats().snapshots, 1);
        assert!(!store.snapshot_due(Time(u64::MAX)), "nothing has changed");
    }

    #[tokio::test]
    async fn shutdown_ends_the_loop() {
        let store = Store::temporary();
        let hour = Duration::from_hours(1);
        run(store, World::system(), hour, async {}).await;
    }
}
