//! What belonged to an item that was deleted: shares, links, placements, captions, views and files. Removed
//! batch by batch after the item itself, and again from the note that its deletion left, when a
//! crash came between.

use super::error::Error;
use super::folder::Folder;
use super::{collections, placements};
use crate::store::ids::ItemId;
use crate::store::key::Newest;
use crate::store::rows::watching::Share;
use crate::store::trees::{
    ItemTallies, LinksOf, PersonTallies, PlacedIn, Recent, Removals, Rewatched, ShareLinks,
    SharedWith, Shares, Texts, ToolLinks, Viewed, Views, WatchedIn, Withdrawn,
};
use crate::store::{self, Commit, Store, Tree};
use crate::world::Time;

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
        collections::forget(store, &mut commit, id)?;
        if commit.is_empty() {
            break;
        }
        match store.commit(commit).await {
            // Somebody watches something else meanwhile: the sums are read again.
            Ok(()) | Err(store::Error::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    folder.remove_item(id).await?;
    let mut commit = Commit::new();
    commit
        .delete::<Removals>(&id)
        .delete::<ToolLinks>(&id)
        .frees();
    Ok(store.commit(commit).await?)
}

/// The views of one course at a time, which are taken off the sums that they are part of; the course
/// itself once it has none any more.
fn views(store: &Store, commit: &mut Commit, id: ItemId) -> Result<(), Error> {
    let Some((key, ())) = store.page::<WatchedIn>(&(id,), None, 1)?.pop() else {
        return Ok(());
    };
    let views = store.page::<Views>(&(key.1, id), None, BATCH)?;
    if views.len() < BATCH {
        commit.delete::<WatchedIn>(&key);
        commit.delete::<ItemTallies>(&(key.1, id));
    }
    for ((course, _, user), view) in views {
        end::<Views>(commit, &(course, id, user), view.ends);
        end::<Rewatched>(commit, &(course, id, user), view.ends);
        end::<Viewed>(commit, &(user, course, id), view.ends);
        if let Some(at) = view.recent {
            end::<Recent>(commit, &(user, Newest(at), id, course), view.ends);
        }
        if let Some(sum) = store.read::<PersonTallies>(&(course, user))? {
            let mut tally = sum.value;
            tally.replace(view.share(), Share::default());
            commit.expect_unchanged::<PersonTallies>(&(course, user), &sum);
            commit.put::<PersonTallies>(&(course, user), &tally);
        }
    }
    Ok(())
}

/// Deletes what would have ended by itself, with the note of its end, which names the person too.
fn end<T: Tree>(commit: &mut Commit, key: &T::Key, ends: Option<Time>) {
    match ends {
        Some(ends) => commit.delete_ending::<T>(key, ends),
        None => commit.delete::<T>(key),
    };
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
