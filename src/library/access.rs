//! Who may open an item and who may change it: decided here and nowhere else.
//!
//! Rights come from the session's own launch: a person's own items, what was shared with them, what
//! is placed in the launch's course, and what an item's visibility gives. What one may not open
//! does not show whether it exists. Every question is asked of the store anew, so that what is
//! taken back is gone at the next request.

use super::error::Error;
use super::{collections, links, placements};
use crate::people::{Contributor, Member, connections};
use crate::store::ids::{ConnectionId, CourseId, Hash, ItemId, UserId};
use crate::store::rows::library::{Item, Kind, Location, ShareRole, Visibility};
use crate::store::rows::people::{Session, Source};
use crate::store::trees::{Connections, Items, Shares};
use crate::store::{self, Row, Store};

/// What may be shown to people without a launch, as configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publishing {
    /// Whether links to unlisted items open them.
    pub unlisted: bool,
    /// Whether public items open.
    pub public: bool,
}

impl Publishing {
    /// Whether items may have this visibility.
    pub const fn allows(self, visibility: Visibility) -> bool {
        match visibility {
            Visibility::Private | Visibility::Course | Visibility::School => true,
            Visibility::Unlisted => self.unlisted,
            Visibility::Public => self.public,
        }
    }
}

/// Somebody who looks.
#[derive(Debug, Clone)]
pub struct Viewer {
    who: Who,
    only: Option<ItemId>,
}

#[derive(Debug, Clone, Copy)]
enum Who {
    /// A launched person, or whoever holds a media ticket of that person's session.
    Launched {
        user: UserId,
        connection: ConnectionId,
        course: Option<CourseId>,
    },
    /// Anybody, perhaps with the key of a link.
    Outside {
        key: Option<Hash>,
        publishing: Publishing,
    },
}

impl Viewer {
    /// A launched person, who may open whatever the launch gives.
    pub const fn of(member: &Member) -> Self {
        Self::of_session(member.session())
    }

    /// Whoever holds a media ticket for `item`: opens that item while the session may, and no
    /// other. The caller has checked the ticket and found the session alive.
    pub const fn of_ticket(session: &Session, item: ItemId) -> Self {
        Self {
            only: Some(item),
            ..Self::of_session(session)
        }
    }

    /// Somebody without a launch, perhaps with the key of a link to an unlisted item.
    pub fn outside(key: Option<&str>, publishing: Publishing) -> Self {
        let key = key.map(links::hash);
        Self {
            who: Who::Outside { key, publishing },
            only: None,
        }
    }

    const fn of_session(session: &Session) -> Self {
        Self {
            who: Who::Launched {
                user: session.user,
                connection: session.connection,
                course: session.course,
            },
            only: None,
        }
    }

    fn owns(&self, item: &Item) -> bool {
        matches!(self.who, Who::Launched { user, .. } if user == item.owner)
    }

    /// Whether `item` opens for this viewer.
    pub(super) fn may_open(
        &self,
        store: &Store,
        id: ItemId,
        item: &Item,
    ) -> Result<bool, store::Error> {
        if item.trashed.is_some() || self.only.is_some_and(|only| only != id) {
            return Ok(false);
        }
        match self.who {
            Who::Outside { key, publishing } => {
                // A tool is launched for somebody, by name or not, and a collection shows what is in it
                // to somebody; here nobody is known.
                let launched = matches!(item.kind, Kind::Tool | Kind::Collection);
                if launched || !publishing.allows(item.visibility) {
                    return Ok(false);
                }
                let opens = match (item.visibility, key) {
                    (Visibility::Public, _) => true,
                    (Visibility::Unlisted, Some(key)) => links::opens(store, key, id)?,
                    _ => false,
                };
                Ok(opens && !only_practised(store, item.connection)?)
            }
            Who::Launched {
                user,
                connection,
                course,
            } => Ok(item.owner == user
                || covers(store, item, connection, course)?
                || store.get::<Shares>(&(id, user))?.is_some()
                || match course {
                    Some(course) => {
                        placements::opens_in(store, course, connection, id)?
                            || collections::opens_in(store, course, connection, id, item)?
                    }
                    None => false,
                }),
        }
    }
}

/// Whether the item's visibility covers whoever is launched from this connection and course.
/// Courses are known per connection and deployment: no other platform's is the same.
fn covers(
    store: &Store,
    item: &Item,
    connection: ConnectionId,
    course: Option<CourseId>,
) -> Result<bool, store::Error> {
    match item.visibility {
        Visibility::Private | Visibility::Unlisted => Ok(false),
        Visibility::Course => Ok(course.is_some() && course == item.course),
        Visibility::School | Visibility::Public => {
            connections::same_school(store, connection, item.connection)
        }
    }
}

/// Whether this connection is the practice course's, and that is switched off.
fn only_practised(store: &Store, connection: ConnectionId) -> Result<bool, store::Error> {
    let connection = store.get::<Connections>(&connection)?;
    Ok(connection.is_some_and(|c| c.source == Source::Practice && !c.enabled))
}

/// An item that opened for somebody. Only this room makes one.
#[derive(Debug, Clone)]
pub struct Opened {
    id: ItemId,
    item: Item,
    owns: bool,
}

