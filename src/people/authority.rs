//! Authority as types: whoever holds one of these was let in by a session that a verified launch
//! opened. Rights come from that launch alone; stored memberships grant nothing.

use crate::store::ids::Hash;
use crate::store::rows::people::{Role, Session};

/// A launched person.
#[derive(Debug, Clone)]
pub struct Member {
    hash: Hash,
    session: Session,
    /// Whether the session is in the store, and ends there.
    stored: bool,
}

impl Member {
    /// Only a session that was checked becomes a member (see `sessions`), and whoever acts for a
    /// person at the machine itself (see `stand_in`).
    pub(super) const fn new(hash: Hash, session: Session) -> Self {
        Self {
            hash,
            session,
            stored: true,
        }
    }

    /// Somebody whose session was made for this one act and is nowhere to end.
    pub(super) const fn acting(hash: Hash, session: Session) -> Self {
        Self {
            hash,
            session,
            stored: false,
        }
    }

    /// Whether the session is in the store.
    pub(super) const fn is_stored(&self) -> bool {
        self.stored
    }

    /// A member with any session, for the tests of the rooms above.
    #[cfg(test)]
    pub(crate) const fn for_test(session: Session) -> Self {
        Self::acting(Hash([0; 32]), session)
    }

    /// The session's row key.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The session.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The same person with a contributor's rights in the launch's course, if the launch gave them.
    pub fn contributor(&self) -> Option<Contributor<'_>> {
        self.holds(Role::Contributor).then_some(Contributor(self))
    }

    /// The same person with a manager's rights in the launch's course, if the launch gave them.
    pub fn manager(&self) -> Option<Manager<'_>> {
        self.holds(Role::Manager).then_some(Manager(self))
    }

    /// Without a course nobody has course rights.
    fn holds(&self, role: Role) -> bool {
        self.session.course.is_some() && self.session.role >= role
    }
}

/// A launched person who may add to the launch's course.
#[derive(Debug, Clone, Copy)]
pub struct Contributor<'a>(&'a Member);

/// A launched person who manages the launch's course.
#[derive(Debug, Clone, Copy)]
pub struct Manager<'a>(&'a Member);

impl<'a> Contributor<'a> {
    /// The person.
    pub const fn member(self) -> &'a Member {
        self.0
    }
}

impl<'a> Manager<'a> {
    /// The person.
    pub const fn member(self) -> &'a Member {
        self.0
    }
}
