//! Grades as people look at them: a course's for its teachers, all of them for administrators.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::counts;
use crate::people::Member;
use crate::store::ids::{CourseId, GradeKey};
use crate::store::key::{Key, Newest};
use crate::store::rows::grades::{Grade, Numbers, Standing};
use crate::store::trees::{Grades, GradesBy, GradesIn, TargetOf};
use crate::store::{Error, Store};

/// The longest name of a grade in forms, in characters.
const LONGEST_NAME: usize = 4_000;
/// Links by which somebody may have come to one item in one course.
const MOST_LINKS: usize = 50;

/// A grade in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Whose, of which link.
    pub key: GradeKey,
    /// The grade.
    pub grade: Grade,
}

impl Listed {
    /// Its name in forms.
    pub fn name(&self) -> String {
        name(&self.key)
    }
}

/// The name of a grade in forms.
pub(super) fn name(key: &GradeKey) -> String {
    URL_SAFE_NO_PAD.encode(key.bytes())
}

/// The grade that a form names.
pub fn named(name: &str) -> Option<GradeKey> {
    decoded(name)
}

/// A place in a list, after which it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After(Newest, GradeKey);

impl std::fmt::Display for After {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = (self.0, self.1.clone());
        f.write_str(&URL_SAFE_NO_PAD.encode(key.bytes()))
    }
}

/// The text names no place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list of grades")]
pub struct NotAPlace;

impl std::str::FromStr for After {
    type Err = NotAPlace;
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (since, key) = decoded::<(Newest, GradeKey)>(text).ok_or(NotAPlace)?;
        Ok(Self(since, key))
    }
}

fn decoded<K: Key>(text: &str) -> Option<K> {
    if text.len() > LONGEST_NAME {
        return None;
    }
    K::parse(&URL_SAFE_NO_PAD.decode(text).ok()?)
}

/// A page of a list, and where the next one begins.
type Page = (Vec<Listed>, Option<After>);

/// The grades of the launch's course that stand so, newest change first: for whoever sees learners'
/// data there.
pub fn of_course(
    store: &Store,
    member: &Member,
    standing: Standing,
    after: Option<&After>,
    limit: usize,
) -> Result<Page, Error> {
    let Some(course) = seen(member) else {
        return Ok((Vec::new(), None));
    };
    let prefix = (course, standing.number());
    let after = after.map(|After(since, key)| (course, prefix.1, *since, key.clone()));
    let page = store.page::<GradesIn>(&prefix, after.as_ref(), limit + 1)?;
    let entries = page
        .into_iter()
        .map(|((_, _, since, key), ())| (since, key));
    rows(store, entries.collect(), standing, limit)
}

/// The course whose learners' data somebody sees.
fn seen(member: &Member) -> Option<CourseId> {
    let session = member.session();
    session.course.filter(|_| session.sees_learners)
}

/// All grades that stand so, newest change first: for administrators.
pub fn all(
    store: &Store,
    standing: Standing,
    after: Option<&After>,
    limit: usize,
) -> Result<Page, Error> {
    let number = standing.number();
    let after = after.map(|After(since, key)| (number, *since, key.clone()));
    let page = store.page::<GradesBy>(&(number,), after.as_ref(), limit + 1)?;
    let entries = page.into_iter().map(|((_, since, key), ())| (since, key));
    rows(store, entries.collect(), standing, limit)
}

fn rows(
    store: &Store,
    mut entries: Vec<(Newest, GradeKey)>,
    standing: Standing,
    limit: usize,
) -> Result<Page, Error> {
    let more = entries.len() > limit;
    entries.truncate(limit);
    let last = entries.last().cloned().filter(|_| more);
    let mut listed = Vec::new();
    for (_, key) in entries {
        let grade = store.get::<Grades>(&key)?;
        // What changed meanwhile is in another list.
        if let Some(grade) = grade.filter(|grade| grade.standing == standing) {
            listed.push(Listed { key, grade });
        }
    }
    Ok((listed, last.map(|(since, key)| After(since, key))))
}

/// How many grades of the launch's course stand how.
pub fn numbers_of_course(store: &Store, member: &Member) -> Result<Numbers, Error> {
    match seen(member) {
        Some(course) => counts::of(store, course),
        None => Ok(Numbers::default()),
    }
}

/// How many grades of all courses stand how.
pub fn numbers(store: &Store) -> Result<Numbers, Error> {
    counts::of(store, Numbers::ALL)
}

/// A person's own grades of an item in the launch's course: mostly one.
pub fn own(
    store: &Store,
    member: &Member,
    item: crate::store::ids::ItemId,
) -> Result<Vec<Listed>, Error> {
    let session = member.session();
    let Some(course) = session.course else {
        return Ok(Vec::new());
    };
    let prefix = (session.user, course, item);
    let mut listed = Vec::new();
    for ((user, _, _, link), ()) in store.page::<TargetOf>(&prefix, None, MOST_LINKS)? {
        let key = GradeKey { link, user };
        if let Some(grade) = store.get::<Grades>(&key)? {
            listed.push(Listed { key, grade });
        }
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::ids::{ConnectionId, LinkKey, UserId};
    use crate::world::Time;

    proptest! {
        #[test]
        fn places_and_names_are_read_as_written(n: u32, deployment in ".{0,40}", link in ".{0,40}", user: u64, at: u64) {
            let key = GradeKey {
                link: LinkKey { connection: ConnectionId(n), deployment, link },
                user: UserId(user),
            };
            prop_assert_eq!(named(&name(&key)), Some(key.clone()));
            let after = After(Newest(Time(at)), key);
            prop_assert_eq!(after.to_string().parse(), Ok(after));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = (named(&text), text.parse::<After>());
        }
    }
}
