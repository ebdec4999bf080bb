//! Collections: items in an order. What is in one opens by its own rights; and where a collection is
//! placed in a course, what is in it opens there too, as far as the collection's owner might place it
//! (see [`super::access`]).

use super::access::{self, Editable, Opened};
use super::error::Error;
use super::placements;
use super::tools::{Made, make};
use super::words::{Description, Title};
use super::{commit, search};
use crate::people::Member;
use crate::store::ids::{ConnectionId, CourseId, ItemId};
use crate::store::rows::collections::Collected;
use crate::store::rows::library::{Item, Kind};
use crate::store::trees::{Collected as CollectedTree, CollectedIn, Items};
use crate::store::{self, Commit, Store};
use crate::world::World;

/// The most items of a collection, and the most collections that an item is in.
pub const MOST: usize = 200;

/// Makes an empty collection, which nobody else sees yet.
pub async fn create(
    store: &Store,
    world: &World,
    member: &Member,
    title: Title,
    description: Description,
) -> Result<ItemId, Error> {
    let made = Made {
        title,
        description,
        kind: Kind::Collection,
        tool: None,
    };
    make(store, world, member, &made, |_, _| {}).await
}

/// What is in a collection, in order, whether or not it opens: positions and items.
pub fn entries(store: &Store, collection: &Opened) -> Result<Vec<(u32, ItemId)>, Error> {
    rows(store, collection.id())
}

fn rows(store: &Store, collection: ItemId) -> Result<Vec<(u32, ItemId)>, Error> {
    let rows = store.page::<CollectedTree>(&(collection,), None, MOST)?;
    Ok(rows
        .into_iter()
        .map(|((_, position), collected)| (position, collected.item))
        .collect())
}

