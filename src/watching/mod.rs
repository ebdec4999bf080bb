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
mod place;
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
pub use place::{Place, of_page};
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
/// A view is not written more often than this, whatever a browser sends.
const BETWEEN_WRITES: Duration = Duration::from_secs(2);

/// Where to go on: `None` when nothing was watched, no more than the beginning, or all of it.
pub fn stopped_at(store: &Store, member: &Member, opened: &Opened) -> Result<Option<Place>, Error> {
    let view = store.get::<Views>(&key(member, opened))?;
    Ok(view
        .filter(|view| !view.finished)
        .and_then(|view| Place::of(Measure::of(opened.item()), view.position_ms))
        .filter(|place| place.is_begun()))
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
    /// Where; `None`: it has no places, since it is seen by opening it.
    pub place: Option<Place>,
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
        place: Place::of(Measure::of(opened.item()), view.position_ms),
        changed: view.changed,
        finished: view.finished,
        progress: view
            .counts
            .then(|| Progress::of(Some(&view), opened.item())),
    });
    Ok(Some(Seen { view }))
}

fn key(member: &Member, opened: &Opened) -> (CourseId, ItemId, UserId) {
    let session = member.session();
    let course = session.course.unwrap_or(NO_COURSE);
    (course, opened.id(), session.user)
}
