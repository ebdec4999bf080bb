//! How much of a collection somebody has seen: each thing in it counts the same.

use super::measure::{Measure, Progress};
use crate::library::collections;
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::rows::library::Item;
use crate::store::trees::Views;
use crate::store::{Error, Store};

/// How much of a collection a person has seen in a course, in hundredths of a percent; `None`: it is
/// no collection. Of the item in `just` they have seen so much as of now.
pub fn of_collection(
    store: &Store,
    (course, collection, user): (CourseId, ItemId, UserId),
    just: Option<(ItemId, u16)>,
) -> Result<Option<u16>, Error> {
    let Some(contents) = collections::placed_along(store, collection)? else {
        return Ok(None);
    };
    let (mut seen, mut number) = (0_u64, 0_u64);
    for (id, item) in contents.iter().filter(|(_, item)| is_measured(item)) {
        number += 1;
        seen += u64::from(match just {
            Some((now, percent)) if now == *id => percent,
            _ => {
                let view = store.get::<Views>(&(course, *id, user))?;
                Progress::of(view.as_ref(), item).percent.unwrap_or(0)
            }
        });
    }
    Ok(Some(
        u16::try_from(seen / number.max(1)).unwrap_or(u16::MAX),
    ))
}

/// Whether somebody can be through with it: not with a tool, which nobody watches, nor with what plays
/// for an unknown time.
fn is_measured(item: &Item) -> bool {
    item.kind.counts() && Measure::of(item).length().is_some()
}