impl Opened {
    /// Whether whoever opened the item receives its file as well: its owner does, and others once
    /// it is certain that it tells no location, or the owner allows it.
    pub fn receives_file(&self) -> bool {
        self.owns || self.item.location != Location::Unknown
    }

    /// The item's id.
    pub const fn id(&self) -> ItemId {
        self.id
    }

    /// The item.
    pub const fn item(&self) -> &Item {
        &self.item
    }
}

/// An item that somebody may change: its owner, or somebody with whom it was shared for that. Only
/// [`editable`] makes one.
#[derive(Debug, Clone)]
pub struct Editable {
    opened: Opened,
}

impl Editable {
    /// The same item for reading.
    pub const fn opened(&self) -> &Opened {
        &self.opened
    }
}

/// An item in the hands of its owner, who alone decides who sees it and whether it stays. Only
/// [`owned`] makes one.
#[derive(Debug, Clone)]
pub struct Owned {
    editable: Editable,
    publishes_in: Option<CourseId>,
}

impl Owned {
    /// The same item for changes.
    pub const fn editable(&self) -> &Editable {
        &self.editable
    }

    /// The same item for reading.
    pub const fn opened(&self) -> &Opened {
        &self.editable.opened
    }

    /// The course to which the owner may show items: the launch's, for its staff.
    pub(super) const fn publishes_in(&self) -> Option<CourseId> {
        self.publishes_in
    }
}

/// An item in its owner's trash. Only [`trashed`] makes one.
#[derive(Debug, Clone)]
pub struct Trashed {
    opened: Opened,
}

impl Trashed {
    /// What is in the trash.
    pub const fn opened(&self) -> &Opened {
        &self.opened
    }
}

/// Opens an item, or answers [`Error::NotFound`].
pub fn open(store: &Store, viewer: &Viewer, id: ItemId) -> Result<Opened, Error> {
    let item = store.get::<Items>(&id)?.ok_or(Error::NotFound)?;
    if viewer.may_open(store, id, &item)? {
        let owns = viewer.owns(&item);
        Ok(Opened { id, item, owns })
    } else {
        Err(Error::NotFound)
    }
}

/// Opens an item for changes: [`Error::NotYours`] for those who may only see it. A media ticket is
/// read-only, so this takes the person.
pub fn editable(store: &Store, member: &Member, id: ItemId) -> Result<Editable, Error> {
    let viewer = Viewer::of(member);
    let opened = open(store, &viewer, id)?;
    if edits(store, member.session().user, id, &opened.item)? {
        Ok(Editable { opened })
    } else {
        Err(Error::NotYours)
    }
}

/// The row of an item, for what `user` began while it was [`editable`] and what ends now:
/// [`Error::NotFound`] when it is gone, in the trash, or no longer theirs to change.
pub(super) fn still_editable(store: &Store, user: UserId, id: ItemId) -> Result<Row<Item>, Error> {
    let row = store.read::<Items>(&id)?.ok_or(Error::NotFound)?;
    if row.value.trashed.is_none() && edits(store, user, id, &row.value)? {
        Ok(row)
    } else {
        Err(Error::NotFound)
    }
}

/// Whether an item is this person's to change, as its owner or by a share.
pub(super) fn edits(
    store: &Store,
    user: UserId,
    id: ItemId,
    item: &Item,
) -> Result<bool, store::Error> {
    let share = || store.get::<Shares>(&(id, user));
    Ok(item.owner == user || share()?.is_some_and(|share| share.role >= ShareRole::Editor))
}

/// Opens an item for its owner: [`Error::NotYours`] for everybody else who may open it.
pub fn owned(store: &Store, member: &Member, id: ItemId) -> Result<Owned, Error> {
    let viewer = Viewer::of(member);
    let opened = open(store, &viewer, id)?;
    if !viewer.owns(&opened.item) {
        return Err(Error::NotYours);
    }
    Ok(Owned {
        editable: Editable { opened },
        publishes_in: publishes_in(member),
    })
}

/// Opens an item in its owner's trash, or answers [`Error::NotFound`].
pub fn trashed(store: &Store, member: &Member, id: ItemId) -> Result<Trashed, Error> {
    let item = store.get::<Items>(&id)?.ok_or(Error::NotFound)?;
    if item.owner != member.session().user || item.trashed.is_none() {
        return Err(Error::NotFound);
    }
    Ok(Trashed {
        opened: Opened {
            id,
            item,
            owns: true,
        },
    })
}

/// The course to which `member` may show items. Students never set more than private.
pub(super) fn publishes_in(member: &Member) -> Option<CourseId> {
    member
        .contributor()
        .and_then(|contributor| contributor.member().session().course)
}

/// Whether `contributor` may put an item into the launch's course: whoever owns or edits it, and
/// everybody where the whole course may open it already. Placing must not show an item to more
/// people than its owner chose.
pub fn may_place(
    store: &Store,
    contributor: Contributor<'_>,
    opened: &Opened,
) -> Result<bool, Error> {
    let member = contributor.member();
    let session = member.session();
    if covers(store, &opened.item, session.connection, session.course)? {
        return Ok(true);
    }
    match editable(store, member, opened.id) {
        Ok(_) => Ok(true),
        Err(Error::NotYours | Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
