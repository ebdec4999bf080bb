//! Placements: items put into courses by their staff.
//!
//! A platform's link carries a placement's random id. It opens its item in its own course. A course
//! that was copied from that one claims what was placed there, once, and only where the platform
//! tells of the copy or somebody of its staff comes.

mod copies;
mod listed;
mod place;

pub use copies::{allow, withdraw, withdrawn};
pub(super) use copies::{is_withdrawn, of as copies_of};
pub use listed::{Listed, listed};
pub use place::{Details, MOST_AT_ONCE, place, place_all};

use super::access::{Opened, Owned};
use super::error::Error;
use super::{commit, items, search};
use crate::audit;
use crate::people::{Contributor, Member};
use crate::store::ids::{ConnectionId, CourseId, ItemId, PlacementId, UserId};
use crate::store::key::Newest;
use crate::store::rows::library::{Claim, Placement};
use crate::store::trees::{
    ClaimedFrom, Claims, CourseBy, Courses, InCourse, Items, Placed, PlacedHere, PlacedIn,
    Placements,
};
use crate::store::{self, Commit, Store};
use crate::world::World;

/// The most courses whose placements open in one course: copies of copies.
const CLAIMS_MAX: usize = 50;

/// Takes a placement back: it opens nothing from the next request on. For the item's owner.
pub async fn revoke(
    store: &Store,
    world: &World,
    item: &Owned,
    id: PlacementId,
) -> Result<(), Error> {
    let member = item.opened().item().owner;
    commit(store, || {
        let row = store.read::<Placements>(&id)?;
        let row = row.filter(|row| row.value.item == item.opened().id());
        let row = row.ok_or(Error::NotFound)?;
        let mut revoked = row.value.clone();
        revoked.revoked.get_or_insert(world.now());
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Placements>(&id, &row)
            .put::<Placements>(&id, &revoked)
            .frees();
        unlist(store, &mut commit, id, &row.value)?;
        search::changed(&mut commit, world, row.value.item);
        let who = format!("user:{member}");
        audit::record(
            &mut commit,
            world,
            &who,
            "placement-revoked",
            Some(&id.to_string()),
        );
        Ok((commit, ()))
    })
    .await
}

/// Deletes a placement of an item that is no more.
pub(super) fn forget(
    store: &Store,
    commit: &mut Commit,
    item: ItemId,
    id: PlacementId,
) -> Result<(), Error> {
    commit.delete::<PlacedIn>(&(item, id));
    if let Some(placement) = store.get::<Placements>(&id)? {
        unlist(store, commit, id, &placement)?;
        commit.delete::<Placements>(&id);
    }
    Ok(())
}

/// Takes a placement off its course's lists.
fn unlist(
    store: &Store,
    commit: &mut Commit,
    id: PlacementId,
    placement: &Placement,
) -> Result<(), Error> {
    let (course, item) = (placement.course, placement.item);
    commit
        .delete::<Placed>(&(course, Newest(placement.created), id))
        .delete::<PlacedHere>(&(course, item, id));
    let others = store.page::<PlacedHere>(&(course, item), None, 2)?;
    let elsewise = others.iter().any(|((_, _, other), ())| *other != id);
    let row = store.get::<Items>(&item)?;
    if !elsewise && row.and_then(|item| items::shown_in(&item)) != Some(course) {
        commit.delete::<InCourse>(&(course, Newest(placement.item_created), item));
    }
    Ok(())
}

/// Where an item is placed and what became of it; the first of them, at most `limit`.
pub fn of_item(
    store: &Store,
    item: &Owned,
    limit: usize,
) -> Result<Vec<(PlacementId, Placement)>, Error> {
    let mut placements = Vec::new();
    for ((_, id), ()) in store.page::<PlacedIn>(&(item.opened().id(),), None, limit)? {
        if let Some(placement) = store.get::<Placements>(&id)? {
            placements.push((id, placement));
        }
    }
    Ok(placements)
}

