//! What tools reported: kept for each tool, course, line item and person.

use super::sourced::Sourced;
use crate::store::ids::{CourseId, ToolId, UserId};
use crate::store::rows::tools::Received;
use crate::store::trees::Received as ReceivedTree;
use crate::store::{Error as StoreError, Store};

type Key = (ToolId, CourseId, u64, UserId);

const fn key(sourced: &Sourced) -> Key {
    (sourced.tool, sourced.course, sourced.line, sourced.user)
}

/// What was reported.
pub fn of(store: &Store, sourced: &Sourced) -> Result<Option<Received>, StoreError> {
    store.get::<ReceivedTree>(&key(sourced))
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
