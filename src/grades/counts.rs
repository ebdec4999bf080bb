//! How many grades stand how, of each course and of all. The numbers change in the commits that change
//! the grades, so that pages read them instead of counting.

use crate::store::ids::{CourseId, UserId};
use crate::store::rows::grades::{Grade, Numbers, Standing};
use crate::store::trees::GradeNumbers;
use crate::store::{Commit, Error, Store};

/// Adds to `commit` that a person's grade is no longer as it was `before`, but as it is `after`.
pub(super) fn change(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    (before, after): (Option<&Grade>, Option<&Grade>),
) -> Result<(), Error> {
    let place = |grade: &Grade| (grade.course, grade.standing);
    let (before, after) = (before.map(place), after.map(place));
    if before == after {
        return Ok(());
    }
    if let Some(place) = before {
        step(store, commit, user, place, |number| {
            number.saturating_sub(1)
        })?;
    }
    if let Some(place) = after {
        step(store, commit, user, place, |number| {
            number.saturating_add(1)
        })?;
    }
    Ok(())
}

fn step(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    (course, standing): (CourseId, Standing),
    step: fn(u64) -> u64,
) -> Result<(), Error> {
    for key in Numbers::keys(course, user) {
        let mut numbers = so_far(store, commit, key)?;
        let number = numbers.of_mut(standing);
        *number = step(*number);
        commit.put::<GradeNumbers>(&key, &numbers);
    }
    Ok(())
}

/// The numbers of a row as they will be. A commit may change several grades: the second one goes on from
/// what the first one makes.
fn so_far(store: &Store, commit: &mut Commit, key: (CourseId, u8)) -> Result<Numbers, Error> {
    if let Some(numbers) = commit.puts::<GradeNumbers>(&key) {
        return Ok(numbers);
    }
    if let Some(row) = store.read::<GradeNumbers>(&key)? {
        commit.expect_unchanged::<GradeNumbers>(&key, &row);
        return Ok(row.value);
    }
    commit.expect_absent::<GradeNumbers>(&key);
    Ok(Numbers::default())
}

/// How many grades of a course stand how; of all under [`Numbers::ALL`].
pub(super) fn of(store: &Store, course: CourseId) -> Result<Numbers, Error> {
    let rows = store.page::<GradeNumbers>(&(course,), None, usize::from(Numbers::ROWS))?;
    let mut sum = Numbers::default();
    for (_, numbers) in rows {
        for standing in Standing::ALL {
            let number = sum.of_mut(standing);
            *number = number.saturating_add(numbers.of(standing));
        }
    }
    Ok(sum)
}
