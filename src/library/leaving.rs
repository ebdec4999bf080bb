//! What the library loses when somebody is erased: items, shares, uploads. Everything is done in
//! small steps, each of which can be done again.

use super::error::Error;
use super::folder::Folder;
use super::uploads::Uploads;
use super::usage::{Change, Usage};
use super::{commit, items, search};
use crate::audit;
use crate::store::ids::{ItemId, UserId};
use crate::store::key::Newest;
use crate::store::rows::library::{Item, Visibility};
use crate::store::trees::{
    CollectedIn, Files, Imported, Items, Owned, PlacedIn, Placements, SharedWith, Shares, TrashOf,
    Users,
};
use crate::store::{self, Commit, Store, trees};
use crate::world::World;

/// Owns what was to be handed over to somebody who is gone as well: nobody is launched as it.
pub const NOBODY: UserId = UserId(0);
/// Items that are dealt with before others get a turn.
const BATCH: usize = 50;
/// Collections of an item that are looked at; it is in no more than a few.
const COLLECTIONS: usize = 1_000;
/// Placements of an item that are looked at together.
const PLACEMENTS: usize = 100;

/// What becomes of the items that others use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// They are removed like the others.
    Removed,
    /// Somebody else's they are from now on.
    HandedOver(UserId),
}

