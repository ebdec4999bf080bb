//! What a person has under way, and how much more there is room for.

use super::{UploadId, Uploads};
use crate::library::error::Error;
use crate::library::usage::{self, Usage};
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::rows::library::Upload;
use crate::store::trees::{self, UploadsIn, UploadsOf};
use crate::world::Time;

/// More uploads than anybody has open, expired ones that still await their removal included.
const LISTED_MAX: usize = 1000;
/// Uploads that a course may have open, of all its people together.
const IN_COURSE_MAX: usize = 2000;

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

    /// How many more bytes a person may upload just now: what is left of the person's quota, of the
    /// course's or of the disk, where that is least.
    pub async fn room(&self, member: &Member) -> Result<u64, Error> {
        let (user, course) = (member.session().user, member.session().course);
        let usage = Usage::of(&self.store, user, course)?;
        let own = self.quota_left(&usage, &self.rows_of(user)?);
        let shared = self.course_left(&usage, course)?;
        let quota = own.min(shared);
        let claimed = self.claims.total(self.world.now());
        let kept = self.options.reserve.saturating_add(claimed);
        let disk = self.folder.free().await?.saturating_sub(kept);
        Ok(quota.min(disk))
    }

    /// What is left of a person's quota besides these open uploads.
    pub(super) fn quota_left(&self, usage: &Usage, open: &[(UploadId, Upload)]) -> u64 {
        let lengths = open.iter().map(|(_, open)| open.len);
        usage::left(self.options.quota_per_person, usage.person(), lengths)
    }

    /// What is left of a course's quota besides its open uploads: everything without a course, and
    /// nothing where more are open than are counted.
    pub(super) fn course_left(
        &self,
        usage: &Usage,
        course: Option<CourseId>,
    ) -> Result<u64, Error> {
        let (Some(course), Some(taken)) = (course, usage.course()) else {
            return Ok(u64::MAX);
        };
        let open = self
            .store
            .page::<UploadsIn>(&(course,), None, IN_COURSE_MAX)?;
        if open.len() == IN_COURSE_MAX {
            return Ok(0);
        }
        let lengths = open.iter().map(|(_, reserved)| reserved.len);
        let quota = self.options.quota_per_course;
        Ok(usage::left(quota, taken, lengths))
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
