//! Reading the audit log, newest first. A look ends after a bounded number of entries, so that a
//! rare kind in a long log costs no more than a page; the answer says where to go on.

use std::fmt;
use std::str::FromStr;

use super::kinds::{Group, named};
use crate::store::ids::UserId;
use crate::store::rows::admin::AuditEntry;
use crate::store::trees::{Audit, AuditOf};
use crate::store::{Error as StoreError, Store};
use crate::world::Time;

/// Entries that one look goes through.
const MOST_LOOKED_AT: usize = 2_000;
/// Entries that are read in one go.
const BATCH: usize = 200;

/// Names an entry, and the place in the log where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At(pub Time, pub u32);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0.0, self.1)
    }
}

/// The text names no place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no place in the log")]
pub struct NoPlace;

impl FromStr for At {
    type Err = NoPlace;
    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (time, random) = text.split_once('-').ok_or(NoPlace)?;
        let time = time.parse().map_err(|_| NoPlace)?;
        let random = random.parse().map_err(|_| NoPlace)?;
        Ok(Self(Time(time), random))
    }
}

/// What is looked for; what is `None` may be anything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Kinds of this group.
    pub group: Option<Group>,
    /// Done by them, exactly as the entry says it.
    pub who: Option<String>,
}

impl Filter {
    fn fits(&self, entry: &AuditEntry) -> bool {
        let of = |group| named(&entry.what).is_some_and(|kind| kind.group == group);
        self.group.is_none_or(of) && self.who.as_ref().is_none_or(|who| *who == entry.who)
    }

    /// The next entries of the index that says the most.
    fn batch(
        &self,
        store: &Store,
        before: Option<At>,
    ) -> Result<Vec<(At, AuditEntry)>, StoreError> {
        let person = self
            .who
            .as_deref()
            .and_then(|who| who.strip_prefix("user:"));
        let person: Option<UserId> = person.and_then(|id| id.parse().ok());
        let Some(person) = person else {
            let key = before.map(|At(time, random)| (time, random));
            let batch = store.page_back::<Audit>(&(), key.as_ref(), BATCH)?;
            let entries = batch.into_iter();
            return Ok(entries
                .map(|((time, random), entry)| (At(time, random), entry))
                .collect());
        };
        let key = before.map(|At(time, random)| (person, time, random));
        let mut batch = Vec::new();
        for ((_, time, random), ()) in
            store.page_back::<AuditOf>(&(person,), key.as_ref(), BATCH)?
        {
            if let Some(entry) = store.get::<Audit>(&(time, random))? {
                batch.push((At(time, random), entry));
            }
        }
        Ok(batch)
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The entries, newest first.
    pub entries: Vec<(At, AuditEntry)>,
    /// Where to go on looking, when there may be more.
    pub next: Option<At>,
}

/// At most `limit` entries that fit, older than `before`.
pub fn find(
    store: &Store,
    filter: &Filter,
    before: Option<At>,
    limit: usize,
) -> Result<Found, StoreError> {
    let (mut found, mut looked_at, mut cursor) = (Found::default(), 0, before);
    loop {
        let batch = filter.batch(store, cursor)?;
        let last = batch.len() < BATCH;
        for (at, entry) in batch {
            (looked_at, cursor) = (looked_at + 1, Some(at));
            if filter.fits(&entry) {
                found.entries.push((at, entry));
            }
            if found.entries.len() == limit || looked_at == MOST_LOOKED_AT {
                found.next = cursor;
                return Ok(found);
            }
        }
        if last {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::record;
    use crate::store::Commit;
    use crate::world::World;

    async fn filled(number: usize) -> Store {
        let (store, world) = (Store::temporary(), World::system());
        let mut commit = Commit::new();
        for n in 0..number {
            let (who, what) = if n % 10 == 0 {
                ("grace", "connection-made")
            } else {
                ("ada", "signed-in")
            };
            record(&mut commit, &world, who, what, Some(&n.to_string()));
        }
        store.commit(commit).await.unwrap();
        store
    }

    fn all(store: &Store, filter: &Filter, limit: usize) -> (usize, usize) {
        let (mut entries, mut pages, mut before) = (0, 0, None);
        loop {
            let found = find(store, filter, before, limit).unwrap();
            (entries, pages) = (entries + found.entries.len(), pages + 1);
            match found.next {
                Some(next) => before = Some(next),
                None => return (entries, pages),
            }
        }
    }

    #[tokio::test]
    async fn pages_go_through_everything_once() {
        let store = filled(450).await;
        assert_eq!(all(&store, &Filter::default(), 50).0, 450);
        let grace = Filter {
            who: Some("grace".into()),
            ..Filter::default()
        };
        assert_eq!(all(&store, &grace, 50).0, 45);
        let connections = Filter {
            group: Some(Group::Connections),
            ..grace
        };
        assert_eq!(all(&store, &connections, 50).0, 45);
        let keys = Filter {
            group: Some(Group::Keys),
            who: None,
        };
        assert_eq!(all(&store, &keys, 50), (0, 1));
    }

    #[tokio::test]
    async fn a_rare_kind_costs_no_more_than_a_look() {
        let store = filled(MOST_LOOKED_AT + 10).await;
        let nobody = Filter {
            who: Some("nobody".into()),
            group: None,
        };
        assert_eq!(all(&store, &nobody, 50), (0, 2));
    }

    #[test]
    fn places_are_read_as_they_are_written() {
        let at = At(Time(1_700_000_000_123), u32::MAX);
        assert_eq!(at.to_string().parse(), Ok(at));
        for text in ["", "-", "1", "1-", "-1", "x-1", "1-2-3", "1-4294967296"] {
            assert_eq!(text.parse::<At>(), Err(NoPlace), "{text}");
        }
    }
}
