//! From a complete upload to an item; and what a crash or the passing of time left over.

use super::locks::Held;
use super::{KEPT_COMPLETE, UploadId, Uploads};
use crate::library::error::Error;
use crate::library::folder::original_path;
use crate::library::items::{self, ORIGINAL};
use crate::library::usage::Usage;
use crate::library::{commit, kind, remains, search};
use crate::store::rows::library::{Facts, File, Item, Kind, Upload};
use crate::store::trees::{self, Files, Items, Removals, UploadsOf};
use crate::store::{self, Commit};
use crate::world::Time;

/// How many rows are looked at together.
const BATCH: usize = 100;

impl Uploads {
    /// Makes the item of an upload whose bytes are all synced, and answers the upload as it then
    /// is. Can be repeated wherever it was broken off: the file is moved to a place that was
    /// settled at the beginning, then one commit makes the item. Once made, nothing is done.
    pub(super) async fn complete(&self, held: &Held, upload: Upload) -> Result<Upload, Error> {
        if upload.complete {
            return Ok(upload);
        }
        let id = held.id();
        let beginning = self.folder.keep(id, upload.item, upload.len).await?;
        let (kind, media_type) = kind::of(&beginning, &upload.filename);
        let now = self.world.now();
        let item = Item {
            owner: upload.user,
            connection: upload.connection,
            course: upload.course,
            title: upload.title.clone(),
            kind,
            visibility: upload.visibility,
            created: now,
            changed: now,
            description: String::new(),
            tags: Vec::new(),
            trashed: None,
            downloadable: kind == Kind::Document,
            facts: Facts::default(),
            pictures: Vec::new(),
            replaced: 0,
        };
        let file = File {
            path: original_path(upload.item),
            len: upload.len,
            etag: format!("{:032x}", u128::from_be_bytes(self.world.random())),
            media_type: media_type.to_owned(),
            name: upload.filename.clone(),
            sent: None,
        };
        let made = self.make(id, &upload, &item, &file, now).await;
        if let Err(Error::NotFound | Error::DiskFull | Error::Store(store::Error::Conflict)) = made
        {
            // Certainly not made: the file is an upload's again, and ends with it.
            self.folder.put_back(id, upload.item).await?;
        }
        made
    }

    async fn make(
        &self,
        id: UploadId,
        upload: &Upload,
        item: &Item,
        file: &File,
        now: Time,
    ) -> Result<Upload, Error> {
        let done = Upload {
            complete: true,
            ends: now.after(KEPT_COMPLETE),
            ..upload.clone()
        };
        commit(&self.store, || {
            // Only expiry takes a row away from whoever holds the upload.
            if self.store.get::<trees::Uploads>(&id.0)?.is_none() {
                return Err(Error::NotFound);
            }
            let usage = Usage::of(&self.store, upload.user)?;
            let mut total = usage.now();
            total.bytes = total.bytes.saturating_add(upload.len);
            total.items += 1;
            let mut commit = Commit::new();
            commit
                .expect_present::<trees::Uploads>(&id.0)
                .expect_absent::<Items>(&upload.item)
                .put::<Items>(&upload.item, item)
                .put::<Files>(&(upload.item, ORIGINAL.to_owned()), file)
                .put_moving_end::<trees::Uploads>(&id.0, &done, upload.ends, done.ends)
                .delete_ending::<UploadsOf>(&(upload.user, id.0), upload.ends);
            items::index(&mut commit, upload.item, item);
            search::changed(&mut commit, &self.world, upload.item);
            usage.change(&mut commit, total);
            Ok((commit, done.clone()))
        })
        .await
    }

    /// Repairs what the end of the last process broke off: makes the items of uploads that were all
    /// there, counts on what the others lack, then [sweeps](Self::sweep). For the start, before anything expires.
    pub async fn recover(&self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let rows = self
                .store
                .page::<trees::Uploads>(&(), after.as_ref(), BATCH)?;
            after = rows.last().map(|(id, _)| *id);
            for (id, upload) in rows {
                let id = UploadId(id);
                if !upload.complete && upload.offset == upload.len {
                    self.finish(id).await;
                } else {
                    self.claims.renew(id, &upload, self.world.now());
                }
            }
            if after.is_none() {
                return self.sweep().await;
            }
        }
    }

    /// One upload that cannot be finished must not keep the others from it.
    async fn finish(&self, id: UploadId) {
        let Some(held) = self.locks.hold(id) else {
            return;
        };
        let done = match self.store.get::<trees::Uploads>(&id.0) {
            Ok(Some(upload)) if !upload.complete => self.complete(&held, upload).await,
            _ => return,
        };
        match done {
            Ok(upload) => tracing::info!(item = %upload.item, "finished a broken-off upload"),
            Err(error) => tracing::error!(%error, "a broken-off upload cannot be finished"),
        }
    }

    /// Removes files that no row speaks of: those of expired uploads, and those of deleted items
    /// that are still there. Costs by what is under way, not by the size of the library.
    pub async fn sweep(&self) -> Result<(), Error> {
        for id in self.folder.uploads().await? {
            // A row comes before its file, so a file without a row has no future. One that is
            // still being written waits for the next sweep.
            if self.store.get::<trees::Uploads>(&id.0)?.is_none()
                && let Some(_held) = self.locks.hold(id)
            {
                self.folder.remove_upload(id).await?;
            }
        }
        loop {
            let removals = self.store.page::<Removals>(&(), None, BATCH)?;
            if removals.is_empty() {
                return Ok(());
            }
            for (item, ()) in removals {
                remains::remove(&self.store, &self.folder, item).await?;
            }
        }
    }
}
