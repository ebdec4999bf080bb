//! The courses in which a person is known. They are listed to the person, and open nothing: that
//! takes a launch from each of them.

use super::Member;
use crate::store::ids::CourseId;
use crate::store::rows::people::Role;
use crate::store::trees::{Courses, MemberOf, Members};
use crate::store::{Error as StoreError, Store};
use crate::world::Time;

/// A course of a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The course.
    pub course: CourseId,
    /// Its title, else its label, where the platform told one.
    pub title: Option<String>,
    /// What the person is in it, as of the last launch or roster.
    pub role: Role,
    /// The last launch from it; `None`: never launched from it.
    pub last_launch: Option<Time>,
}

/// A page of the courses of the person, by their titles, and after which course the next page goes
/// on. Nobody is in so many that a page would not be most of them, so that only a page is in order.
pub fn page(
    store: &Store,
    member: &Member,
    after: Option<CourseId>,
    limit: usize,
) -> Result<(Vec<Known>, Option<CourseId>), StoreError> {
    let user = member.session().user;
    let after = after.map(|course| (user, course));
    let mut entries = store.page::<MemberOf>(&(user,), after.as_ref(), limit + 1)?;
    let further = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().map(|((_, course), ())| *course);
    let mut known = Vec::with_capacity(entries.len());
    for ((_, course), ()) in entries {
        let Some(row) = store.get::<Courses>(&course)? else {
            continue;
        };
        if let Some(membership) = store.get::<Members>(&(course, user))? {
            known.push(Known {
                course,
                title: row.title.or(row.label),
                role: membership.role,
                last_launch: (!membership.roster_only).then_some(membership.last_seen),
            });
        }
    }
    let title = |one: &Known| one.title.as_deref().map(super::members::folded);
    known.sort_by_cached_key(|one| (one.title.is_none(), title(one), one.course));
    Ok((known, next.filter(|_| further)))
}
