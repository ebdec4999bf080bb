//! Finding people: by the platform's own name for them, and by their names, without looking at
//! anybody else. The entries that lead to a person are put in the commits that change them.

use std::collections::BTreeSet;

use super::members::folded;
use crate::store::ids::{ConnectionId, SortKey, UserId};
use crate::store::names::{beginning, found_by, is_called};
use crate::store::rows::people::User;
use crate::store::trees::{KnownAs, LastSeen, Named, UserBy, Users};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::Time;

/// Entries that one search goes through.
const MOST_LOOKED_AT: usize = 1_000;
/// Entries that are read in one go.
const BATCH: usize = 100;
/// More names than anybody has: one, or two for whoever was joined.
const NAMES: usize = 20;

/// Notes by which name a person is known.
pub(super) fn known_as(commit: &mut Commit, user: UserId, key: &(ConnectionId, String)) {
    commit.put::<KnownAs>(&(user, key.0, key.1.clone()), &());
}

/// A name that is somebody else's from now on.
pub(super) fn not_known_as(commit: &mut Commit, user: UserId, key: &(ConnectionId, String)) {
    commit.delete::<KnownAs>(&(user, key.0, key.1.clone()));
}

/// A person's row becomes `new`.
pub(super) fn changed(commit: &mut Commit, id: UserId, old: Option<&User>, new: &User) {
    let (before, now) = (old.map(entries).unwrap_or_default(), entries(new));
    for (connection, key) in before.difference(&now) {
        commit.delete::<Named>(&(*connection, *key, id));
    }
    for (connection, key) in now.difference(&before) {
        commit.put::<Named>(&(*connection, *key, id), &());
    }
    let seen = old.map(|old| old.last_seen);
    if seen == Some(new.last_seen) {
        return;
    }
    if let Some(seen) = seen {
        commit.delete::<LastSeen>(&(seen, id));
    }
    commit.put::<LastSeen>(&(new.last_seen, id), &());
}

/// A person's row goes.
pub(super) fn gone(commit: &mut Commit, id: UserId, old: &User) {
    for (connection, key) in entries(old) {
        commit.delete::<Named>(&(connection, key, id));
    }
    commit.delete::<LastSeen>(&(old.last_seen, id));
}

fn entries(user: &User) -> BTreeSet<(ConnectionId, SortKey)> {
    let keys = found_by(user).into_iter();
    keys.map(|key| (user.connection, key)).collect()
}

/// The person whom this connection's platform calls so.
pub fn by_subject(
    store: &Store,
    connection: ConnectionId,
    subject: &str,
) -> Result<Option<UserId>, StoreError> {
    let found = store.get::<UserBy>(&(connection, subject.to_owned()))?;
    Ok(found.map(|found| found.user))
}

/// By which names a person is known: (connection, the platform's name for them).
pub fn names(store: &Store, user: UserId) -> Result<Vec<(ConnectionId, String)>, StoreError> {
    let names = store.page::<KnownAs>(&(user,), None, NAMES)?;
    let names = names.into_iter();
    Ok(names
        .map(|((_, connection, subject), ())| (connection, subject))
        .collect())
}

/// A place in what was found, after which it goes on.
pub type Place = (SortKey, UserId);

/// People of a search.
#[derive(Debug, Default)]
pub struct Found {
    /// The people, each once, as their names go from the word that was found on.
    pub people: Vec<(UserId, User)>,
    /// Where to go on, when there may be more.
    pub next: Option<Place>,
}

/// At most `limit` people of a connection one of whose names begins so, or whose email address
/// does, after `after`. A search ends after so many entries, whatever it found.
pub fn by_name(
    store: &Store,
    connection: ConnectionId,
    wanted: &str,
    after: Option<Place>,
    limit: usize,
) -> Result<Found, StoreError> {
    let wanted = folded(wanted.trim());
    let mut found = Found::default();
    if wanted.is_empty() {
        return Ok(found);
    }
    let first = beginning(&wanted);
    let begins = |key: &SortKey| {
        let len = wanted.len().min(key.0.len());
        key.0[..len] == first.0[..len]
    };
    let mut cursor = after.unwrap_or((first, UserId(0)));
    let mut seen = BTreeSet::new();
    for _ in 0..MOST_LOOKED_AT / BATCH {
        let from = (connection, cursor.0, cursor.1);
        let batch = store.page::<Named>(&(connection,), Some(&from), BATCH)?;
        let last = batch.len() < BATCH;
        for ((_, key, user), ()) in batch {
            if !begins(&key) {
                return Ok(found);
            }
            if found.people.len() == limit {
                found.next = Some(cursor);
                return Ok(found);
            }
            cursor = (key, user);
            // Long words stand shortened in the keys, and somebody may stand there twice.
            let row = store.get::<Users>(&user)?;
            if let Some(row) = row.filter(|row| is_called(row, &wanted))
                && seen.insert(user)
            {
                found.people.push((user, row));
            }
        }
        if last {
            return Ok(found);
        }
    }
    found.next = Some(cursor);
    Ok(found)
}

