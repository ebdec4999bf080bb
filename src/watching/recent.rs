//! What somebody began to watch and did not finish.

use std::time::Duration;

use super::{BEGINNING, NO_COURSE};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::key::Newest;
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
    pub position: Duration,
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
        let position = view.map(|view| Duration::from_millis(view.position_ms));
        if let Some(position) = position.filter(|position| *position >= BEGINNING) {
            found.push(Unfinished { item, position });
        }
    }
    Ok(found)
}
