//! What somebody began to watch and did not finish.

use super::NO_COURSE;
use super::measure::Measure;
use super::place::Place;
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::key::Newest;
use crate::store::rows::library::Item;
use crate::store::trees::{Recent, Views};
use crate::store::{Error, Store};

/// So many of the last watched are looked through.
const LOOKED_THROUGH: usize = 50;

/// Something to go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// The item. Whether it still opens is not looked at here.
    pub item: ItemId,
    /// Where the person stopped.
    pub(super) position_ms: u64,
}

impl Unfinished {
    /// Where that is in the item, unless it is at its beginning.
    pub fn place(&self, item: &Item) -> Option<Place> {
        let place = Place::of(Measure::of(item), self.position_ms);
        place.filter(|place| place.is_begun())
    }

    /// How much of the item lies before it, in percent, where that is known.
    pub fn percent(&self, item: &Item) -> Option<u16> {
        let length = Measure::of(item).length()?;
        u16::try_from(self.position_ms.min(length) * 100 / length).ok()
    }
}

/// What a person may go on with in the launch's course, last watched first.
pub fn unfinished(store: &Store, member: &Member) -> Result<Vec<Unfinished>, Error> {
    let session = member.session();
    let here = session.course.unwrap_or(NO_COURSE);
    let mut found: Vec<Unfinished> = Vec::new();
    for ((user, Newest(at), item, course), ()) in
        store.page::<Recent>(&(session.user,), None, LOOKED_THROUGH)?
    {
        if course != here || found.iter().any(|known| known.item == item) {
            continue;
        }
        let view = store.get::<Views>(&(course, item, user))?;
        // An entry that was overtaken by a later one is skipped.
        let view = view.filter(|view| view.recent == Some(at) && !view.finished);
        if let Some(position_ms) = view.map(|view| view.position_ms).filter(|at| *at > 0) {
            found.push(Unfinished { item, position_ms });
        }
    }
    Ok(found)
}
