//! What a person has under way, and how much more there is room for.

use super::{UploadId, Uploads};
use crate::library::error::Error;
use crate::library::usage::Usage;
use crate::people::Member;
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::{self, Upload};
use crate::store::trees::{self, UploadsOf};
use crate::world::Time;

/// More uploads than anybody has open, expired ones that still await their removal included.
const LISTED_MAX: usize = 1000;
/// What an item costs at least, in bytes of the quota: rows, places in the search index and small
/// pictures, which no length tells.
const ITEM_MIN: u64 = 64 * 1024;

/// An upload that is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUpload {
    /// Its id.
    pub id: UploadId,
    /// The file's name, cleaned.
    pub filename: String,
    /// The title to give the item.
    pub title: String,
    /// Bytes in all.
    pub len: u64,
    /// Bytes that are synced to the disk.
    pub offset: u64,
    /// When it began.
    pub created: Time,
    /// When it is thrown away.
    pub ends: Time,
    /// The item whose file it is to replace, instead of becoming an item.
    pub replaces: Option<ItemId>,
    /// What the client told of it (`Upload-Metadata`), as it came.
    pub metadata: String,
}

impl Uploads {
    /// The uploads that a person has open, newest first.
    pub fn open_of(&self, member: &Member) -> Result<Vec<OpenUpload>, Error> {
        let open = self.rows_of(member.session().user)?;
        let mut open: Vec<OpenUpload> = open
            .into_iter()
            .map(|(id, row)| OpenUpload {
                id,
                filename: row.filename,
                title: row.title,
                len: row.len,
                offset: row.offset,
                created: row.created,
                ends: row.ends,
                replaces: row.replaces,
                metadata: row.metadata,
            })
            .collect();
        open.sort_by_key(|upload| std::cmp::Reverse(upload.created));
        Ok(open)
    }

    /// How many more bytes a person may upload just now: what is left of the quota, or of the disk
    /// where that is less.
    pub async fn room(&self, member: &Member) -> Result<u64, Error> {
        let user = member.session().user;
        let taken = Usage::of(&self.store, user)?.now();
        let quota = self.quota_left(taken, &self.rows_of(user)?);
        let claimed = self.claims.total(self.world.now());
        let kept = self.options.reserve.saturating_add(claimed);
        let disk = self.folder.free().await?.saturating_sub(kept);
        Ok(quota.min(disk))
    }

    /// What is left of the quota of somebody whose items take `taken`: nothing when they are more
    /// than would fit at [`ITEM_MIN`] bytes each.
    pub(super) fn quota_left(&self, taken: library::Usage, open: &[(UploadId, Upload)]) -> u64 {
        let quota = self.options.quota_per_person;
        let items = taken.items.saturating_add(open.len() as u64);
        if items.saturating_mul(ITEM_MIN) > quota {
            return 0;
        }
        let bytes = open
            .iter()
            .fold(taken.bytes, |sum, (_, open)| sum.saturating_add(open.len));
        quota.saturating_sub(bytes)
    }

    /// A person's open uploads: never many.
    pub(super) fn rows_of(&self, user: UserId) -> Result<Vec<(UploadId, Upload)>, Error> {
        let mut open = Vec::new();
        for ((_, id), ()) in self.store.page::<UploadsOf>(&(user,), None, LISTED_MAX)? {
            let id = UploadId(id);
            open.extend(
                self.live(id)?
                    .filter(|row| !row.complete)
                    .map(|row| (id, row)),
            );
        }
        Ok(open)
    }

    /// An upload that has not ended.
    pub(super) fn live(&self, id: UploadId) -> Result<Option<Upload>, Error> {
        let upload = self.store.get::<trees::Uploads>(&id.0)?;
        Ok(upload.filter(|upload| upload.ends > self.world.now()))
    }
}
