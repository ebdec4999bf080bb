//! The row of a grade and the entries that lead to it, changed together.

use super::counts;
use crate::store::ids::GradeKey;
use crate::store::key::Newest;
use crate::store::rows::grades::{Grade, Standing};
use crate::store::trees::{GradeDue, Grades, GradesBy, GradesIn};
use crate::store::{Commit, Error, Row, Store};

/// Puts a grade, as a change of what was read and nothing else.
pub(super) fn put(
    store: &Store,
    commit: &mut Commit,
    key: &GradeKey,
    old: Option<&Row<Grade>>,
    new: &Grade,
) -> Result<(), Error> {
    let before = old.map(|row| &row.value);
    counts::change(store, commit, key.user, (before, Some(new)))?;
    match old {
        Some(row) => {
            commit.expect_unchanged::<Grades>(key, row);
            unindex(commit, key, &row.value, new);
        }
        None => {
            commit.expect_absent::<Grades>(key);
        }
    }
    commit.put::<Grades>(key, new);
    let number = new.standing.number();
    if let Some(due) = due(new) {
        commit.put::<GradeDue>(&(key.link.connection, due, key.clone()), &());
    }
    let since = Newest(new.since);
    commit
        .put::<GradesIn>(&(new.course, number, since, key.clone()), &())
        .put::<GradesBy>(&(number, since, key.clone()), &());
    Ok(())
}

/// When a grade is to be sent, if it is.
pub(super) fn due(grade: &Grade) -> Option<crate::world::Time> {
    grade.due.filter(|_| grade.standing == Standing::Due)
}

/// Takes away the entries of `old` that are not those of `new`.
fn unindex(commit: &mut Commit, key: &GradeKey, old: &Grade, new: &Grade) {
    if let Some(before) = due(old).filter(|before| due(new) != Some(*before)) {
        commit.delete::<GradeDue>(&(key.link.connection, before, key.clone()));
    }
    let place = |grade: &Grade| (grade.course, grade.standing.number(), grade.since);
    if place(old) != place(new) {
        let (course, number, since) = place(old);
        let since = Newest(since);
        commit
            .delete::<GradesIn>(&(course, number, since, key.clone()))
            .delete::<GradesBy>(&(number, since, key.clone()));
    }
}

/// Takes a grade away, with the entries that lead to it.
pub(super) fn remove(
    store: &Store,
    commit: &mut Commit,
    key: &GradeKey,
    row: &Row<Grade>,
) -> Result<(), Error> {
    counts::change(store, commit, key.user, (Some(&row.value), None))?;
    commit.expect_unchanged::<Grades>(key, row);
    let grade = &row.value;
    if let Some(due) = due(grade) {
        commit.delete::<GradeDue>(&(key.link.connection, due, key.clone()));
    }
    let (number, since) = (grade.standing.number(), Newest(grade.since));
    commit
        .delete::<GradesIn>(&(grade.course, number, since, key.clone()))
        .delete::<GradesBy>(&(number, since, key.clone()))
        .delete::<Grades>(key);
    Ok(())
}
