//! Looking for entries. Every walk goes along one index, newest first, and ends after a bounded
//! number of entries, so that a rare kind in a long log costs no more than a page; the answer says
//! where to go on.

use super::LaunchLog;
use crate::store::Error as StoreError;
use crate::store::ids::{ConnectionId, Reference, UserId};
use crate::store::rows::launchlog::Entry;
use crate::store::trees::{Log, LogBy, LogFailed, LogOf};
use crate::world::Time;

/// Entries that one page looks at.
const MOST_LOOKED_AT: usize = 1_000;
/// Entries that are read in one go.
const BATCH: usize = 100;

/// How an entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody came in.
    Opened,
    /// It was refused.
    Refused,
    /// It was offered a window of its own, and nobody came in by it yet.
    Waiting,
}

impl Outcome {
    /// How this entry ended.
    pub const fn of(entry: &Entry) -> Self {
        if entry.refusal.is_some() {
            Self::Refused
        } else if entry.user.is_none() {
            Self::Waiting
        } else {
            Self::Opened
        }
    }
}

/// What is looked for; what is `None` may be anything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The connection.
    pub connection: Option<ConnectionId>,
    /// The person.
    pub user: Option<UserId>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Refused under one of these codes.
    pub codes: Option<Vec<&'static str>>,
    /// Not before this moment.
    pub since: Option<Time>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The entries, newest first.
    pub entries: Vec<(Reference, Entry)>,
    /// Where to go on looking, when there may be more.
    pub next: Option<Reference>,
}

impl Filter {
    fn fits(&self, entry: &Entry) -> bool {
        let connection = self.connection.is_none() || self.connection == entry.connection;
        let user = self.user.is_none() || self.user == entry.user;
        let outcome = self
            .outcome
            .is_none_or(|outcome| outcome == Outcome::of(entry));
        let code = self.codes.as_ref().is_none_or(|codes| {
            let refusal = entry.refusal.as_deref();
            refusal.is_some_and(|code| codes.contains(&code))
        });
        connection && user && outcome && code
    }

    /// Whether only refusals can fit: they have a short index of their own.
    const fn refused_only(&self) -> bool {
        self.codes.is_some() || matches!(self.outcome, Some(Outcome::Refused))
    }
}

impl LaunchLog {
    /// At most `limit` entries that fit, newest first, older than `before`.
    pub fn find(
        &self,
        filter: &Filter,
        before: Option<Reference>,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let oldest = filter.since.map(Reference::first_of);
        let (mut found, mut looked_at, mut cursor) = (Found::default(), 0, before);
        loop {
            let batch = self.batch(filter, cursor)?;
            for reference in &batch {
                if oldest.is_some_and(|oldest| *reference < oldest) {
                    found.next = None;
                    return Ok(found);
                }
                (looked_at, cursor) = (looked_at + 1, Some(*reference));
                // What was removed may leave its index entry for a moment.
                if let Some(entry) = self.get(*reference)?.filter(|entry| filter.fits(entry)) {
                    found.entries.push((*reference, entry));
                }
                if found.entries.len() == limit || looked_at == MOST_LOOKED_AT {
                    found.next = cursor;
                    return Ok(found);
                }
            }
            if batch.len() < BATCH {
                return Ok(found);
            }
        }
    }

