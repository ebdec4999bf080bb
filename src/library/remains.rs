//! What belonged to an item that was deleted: shares, links, placements, captions, views and files. Removed
//! batch by batch after the item itself, and again from the note that its deletion left, when a
//! crash came between.

use super::error::Error;
use super::folder::Folder;
use super::placements;
use crate::store::ids::ItemId;
use crate::store::key::Newest;
use crate::store::trees::{
    LinksOf, PlacedIn, Removals, ShareLinks, SharedWith, Shares, Texts, Views, WatchedIn, Withdrawn,
};
use crate::store::{Commit, Store};

/// How many rows are deleted together.
const BATCH: usize = 30;

/// Removes everything that is left of an item, and then the note that it is to be removed.
pub(super) async fn remove(store: &Store, folder: &Folder, id: ItemId) -> Result<(), Error> {
    loop {
        let mut commit = Commit::new();
        commit.frees();
        shares(store, &mut commit, id)?;
        for ((_, hash), ()) in store.page::<LinksOf>(&(id,), None, BATCH)? {
            commit.delete::<LinksOf>(&(id, hash));
            commit.delete::<ShareLinks>(&hash);
        }
        for ((_, placement), ()) in store.page::<PlacedIn>(&(id,), None, BATCH)? {
            placements::forget(store, &mut commit, id, placement)?;
        }
        for (key, ()) in store.page::<Withdrawn>(&(id,), None, BATCH)? {
            commit.delete::<Withdrawn>(&key);
        }
        for (key, _) in store.page::<Texts>(&(id,), None, BATCH)? {
            commit.delete::<Texts>(&key);
        }
        views(store, &mut commit, id)?;
        if commit.is_empty() {
            break;
        }
        store.commit(commit).await?;
    }
    folder.remove_item(id).await?;
    let mut commit = Commit::new();
    commit.delete::<Removals>(&id).frees();
    Ok(store.commit(commit).await?)
}

/// The views of one course at a time; the course itself once it has none any more.
fn views(store: &Store, commit: &mut Commit, id: ItemId) -> Result<(), Error> {
    let Some((key, ())) = store.page::<WatchedIn>(&(id,), None, 1)?.pop() else {
        return Ok(());
    };
    let views = store.page::<Views>(&(key.1, id), None, BATCH)?;
    if views.len() < BATCH {
        commit.delete::<WatchedIn>(&key);
    }
    for (key, _) in views {
        commit.delete::<Views>(&key);
    }
    Ok(())
}

fn shares(store: &Store, commit: &mut Commit, id: ItemId) -> Result<(), Error> {
    for ((_, user), share) in store.page::<Shares>(&(id,), None, BATCH)? {
        commit.delete::<Shares>(&(id, user)).delete::<SharedWith>(&(
            user,
            Newest(share.item_created),
            id,
        ));
    }
    Ok(())
}
