//! Who watches what, and whether it counts.

use super::{Measure, NO_COURSE};
use crate::library::Opened;
use crate::lti::roles::Standing;
use crate::people::Member;
use crate::store::ids::{ConnectionId, CourseId, ItemId, UserId};
use crate::store::rows::people::Role;
use crate::store::trees::{Connections, Members, Users};
use crate::store::{Error, Store};

/// A person who may open an item, in the course that they came from. Nobody watches for somebody
/// else, and nothing that a browser sends chooses the course.
#[derive(Debug, Clone, Copy)]
pub struct Watcher {
    pub(super) course: CourseId,
    pub(super) item: ItemId,
    pub(super) user: UserId,
    pub(super) measure: Measure,
    pub(super) counts: bool,
    pub(super) singles: bool,
}

impl Watcher {
    /// A launched person for whom the item opened.
    pub fn of(store: &Store, member: &Member, opened: &Opened) -> Result<Self, Error> {
        let session = member.session();
        Ok(Self {
            course: session.course.unwrap_or(NO_COURSE),
            item: opened.id(),
            user: session.user,
            measure: Measure::of(opened.item()),
            counts: counts(store, member)?,
            singles: singles(store, session.connection)?,
        })
    }

    /// Whether what they watch counts.
    pub const fn counts(&self) -> bool {
        self.counts
    }

    pub(super) const fn key(&self) -> (CourseId, ItemId, UserId) {
        (self.course, self.item, self.user)
    }
}

/// Whether teachers see single people. Where they do not, what only tables of people show is not
/// written: how often and when somebody came. What sums and grades rest on is, and what people see
/// themselves.
fn singles(store: &Store, connection: ConnectionId) -> Result<bool, Error> {
    let connection = store.get::<Connections>(&connection)?;
    Ok(connection.is_none_or(|connection| !connection.settings.sums_only))
}

/// Watching counts for the learners of a course: not for its staff, for whoever came without a
/// course, for a teacher's student preview, nor for a mentor who looks over a learner's shoulder.
fn counts(store: &Store, member: &Member) -> Result<bool, Error> {
    let session = member.session();
    let Some(course) = session.course.filter(|_| session.role == Role::Member) else {
        return Ok(false);
    };
    let user = store.get::<Users>(&session.user)?;
    if user.is_none_or(|user| user.test_user) {
        return Ok(false);
    }
    let member = store.get::<Members>(&(course, session.user))?;
    Ok(member.is_none_or(|member| !Standing::of(&member.roles).mentor))
}
