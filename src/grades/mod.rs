//! Grades: what is owed to a platform for watching, and the queue that gets it there.
//!
//! A score that is owed is a row before anybody is told that it counts ([`owe`]), in the commit that
//! credits the watching, and stays until the platform has taken it. One row for a person and a link:
//! a newer, higher value overtakes an older one. Its timestamp belongs to the value, so that sending
//! it once more after a crash changes nothing.

mod acts;
mod columns;
mod comparing;
pub mod counting;
mod counts;
mod delivering;
mod errands;
mod goals;
pub mod leaving;
pub mod links;
mod lists;
mod owing;
mod pauses;
mod queue;
mod row;
mod settling;
mod targets;
mod verdict;

pub use acts::{columns as columns_of, compare, decide, resend, retry, retry_any};
pub use columns::TAG;
pub use comparing::differs;
pub use errands::{What, errands};
pub use goals::goals;
pub use lists::{After, Listed, NotAPlace, all, named, numbers, numbers_of_course, of_course, own};
pub use owing::{Part, owe, owe_in_collections};
pub use queue::Queue;
pub use targets::{Told, Watched};

use crate::store::ids::{CourseId, UserId};
use crate::store::rows::library::Placement;
use crate::store::{Error, Store};
use crate::watching::{self, Progress};

/// How much of what a placement shows somebody has watched in a course, in ten-thousandths: of a
/// collection, of what is in it.
pub fn watched(
    store: &Store,
    course: CourseId,
    placement: &Placement,
    user: UserId,
) -> Result<u16, Error> {
    let place = (course, placement.item, user);
    if let Some(part) = watching::of_collection(store, place, None)? {
        return Ok(part);
    }
    let progress = watching::progress(store, course, placement.item, user)?;
    Ok(progress.map_or(0, |progress| part(&progress, placement)))
}

/// The same where the progress with the item is known.
pub fn part(progress: &Progress, placement: &Placement) -> u16 {
    let start = placement.start_ms.unwrap_or(0);
    let part = progress.of_part(start, placement.end_ms);
    part.percent.unwrap_or(0)
}

#[cfg(test)]
mod tests;