/// At most `limit` people whose last launch was before `end`, longest ago first, after `after`.
pub fn not_seen_since(
    store: &Store,
    end: Time,
    after: Option<(Time, UserId)>,
    limit: usize,
) -> Result<Vec<(Time, UserId)>, StoreError> {
    let page = store.page::<LastSeen>(&(), after.as_ref(), limit)?;
    let page = page.into_iter().map(|(key, ())| key);
    Ok(page.take_while(|(seen, _)| *seen < end).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: ConnectionId = ConnectionId(1);

    fn person(subject: &str, name: &str, email: Option<&str>, seen: u64) -> User {
        User {
            name: Some(name.into()),
            email: email.map(Into::into),
            last_seen: Time(seen),
            ..User::new(SCHOOL, subject, Time(0))
        }
    }

    async fn put(store: &Store, id: u64, old: Option<&User>, new: &User) {
        let mut commit = Commit::new();
        commit.put::<Users>(&UserId(id), new);
        changed(&mut commit, UserId(id), old, new);
        store.commit(commit).await.unwrap();
    }

    fn ids(found: &Found) -> Vec<u64> {
        found.people.iter().map(|(id, _)| id.0).collect()
    }

    #[tokio::test]
    async fn people_are_found_by_every_word_and_by_their_email() {
        let store = Store::temporary();
        let zoe = person("1", "Zoë Amsel", Some("z.amsel@school.example"), 5);
        put(&store, 1, None, &zoe).await;
        put(&store, 2, None, &person("2", "Amelie Zorn", None, 6)).await;
        let twin = User {
            connection: ConnectionId(2),
            ..person("1", "Zoë Amsel", None, 7)
        };
        put(&store, 3, None, &twin).await;
        let find = |wanted: &str| ids(&by_name(&store, SCHOOL, wanted, None, 9).unwrap());
        assert_eq!(find("ZO"), [1, 2]);
        assert_eq!(find("am"), [2, 1]);
        assert_eq!(find("z.amsel@"), [1]);
        assert_eq!(find("zoe ams"), [1]);
        assert!(find("oe").is_empty());
        assert!(find("  ").is_empty());

        let renamed = User {
            name: Some("Zoe Berg".into()),
            email: None,
            last_seen: Time(9),
            ..zoe.clone()
        };
        put(&store, 1, Some(&zoe), &renamed).await;
        let find = |wanted: &str| ids(&by_name(&store, SCHOOL, wanted, None, 9).unwrap());
        assert!(find("amsel").is_empty());
        assert!(find("z.amsel@").is_empty());
        assert_eq!(find("berg"), [1]);
        let due = not_seen_since(&store, Time(9), None, 9).unwrap();
        assert_eq!(due, [(Time(6), UserId(2)), (Time(7), UserId(3))]);
    }

    #[tokio::test]
    async fn many_are_found_page_by_page() {
        let store = Store::temporary();
        for id in 0..250 {
            let name = format!("Sam {id:03} Sam");
            put(&store, id + 1, None, &person("x", &name, None, id)).await;
        }
        let (mut after, mut all) = (None, Vec::new());
        loop {
            let found = by_name(&store, SCHOOL, "sam", after, 60).unwrap();
            assert!(found.people.len() <= 60);
            all.extend(ids(&found));
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all, (1..=250).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn whoever_is_gone_leads_nowhere() {
        let store = Store::temporary();
        let sam = person("1", "Sam Sample", Some("s@x"), 5);
        put(&store, 1, None, &sam).await;
        let mut commit = Commit::new();
        gone(&mut commit, UserId(1), &sam);
        store.commit(commit).await.unwrap();
        assert!(store.page::<Named>(&(), None, 9).unwrap().is_empty());
        assert!(store.page::<LastSeen>(&(), None, 9).unwrap().is_empty());
    }
}
