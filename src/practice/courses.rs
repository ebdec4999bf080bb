//! The courses and their activities, as they are stored: only here, and only until somebody starts
//! over.

use super::{Error, gradebook};
use crate::app::App;
use crate::lti::content::LineItem;
use crate::store::ids::Hash;
use crate::store::rows::practice::{PracticeActivity, PracticeCourse, Way};
use crate::store::trees::{PracticeActivities, PracticeCourses, Used};
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::ui::Messages;
use crate::world::Time;

/// The number of the course that is always there.
pub(super) const MAIN: u32 = 1;
/// Its context id.
const CONTEXT: &str = "discovering-light";
/// How many courses there may be.
pub(super) const MOST_COURSES: usize = 6;
/// How many activities a course may have.
pub(super) const MOST_ACTIVITIES: usize = 100;
/// The longest title, in characters.
pub(super) const LONGEST_TITLE: usize = 200;
/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;

/// What is to be added to a course.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) title: String,
    pub(super) text: Option<String>,
    pub(super) url: Option<String>,
    pub(super) custom: Vec<(String, String)>,
    /// The column of the gradebook that comes with it.
    pub(super) line_item: Option<LineItem>,
    pub(super) picture: Option<String>,
}

/// A course as it was read.
struct Found {
    row: Option<Row<PracticeCourse>>,
    course: PracticeCourse,
}

impl Found {
    fn read(store: &Store, number: u32) -> Result<Self, Error> {
        let row = store.read::<PracticeCourses>(&number)?;
        let course = match &row {
            Some(row) => row.value.clone(),
            None if number == MAIN => PracticeCourse {
                context: CONTEXT.to_owned(),
                title: None,
                history: Vec::new(),
                next: 1,
            },
            None => return Err(Error::NotFound),
        };
        Ok(Self { row, course })
    }

    /// Changes the course in `commit`, which fails when somebody else did so meanwhile.
    fn put(&self, commit: &mut Commit, number: u32, course: &PracticeCourse) {
        match &self.row {
            Some(row) => commit.expect_unchanged::<PracticeCourses>(&number, row),
            None => commit.expect_absent::<PracticeCourses>(&number),
        };
        commit.put::<PracticeCourses>(&number, course);
    }
}

/// The course of this number.
pub(super) fn get(store: &Store, number: u32) -> Result<PracticeCourse, Error> {
    Ok(Found::read(store, number)?.course)
}

/// All courses by number.
pub(super) fn all(store: &Store) -> Result<Vec<(u32, PracticeCourse)>, Error> {
    let mut courses = store.page::<PracticeCourses>(&(), None, MOST_COURSES)?;
    if courses.iter().all(|(number, _)| *number != MAIN) {
        courses.insert(0, (MAIN, get(store, MAIN)?));
    }
    Ok(courses)
}

/// The title of a course.
pub(super) fn title(m: Messages, course: &PracticeCourse) -> String {
    let title = course.title.clone();
    title.unwrap_or_else(|| m.text("practice-course-title").into_owned())
}

/// The activities of a course, in order.
pub(super) fn activities(
    store: &Store,
    course: u32,
) -> Result<Vec<(u32, PracticeActivity)>, StoreError> {
    let rows = store.page::<PracticeActivities>(&(course,), None, MOST_ACTIVITIES)?;
    let number = |((_, number), row)| (number, row);
    Ok(rows.into_iter().map(number).collect())
}

/// One activity.
pub(super) fn activity(store: &Store, course: u32, number: u32) -> Result<PracticeActivity, Error> {
    let found = store.get::<PracticeActivities>(&(course, number))?;
    found.ok_or(Error::NotFound)
}

/// Adds what was picked, all of it or nothing. What it uses up is used once.
pub(super) async fn add(
    app: &App,
    course: u32,
    way: Way,
    new: &[New],
    uses: &[(Hash, Time)],
) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        for (used, _) in uses {
            if app.store.get::<Used>(used)?.is_some() {
                return Err(Error::Refused("practice-selection-used"));
            }
        }
        let found = Found::read(&app.store, course)?;
        if activities(&app.store, course)?.len() + new.len() > MOST_ACTIVITIES {
            return Err(Error::Refused("practice-full"));
        }
        let mut commit = Commit::new();
        for (used, ends) in uses {
            commit
                .expect_absent::<Used>(used)
                .put_until::<Used>(used, &(), *ends);
        }
        let mut next = found.course.clone();
        for one in new {
            let row = PracticeActivity {
                title: one.title.clone(),
                text: one.text.clone(),
                link: link(app),
                way,
                url: one.url.clone(),
                custom: one.custom.clone(),
                score: one.line_item.as_ref().and_then(hundredths),
                added: app.world.now(),
                picture: one.picture.clone(),
            };
            commit.put::<PracticeActivities>(&(course, next.next), &row);
            gradebook::declare(app, &mut commit, (way, course, next.next), one, &row);
            next.next += 1;
        }
        found.put(&mut commit, course, &next);
        match app.store.commit(commit).await {
            Err(StoreError::Conflict) => {}
            other => return Ok(other?),
        }
    }
    Err(StoreError::Conflict.into())
}

