//! Copies of courses, as the owner of an item that is placed in the original meets them.
//!
//! A claim opens everything that is placed in the original, whoever placed it. So an owner does not
//! end the claim, but withdraws the own item from the copy.

use super::super::access::Owned;
use super::super::error::Error;
use super::super::{commit, items, search};
use super::{CLAIMS_MAX, origins};
use crate::audit;
use crate::store::ids::{CourseId, ItemId};
use crate::store::key::Newest;
use crate::store::trees::{
    ClaimedFrom, Claims, InCourse, Items, PlacedHere, Placements, Withdrawn,
};
use crate::store::{self, Commit, Store};
use crate::world::World;

/// The most copies of a course that are told of.
const COPIES_READ: usize = 100;

/// The courses in which what is placed in `origin` opens too, having been copied from it.
pub(in crate::library) fn of(
    store: &Store,
    origin: CourseId,
) -> Result<Vec<CourseId>, store::Error> {
    let mut copies = Vec::new();
    for ((_, course), ()) in store.page::<ClaimedFrom>(&(origin,), None, COPIES_READ)? {
        let claim = store.get::<Claims>(&(course, origin))?;
        if claim.is_some_and(|claim| claim.revoked.is_none()) {
            copies.push(course);
        }
    }
    Ok(copies)
}

/// Whether the claim of `course` on `origin` does not open `item`: it was withdrawn there, or in a
/// copy that the course is a copy of.
pub(in crate::library) fn is_withdrawn(
    store: &Store,
    item: ItemId,
    course: CourseId,
    origin: CourseId,
) -> Result<bool, store::Error> {
    let mut at = course;
    for _ in 0..CLAIMS_MAX {
        if is_withdrawn_here(store, item, at)? {
            return Ok(true);
        }
        let claim = store.get::<Claims>(&(at, origin))?;
        match claim.and_then(|claim| claim.through) {
            Some(copy) => at = copy,
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn is_withdrawn_here(store: &Store, item: ItemId, course: CourseId) -> Result<bool, store::Error> {
    Ok(store.get::<Withdrawn>(&(item, course))?.is_some())
}

/// The copies from which an item was withdrawn; the first of them, at most `limit`.
pub fn withdrawn(store: &Store, item: &Owned, limit: usize) -> Result<Vec<CourseId>, Error> {
    let rows = store.page::<Withdrawn>(&(item.opened().id(),), None, limit)?;
    Ok(rows.into_iter().map(|((_, course), ())| course).collect())
}

/// Withdraws an item from a copy of a course where it is placed: the copy's claim opens it no more
/// from the next request on. What is placed in the copy itself still does. [`Error::NotFound`]
/// where no claim opens it.
pub async fn withdraw(
    store: &Store,
    world: &World,
    item: &Owned,
    copy: CourseId,
) -> Result<(), Error> {
    let opened = item.opened();
    let id = opened.id();
    commit(store, || {
        let row = items::present(store, opened)?;
        if !claimed(store, copy, id)? {
            return Err(Error::NotFound);
        }
        let mut commit = Commit::new();
        commit
            .expect_present::<Items>(&id)
            .put::<Withdrawn>(&(id, copy), &());
        let placed = !store.page::<PlacedHere>(&(copy, id), None, 1)?.is_empty();
        if !placed && items::shown_in(&row.value) != Some(copy) {
            commit.delete::<InCourse>(&(copy, Newest(row.value.created), id));
        }
        record(&mut commit, world, item, "copy-withdrawn", copy);
        Ok((commit, ()))
    })
    .await
}

/// Lets a copy's claim open an item again. [`Error::NotFound`] where it was not withdrawn.
pub async fn allow(
    store: &Store,
    world: &World,
    item: &Owned,
    copy: CourseId,
) -> Result<(), Error> {
    let opened = item.opened();
    let id = opened.id();
    commit(store, || {
        let row = items::present(store, opened)?;
        let mut commit = Commit::new();
        if !is_withdrawn_here(store, id, copy)? {
            return Err(Error::NotFound);
        }
        commit
            .expect_present::<Items>(&id)
            .delete::<Withdrawn>(&(id, copy));
        if claimed(store, copy, id)? {
            commit.put::<InCourse>(&(copy, Newest(row.value.created), id), &());
        }
        record(&mut commit, world, item, "copy-allowed", copy);
        Ok((commit, ()))
    })
    .await
}

/// Whether a claim of `copy` covers `item`, withdrawn or not.
fn claimed(store: &Store, copy: CourseId, item: ItemId) -> Result<bool, store::Error> {
    for origin in origins(store, copy)? {
        for ((_, _, id), ()) in store.page::<PlacedHere>(&(origin, item), None, COPIES_READ)? {
            let placement = store.get::<Placements>(&id)?;
            if placement.is_some_and(|placement| placement.revoked.is_none()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn record(commit: &mut Commit, world: &World, item: &Owned, what: &str, copy: CourseId) {
    let opened = item.opened();
    search::changed(commit, world, opened.id());
    let who = format!("user:{}", opened.item().owner);
    let to = format!("{} {copy}", opened.id());
    audit::record(commit, world, &who, what, Some(&to));
}
