//! From a complete upload to an item; and what a crash or the passing of time left over.

use super::kept::{Bare, Kept};
use super::locks::Held;
use super::{KEPT_COMPLETE, UploadId, Uploads};
use crate::library::error::Error;
use crate::library::folder::original_path;
use crate::library::items;
use crate::library::usage::{Change, Usage};
use crate::library::{commit, remains, search};
use crate::store::rows::library::{Imported, Item, Kind, Upload};
use crate::store::trees::{self, Items, Removals};
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
        if let Some(item) = upload.replaces {
            return self.replace(held, upload, item).await;
        }
        let id = held.id();
        let path = original_path(upload.item);
        let beginning = self.folder.keep(id, &path, upload.len).await?;
        let bare = Bare {
            user: upload.user,
            path: &path,
            len: upload.len,
            name: &upload.filename,
            beside: &path,
        };
        let kept = match self.describe(bare, &beginning).await {
            Ok(kept) => kept,
            Err(error) => {
                self.give_back(id, &path).await?;
                return Err(error);
            }
        };
        let now = self.world.now();
        let import = upload.import.as_ref();
        let item = Item {
            course: upload.course,
            visibility: upload.visibility,
            description: import.map_or_else(String::new, |import| import.description.clone()),
            tags: import.map_or_else(Vec::new, |import| import.tags.clone()),
            downloadable: kept.kind == Kind::Document,
            facts: kept.facts.clone(),
            pictures: kept.widths(),
            location: kept.location,
            ..Item::new(
                upload.user,
                upload.connection,
                kept.kind,
                upload.title.clone(),
                now,
            )
        };
        let made = self.make(id, &upload, &item, &kept, now).await;
        if let Err(Error::NotFound | Error::DiskFull | Error::Store(store::Error::Conflict)) = made
        {
            // Certainly not made: the file is an upload's again, and ends with it.
            self.give_back(id, &path).await?;
        }
        made
    }

    /// Undoes what completing did before its commit.
    pub(super) async fn give_back(&self, id: UploadId, path: &str) -> Result<(), Error> {
        self.folder.put_back(id, path).await?;
        self.folder.remove_all_beside(path.to_owned()).await?;
        Ok(self.folder.remove_empty_dir(path).await?)
    }

    async fn make(
        &self,
        id: UploadId,
        upload: &Upload,
        item: &Item,
        kept: &Kept,
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
            let usage = Usage::of(&self.store, upload.user, upload.course)?;
            let mut commit = Commit::new();
            commit
                .expect_present::<trees::Uploads>(&id.0)
                .expect_absent::<Items>(&upload.item)
                .put::<Items>(&upload.item, item)
                .put_moving_end::<trees::Uploads>(&id.0, &done, upload.ends, done.ends);
            self.release(&mut commit, id, upload)?;
            kept.put(&mut commit, upload.item);
            items::index(&mut commit, upload.item, item);
            if let Some(import) = &upload.import {
                let imported = Imported {
                    item: upload.item,
                    created: now,
                };
                commit.put::<trees::Imported>(&(upload.user, import.mark), &imported);
            }
            search::changed(&mut commit, &self.world, upload.item);
            usage.change(&mut commit, &Change::comes(upload.len));
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
            Ok(Some(mut upload)) if !upload.complete => match self.judge_alone(&mut upload) {
                Ok(()) => self.complete(&held, upload).await,
                Err(error) => Err(error.into()),
            },
            _ => return,
        };
        match done {
            Ok(upload) => tracing::info!(item = %upload.becomes(), "finished a broken-off upload"),
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