    /// The next references of the index that says the most.
    fn batch(
        &self,
        filter: &Filter,
        before: Option<Reference>,
    ) -> Result<Vec<Reference>, StoreError> {
        let store = &self.store;
        let batch = match (filter.user, filter.connection) {
            _ if filter.refused_only() => {
                let page = store.page_back::<LogFailed>(&(), before.as_ref(), BATCH)?;
                page.into_iter().map(|(reference, ())| reference).collect()
            }
            (Some(user), _) => {
                let before = before.map(|before| (user, before));
                let page = store.page_back::<LogOf>(&(user,), before.as_ref(), BATCH)?;
                page.into_iter()
                    .map(|((_, reference), ())| reference)
                    .collect()
            }
            (None, Some(connection)) => {
                let before = before.map(|before| (connection, before));
                let page = store.page_back::<LogBy>(&(connection,), before.as_ref(), BATCH)?;
                page.into_iter()
                    .map(|((_, reference), ())| reference)
                    .collect()
            }
            (None, None) => {
                let page = store.page_back::<Log>(&(), before.as_ref(), BATCH)?;
                page.into_iter().map(|(reference, _)| reference).collect()
            }
        };
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::store::{Commit, Store};
    use crate::world::{ManualClock, World};

    const MINUTE: Duration = Duration::from_mins(1);

    struct Bench {
        log: LaunchLog,
        store: Store,
        clock: ManualClock,
        world: World,
    }

    impl Bench {
        fn new() -> Self {
            let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
            let world = World::with_clock(Arc::new(clock.clone()));
            let store = Store::temporary();
            let log = LaunchLog::open(&store, Duration::from_hours(24), 5_000).unwrap();
            Self {
                log,
                store,
                clock,
                world,
            }
        }

        /// One entry a minute after the last.
        async fn happens(&self, connection: u32, user: Option<u64>, refusal: Option<&str>) {
            self.clock.advance(MINUTE);
            let reference = Reference::new(&self.world);
            let entry = Entry {
                at: self.world.now(),
                connection: Some(ConnectionId(connection)),
                user: user.map(UserId),
                course: None,
                step: "launch".into(),
                message: None,
                refusal: refusal.map(str::to_owned),
                detail: None,
                checks: Vec::new(),
                binding: None,
                parameters: None,
            };
            if refusal.is_some() {
                self.log.refused(reference, &entry).await;
            } else {
                let mut commit = Commit::new();
                self.log.add(&mut commit, reference, &entry);
                self.store.commit(commit).await.unwrap();
            }
        }

        /// Every page of what fits, as (connection, user, refusal).
        fn all(&self, filter: &Filter, limit: usize) -> Vec<(u32, Option<u64>, Option<String>)> {
            let (mut all, mut before) = (Vec::new(), None);
            loop {
                let found = self.log.find(filter, before, limit).unwrap();
                assert!(found.entries.len() <= limit);
                all.extend(found.entries.into_iter().map(|(_, entry)| {
                    let user = entry.user.map(|user| user.0);
                    (entry.connection.unwrap().0, user, entry.refusal)
                }));
                before = found.next;
                if before.is_none() {
                    return all;
                }
            }
        }
    }

    #[tokio::test]
    async fn every_filter_and_every_page_length_finds_the_same() {
        let bench = Bench::new();
        for n in 0..30_u32 {
            let refusal = match n % 5 {
                0 => Some("token-expired"),
                1 => Some("unknown-key"),
                _ => None,
            };
            let user = (refusal.is_none() && n % 7 != 0).then_some(u64::from(n % 3));
            bench.happens(n % 2, user, refusal).await;
        }
        let everything = bench.all(&Filter::default(), 100);
        assert_eq!(everything.len(), 30);
        let filters = [
            Filter {
                connection: Some(ConnectionId(1)),
                ..Filter::default()
            },
            Filter {
                user: Some(UserId(2)),
                ..Filter::default()
            },
            Filter {
                outcome: Some(Outcome::Opened),
                ..Filter::default()
            },
            Filter {
                outcome: Some(Outcome::Waiting),
                ..Filter::default()
            },
            Filter {
                outcome: Some(Outcome::Refused),
                ..Filter::default()
            },
            Filter {
                codes: Some(vec!["unknown-key"]),
                ..Filter::default()
            },
            Filter {
                connection: Some(ConnectionId(0)),
                user: Some(UserId(1)),
                outcome: Some(Outcome::Opened),
                ..Filter::default()
            },
            Filter {
                connection: Some(ConnectionId(0)),
                outcome: Some(Outcome::Refused),
                ..Filter::default()
            },
        ];
        for filter in filters {
            let expected: Vec<_> = everything
                .iter()
                .filter(|(connection, user, refusal)| {
                    let entry_outcome = match (refusal, user) {
                        (Some(_), _) => Outcome::Refused,
                        (None, None) => Outcome::Waiting,
                        (None, Some(_)) => Outcome::Opened,
                    };
                    filter
                        .connection
                        .is_none_or(|wanted| wanted.0 == *connection)
                        && filter.user.is_none_or(|wanted| Some(wanted.0) == *user)
                        && filter.outcome.is_none_or(|wanted| wanted == entry_outcome)
                        && filter.codes.as_ref().is_none_or(|codes| {
                            refusal.as_deref().is_some_and(|code| codes.contains(&code))
                        })
                })
                .cloned()
                .collect();
            assert!(!expected.is_empty(), "{filter:?}");
            for limit in [1, 3, 100] {
                assert_eq!(bench.all(&filter, limit), expected, "{filter:?}");
            }
        }
    }

    #[tokio::test]
    async fn time_is_a_bound_and_not_a_filter() {
        let bench = Bench::new();
        for n in 0..10 {
            bench.happens(n, Some(1), None).await;
        }
        let since = bench.world.now().before(MINUTE * 2);
        let filter = Filter {
            since: Some(since),
            ..Filter::default()
        };
        let found = bench.all(&filter, 2);
        let connections: Vec<u32> = found.iter().map(|(connection, ..)| *connection).collect();
        assert_eq!(connections, [9, 8, 7]);
    }

    #[tokio::test]
    async fn a_page_that_finds_nothing_ends_all_the_same() {
        let bench = Bench::new();
        bench.happens(1, None, None).await;
        for _ in 0..MOST_LOOKED_AT {
            bench.happens(2, Some(1), None).await;
        }
        let filter = Filter {
            outcome: Some(Outcome::Waiting),
            ..Filter::default()
        };
        let found = bench.log.find(&filter, None, 10).unwrap();
        assert!(found.entries.is_empty());
        let found = bench.log.find(&filter, found.next, 10).unwrap();
        assert_eq!(found.entries.len(), 1);
        assert!(found.next.is_none());
    }
}
