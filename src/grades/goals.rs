//! What it is to be through with the items of a course, as far as one activity decides that.

use std::collections::{HashMap, HashSet};

use super::{acts, counting};
use crate::store::ids::{CourseId, ItemId, PlacementId};
use crate::store::rows::grades::Counting;
use crate::store::rows::library::{Counts, Placement};
use crate::store::rows::watching::COMPLETE;
use crate::store::trees::{Placed, Placements};
use crate::store::{Error, Store};
use crate::watching::statistics::{Goal, Goals};

/// Placements of a course that are looked at.
const MOST_PLACED: usize = 500;

/// What counts of an item: one activity that says how, or several that say different things.
enum Found {
    One(Goal),
    Several,
}

/// The goals of a course: where exactly one activity that shows an item counts, what that one plays is
/// to be watched, as far as it asks for.
pub fn goals(store: &Store, course: CourseId) -> Result<Goals, Error> {
    let mut found = HashMap::new();
    let mut opened: HashSet<PlacementId> = HashSet::new();
    for (_, column) in acts::columns(store, course)? {
        opened.insert(column.placement);
        if let Some(placement) = store.get::<Placements>(&column.placement)? {
            let counting = counting::by(&column, &placement);
            add(&mut found, column.item, &placement, counting);
        }
    }
    // Nobody has opened these by their activity yet.
    for ((_, _, id), ()) in store.page::<Placed>(&(course,), None, MOST_PLACED)? {
        if opened.contains(&id) {
            continue;
        }
        let placement = store.get::<Placements>(&id)?;
        if let Some(placement) = placement.filter(|one| one.revoked.is_none()) {
            let counting = counting::placed(&placement);
            add(&mut found, placement.item, &placement, counting);
        }
    }
    let one = |(item, found)| match found {
        Found::One(goal) => Some((item, goal)),
        Found::Several => None,
    };
    Ok(Goals::new(found.into_iter().filter_map(one).collect()))
}

fn add(
    found: &mut HashMap<ItemId, Found>,
    item: ItemId,
    placement: &Placement,
    counting: Option<Counting>,
) {
    let Some(counting) = counting else {
        return;
    };
    let goal = Goal {
        start_ms: placement.start_ms.unwrap_or(0),
        end_ms: placement.end_ms,
        enough: match counting.counts {
            Counts::Completion => counting.threshold,
            Counts::Proportion => COMPLETE,
        },
    };
    let both = match found.remove(&item) {
        None => Found::One(goal),
        // Two that say the same leave nothing to decide.
        Some(Found::One(other)) if other == goal => Found::One(goal),
        Some(_) => Found::Several,
    };
    found.insert(item, both);
}
