//! Who may open an item and who may change it: decided here and nowhere else.
//!
//! Rights come from the session's own launch: a person's own items, and by visibility the items of
//! the launch's course. What one may not open does not show whether it exists.

use super::error::Error;
use crate::people::Member;
use crate::store::Store;
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::rows::library::{Item, Visibility};
use crate::store::rows::people::Session;
use crate::store::trees::Items;

/// Somebody who looks: a launched person, or whoever holds a media ticket of that person's session.
#[derive(Debug, Clone)]
pub struct Viewer {
    user: UserId,
    course: Option<CourseId>,
    only: Option<ItemId>,
}

impl Viewer {
    /// A launched person, who may open whatever the launch gives.
    pub const fn of(member: &Member) -> Self {
        Self::of_session(member.session())
    }

    /// Whoever holds a media ticket for `item`: opens that item while the session may, and no
    /// other. The caller has opened the ticket's seal and found the session alive.
    pub const fn of_ticket(session: &Session, item: ItemId) -> Self {
        Self {
            only: Some(item),
            ..Self::of_session(session)
        }
    }

    const fn of_session(session: &Session) -> Self {
        Self {
            user: session.user,
            course: session.course,
            only: None,
        }
    }

    const fn owns(&self, item: &Item) -> bool {
        self.user.0 == item.owner.0
    }

    /// Whether `item` opens for this viewer.
    pub(super) fn may_open(&self, id: ItemId, item: &Item) -> bool {
        self.only.is_none_or(|only| only == id) && (self.owns(item) || self.shares(item))
    }

    /// Whether the item's visibility covers this viewer.
    fn shares(&self, item: &Item) -> bool {
        match item.visibility {
            Visibility::Private
            | Visibility::School
            | Visibility::Unlisted
            | Visibility::Public => false,
            // Courses are known per connection and deployment: no other platform's is the same.
            Visibility::Course => self.course.is_some() && self.course == item.course,
        }
    }
}

/// An item that opened for somebody. Only [`open`] and [`editable`] make one.
#[derive(Debug, Clone)]
pub struct Opened {
    id: ItemId,
    item: Item,
}

impl Opened {
    /// The item's id.
    pub const fn id(&self) -> ItemId {
        self.id
    }

    /// The item.
    pub const fn item(&self) -> &Item {
        &self.item
    }
}

/// An item that somebody may change. Only [`editable`] makes one.
#[derive(Debug, Clone)]
pub struct Editable {
    opened: Opened,
    publishes_in: Option<CourseId>,
}

impl Editable {
    /// The same item for reading.
    pub const fn opened(&self) -> &Opened {
        &self.opened
    }

    /// The course to which this person may show items: the launch's, for its staff.
    pub(super) const fn publishes_in(&self) -> Option<CourseId> {
        self.publishes_in
    }
}

/// Opens an item, or answers [`Error::NotFound`].
pub fn open(store: &Store, viewer: &Viewer, id: ItemId) -> Result<Opened, Error> {
    store
        .get::<Items>(&id)?
        .filter(|item| viewer.may_open(id, item))
        .map(|item| Opened { id, item })
        .ok_or(Error::NotFound)
}

/// Opens an item for changes by its owner: [`Error::NotYours`] for those who may only see it. A
/// media ticket is read-only, so this takes the person.
pub fn editable(store: &Store, member: &Member, id: ItemId) -> Result<Editable, Error> {
    let viewer = Viewer::of(member);
    let opened = open(store, &viewer, id)?;
    if !viewer.owns(&opened.item) {
        return Err(Error::NotYours);
    }
    Ok(Editable {
        opened,
        publishes_in: publishes_in(member),
    })
}

/// The course to which `member` may show items. Students never set more than private.
pub(super) fn publishes_in(member: &Member) -> Option<CourseId> {
    member
        .contributor()
        .and_then(|contributor| contributor.member().session().course)
}

#[cfg(test)]
mod tests;