/// The placements by which an item opens in the launch's own course; the first of them, at most
/// `limit`.
pub fn here(
    store: &Store,
    contributor: Contributor<'_>,
    opened: &Opened,
    limit: usize,
) -> Result<Vec<PlacementId>, Error> {
    let session = contributor.member().session();
    let Some(course) = session.course else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for ((_, _, id), ()) in store.page::<PlacedHere>(&(course, opened.id()), None, limit)? {
        let placement = store.get::<Placements>(&id)?;
        if let Some(placement) = placement
            && opens(store, &placement, session.connection)?
        {
            found.push(id);
        }
    }
    Ok(found)
}

/// Whether the item opens for everybody in the launch's course, by having been placed for it.
pub fn shows_to_course(store: &Store, member: &Member, opened: &Opened) -> Result<bool, Error> {
    let session = member.session();
    match session.course {
        Some(course) => Ok(opens_in(store, course, session.connection, opened.id())?),
        None => Ok(false),
    }
}

/// Whether `item` is placed in the course, or in one whose placements open there.
pub(super) fn opens_in(
    store: &Store,
    course: CourseId,
    connection: ConnectionId,
    item: ItemId,
) -> Result<bool, store::Error> {
    if placed(store, course, connection, item)? {
        return Ok(true);
    }
    for origin in origins(store, course)? {
        if placed(store, origin, connection, item)? && !is_withdrawn(store, item, course, origin)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The courses whose placements open in a course besides its own.
pub(super) fn origins(store: &Store, course: CourseId) -> Result<Vec<CourseId>, store::Error> {
    let claims = store.page::<Claims>(&(course,), None, CLAIMS_MAX)?;
    Ok(claims
        .into_iter()
        .filter(|(_, claim)| claim.revoked.is_none())
        .map(|((_, origin), _)| origin)
        .collect())
}

fn placed(
    store: &Store,
    course: CourseId,
    connection: ConnectionId,
    item: ItemId,
) -> Result<bool, store::Error> {
    for ((_, _, id), ()) in store.page::<PlacedHere>(&(course, item), None, CLAIMS_MAX)? {
        let placement = store.get::<Placements>(&id)?;
        if let Some(placement) = placement
            && opens(store, &placement, connection)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a placement stands for people of this connection: its own, or one that proved that the
/// placement's course was its own under LTI 1.1.
fn opens(
    store: &Store,
    placement: &Placement,
    connection: ConnectionId,
) -> Result<bool, store::Error> {
    if placement.revoked.is_some() {
        return Ok(false);
    }
    if placement.connection == connection {
        return Ok(true);
    }
    let course = store.get::<Courses>(&placement.course)?;
    Ok(course.is_some_and(|course| course.joined.contains(&connection)))
}

/// The placement by which `member` came, where it opens this item: it says how the item is shown.
pub fn shown(store: &Store, member: &Member, opened: &Opened) -> Result<Option<Placement>, Error> {
    let session = member.session();
    let Some(id) = session.placement else {
        return Ok(None);
    };
    let placement = store.get::<Placements>(&id)?;
    let Some(placement) = placement.filter(|placement| placement.item == opened.id()) else {
        return Ok(None);
    };
    let stands = opens(store, &placement, session.connection)?;
    Ok(stands.then_some(placement))
}

/// The item that the placement by which `member` came stands for, where it still does.
pub fn named(store: &Store, member: &Member) -> Result<Option<ItemId>, Error> {
    let session = member.session();
    let placement = session.placement.map(|id| store.get::<Placements>(&id));
    let Some(placement) = placement.transpose()?.flatten() else {
        return Ok(None);
    };
    let stands = opens(store, &placement, session.connection)?;
    Ok(stands.then_some(placement.item))
}

/// Somebody who comes by a platform's link that carries a placement.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// The launch's connection.
    pub connection: ConnectionId,
    /// Its deployment.
    pub deployment: &'a str,
    /// Its course.
    pub course: Option<CourseId>,
    /// The person.
    pub user: UserId,
    /// Whether the launch gave a role of the course's staff.
    pub staff: bool,
    /// The contexts that the launch's course was copied from, as the platform tells
    /// (`$Context.id.history`), closest first.
    pub history: &'a [String],
}

/// What a placement does for a newcomer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// It opens its item.
    Opens(ItemId),
    /// Somebody of the course's staff has to open it once.
    NeedsStaff,
    /// It opens nothing here: unknown, taken back, another platform's, or its item is gone. Which
    /// of them is not told.
    Nothing,
}

/// Decides what a placement does for a newcomer, and claims its course where that is due.
pub async fn arrive(
    store: &Store,
    world: &World,
    newcomer: Newcomer<'_>,
    id: PlacementId,
) -> Result<Arrived, Error> {
    let Some(course) = newcomer.course else {
        return Ok(Arrived::Nothing);
    };
    let Some(placement) = store.get::<Placements>(&id)? else {
        return Ok(Arrived::Nothing);
    };
    if !opens(store, &placement, newcomer.connection)? {
        return Ok(Arrived::Nothing);
    }
    let item = store.get::<Items>(&placement.item)?;
    if item.is_none_or(|item| item.trashed.is_some()) {
        return Ok(Arrived::Nothing);
    }
    let origin = placement.course;
    if origin == course {
        return Ok(Arrived::Opens(placement.item));
    }
    if is_withdrawn(store, placement.item, course, origin)? {
        return Ok(Arrived::Nothing);
    }
    match store.get::<Claims>(&(course, origin))? {
        Some(claim) if claim.revoked.is_some() => return Ok(Arrived::Nothing),
        Some(_) => return Ok(Arrived::Opens(placement.item)),
        None => {}
    }
    let copied = copied_from(store, newcomer, origin)?;
    if copied.is_none() && !newcomer.staff {
        return Ok(Arrived::NeedsStaff);
    }
    let through = copied.filter(|from| *from != origin);
    if let Some(through) = through
        && is_withdrawn(store, placement.item, through, origin)?
    {
        return Ok(Arrived::Nothing);
    }
    let claim = Claim {
        placement: id,
        by: newcomer.user,
        created: world.now(),
        by_history: copied.is_some(),
        revoked: None,
        through,
    };
    if claim_course(store, world, course, &placement, &claim).await? {
        Ok(Arrived::Opens(placement.item))
    } else {
        Ok(Arrived::Nothing)
    }
}

/// The course that the launch's course was copied from: `origin`, or a copy of it that may open what
/// was placed there, whichever is closer.
fn copied_from(
    store: &Store,
    newcomer: Newcomer<'_>,
    origin: CourseId,
) -> Result<Option<CourseId>, store::Error> {
    for context in newcomer.history.iter().take(CLAIMS_MAX) {
        let key = (
            newcomer.connection,
            newcomer.deployment.to_owned(),
            context.clone(),
        );
        let Some(found) = store.get::<CourseBy>(&key)? else {
            continue;
        };
        if found.course == origin {
            return Ok(Some(origin));
        }
        let claim = store.get::<Claims>(&(found.course, origin))?;
        if claim.is_some_and(|claim| claim.revoked.is_none()) {
            return Ok(Some(found.course));
        }
    }
    Ok(None)
}

/// Stores a claim, unless another launch was first: then that one decides. Answers whether the
/// course's claim stands.
async fn claim_course(
    store: &Store,
    world: &World,
    course: CourseId,
    placement: &Placement,
    claim: &Claim,
) -> Result<bool, Error> {
    let key = (course, placement.course);
    commit(store, || {
        let mut commit = Commit::new();
        if let Some(first) = store.get::<Claims>(&key)? {
            return Ok((commit, first.revoked.is_none()));
        }
        if store.page::<Claims>(&(course,), None, CLAIMS_MAX)?.len() >= CLAIMS_MAX {
            return Ok((commit, false));
        }
        let listed = (course, Newest(placement.item_created), placement.item);
        commit
            .expect_absent::<Claims>(&key)
            .put::<Claims>(&key, claim)
            .put::<ClaimedFrom>(&(placement.course, course), &())
            .put::<InCourse>(&listed, &());
        let who = format!("user:{}", claim.by);
        let what = if claim.by_history {
            "course-claimed-by-history"
        } else {
            "course-claimed"
        };
        let to = format!("{} {course}", placement.course);
        audit::record(&mut commit, world, &who, what, Some(&to));
        Ok((commit, true))
    })
    .await
}

#[cfg(test)]
mod tests;