/// The most that can be reached, in hundredths: what activities show.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn hundredths(line: &LineItem) -> Option<u64> {
    let most = line.maximum * 100.0;
    (0.0..1e12).contains(&most).then(|| most.round() as u64)
}

/// A resource link id that no course had before.
fn link(app: &App) -> String {
    format!("link-{:016x}", u64::from_be_bytes(app.world.random()))
}

/// Calls an activity something else.
pub(super) async fn rename(app: &App, course: u32, number: u32, title: &str) -> Result<(), Error> {
    let title: String = title.trim().chars().take(LONGEST_TITLE).collect();
    if title.is_empty() {
        return Err(Error::Refused("practice-title"));
    }
    let key = (course, number);
    let row = app.store.read::<PracticeActivities>(&key)?;
    let row = row.ok_or(Error::NotFound)?;
    let renamed = PracticeActivity {
        title,
        ..row.value.clone()
    };
    let mut commit = Commit::new();
    commit
        .expect_unchanged::<PracticeActivities>(&key, &row)
        .put::<PracticeActivities>(&key, &renamed);
    gradebook::rename(app, &mut commit, course, &renamed)?;
    Ok(app.store.commit(commit).await?)
}

/// Takes an activity out of its course, and its columns out of the gradebook.
pub(super) async fn remove(app: &App, course: u32, number: u32) -> Result<(), Error> {
    let row = activity(&app.store, course, number)?;
    let mut commit = Commit::new();
    commit
        .expect_present::<PracticeActivities>(&(course, number))
        .delete::<PracticeActivities>(&(course, number))
        .frees();
    match app.store.commit(commit).await {
        Err(StoreError::Conflict) => Err(Error::NotFound),
        Err(error) => Err(error.into()),
        Ok(()) => gradebook::remove(app, course, &row).await,
    }
}

/// Copies a course as LMSs do: another context and other resource links, the same custom
/// parameters, and a history that says where it came from. Answers its number.
pub(super) async fn copy(app: &App, course: u32) -> Result<u32, Error> {
    let origin = get(&app.store, course)?;
    let known = all(&app.store)?;
    if known.len() >= MOST_COURSES {
        return Err(Error::Refused("practice-courses"));
    }
    let number = known
        .iter()
        .map(|(number, _)| *number)
        .max()
        .unwrap_or(MAIN)
        + 1;
    let m = Messages::default();
    let title = m.with(
        "practice-copy-title",
        &[
            ("title", m.text("practice-course-title").into()),
            ("number", (number - 1).into()),
        ],
    );
    let history = std::iter::once(origin.context.clone()).chain(origin.history.clone());
    let copy = PracticeCourse {
        context: format!("{CONTEXT}-{:08x}", u32::from_be_bytes(app.world.random())),
        title: Some(title),
        history: history.collect(),
        next: origin.next,
    };
    let mut commit = Commit::new();
    commit
        .expect_absent::<PracticeCourses>(&number)
        .put::<PracticeCourses>(&number, &copy);
    for (activity, row) in activities(&app.store, course)? {
        let copied = PracticeActivity {
            link: link(app),
            added: app.world.now(),
            ..row.clone()
        };
        commit.put::<PracticeActivities>(&(number, activity), &copied);
        gradebook::copy(app, &mut commit, (course, &row), (number, &copied))?;
    }
    app.store.commit(commit).await?;
    Ok(number)
}

/// Adds to `commit` that all courses and activities are forgotten.
pub(super) fn forget_all(store: &Store, commit: &mut Commit) -> Result<(), Error> {
    for (number, _) in all(store)? {
        for (activity, _) in activities(store, number)? {
            commit.delete::<PracticeActivities>(&(number, activity));
        }
        commit.delete::<PracticeCourses>(&number);
    }
    commit.frees();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_kept_in_hundredths() {
        let line = |maximum| LineItem {
            maximum,
            label: None,
            resource_id: None,
            tag: None,
            released: None,
        };
        assert_eq!(hundredths(&line(12.5)), Some(1250));
        assert_eq!(hundredths(&line(1e300)), None);
    }
}
