//! What one person watched, in one course.

use super::{Goals, Named, Placed, READ, State, Teacher, Watched, placed};
use crate::library::{self, Viewer};
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::rows::library::Item;
use crate::store::rows::people::Role;
use crate::store::trees::{Members, Users, Viewed, Views};
use crate::store::{Error, Store};

/// The most items beside those that are placed.
const MOST_BESIDES: usize = 200;

/// What one person watched in a course.
#[derive(Debug, Clone)]
pub struct OfPerson {
    /// The name, when the platform tells it.
    pub name: Option<String>,
    /// Whether they have left the course.
    pub gone: bool,
    /// What is placed in the course, in its order.
    pub placed: Vec<Seen>,
    /// What else they watched here.
    pub besides: Vec<Seen>,
}

/// An item, and what somebody watched of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The item.
    pub id: ItemId,
    /// Its row.
    pub item: Item,
    /// What they watched, if anything.
    pub watched: Option<Watched>,
}

impl Seen {
    /// How far they are with it.
    pub fn state(&self) -> State {
        self.watched.map_or(State::NotBegun, |one| one.state())
    }
}

/// A learner of the launch's course, or somebody who was one. Only [`learner`] makes one.
#[derive(Debug, Clone)]
pub struct Known {
    user: UserId,
    name: Option<String>,
    gone: bool,
}

/// The learner of the launch's course whom `user` names, before anything is told of them; `None`
/// when there is none: staff, student previews, and whoever never was in the course.
pub fn learner(store: &Store, teacher: &Teacher, user: UserId) -> Result<Option<Known>, Error> {
    let course = teacher.course;
    let Some(row) = store.get::<Users>(&user)?.filter(|row| !row.test_user) else {
        return Ok(None);
    };
    let gone = match store.get::<Members>(&(course, user))? {
        Some(member) if member.role == Role::Member => false,
        Some(_) => return Ok(None),
        None => true,
    };
    if gone && store.page::<Viewed>(&(user, course), None, 1)?.is_empty() {
        return Ok(None);
    }
    Ok(Some(Known {
        user,
        name: row.name,
        gone,
    }))
}

/// What a learner of the launch's course watched there.
pub fn of_person(store: &Store, named: &Named, known: Known) -> Result<OfPerson, library::Error> {
    let Named(teacher) = named;
    let place = (teacher.course, known.user);
    let (placed, besides) = watched(store, &teacher.member, place, &teacher.goals)?;
    Ok(OfPerson {
        name: known.name,
        gone: known.gone,
        placed,
        besides,
    })
}

/// What the launched person watched themselves, in the launch's course; `None` without one.
pub fn own(
    store: &Store,
    member: &Member,
    goals: &Goals,
) -> Result<Option<OfPerson>, library::Error> {
    let session = member.session();
    let Some(course) = session.course else {
        return Ok(None);
    };
    let (placed, besides) = watched(store, member, (course, session.user), goals)?;
    let row = store.get::<Users>(&session.user)?;
    Ok(Some(OfPerson {
        name: row.and_then(|row| row.name),
        gone: false,
        placed,
        besides,
    }))
}

/// What `user` watched, as far as it opens for `member`.
fn watched(
    store: &Store,
    member: &Member,
    (course, user): (CourseId, UserId),
    goals: &Goals,
) -> Result<(Vec<Seen>, Vec<Seen>), library::Error> {
    let look = |id: ItemId, item: Item| {
        let view = store.get::<Views>(&(course, id, user))?;
        let scale = goals.scale(id, &item);
        let watched = view.as_ref().and_then(|view| Watched::of(view, &scale));
        Ok::<_, library::Error>(Seen { id, item, watched })
    };
    let mut seen = Vec::new();
    for Placed { id, item } in placed(store, member)? {
        seen.push(look(id, item)?);
    }
    let mut besides = Vec::new();
    let viewed = store.page::<Viewed>(&(user, course), None, READ)?;
    for ((_, _, id), ()) in viewed {
        if seen.iter().any(|one: &Seen| one.id == id) || besides.len() == MOST_BESIDES {
            continue;
        }
        match library::open(store, &Viewer::of(member), id) {
            Ok(opened) => besides.push(look(id, opened.item().clone())?),
            Err(library::Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    besides.retain(|one| one.watched.is_some());
    Ok((seen, besides))
}
