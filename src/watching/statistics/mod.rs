//! What the learners of a course watched: for those who teach it, and for each learner themselves.
//!
//! It is evidence of playing, not of attention. Staff and student previews are left out, and who
//! has left the course is kept apart. A connection may keep single people from its teachers: then
//! there are sums, and none of fewer than five people. Whoever sees people by name stands in the
//! audit log: only [`Teacher::look`] makes a [`Named`].

mod course;
mod goal;
mod item;
mod person;
mod sums;

pub use course::{Cell, OfCourse, OfEach, OfPlaced, of_course, sums_of_course};
pub use goal::{Goal, Goals};
pub use item::{OfItem, Person, of_item, sums_of_item};
pub use person::{Known, OfPerson, Seen, learner, of_person, own};
pub use sums::{Day, FLOOR, Part, Sums};

use std::collections::HashSet;

use crate::audit;
use crate::library::{self, collections, placements};
use crate::people::Member;
use crate::people::roster::{Learner, learners};
use crate::store::ids::{ConnectionId, CourseId, Hash, ItemId, UserId};
use crate::store::rows::library::{Item, Kind};
use crate::store::rows::watching::View;
use crate::store::trees::{Connections, Courses, Members, Used, Users};
use crate::store::{Commit, Error, Store};
use crate::world::{Time, World};
use goal::Scale;

/// Rows that are read at a time.
const READ: usize = 1_000;
/// The most views of one item in a course that are looked through.
const MOST_VIEWS: usize = 20_000;
/// The most items of a course that are looked at.
const MOST_ITEMS: usize = 500;

/// A launched person who may know what the learners of the launch's course watched, summed up.
#[derive(Debug, Clone)]
pub struct Teacher {
    member: Member,
    course: CourseId,
    persons: bool,
    goals: Goals,
}

/// The same who also sees each of them: the look is in the audit log.
#[derive(Debug, Clone)]
pub struct Named(Teacher);

/// What somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Who watched an item.
    Item(ItemId),
    /// The same to take away.
    ItemSaved(ItemId),
    /// Who watched what in the course.
    Course,
    /// The same to take away.
    CourseSaved,
    /// What one person watched.
    Person(UserId),
}

impl Teacher {
    /// This person, if the launch gave the right to see learners' data in its course.
    pub fn of(store: &Store, member: &Member) -> Result<Option<Self>, Error> {
        let session = member.session();
        let sees = member.contributor().is_some() && session.sees_learners;
        let Some(course) = session.course.filter(|_| sees) else {
            return Ok(None);
        };
        Ok(Some(Self {
            persons: tells_persons(store, session.connection, course)?,
            member: member.clone(),
            course,
            goals: Goals::default(),
        }))
    }

    /// With what it is to be through with the items of the course.
    #[must_use]
    pub fn with_goals(self, goals: Goals) -> Self {
        Self { goals, ..self }
    }

    /// Whether single people are seen here.
    pub const fn sees_persons(&self) -> bool {
        self.persons
    }

    /// Looks at people by name, and has that noted: once for each thing that is looked at in a
    /// session. `None` where they are not seen.
    pub async fn look(
        self,
        store: &Store,
        world: &World,
        at: Look,
    ) -> Result<Option<Named>, Error> {
        if !self.persons {
            return Ok(None);
        }
        let course = self.course;
        let (what, to) = match at {
            Look::Item(item) => ("item-statistics-seen", format!("{item} {course}")),
            Look::ItemSaved(item) => ("item-statistics-saved", format!("{item} {course}")),
            Look::Course => ("course-statistics-seen", course.to_string()),
            Look::CourseSaved => ("course-statistics-saved", course.to_string()),
            Look::Person(user) => ("person-statistics-seen", format!("user:{user} {course}")),
        };
        self.note(store, world, what, &to).await?;
        Ok(Some(Named(self)))
    }

    async fn note(&self, store: &Store, world: &World, what: &str, to: &str) -> Result<(), Error> {
        let session = self.member.session();
        let mut name = self.member.hash().0.to_vec();
        name.extend_from_slice(format!(" {what} {to}").as_bytes());
        let noted = Hash::of(&name);
        if store.get::<Used>(&noted)?.is_some() {
            return Ok(());
        }
        let mut commit = Commit::new();
        commit
            .expect_absent::<Used>(&noted)
            .put_until::<Used>(&noted, &(), session.ends);
        let who = format!("user:{}", session.user);
        audit::record(&mut commit, world, &who, what, Some(to));
        match store.commit(commit).await {
            // It was noted meanwhile, by another tab.
            Err(Error::Conflict) => Ok(()),
            done => done,
        }
    }

