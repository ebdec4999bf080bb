//! What people's rows lose when somebody is erased: the person, their sessions, their memberships.

use super::{finding, members, sessions};
use crate::lti::roles::CourseRole;
use crate::store::ids::{CourseId, Hash, UserId};
use crate::store::rows::people::Session;
use crate::store::trees::{KnownAs, MemberOf, Members, PeopleOf, SessionsOf, UserBy, Users};
use crate::store::{Commit, Error as StoreError, Row, Store};

/// Sessions that end together; nobody has nearly as many.
const SESSIONS: usize = 1_000;
/// People of a course that are looked at together.
const BATCH: usize = 100;

/// Adds the end of a person to `commit`: nobody knows them under any name any more, and each of
/// their sessions ends. Whoever comes by one of the names later is somebody new.
pub fn forget(store: &Store, commit: &mut Commit, user: UserId) -> Result<(), StoreError> {
    for (connection, subject) in finding::names(store, user)? {
        let key = (connection, subject);
        commit.delete::<KnownAs>(&(user, key.0, key.1.clone()));
        match store.read::<UserBy>(&key)? {
            Some(row) if row.value.user == user => {
                commit.expect_unchanged::<UserBy>(&key, &row);
                commit.delete::<UserBy>(&key);
            }
            _ => {}
        }
    }
    if let Some(row) = store.read::<Users>(&user)? {
        commit.expect_unchanged::<Users>(&user, &row);
        finding::gone(commit, user, &row.value);
        commit.delete::<Users>(&user);
    }
    sessions_of(store, commit, user)
}

/// Adds the end of a person's sessions to `commit`.
pub fn sessions_of(store: &Store, commit: &mut Commit, user: UserId) -> Result<(), StoreError> {
    for ((_, hash), ()) in store.page::<SessionsOf>(&(user,), None, SESSIONS)? {
        match sessions::row(store, hash)? {
            Some(row) => sessions::remove(commit, hash, &row),
            None => drop(commit.delete::<SessionsOf>(&(user, hash))),
        }
    }
    Ok(())
}

/// Adds the end of at most `limit` memberships of a person to `commit`.
pub fn memberships(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    limit: usize,
) -> Result<(), StoreError> {
    for ((_, course), ()) in store.page::<MemberOf>(&(user,), None, limit)? {
        match store.read::<Members>(&(course, user))? {
            Some(row) => {
                commit.expect_unchanged::<Members>(&(course, user), &row);
                members::remove(commit, (course, user), &row.value);
            }
            None => drop(commit.delete::<MemberOf>(&(user, course))),
        }
    }
    Ok(())
}

/// Adds to `commit` the end of the staff's sessions in a course that review something of the person
/// whom the platform calls `subject`.
pub fn reviews(
    store: &Store,
    commit: &mut Commit,
    course: CourseId,
    subject: &str,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let people = store.page::<PeopleOf>(&(course,), after.as_ref(), BATCH)?;
        let last = people.len() < BATCH;
        after = people.last().map(|(key, ())| *key);
        for ((_, key, user), ()) in people {
            // Staff come first.
            if key.0[0] >= members::rank(CourseRole::Member.into()) {
                return Ok(());
            }
            reviews_of(store, commit, user, subject)?;
        }
        if last {
            return Ok(());
        }
    }
}

fn reviews_of(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    subject: &str,
) -> Result<(), StoreError> {
    for ((_, hash), ()) in store.page::<SessionsOf>(&(user,), None, SESSIONS)? {
        let row = sessions::row(store, hash)?;
        let reviewing = |row: &Row<Session>| {
            row.value
                .for_user
                .as_deref()
                .is_some_and(|id| id == subject)
        };
        if let Some(row) = row.filter(reviewing) {
            sessions::remove(commit, hash, &row);
        }
    }
    Ok(())
}

/// A session's row.
pub fn session(store: &Store, hash: Hash) -> Result<Option<Session>, StoreError> {
    Ok(sessions::row(store, hash)?.map(|row| row.value))
}
