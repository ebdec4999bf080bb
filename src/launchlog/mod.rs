//! The launch log: every login that failed and every launch, with each check. Successful launches
//! are kept for a time, refused ones in a ring of bounded length, since strangers can cause them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::store::ids::Reference;
use crate::store::rows::launchlog::Entry;
use crate::store::trees::{Log, LogBy, LogFailed, LogOf};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// How much of a detail is kept, in characters.
const LONGEST_DETAIL: usize = 300;

/// The launch log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LaunchLog {
    store: Store,
    world: World,
    keep: Duration,
    failures_kept: usize,
    failures: Arc<Mutex<VecDeque<Reference>>>,
}

impl LaunchLog {
    /// The log in `store`; entries are kept for `keep`, and refusals at most `failures_kept`.
    pub fn open(
        store: &Store,
        world: &World,
        keep: Duration,
        failures_kept: usize,
    ) -> Result<Self, StoreError> {
        let known = store.page::<LogFailed>(&(), None, usize::MAX)?;
        let failures = known.into_iter().map(|(reference, ())| reference).collect();
        Ok(Self {
            store: store.clone(),
            world: world.clone(),
            keep,
            failures_kept: failures_kept.max(1),
            failures: Arc::new(Mutex::new(failures)),
        })
    }

    /// Adds the entry to the commit that makes the launch true.
    pub fn add(&self, commit: &mut Commit, reference: Reference, entry: &Entry) {
        let end = self.world.now().after(self.keep);
        let entry = bounded(entry);
        commit.put_until::<Log>(&reference, &entry, end);
        if let Some(connection) = entry.connection {
            commit.put_until::<LogBy>(&(connection, reference), &(), end);
        }
        if let Some(user) = entry.user {
            commit.put_until::<LogOf>(&(user, reference), &(), end);
        }
    }

    /// Writes a refusal down; the oldest one makes room. A log that cannot be written is said in
    /// the server's log and changes nothing about the refusal.
    pub async fn refused(&self, reference: Reference, entry: &Entry) {
        let mut commit = Commit::new();
        self.add(&mut commit, reference, entry);
        let end = self.world.now().after(self.keep);
        commit.put_until::<LogFailed>(&reference, &(), end);
        for old in self.make_room(reference) {
            if let Ok(Some(old_entry)) = self.store.get::<Log>(&old)
                && let Some(connection) = old_entry.connection
            {
                commit.delete::<LogBy>(&(connection, old));
            }
            commit.delete::<Log>(&old).delete::<LogFailed>(&old);
        }
        if let Err(error) = self.store.commit(commit).await {
            tracing::warn!(%reference, %error, "a refused launch could not be logged");
        }
    }

    fn make_room(&self, new: Reference) -> Vec<Reference> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.push_back(new);
        let surplus = failures.len().saturating_sub(self.failures_kept);
        failures.drain(..surplus).collect()
    }

    /// The entry with this reference.
    pub fn get(&self, reference: Reference) -> Result<Option<Entry>, StoreError> {
        self.store.get::<Log>(&reference)
    }

    /// At most `limit` entries, newest first, older than `before`.
    pub fn recent(
        &self,
        before: Option<Reference>,
        limit: usize,
    ) -> Result<Vec<(Reference, Entry)>, StoreError> {
        self.store.page_back::<Log>(&(), before.as_ref(), limit)
    }
}

fn bounded(entry: &Entry) -> Entry {
    let cut = |text: &Option<String>| {
        text.as_ref()
            .map(|text| text.chars().take(LONGEST_DETAIL).collect::<String>())
    };
    let mut entry = entry.clone();
    entry.detail = cut(&entry.detail);
    for check in &mut entry.checks {
        check.detail = cut(&check.detail);
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ids::ConnectionId;
    use crate::world::Time;

    fn entry(detail: &str) -> Entry {
        Entry {
            at: Time(0),
            connection: Some(ConnectionId(1)),
            user: None,
            course: None,
            step: "launch".into(),
            message: None,
            refusal: Some("token-expired".into()),
            detail: Some(detail.into()),
            checks: Vec::new(),
            binding: None,
        }
    }

    #[tokio::test]
    async fn refusals_are_a_ring_and_launches_are_not() {
        let world = World::system();
        let store = Store::temporary();
        let log = LaunchLog::open(&store, &world, Duration::from_mins(1), 3).unwrap();
        let kept = Reference::new(&world);
        let mut commit = Commit::new();
        log.add(&mut commit, kept, &entry("a launch"));
        store.commit(commit).await.unwrap();
        let refused: Vec<_> = (0..5).map(|_| Reference::new(&world)).collect();
        for reference in &refused {
            log.refused(*reference, &entry(&"x".repeat(1000))).await;
        }
        assert!(log.get(kept).unwrap().is_some());
        let stands: Vec<bool> = refused
            .iter()
            .map(|r| log.get(*r).unwrap().is_some())
            .collect();
        assert_eq!(stands, [false, false, true, true, true]);
        let shown = log.get(refused[4]).unwrap().unwrap();
        assert_eq!(shown.detail.unwrap().len(), LONGEST_DETAIL);
        assert_eq!(
            store
                .page::<LogBy>(&(ConnectionId(1),), None, 99)
                .unwrap()
                .len(),
            4
        );
        let again = LaunchLog::open(&store, &world, Duration::from_mins(1), 3).unwrap();
        assert_eq!(
            again.failures.lock().unwrap().len(),
            3,
            "a restart knows its ring"
        );
    }
}
