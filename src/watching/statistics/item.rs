//! Who watched an item, in one course.

use std::collections::HashMap;

use super::sums::Along;
use super::{MOST_VIEWS, Named, READ, Sums, Teacher, Watched, gone};
use crate::library::Opened;
use crate::people::roster::Learner;
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::rows::watching::{Heat, View};
use crate::store::trees::{Rewatched, Views};
use crate::store::{Error, Page, Store, Tree};
use crate::watching::Measure;

/// Who watched an item in a course.
#[derive(Debug, Clone)]
pub struct OfItem {
    /// The learners of the course, by name.
    pub people: Vec<Person>,
    /// Who watched it and has left the course.
    pub gone: Vec<Person>,
    /// What the learners' watching comes to.
    pub sums: Sums,
}

/// What one person watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub user: UserId,
    /// The name, when the platform tells it.
    pub name: Option<String>,
    /// What they watched, if anything.
    pub watched: Option<Watched>,
}

/// Who watched an item in the launch's course.
pub fn of_item(store: &Store, named: &Named, opened: &Opened) -> Result<OfItem, Error> {
    let Named(teacher) = named;
    let (course, item) = (teacher.course, opened.id());
    let mut views = views(store, course, item)?;
    let learners = teacher.learners(store)?;
    let sums = sums(store, teacher, opened, &learners, &views)?;
    let scale = teacher.goals.scale(item, opened.item());
    let person = |learner: Learner, view: Option<&View>| Person {
        user: learner.user,
        name: learner.name,
        watched: view.and_then(|view| Watched::of(view, &scale)),
    };
    let people = learners
        .into_iter()
        .map(|learner| {
            let view = views.remove(&learner.user);
            person(learner, view.as_ref())
        })
        .collect();
    let mut left = Vec::new();
    for (user, view) in &views {
        if Watched::of(view, &scale).is_some()
            && let Some(learner) = gone(store, course, *user)?
        {
            left.push(person(learner, Some(view)));
        }
    }
    left.sort_by_cached_key(|person| person.name.as_deref().map(str::to_lowercase));
    Ok(OfItem {
        people,
        gone: left,
        sums,
    })
}

/// What the learners of the launch's course watched of an item, without anybody's name; `None` of
/// fewer than [`FLOOR`](super::FLOOR).
pub fn sums_of_item(
    store: &Store,
    teacher: &Teacher,
    opened: &Opened,
) -> Result<Option<Sums>, Error> {
    let views = views(store, teacher.course, opened.id())?;
    let learners = teacher.learners(store)?;
    Ok(sums(store, teacher, opened, &learners, &views)?.floored())
}

fn sums(
    store: &Store,
    teacher: &Teacher,
    opened: &Opened,
    learners: &[Learner],
    views: &HashMap<UserId, View>,
) -> Result<Sums, Error> {
    let mut along = Along::new(Measure::of(opened.item()).length());
    let heats: HashMap<UserId, Heat> =
        all::<Rewatched>(store, teacher.course, opened.id(), |(_, _, user), heat| {
            (user, heat)
        })?;
    let scale = teacher.goals.scale(opened.id(), opened.item());
    let mut watched = Vec::new();
    for learner in learners {
        let view = views.get(&learner.user);
        let Some((view, one)) = view.and_then(|view| Some((view, Watched::of(view, &scale)?)))
        else {
            continue;
        };
        along.seen(&view.seen);
        if let Some(heat) = heats.get(&learner.user) {
            along.played(heat);
        }
        watched.push(one);
    }
    Ok(Sums::of(learners.len(), &watched, along.parts()))
}

fn views(store: &Store, course: CourseId, item: ItemId) -> Result<HashMap<UserId, View>, Error> {
    all::<Views>(store, course, item, |(_, _, user), view| (user, view))
}

/// The rows of an item in a course, by person.
fn all<T>(
    store: &Store,
    course: CourseId,
    item: ItemId,
    by: impl Fn(T::Key, T::Value) -> (UserId, T::Value),
) -> Result<HashMap<UserId, T::Value>, Error>
where
    T: Tree<Key = (CourseId, ItemId, UserId)>,
{
    let mut rows = HashMap::new();
    let mut after = None;
    while rows.len() < MOST_VIEWS {
        let page: Page<T> = store.page::<T>(&(course, item), after.as_ref(), READ)?;
        let last = page.len() < READ;
        after = page.last().map(|(key, _)| *key);
        rows.extend(page.into_iter().map(|(key, value)| by(key, value)));
        if last {
            break;
        }
    }
    Ok(rows)
}
