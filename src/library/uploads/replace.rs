//! From a complete upload to the new file of an item. Its address, title, visibility, shares,
//! links, placements and captions stay.

use super::kept::{Bare, Kept, rendition};
use super::locks::Held;
use super::{KEPT_COMPLETE, UploadId, Uploads};
use crate::library::access::still_editable;
use crate::library::error::Error;
use crate::library::folder::beside;
use crate::library::items::ORIGINAL;
use crate::library::loose::{self, Note};
use crate::library::usage::{Change, Usage};
use crate::library::{commit, search};
use crate::store::Commit;
use crate::store::ids::ItemId;
use crate::store::rows::library::{Item, Upload};
use crate::store::trees::{self, Files, Items};
use crate::world::Time;

impl Uploads {
    /// Makes an upload whose bytes are all synced the file of `item`, if whoever uploaded it may
    /// still change the item. Can be repeated wherever it was broken off, as
    /// [`complete`](Self::complete) can.
    pub(super) async fn replace(
        &self,
        held: &Held,
        upload: Upload,
        item: ItemId,
    ) -> Result<Upload, Error> {
        still_editable(&self.store, upload.user, item)?;
        let id = held.id();
        // The upload's own mark, since two may replace the same file.
        let path = beside(item, &format!("{ORIGINAL}-{}", upload.item));
        // Until the upload ends the file may yet become the item's; after that nobody waits for it.
        let note = (upload.ends, path.clone());
        loose::announce(&self.store, item, &note).await?;
        let beginning = self.folder.keep(id, &path, upload.len).await?;
        let bare = Bare {
            user: upload.user,
            path: &path,
            len: upload.len,
            name: &upload.filename,
            beside: &path,
        };
        let done = match self.describe(bare, &beginning).await {
            Ok(kept) => self.exchange(id, &upload, item, &kept, &note).await,
            Err(error) => {
                self.give_back(id, &path).await?;
                return Err(error);
            }
        };
        match done {
            Ok((done, left)) => {
                loose::forget(&self.store, &self.folder, left).await;
                Ok(done)
            }
            Err(error) => {
                if certainly_undone(&error) {
                    self.give_back(id, &path).await?;
                }
                if matches!(error, Error::OtherKind) {
                    self.end(id, &upload).await?;
                }
                Err(error)
            }
        }
    }

    /// Puts the rows of the new file in place of the old; answers the notes of what these leave
    /// behind.
    async fn exchange(
        &self,
        id: UploadId,
        upload: &Upload,
        item: ItemId,
        kept: &Kept,
        note: &Note,
    ) -> Result<(Upload, Vec<Note>), Error> {
        let now = self.world.now();
        let done = Upload {
            complete: true,
            ends: now.after(KEPT_COMPLETE),
            ..upload.clone()
        };
        commit(&self.store, || {
            if self.store.get::<trees::Uploads>(&id.0)?.is_none() {
                return Err(Error::NotFound);
            }
            let row = still_editable(&self.store, upload.user, item)?;
            if row.value.kind != kept.kind {
                return Err(Error::OtherKind);
            }
            let mut commit = Commit::new();
            commit
                .expect_present::<trees::Uploads>(&id.0)
                .expect_unchanged::<Items>(&item, &row);
            loose::settle(&mut commit, note);
            let left = self.take_out(&mut commit, item, &row.value, upload.len, now)?;
            kept.put(&mut commit, item);
            let new = Item {
                changed: now,
                facts: kept.facts.clone(),
                pictures: kept.widths(),
                replaced: row.value.replaced.saturating_add(1),
                location: kept.location,
                ..row.value
            };
            commit
                .put::<Items>(&item, &new)
                .put_moving_end::<trees::Uploads>(&id.0, &done, upload.ends, done.ends);
            self.release(&mut commit, id, upload)?;
            search::changed(&mut commit, &self.world, item);
            Ok((commit, (done.clone(), left)))
        })
        .await
    }

    /// Takes out the rows of an item's file and pictures, for a file of `len` bytes that its owner
    /// has instead; answers the notes of the files.
    fn take_out(
        &self,
        commit: &mut Commit,
        id: ItemId,
        item: &Item,
        len: u64,
        now: Time,
    ) -> Result<Vec<Note>, Error> {
        let pictures = item.pictures.iter().map(|width| rendition(*width));
        let mut left = Vec::new();
        let mut before = 0;
        for name in pictures.chain([ORIGINAL.to_owned()]) {
            let key = (id, name);
            let Some(file) = self.store.get::<Files>(&key)? else {
                continue;
            };
            if key.1 == ORIGINAL {
                before = file.len;
            }
            commit.delete::<Files>(&key);
            left.push(loose::leave(commit, now, file.path));
        }
        let usage = Usage::of(&self.store, item.owner, item.course)?;
        usage.change(commit, &Change::becomes(before, len));
        Ok(left)
    }
}

/// Whether an exchange that failed so has changed nothing, and can't have.
const fn certainly_undone(error: &Error) -> bool {
    use crate::store::Error::Conflict;
    matches!(
        error,
        Error::NotFound | Error::OtherKind | Error::DiskFull | Error::Store(Conflict)
    )
}
