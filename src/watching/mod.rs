//! What people watch: which seconds were seen, and where they stopped.
//!
//! A view belongs to a person, an item and the course they came from. Only whoever may open the
//! item has one: every way to it takes the item [`Opened`]. What a player tells is credited by
//! [the rules](credit) and written by the one [`Recorder`].

mod change;
mod collected;
pub mod credit;
mod heat;
pub mod leaving;
mod measure;
mod recent;
mod recorder;
pub mod spans;
pub mod statistics;
mod watcher;
mod writing;

use std::time::Duration;

pub use change::Told;
pub use collected::of_collection;
pub use measure::{Measure, PAGE, Progress, WHOLE, progress};
pub use recent::{Unfinished, unfinished};
pub use recorder::Recorder;
pub use watcher::Watcher;
pub use writing::{Besides, Credited, Recorded};

use crate::library::Opened;
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::trees::Views;
use crate::store::{Error, Store};
use crate::world::Time;

/// Stands for the course of a launch without one. Courses are random numbers, never this.
pub const NO_COURSE: CourseId = CourseId(0);
/// Nobody minds watching these first seconds again.
const BEGINNING: Duration = Duration::from_secs(5);
/// Whoever comes so near the end has seen it: the rest is credits.
const REST: Duration = Duration::from_secs(30);
/// The same for what is short: the share of the duration that may be left, as its divisor.
const REST_SHARE: u32 = 20;
/// A view is not written more often than this, whatever a browser sends.
const BETWEEN_WRITES: Duration = Duration::from_secs(2);

/// Where to go on: `None` when nothing was watched, no more than the beginning, or all of it.
pub fn stopped_at(
    store: &Store,
    member: &Member,
    opened: &Opened,
) -> Result<Option<Duration>, Error> {
    let view = store.get::<Views>(&key(member, opened))?;
    Ok(view
        .filter(|view| !view.finished)
        .map(|view| Duration::from_millis(view.position_ms))
        .filter(|position| *position >= BEGINNING))
}

/// How much somebody who watches has seen.
pub fn of_watcher(store: &Store, watcher: &Watcher) -> Result<Progress, Error> {
    let view = store.get::<Views>(&watcher.key())?;
    Ok(Progress::measured(view.as_ref(), watcher.measure))
}

/// How far somebody is with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What they watched; `None`: nothing yet.
    pub view: Option<Far>,
}

/// Where somebody stopped, and what they have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Far {
    /// Where.
    pub position: Duration,
    /// When.
    pub changed: Time,
    /// Whether that is so near the end that nothing is left to go on with.
    pub finished: bool,
    /// What they have seen; `None`: it does not count, as a teacher's.
    pub progress: Option<Progress>,
}

/// How far `user` is in the launch's course: for whoever sees learners' data there, and for the
/// person themselves. `None`: it is not theirs to know.
pub fn of_person(
    store: &Store,
    member: &Member,
    opened: &Opened,
    user: UserId,
) -> Result<Option<Seen>, Error> {
    let session = member.session();
    let sees = session.course.is_some() && session.sees_learners;
    if !sees && session.user != user {
        return Ok(None);
    }
    let (course, item, _) = key(member, opened);
    let view = store.get::<Views>(&(course, item, user))?;
    // Opening it is not watching it.
    let begun = view.filter(|view| view.position_ms > 0 || !view.seen.is_empty());
    let view = begun.map(|view| Far {
        position: Duration::from_millis(view.position_ms),
        changed: view.changed,
        finished: view.finished,
        progress: view
            .counts
            .then(|| Progress::of(Some(&view), opened.item())),
    });
    Ok(Some(Seen { view }))
}

fn is_end(position: Duration, duration: Duration) -> bool {
    let rest = duration.saturating_sub(position);
    rest <= REST.min(duration / REST_SHARE)
}

fn key(member: &Member, opened: &Opened) -> (CourseId, ItemId, UserId) {
    let session = member.session();
    let course = session.course.unwrap_or(NO_COURSE);
    (course, opened.id(), session.user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_near_by_time_and_by_share() {
        let seconds = Duration::from_secs;
        for (position, duration, end) in [
            (3569, 3600, false),
            (3570, 3600, true),
            (3600, 3600, true),
            (56, 60, false),
            (57, 60, true),
            (0, 60, false),
            (0, 0, true),
        ] {
            assert_eq!(
                is_end(seconds(position), seconds(duration)),
                end,
                "{position} of {duration}"
            );
        }
    }
}
