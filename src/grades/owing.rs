//! What is owed becomes a row in the very commit that makes it true: before anybody is told that it
//! counts. It stays until the platform has taken it.

use std::time::Duration;

use super::{counting, row};
use crate::library::collections;
use crate::store::ids::{CourseId, GradeKey, ItemId, LinkKey, UserId};
use crate::store::rows::grades::{Column, Grade, Standing, Target, Value};
use crate::store::rows::library::Placement;
use crate::store::trees::{Columns, Connections, Grades, Placements, TargetOf, Targets};
use crate::store::{Commit, Error, Row, Store};
use crate::watching;
use crate::world::{Time, World};

/// Links by which somebody may have come to one item in one course.
const MOST_LINKS: usize = 50;
/// Collections with one item that are looked at.
const MOST_COLLECTIONS: usize = 20;
/// What is not all of it waits so long for more: a gradebook needs no second-by-second account.
const GATHERING: Duration = Duration::from_secs(10);
/// The least time between two sendings of what is not all of it.
const BETWEEN: Duration = Duration::from_mins(1);
/// Platforms compare timestamps by whole seconds: the next one is in another second.
const SECOND: u64 = 1_000;

/// How much somebody has watched of what a placement shows, in ten-thousandths.
pub type Part<'a> = &'a dyn Fn(&Placement) -> u16;

/// Adds to `commit` what is owed for this watching: on every link of the course by which the person
/// came to the item as a learner, where that counts and is more than was owed before. Answers whether
/// the queue has something new.
pub fn owe(
    store: &Store,
    world: &World,
    commit: &mut Commit,
    (course, item, user): (CourseId, ItemId, UserId),
    part: Part<'_>,
) -> Result<bool, Error> {
    let mut news = false;
    let links = store.page::<TargetOf>(&(user, course, item), None, MOST_LINKS)?;
    for ((_, _, _, link), ()) in links {
        let key = GradeKey { link, user };
        let Some(target) = store.get::<Targets>(&key)? else {
            continue;
        };
        let Some(column) = store.get::<Columns>(&key.link)? else {
            continue;
        };
        let of_this = target.course == course && target.item == item && column.item == item;
        if of_this {
            news |= owe_on(store, world, commit, (&key, &target, &column), part)?;
        }
    }
    Ok(news)
}

/// Adds to `commit` what is owed for collections that an item is in, of which the person has seen so much
/// by now, where they came by a link to one. Answers whether the queue has something new.
pub fn owe_in_collections(
    store: &Store,
    world: &World,
    commit: &mut Commit,
    (course, item, user): (CourseId, ItemId, UserId),
    percent: u16,
) -> Result<bool, Error> {
    let mut news = false;
    for collection in collections::with(store, item, MOST_COLLECTIONS)? {
        let place = (user, course, collection);
        if store.page::<TargetOf>(&place, None, 1)?.is_empty() {
            continue;
        }
        let of = (course, collection, user);
        let part = watching::of_collection(store, of, Some((item, percent)))?;
        news |= owe(store, world, commit, of, &|_| part.unwrap_or(0))?;
    }
    Ok(news)
}

/// Adds to `commit` what is owed on one link; answers whether that is anything new.
pub(super) fn owe_on(
    store: &Store,
    world: &World,
    commit: &mut Commit,
    (key, target, column): (&GradeKey, &Target, &Column),
    part: Part<'_>,
) -> Result<bool, Error> {
    if !target.learner || !is_on(store, &key.link)? {
        return Ok(false);
    }
    let Some(placement) = store.get::<Placements>(&column.placement)? else {
        return Ok(false);
    };
    let Some(counting) = counting::by(column, &placement) else {
        return Ok(false);
    };
    let Some(value) = counting::earned(&counting, part(&placement)) else {
        return Ok(false);
    };
    let old = store.read::<Grades>(key)?;
    let Some(new) = raised(world.now(), target, old.as_ref(), value) else {
        return Ok(false);
    };
    row::put(store, commit, key, old.as_ref(), &new)?;
    Ok(true)
}

/// A connection that is switched off sends nothing, and nobody watches by it.
fn is_on(store: &Store, link: &LinkKey) -> Result<bool, Error> {
    let connection = store.get::<Connections>(&link.connection)?;
    Ok(connection.is_some_and(|connection| connection.enabled && connection.deleted.is_none()))
}

/// The grade with `value` owed on it; `None` when that is nothing new. What was earned stays earned:
/// only the most points follow what staff decide.
fn raised(now: Time, target: &Target, old: Option<&Row<Grade>>, value: Value) -> Option<Grade> {
    let Some(old) = old.map(|row| &row.value) else {
        return Some(Grade {
            course: target.course,
            item: target.item,
            value,
            stamp: now,
            standing: Standing::Due,
            since: now,
            due: Some(patient(now, None, value)),
            attempts: 0,
            trouble: None,
            taken: None,
            result: None,
            owed: now,
        });
    };
    let value = Value {
        part: value.part.max(old.value.part),
        maximum: value.maximum,
    };
    if value == old.value {
        return None;
    }
    Some(due_again(now, old, value))
}

/// The grade with a value that its platform does not have yet.
pub(super) fn due_again(now: Time, old: &Grade, value: Value) -> Grade {
    let soon = patient(now, old.taken.map(|taken| taken.at), value);
    // What waits already goes on waiting no longer than it would have.
    let due = match row::due(old) {
        Some(before) => before.min(soon),
        None => soon,
    };
    let waits = old.standing == Standing::Due;
    Grade {
        value,
        stamp: next_stamp(now, old.stamp),
        standing: Standing::Due,
        since: if waits { old.since } else { now },
        owed: if waits { old.owed } else { now },
        due: Some(due),
        attempts: 0,
        trouble: None,
        ..old.clone()
    }
}

/// A timestamp that every platform takes for later than `last`.
fn next_stamp(now: Time, last: Time) -> Time {
    now.max(Time((last.0 / SECOND + 1).saturating_mul(SECOND)))
}

/// From when on a value is sent: all of it at once, a part of it not too often.
fn patient(now: Time, taken: Option<Time>, value: Value) -> Time {
    if value.part == counting::WHOLE {
        return now;
    }
    let gathered = now.after(GATHERING);
    taken.map_or(gathered, |at| gathered.max(at.after(BETWEEN)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Time = Time::from_seconds(1_800_000_000);

    proptest! {
        #[test]
        fn stamps_increase_by_whole_seconds(last: u32, now: u32) {
            let (last, now) = (Time(u64::from(last)), Time(u64::from(now)));
            let next = next_stamp(now, last);
            prop_assert!(next.seconds() > last.seconds());
            prop_assert!(next >= now);
        }
    }

    #[test]
    fn all_of_it_goes_at_once_and_parts_gather() {
        let value = |part| Value {
            part,
            maximum: 1000,
        };
        assert_eq!(patient(NOW, None, value(counting::WHOLE)), NOW);
        assert_eq!(patient(NOW, None, value(100)), NOW.after(GATHERING));
        let taken = Some(NOW.before(Duration::from_secs(5)));
        assert_eq!(
            patient(NOW, taken, value(100)),
            NOW.after(Duration::from_secs(55))
        );
    }
}