/// What of a collection opens for `viewer`, in order.
pub fn opened(
    store: &Store,
    viewer: &access::Viewer,
    collection: &Opened,
) -> Result<Vec<Opened>, Error> {
    let mut found = Vec::new();
    for (_, item) in entries(store, collection)? {
        match access::open(store, viewer, item) {
            Ok(item) => found.push(item),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Whether something in a collection launches a tool.
pub fn holds_tools(store: &Store, collection: ItemId) -> Result<bool, Error> {
    for (_, item) in rows(store, collection)? {
        let item = store.get::<Items>(&item)?;
        if item.is_some_and(|item| item.tool.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an item is in a collection.
pub fn has(store: &Store, collection: ItemId, item: ItemId) -> Result<bool, store::Error> {
    Ok(store.get::<CollectedIn>(&(item, collection))?.is_some())
}

/// The first `limit` collections that an item is in.
pub fn with(store: &Store, item: ItemId, limit: usize) -> Result<Vec<ItemId>, store::Error> {
    let page = store.page::<CollectedIn>(&(item,), None, limit)?;
    Ok(page.into_iter().map(|((_, id), ())| id).collect())
}

/// What of a collection opens wherever that is placed, in order: what its owner might place. `None`:
/// it is no collection, or is gone.
pub fn placed_along(
    store: &Store,
    collection: ItemId,
) -> Result<Option<Vec<(ItemId, Item)>>, store::Error> {
    let row = store.get::<Items>(&collection)?;
    let Some(row) = row.filter(|row| row.kind == Kind::Collection && row.trashed.is_none()) else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for ((_, _), collected) in store.page::<CollectedTree>(&(collection,), None, MOST)? {
        let item = store.get::<Items>(&collected.item)?;
        if let Some(item) = item.filter(|item| item.trashed.is_none())
            && access::edits(store, row.owner, collected.item, &item)?
        {
            found.push((collected.item, item));
        }
    }
    Ok(Some(found))
}

/// Puts an item at the end of a collection; one that is there stays where it is. A collection holds
/// no other.
pub async fn add(
    store: &Store,
    world: &World,
    collection: &Editable,
    item: &Opened,
    by: &Member,
) -> Result<(), Error> {
    let id = held(collection)?;
    if item.item().kind == Kind::Collection {
        return Err(Error::NotFound);
    }
    commit(store, || {
        let mut commit = Commit::new();
        if store.get::<CollectedIn>(&(item.id(), id))?.is_some() {
            return Ok((commit, ()));
        }
        let elsewhere = store.page::<CollectedIn>(&(item.id(),), None, MOST)?;
        if elsewhere.len() >= MOST {
            return Err(Error::CollectionFull);
        }
        commit.expect_present::<Items>(&item.id());
        append(store, world, &mut commit, (collection, by), &[item.id()])?;
        Ok((commit, ()))
    })
    .await
}

/// Adds to `commit` that items, which are in no collection yet, are at the end of one.
pub(super) fn append(
    store: &Store,
    world: &World,
    commit: &mut Commit,
    (collection, by): (&Editable, &Member),
    items: &[ItemId],
) -> Result<(), Error> {
    let id = held(collection)?;
    let rows = rows(store, id)?;
    if rows.len() + items.len() > MOST {
        return Err(Error::CollectionFull);
    }
    let first = rows.last().map_or(0, |(last, _)| last + 1);
    commit.expect_present::<Items>(&id);
    for (position, item) in (first..).zip(items) {
        let collected = Collected {
            item: *item,
            by: by.session().user,
            added: world.now(),
        };
        commit
            .expect_absent::<CollectedTree>(&(id, position))
            .put::<CollectedTree>(&(id, position), &collected)
            .put::<CollectedIn>(&(*item, id), &());
    }
    search::changed(commit, world, id);
    Ok(())
}

/// Takes an item out of a collection.
pub async fn remove(store: &Store, collection: &Editable, item: ItemId) -> Result<(), Error> {
    let id = held(collection)?;
    commit(store, || {
        let mut commit = Commit::new();
        commit.frees();
        for (position, known) in rows(store, id)? {
            if known == item {
                commit.delete::<CollectedTree>(&(id, position));
            }
        }
        commit.delete::<CollectedIn>(&(item, id));
        Ok((commit, ()))
    })
    .await
}

/// Which way an item goes in its collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Before the one before it.
    Up,
    /// After the one after it.
    Down,
}

/// Moves an item by one place.
pub async fn shift(
    store: &Store,
    collection: &Editable,
    item: ItemId,
    way: Way,
) -> Result<(), Error> {
    let id = held(collection)?;
    commit(store, || {
        let rows = rows(store, id)?;
        let at = rows.iter().position(|(_, known)| *known == item);
        let at = at.ok_or(Error::NotFound)?;
        let other = match way {
            Way::Up => at.checked_sub(1),
            Way::Down => Some(at + 1).filter(|other| *other < rows.len()),
        };
        let mut commit = Commit::new();
        let Some(other) = other else {
            return Ok((commit, ()));
        };
        let [one, two] = [rows[at].0, rows[other].0];
        let (Some(first), Some(second)) = (
            store.read::<CollectedTree>(&(id, one))?,
            store.read::<CollectedTree>(&(id, two))?,
        ) else {
            return Ok((commit, ()));
        };
        commit
            .expect_unchanged::<CollectedTree>(&(id, one), &first)
            .expect_unchanged::<CollectedTree>(&(id, two), &second)
            .put::<CollectedTree>(&(id, one), &second.value)
            .put::<CollectedTree>(&(id, two), &first.value);
        Ok((commit, ()))
    })
    .await
}

/// The id of what is to be a collection.
fn held(collection: &Editable) -> Result<ItemId, Error> {
    let opened = collection.opened();
    let right = opened.item().kind == Kind::Collection;
    right.then_some(opened.id()).ok_or(Error::NotFound)
}

/// Whether an item opens in a course by being in a collection that is placed there, whose owner
/// might place it: as its owner, or because it was shared with them for changes. Asked anew each
/// time, so that it ends with the placement, with the share, and with the place in the collection.
pub(super) fn opens_in(
    store: &Store,
    course: CourseId,
    connection: ConnectionId,
    id: ItemId,
    item: &Item,
) -> Result<bool, store::Error> {
    for ((_, collection), ()) in store.page::<CollectedIn>(&(id,), None, MOST)? {
        let row = store.get::<Items>(&collection)?;
        let Some(row) = row.filter(|row| row.trashed.is_none()) else {
            continue;
        };
        if access::edits(store, row.owner, id, item)?
            && placements::opens_in(store, course, connection, collection)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes an item that is deleted out of all collections, and everything out of one.
pub(super) fn forget(store: &Store, commit: &mut Commit, id: ItemId) -> Result<(), store::Error> {
    for (key, collected) in store.page::<CollectedTree>(&(id,), None, MOST)? {
        commit
            .delete::<CollectedTree>(&key)
            .delete::<CollectedIn>(&(collected.item, id));
    }
    for ((_, collection), ()) in store.page::<CollectedIn>(&(id,), None, MOST)? {
        commit.delete::<CollectedIn>(&(id, collection));
        for (key, collected) in store.page::<CollectedTree>(&(collection,), None, MOST)? {
            if collected.item == id {
                commit.delete::<CollectedTree>(&key);
            }
        }
    }
    Ok(())
}