    fn learners(&self, store: &Store) -> Result<Vec<Learner>, Error> {
        let contributor = self.member.contributor();
        let learners = contributor.map(|contributor| learners(store, contributor));
        Ok(learners.transpose()?.flatten().unwrap_or_default())
    }
}

/// Whether teachers see what this person watches in the launch's course.
pub fn is_told(store: &Store, member: &Member) -> Result<bool, Error> {
    let session = member.session();
    match session.course {
        Some(course) => tells_persons(store, session.connection, course),
        None => Ok(false),
    }
}

/// Whether both the launch's connection and the course's, which it may have joined, let teachers see
/// single people.
fn tells_persons(store: &Store, connection: ConnectionId, course: CourseId) -> Result<bool, Error> {
    let course = store.get::<Courses>(&course)?;
    let mut connections = vec![connection];
    connections.extend(course.map(|course| course.connection));
    for id in connections {
        let row = store.get::<Connections>(&id)?;
        if row.is_none_or(|row| row.settings.sums_only) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How far somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing was watched yet.
    NotBegun,
    /// Something was.
    Begun,
    /// Enough was: nine tenths, or what the course decided.
    Finished,
}

/// What somebody watched of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// How much of it, or of the part that is placed, in hundredths of a percent; stays nothing where
    /// nobody knows its length.
    pub percent: u16,
    /// Whether that is enough.
    pub enough: bool,
    /// How much of it, in milliseconds, or a thousand for each page.
    pub seen_ms: u64,
    /// How long they played it, again and again included, in milliseconds.
    pub played_ms: u64,
    /// How often.
    pub plays: u32,
    /// When they first came to it, where that is kept.
    pub first: Option<Time>,
    /// When they began, as far as that is known.
    pub begun: Time,
    /// When they last watched it.
    pub last: Option<Time>,
    /// When they were through.
    pub finished: Option<Time>,
}

impl Watched {
    /// What a view tells, where it counts and something was watched.
    fn of(view: &View, scale: &Scale) -> Option<Self> {
        let last = view.credited.filter(|_| view.counts)?;
        let progress = scale.progress(view);
        let percent = progress.percent.unwrap_or(0);
        let enough = scale.is_enough(percent);
        Some(Self {
            percent,
            enough,
            seen_ms: progress.seen_ms,
            played_ms: view.played_ms,
            plays: view.plays,
            first: view.first,
            begun: view.first.or(view.tenths.first().copied()).unwrap_or(last),
            last: Some(last),
            finished: scale.through(view).filter(|_| enough),
        })
    }

    /// How far that is.
    pub const fn state(&self) -> State {
        if self.enough {
            State::Finished
        } else {
            State::Begun
        }
    }
}

/// Who watched something here without being in the course any longer; `None` for everybody else:
/// staff, mentors, student previews, and whoever is in the course.
fn gone(store: &Store, course: CourseId, user: UserId) -> Result<Option<Learner>, Error> {
    if store.get::<Members>(&(course, user))?.is_some() {
        return Ok(None);
    }
    let row = store.get::<Users>(&user)?;
    Ok(row.filter(|row| !row.test_user).map(|row| Learner {
        user,
        name: row.name,
    }))
}

/// Something that is placed, by itself or in a collection.
struct Placed {
    id: ItemId,
    item: Item,
}

/// What is placed in the launch's course and can be watched: of a collection, what is in it; no tools,
/// which nobody watches.
fn placed(store: &Store, member: &Member) -> Result<Vec<Placed>, library::Error> {
    let (mut items, mut known) = (Vec::new(), HashSet::new());
    let mut after = None;
    while items.len() < MOST_ITEMS {
        let (page, next) = placements::listed(store, member, after, READ)?;
        for one in page {
            let found = match one.item.kind {
                Kind::Collection => collections::placed_along(store, one.id)?.unwrap_or_default(),
                _ => vec![(one.id, one.item)],
            };
            for (id, item) in found {
                if item.kind.counts() && known.insert(id) {
                    items.push(Placed { id, item });
                }
            }
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    items.truncate(MOST_ITEMS);
    Ok(items)
}
