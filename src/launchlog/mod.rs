//! The launch log: every login that failed and every launch, with each check. Successful launches
//! are kept for a time, refused ones in a ring of bounded length, since strangers can cause them.

mod filter;
mod logins;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use filter::{Filter, Found, Outcome};
pub use logins::{Counted, Logins};

use crate::store::ids::{ConnectionId, Reference, UserId};
use crate::store::rows::launchlog::Entry;
use crate::store::trees::{Log, LogBy, LogFailed, LogOf};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::Time;

/// How much of a detail is kept, in characters.
const LONGEST_DETAIL: usize = 300;
/// Entries among which the newest of a connection is found.
const NEWEST: usize = 10;

/// The launch log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LaunchLog {
    store: Store,
    keep: Duration,
    failures_kept: usize,
    failures: Arc<Mutex<VecDeque<Reference>>>,
    /// How many logins come back.
    pub logins: Logins,
}

impl LaunchLog {
    /// The log in `store`; entries are kept for `keep`, and refusals at most `failures_kept`.
    pub fn open(store: &Store, keep: Duration, failures_kept: usize) -> Result<Self, StoreError> {
        let known = store.page::<LogFailed>(&(), None, usize::MAX)?;
        let failures = known.into_iter().map(|(reference, ())| reference).collect();
        Ok(Self {
            store: store.clone(),
            keep,
            failures_kept: failures_kept.max(1),
            failures: Arc::new(Mutex::new(failures)),
            logins: Logins::default(),
        })
    }

    /// Adds the entry to the commit that makes the launch true.
    pub fn add(&self, commit: &mut Commit, reference: Reference, entry: &Entry) {
        let end = self.end(entry);
        let entry = bounded(entry);
        commit.put_until::<Log>(&reference, &entry, end);
        if let Some(connection) = entry.connection {
            commit.put_until::<LogBy>(&(connection, reference), &(), end);
        }
        if let Some(user) = entry.user {
            commit.put_until::<LogOf>(&(user, reference), &(), end);
        }
    }

    /// When an entry is deleted.
    fn end(&self, entry: &Entry) -> Time {
        entry.at.after(self.keep)
    }

    /// Writes a refusal down; the oldest one makes room. A log that cannot be written is said in
    /// the server's log and changes nothing about the refusal.
    pub async fn refused(&self, reference: Reference, entry: &Entry) {
        let mut commit = Commit::new();
        self.add(&mut commit, reference, entry);
        commit.put_until::<LogFailed>(&reference, &(), self.end(entry));
        for old in self.make_room(reference) {
            self.remove(&mut commit, old);
        }
        if let Err(error) = self.store.commit(commit).await {
            tracing::warn!(%reference, %error, "a refused launch could not be logged");
        }
    }

    /// Adds the removal of a refusal to `commit`, with everything that would have ended it later.
    fn remove(&self, commit: &mut Commit, reference: Reference) {
        let Ok(Some(entry)) = self.store.get::<Log>(&reference) else {
            commit.delete::<LogFailed>(&reference);
            return;
        };
        let end = self.end(&entry);
        commit.delete_ending::<Log>(&reference, end);
        commit.delete_ending::<LogFailed>(&reference, end);
        if let Some(connection) = entry.connection {
            commit.delete_ending::<LogBy>(&(connection, reference), end);
        }
    }

    /// Adds the removal of at most `limit` entries of a person to `commit`.
    pub fn forget(
        &self,
        commit: &mut Commit,
        user: UserId,
        limit: usize,
    ) -> Result<(), StoreError> {
        for ((_, reference), ()) in self.store.page::<LogOf>(&(user,), None, limit)? {
            match self.store.get::<Log>(&reference)? {
                Some(entry) => {
                    self.remove(commit, reference);
                    let end = self.end(&entry);
                    commit.delete_ending::<LogOf>(&(user, reference), end);
                }
                None => drop(commit.delete::<LogOf>(&(user, reference))),
            }
        }
        Ok(())
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

    /// The newest entry of a connection.
    pub fn newest_of(&self, id: ConnectionId) -> Result<Option<(Reference, Entry)>, StoreError> {
        for ((_, reference), ()) in self.store.page_back::<LogBy>(&(id,), None, NEWEST)? {
            // What was removed may leave its index entry for a moment.
            if let Some(entry) = self.get(reference)? {
                return Ok(Some((reference, entry)));
            }
        }
        Ok(None)
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
    use crate::store::trees::Expiry;
    use crate::world::World;

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
            parameters: None,
        }
    }

    #[tokio::test]
    async fn refusals_are_a_ring_and_launches_are_not() {
        let world = World::system();
        let store = Store::temporary();
        let log = LaunchLog::open(&store, Duration::from_mins(1), 3).unwrap();
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
        let again = LaunchLog::open(&store, Duration::from_mins(1), 3).unwrap();
        let ends = store.page::<Expiry>(&(), None, 99).unwrap().len();
        assert_eq!(ends, 2 + 3 * 3, "what was removed leaves no end behind");
        assert_eq!(
            again.failures.lock().unwrap().len(),
            3,
            "a restart knows its ring"
        );
    }

    #[tokio::test]
    async fn everything_is_kept_as_long_as_configured_and_no_longer() {
        let clock = crate::world::ManualClock::new(Time::from_seconds(1_800_000_000));
        let world = World::with_clock(Arc::new(clock.clone()));
        let store = Store::temporary();
        let keep = Duration::from_hours(24);
        let log = LaunchLog::open(&store, keep, 10).unwrap();
        let (opened, refused) = (Reference::new(&world), Reference::new(&world));
        let at = |entry: Entry| Entry {
            at: world.now(),
            ..entry
        };
        let launch = at(Entry {
            refusal: None,
            user: Some(UserId(1)),
            ..entry("")
        });
        let mut commit = Commit::new();
        log.add(&mut commit, opened, &launch);
        store.commit(commit).await.unwrap();
        log.refused(refused, &at(entry(""))).await;
        let stands = || [opened, refused].map(|reference| log.get(reference).unwrap().is_some());

        clock.advance(keep.saturating_sub(Duration::from_secs(1)));
        store.expire(world.now(), 100).await.unwrap();
        assert_eq!(stands(), [true, true]);
        clock.advance(Duration::from_secs(1));
        store.expire(world.now(), 100).await.unwrap();
        assert_eq!(stands(), [false, false]);
        let found = log.find(&Filter::default(), None, 10).unwrap();
        assert!(found.entries.is_empty());
        assert!(store.page::<LogBy>(&(), None, 1).unwrap().is_empty());
        assert!(store.page::<LogOf>(&(), None, 1).unwrap().is_empty());
        assert!(store.page::<LogFailed>(&(), None, 1).unwrap().is_empty());
        assert!(store.page::<Expiry>(&(), None, 1).unwrap().is_empty());
    }
}