/// Whether others than its owner use an item: it is placed in a course, shared with somebody, shown
/// to more people, or in a collection that others use. What is in the trash nobody uses.
pub fn is_used(store: &Store, id: ItemId, item: &Item) -> Result<bool, store::Error> {
    if item.trashed.is_some() {
        return Ok(false);
    }
    if is_shown(store, id, item)? {
        return Ok(true);
    }
    for ((_, collection), ()) in store.page::<CollectedIn>(&(id,), None, COLLECTIONS)? {
        let row = store.get::<Items>(&collection)?;
        if let Some(row) = row
            && (row.owner != item.owner || is_shown(store, collection, &row)?)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Likewise by itself, and not as part of a collection.
fn is_shown(store: &Store, id: ItemId, item: &Item) -> Result<bool, store::Error> {
    if item.trashed.is_some() {
        return Ok(false);
    }
    if item.visibility != Visibility::Private {
        return Ok(true);
    }
    if !store.page::<Shares>(&(id,), None, 1)?.is_empty() {
        return Ok(true);
    }
    let mut after = None;
    loop {
        let placed = store.page::<PlacedIn>(&(id,), after.as_ref(), PLACEMENTS)?;
        let last = placed.len() < PLACEMENTS;
        after = placed.last().map(|(key, ())| *key);
        for ((_, placement), ()) in placed {
            let placement = store.get::<Placements>(&placement)?;
            if placement.is_some_and(|placement| placement.revoked.is_none()) {
                return Ok(true);
            }
        }
        if last {
            return Ok(false);
        }
    }
}

/// The room's parts that an erasure needs.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The store.
    pub store: &'a Store,
    /// Time and randomness.
    pub world: &'a World,
    /// The folder of the media bytes.
    pub folder: &'a Folder,
    /// Uploads.
    pub uploads: &'a Uploads,
}

impl Parts<'_> {
    /// Removes or hands over some of a person's items; answers whether there were any. `by` decided
    /// it.
    pub async fn items(&self, user: UserId, fate: Used, by: &str) -> Result<bool, Error> {
        let owned = self.store.page::<Owned>(&(user,), None, BATCH)?;
        let owned = owned.into_iter().map(|((_, made, id), ())| (made, id));
        let owned: Vec<_> = owned.collect();
        for (made, id) in &owned {
            self.item(user, (*made, *id), fate, by).await?;
        }
        let trash = self.store.page::<TrashOf>(&(user,), None, BATCH)?;
        for ((_, since, id), ()) in &trash {
            if !self.remove(user, *id, by).await? {
                let mut commit = Commit::new();
                commit.delete::<TrashOf>(&(user, *since, *id)).frees();
                self.store.commit(commit).await?;
            }
        }
        Ok(!owned.is_empty() || !trash.is_empty())
    }

    /// Gives items that are nobody's to `heir`, at most `limit` of them: those of the heir's own
    /// connection. Answers how many.
    pub async fn adopt(&self, heir: UserId, limit: usize, by: &str) -> Result<usize, Error> {
        let connection = self.store.get::<Users>(&heir)?;
        let connection = connection.ok_or(Error::NotFound)?.connection;
        let (mut adopted, mut after) = (0, None);
        while adopted < limit {
            let page = self
                .store
                .page::<Owned>(&(NOBODY,), after.as_ref(), BATCH)?;
            let Some((last, ())) = page.last() else {
                break;
            };
            after = Some(*last);
            for ((_, _, id), ()) in page {
                let row = self.store.get::<Items>(&id)?;
                if row.is_some_and(|row| row.connection == connection) {
                    adopted += usize::from(self.hand_over(NOBODY, id, heir, by).await?);
                }
            }
        }
        Ok(adopted)
    }

    async fn item(
        &self,
        user: UserId,
        (made, id): (Newest, ItemId),
        fate: Used,
        by: &str,
    ) -> Result<(), Error> {
        let row = self.store.get::<Items>(&id)?;
        let done = match (row.filter(|row| row.owner == user), fate) {
            (None, _) => false,
            (Some(row), Used::HandedOver(heir)) if is_used(self.store, id, &row)? => {
                self.hand_over(user, id, heir, by).await?
            }
            (Some(_), _) => self.remove(user, id, by).await?,
        };
        if !done {
            // An entry that leads to nothing of theirs.
            let mut commit = Commit::new();
            commit.delete::<Owned>(&(user, made, id)).frees();
            self.store.commit(commit).await?;
        }
        Ok(())
    }

    /// Removes an item with all that belongs to it; `false` when it is not theirs any more.
    async fn remove(&self, user: UserId, id: ItemId, by: &str) -> Result<bool, Error> {
        let (store, world, folder) = (self.store, self.world, self.folder);
        let theirs = |row: &Item| row.owner == user;
        match items::remove(store, world, folder, id, by, theirs).await {
            Ok(()) => Ok(true),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives an item to somebody else, or to nobody when they are gone; `false` when it is not the
    /// person's any more. Whoever sees it sees it as before.
    async fn hand_over(
        &self,
        user: UserId,
        id: ItemId,
        heir: UserId,
        by: &str,
    ) -> Result<bool, Error> {
        let (store, world) = (self.store, self.world);
        commit(store, || {
            let mut commit = Commit::new();
            let Some(row) = store.read::<Items>(&id)? else {
                return Ok((commit, false));
            };
            if row.value.owner != user || row.value.trashed.is_some() {
                return Ok((commit, false));
            }
            let there = store.get::<Users>(&heir)?.is_some();
            let heir = if there { heir } else { NOBODY };
            if there {
                commit.expect_present::<Users>(&heir);
            }
            let item = Item {
                owner: heir,
                ..row.value.clone()
            };
            commit.expect_unchanged::<Items>(&id, &row);
            items::unindex(store, &mut commit, id, &row.value)?;
            items::index(&mut commit, id, &item);
            commit.put::<Items>(&id, &item);
            if let Some(share) = store.get::<Shares>(&(id, heir))? {
                let listed = (heir, Newest(share.item_created), id);
                commit
                    .delete::<Shares>(&(id, heir))
                    .delete::<SharedWith>(&listed);
            }
            let file = store.get::<Files>(&(id, items::ORIGINAL.to_owned()))?;
            let bytes = file.map_or(0, |file| file.len);
            Usage::of(store, user, None)?.change(&mut commit, &Change::goes(bytes));
            Usage::of(store, heir, None)?.change(&mut commit, &Change::comes(bytes));
            search::changed(&mut commit, world, id);
            let to = format!("{id} user:{heir}");
            audit::record(&mut commit, world, by, "item-handed-over", Some(&to));
            commit.frees();
            Ok((commit, true))
        })
        .await
    }

    /// Ends a person's uploads, and forgets the complete ones; answers whether there are any left,
    /// which somebody is writing just now. Looks through whatever is under way.
    pub async fn uploads(&self, user: UserId) -> Result<bool, Error> {
        self.uploads.forget_all_of(user).await
    }
}

/// Adds to `commit` that at most `limit` items are shared with a person no more.
pub fn shares(
    store: &Store,
    commit: &mut Commit,
    world: &World,
    user: UserId,
    limit: usize,
) -> Result<(), store::Error> {
    for (key, ()) in store.page::<SharedWith>(&(user,), None, limit)? {
        commit
            .delete::<SharedWith>(&key)
            .delete::<Shares>(&(key.2, user));
        if store.get::<Items>(&key.2)?.is_some() {
            search::changed(commit, world, key.2);
        }
    }
    Ok(())
}

/// Adds to `commit` that at most `limit` files are known no more as brought for a person.
pub fn imports(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    limit: usize,
) -> Result<(), store::Error> {
    for (key, _) in store.page::<Imported>(&(user,), None, limit)? {
        commit.delete::<Imported>(&key);
    }
    Ok(())
}

/// Adds to `commit` that a person takes up nothing: for the end, when they have nothing any more.
pub fn usage(store: &Store, commit: &mut Commit, user: UserId) -> Result<(), store::Error> {
    if let Some(row) = store.read::<trees::Usage>(&user)? {
        commit.expect_unchanged::<trees::Usage>(&user, &row);
        commit.delete::<trees::Usage>(&user);
    }
    Ok(())
}
