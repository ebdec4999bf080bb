//! What tools reported: kept for each tool, course, line item and person.

use super::sourced::Sourced;
use crate::store::ids::{CourseId, ToolId, UserId};
use crate::store::rows::tools::Received;
use crate::store::trees::{Received as ReceivedTree, ReceivedOf};
use crate::store::{Commit, Error as StoreError, Row, Store};

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;

type Key = (ToolId, CourseId, u64, UserId);

const fn key(sourced: &Sourced) -> Key {
    (sourced.tool, sourced.course, sourced.line, sourced.user)
}

/// What was reported.
pub fn of(store: &Store, sourced: &Sourced) -> Result<Option<Received>, StoreError> {
    store.get::<ReceivedTree>(&key(sourced))
}

/// Changes what is kept: `change` makes the new result of the one before, or `None` where nothing is
/// to change. `once` becomes true with it.
pub async fn change(
    store: &Store,
    sourced: &Sourced,
    change: impl Fn(Option<&Received>) -> Option<Received>,
    once: impl Fn(&mut Commit),
) -> Result<(), StoreError> {
    let key = key(sourced);
    let index = (sourced.user, sourced.tool, sourced.course, sourced.line);
    for _ in 0..ATTEMPTS {
        let row = store.read::<ReceivedTree>(&key)?;
        let mut commit = Commit::new();
        once(&mut commit);
        if let Some(new) = change(row.as_ref().map(|row| &row.value)) {
            expect(&mut commit, &key, row.as_ref());
            commit
                .put::<ReceivedTree>(&key, &new)
                .put::<ReceivedOf>(&index, &());
        }
        match store.commit(commit).await {
            Err(StoreError::Conflict) => {}
            done => return done,
        }
    }
    Err(StoreError::Conflict)
}

fn expect(commit: &mut Commit, key: &Key, row: Option<&Row<Received>>) {
    match row {
        Some(row) => commit.expect_unchanged::<ReceivedTree>(key, row),
        None => commit.expect_absent::<ReceivedTree>(key),
    };
}

/// People and what was reported of them, and where the next page begins.
pub type Page = (Vec<(UserId, Received)>, Option<UserId>);

/// A page of what was reported in a course for one line item, and where the next one begins.
pub fn page(
    store: &Store,
    tool: ToolId,
    course: CourseId,
    line: u64,
    after: Option<UserId>,
    limit: usize,
) -> Result<Page, StoreError> {
    let after = after.map(|user| (tool, course, line, user));
    let entries = store.page::<ReceivedTree>(&(tool, course, line), after.as_ref(), limit + 1)?;
    let more = entries.len() > limit;
    let page: Vec<_> = entries
        .into_iter()
        .take(limit)
        .map(|((_, _, _, user), received)| (user, received))
        .collect();
    let next = page.last().map(|(user, _)| *user).filter(|_| more);
    Ok((page, next))
}
