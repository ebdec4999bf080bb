//! Joining who and what was there under LTI 1.1 to a registration that proved it.

use super::arrival::Joins;
use super::{finding, members};
use crate::audit;
use crate::store::ids::{ConnectionId, CourseId, UserId};
use crate::store::rows::people::{User, UserRef};
use crate::store::trees::{Connections, CourseBy, MemberOf, Members, UserBy, Users};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// More courses than anybody is on the roster of.
const COURSES: usize = 1_000;

/// Consumers that one registration continues; nobody has had so many systems.
const CONTINUED: usize = 20;

/// The registration's school is the consumer's, from the first launch on that proves it: what people
/// showed to it stays so for those who come by the registration.
pub(super) fn school(
    (store, world): (&Store, &World),
    commit: &mut Commit,
    joins: &Joins,
    (registration, user): (ConnectionId, UserId),
) -> Result<(), StoreError> {
    let Some(row) = store.read::<Connections>(&registration)? else {
        return Ok(());
    };
    let known = &row.value.continues;
    if known.contains(&joins.consumer) || known.len() >= CONTINUED {
        return Ok(());
    }
    let mut changed = row.value.clone();
    changed.continues.push(joins.consumer);
    commit
        .expect_unchanged::<Connections>(&registration, &row)
        .put::<Connections>(&registration, &changed);
    let who = format!("user:{user}");
    let to = format!("{registration} {}", joins.consumer);
    audit::record(commit, world, &who, "school-joined", Some(&to));
    Ok(())
}

/// The person of old, who is `key` from now on. `listed` is who rosters knew under that name before:
/// never launched, and so nobody's but a list's.
pub(super) fn user(
    (store, world): (&Store, &World),
    commit: &mut Commit,
    joins: &Joins,
    key: &(ConnectionId, String),
    listed: Option<UserId>,
) -> Result<Option<(UserId, User)>, StoreError> {
    let old_key = (joins.consumer, joins.user.clone());
    let Some(old) = store.read::<UserBy>(&old_key)? else {
        return Ok(None);
    };
    let id = old.value.user;
    let Some(row) = store.get::<Users>(&id)? else {
        return Ok(None);
    };
    commit.expect_unchanged::<UserBy>(&old_key, &old);
    match store.read::<UserBy>(key)? {
        Some(row) => commit.expect_unchanged::<UserBy>(key, &row),
        None => commit.expect_absent::<UserBy>(key),
    };
    commit.put::<UserBy>(key, &UserRef { user: id });
    finding::known_as(commit, id, key);
    if let Some(listed) = listed.filter(|listed| *listed != id) {
        finding::not_known_as(commit, listed, key);
        unlist(store, commit, listed)?;
    }
    let (who, to) = (format!("user:{id}"), key.0.to_string());
    audit::record(commit, world, &who, "account-joined", Some(&to));
    Ok(Some((id, row)))
}

/// Takes somebody whom only rosters knew off every list. This launch puts the person of old on its
/// own course's, the next sync of each other course on that one's.
fn unlist(store: &Store, commit: &mut Commit, listed: UserId) -> Result<(), StoreError> {
    for ((_, course), ()) in store.page::<MemberOf>(&(listed,), None, COURSES)? {
        let Some(row) = store.read::<Members>(&(course, listed))? else {
            continue;
        };
        commit.expect_unchanged::<Members>(&(course, listed), &row);
        members::remove(commit, (course, listed), &row.value);
    }
    if let Some(row) = store.get::<Users>(&listed)? {
        finding::gone(commit, listed, &row);
    }
    commit.delete::<Users>(&listed);
    Ok(())
}

/// The course of old, which `user` launches. LTI 1.1 has no deployments.
pub(super) fn course(
    (store, world): (&Store, &World),
    commit: &mut Commit,
    joins: &Joins,
    user: UserId,
) -> Result<Option<CourseId>, StoreError> {
    let Some(context) = &joins.context else {
        return Ok(None);
    };
    let key = (joins.consumer, String::new(), context.clone());
    let Some(row) = store.read::<CourseBy>(&key)? else {
        return Ok(None);
    };
    commit.expect_unchanged::<CourseBy>(&key, &row);
    let course = row.value.course;
    let (who, to) = (format!("user:{user}"), course.to_string());
    audit::record(commit, world, &who, "course-joined", Some(&to));
    Ok(Some(course))
}
