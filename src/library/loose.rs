//! Files that no row speaks of. A note goes before each file that is yet to get its row, and into
//! the commit that takes the row of one away; so what a crash leaves behind is found by [`sweep`],
//! which costs by what was left and not by the size of the library.

use std::time::Duration;

use super::error::Error;
use super::folder::Folder;
use crate::store::ids::ItemId;
use crate::store::trees::{Items, Loose};
use crate::store::{self, Commit, Store};
use crate::world::{Time, World};

/// How long writing a file may take, at the very most, until it is taken for left behind.
pub(super) const SETTLED: Duration = Duration::from_hours(1);
/// Since when the files are loose that no row will ever speak of.
const CONDEMNED: Time = Time(0);
/// How many notes are looked at together.
const BATCH: usize = 100;

/// Names a file below the media folder, and says since when no row speaks of it. Files that are
/// named after it (its name, a dot and more) go with it.
pub(super) type Note = (Time, String);

/// Notes a file of an item before it is written: [`Error::NotFound`] when the item is gone, or the
/// file about to be removed. Can be repeated.
pub(super) async fn announce(store: &Store, item: ItemId, note: &Note) -> Result<(), Error> {
    let mut commit = Commit::new();
    commit
        .expect_present::<Items>(&item)
        .expect_absent::<Loose>(&(CONDEMNED, note.1.clone()))
        .put::<Loose>(note, &());
    match store.commit(commit).await {
        Err(store::Error::Conflict) => Err(Error::NotFound),
        done => Ok(done?),
    }
}

/// The file of this note gets its row in `commit`, provided that the note still stands: without it
/// the file is not there any more.
pub(super) fn settle(commit: &mut Commit, note: &Note) {
    commit.expect_present::<Loose>(note).delete::<Loose>(note);
}

/// The file at `path` loses its row in `commit`.
pub(super) fn leave(commit: &mut Commit, now: Time, path: String) -> Note {
    let note = (now, path);
    commit.put::<Loose>(&note, &());
    note
}

/// Removes files that are left behind, now or at the next sweep.
pub(super) async fn forget(store: &Store, folder: &Folder, notes: impl IntoIterator<Item = Note>) {
    for note in notes {
        if let Err(error) = remove(store, folder, &note).await {
            tracing::warn!(%error, "a former file is left for the next sweep");
        }
    }
}

async fn remove(store: &Store, folder: &Folder, note: &Note) -> Result<(), Error> {
    folder.remove_all_beside(note.1.clone()).await?;
    folder.remove_beside(&note.1).await?;
    let mut commit = Commit::new();
    commit.delete::<Loose>(note).frees();
    Ok(store.commit(commit).await?)
}

/// Removes the files that a crash left without a row.
pub async fn sweep(store: &Store, world: &World, folder: &Folder) -> Result<(), Error> {
    let settled = world.now().before(SETTLED);
    loop {
        let notes = store.page::<Loose>(&(), None, BATCH)?;
        let left = notes
            .into_iter()
            .take_while(|((since, _), ())| *since < settled);
        let left: Vec<_> = left.map(|(note, ())| note).collect();
        for note in &left {
            if let Some(note) = condemn(store, note).await? {
                remove(store, folder, &note).await?;
            }
        }
        if left.len() < BATCH {
            return Ok(());
        }
    }
}

/// Takes a note from whoever may still be writing its file, so that no row will ever speak of it;
/// `None` when the file got its row meanwhile.
async fn condemn(store: &Store, note: &Note) -> Result<Option<Note>, Error> {
    if note.0 == CONDEMNED {
        return Ok(Some(note.clone()));
    }
    let condemned = (CONDEMNED, note.1.clone());
    let mut commit = Commit::new();
    commit
        .expect_present::<Loose>(note)
        .delete::<Loose>(note)
        .put::<Loose>(&condemned, &())
        .frees();
    match store.commit(commit).await {
        Ok(()) => Ok(Some(condemned)),
        Err(store::Error::Conflict) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
