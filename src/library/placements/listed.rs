//! What is placed in a course: its own placements, newest first, then those of the courses that it
//! was copied from.

use super::super::access::{self, Viewer};
use super::super::error::Error;
use super::{is_withdrawn, opens, origins};
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId, PlacementId};
use crate::store::key::Newest;
use crate::store::rows::library::Item;
use crate::store::trees::{Placed, Placements};
use crate::store::{self, Store};
use crate::world::Time;

/// Placements that are read at a time.
const READ: usize = 100;
/// Placements that are looked through for one page; those that open nothing are passed over.
const MOST: usize = 1_000;

/// An item that is placed in the launch's course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The placement.
    pub placement: PlacementId,
    /// The item.
    pub id: ItemId,
    /// Its row.
    pub item: Item,
    /// Since when it is placed.
    pub since: Time,
    /// The course that this one was copied from, where the item was placed there.
    pub origin: Option<CourseId>,
}

/// A page of what is placed, and the placement after which the next one goes on.
pub fn listed(
    store: &Store,
    member: &Member,
    after: Option<PlacementId>,
    limit: usize,
) -> Result<(Vec<Listed>, Option<PlacementId>), Error> {
    let Some(course) = member.session().course else {
        return Ok((Vec::new(), None));
    };
    let mut walk = Walk::new(store, course, after)?;
    let mut listed: Vec<Listed> = Vec::new();
    let mut read = 0;
    while let Some(id) = walk.next()? {
        read += 1;
        if let Some(one) = look(store, member, course, id)?
            && !listed.iter().any(|before| before.id == one.id)
        {
            if listed.len() == limit {
                return Ok((listed.clone(), listed.last().map(|last| last.placement)));
            }
            listed.push(one);
        }
        if read == MOST {
            return Ok((listed, Some(id)));
        }
    }
    Ok((listed, None))
}

/// What a placement shows to this person in this course, if anything.
fn look(
    store: &Store,
    member: &Member,
    course: CourseId,
    id: PlacementId,
) -> Result<Option<Listed>, Error> {
    let placement = store.get::<Placements>(&id)?;
    let Some(placement) = placement else {
        return Ok(None);
    };
    let copied = placement.course != course;
    if !opens(store, &placement, member.session().connection)?
        || copied && is_withdrawn(store, placement.item, course, placement.course)?
    {
        return Ok(None);
    }
    match access::open(store, &Viewer::of(member), placement.item) {
        Ok(opened) => Ok(Some(Listed {
            placement: id,
            id: placement.item,
            item: opened.item().clone(),
            since: placement.created,
            origin: copied.then_some(placement.course),
        })),
        Err(Error::Store(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// Goes through the placements of a course and of those that it was copied from.
struct Walk<'a> {
    store: &'a Store,
    courses: std::vec::IntoIter<CourseId>,
    course: Option<CourseId>,
    after: Option<(CourseId, Newest, PlacementId)>,
    page: std::vec::IntoIter<(CourseId, Newest, PlacementId)>,
}

impl<'a> Walk<'a> {
    /// After a placement, where that is still one of them; else from the beginning.
    fn new(
        store: &'a Store,
        course: CourseId,
        after: Option<PlacementId>,
    ) -> Result<Self, store::Error> {
        let mut courses = vec![course];
        courses.extend(origins(store, course)?);
        let placement = match &after {
            Some(id) => store.get::<Placements>(id)?.zip(after),
            None => None,
        };
        let after = placement.and_then(|(placement, id)| {
            let at = courses.iter().position(|c| *c == placement.course)?;
            courses.drain(..at);
            Some((placement.course, Newest(placement.created), id))
        });
        let mut courses = courses.into_iter();
        Ok(Self {
            store,
            course: courses.next(),
            courses,
            after,
            page: Vec::new().into_iter(),
        })
    }

    fn next(&mut self) -> Result<Option<PlacementId>, store::Error> {
        loop {
            if let Some(key) = self.page.next() {
                self.after = Some(key);
                return Ok(Some(key.2));
            }
            let Some(course) = self.course else {
                return Ok(None);
            };
            let page = self
                .store
                .page::<Placed>(&(course,), self.after.as_ref(), READ)?;
            if page.is_empty() {
                self.course = self.courses.next();
                self.after = None;
            }
            let keys: Vec<_> = page.into_iter().map(|(key, ())| key).collect();
            self.page = keys.into_iter();
        }
    }
}
