//! Uploads: the protocol of tus 1.0 (core, creation, termination, expiration, checksum) without its HTTP.
//!
//! The answered offset is what has been synced: bytes go to a file, the file is synced, then the
//! row's offset is committed, every [`append`](Uploads::append) ending that way even when its
//! connection breaks. An upload belongs to a person: any later session of theirs resumes it, and
//! to others it does not exist.

mod again;
mod append;
mod checksum;
mod claims;
mod complete;
mod import;
mod judge;
mod kept;
mod leaving;
mod locks;
mod open;
mod pictures;
mod replace;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

pub use checksum::{ALGORITHMS, BadChecksum, Checksum};
use claims::Claims;
pub use import::NewImport;
use locks::{Held, Locks};
pub use open::OpenUpload;
pub use pictures::Turn;
use pictures::Turns;

use super::access::{editable, publishes_in};
use super::error::Error;
use super::examine::Examiner;
use super::folder::Folder;
use super::items;
use super::usage::{Change, Usage};
use super::words::{Title, clean_file_name};
use super::{Options, commit};
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId, NotAnId};
use crate::store::rows::library::{Reserved, Upload, Visibility};
use crate::store::trees::{self, UploadsIn, UploadsOf};
use crate::store::{Commit, Store};
use crate::world::{Time, World};

/// How long a complete upload tells which item it became.
const KEPT_COMPLETE: Duration = Duration::from_hours(24);

/// An upload: 128 random bits, shown as 32 lowercase hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UploadId([u8; 16]);

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for UploadId {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let plain =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !plain {
            return Err(NotAnId);
        }
        u128::from_str_radix(text, 16)
            .map(|bits| Self(bits.to_be_bytes()))
            .map_err(|_| NotAnId)
    }
}

/// What somebody wants to upload.
#[derive(Debug, Clone, Copy)]
pub struct NewUpload<'a> {
    /// Bytes in all.
    pub len: u64,
    /// The file's name on the uploader's device; it is cleaned.
    pub filename: &'a str,
    /// The title to give the item; without one, the file names it.
    pub title: Option<&'a Title>,
    /// The visibility to give the item.
    pub visibility: Visibility,
    /// The item whose file it is to replace, instead of becoming an item: that keeps its title and
    /// visibility.
    pub replaces: Option<ItemId>,
    /// What the client told of it (`Upload-Metadata`), to be told again as it came.
    pub metadata: &'a str,
}

/// Whether a person's quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// It does.
    Counts,
    /// An administrator said that it does not.
    Ignored,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are synced to the disk.
    pub offset: u64,
    /// Bytes in all.
    pub len: u64,
    /// When the upload is forgotten.
    pub ends: Time,
    /// The item that it became or whose file it replaced, once complete.
    pub item: Option<ItemId>,
}

impl From<&Upload> for Progress {
    fn from(upload: &Upload) -> Self {
        Self {
            offset: upload.offset,
            len: upload.len,
            ends: upload.ends,
            item: upload.complete.then(|| upload.becomes()),
        }
    }
}

/// The uploads. Cheap to clone; one per process, since it knows which uploads are being written.
#[derive(Debug, Clone)]
pub struct Uploads {
    store: Store,
    world: World,
    folder: Folder,
    options: Arc<Options>,
    locks: Locks,
    claims: Claims,
    examiner: Examiner,
    turns: Turns,
    /// Who has a file examined again.
    checks: Turns,
}

impl Uploads {
    /// The uploads into `folder`.
    pub fn new(store: Store, world: World, folder: Folder, options: Options) -> Self {
        Self {
            store,
            world,
            folder,
            examiner: Examiner::new(options.examination.clone()),
            options: Arc::new(options),
            locks: Locks::default(),
            claims: Claims::default(),
            turns: Turns::default(),
            checks: Turns::default(),
        }
    }

    /// The longest upload, in bytes (`Tus-Max-Size`).
    pub fn max_len(&self) -> u64 {
        self.options.max_upload
    }

    /// Whether `member` may upload something that is shown so: [`Error::VisibilityRefused`]
    /// otherwise.
    pub fn may_show(&self, member: &Member, visibility: Visibility) -> Result<(), Error> {
        let (publishing, here) = (self.options.publishing, publishes_in(member));
        items::course_to_show(publishing, visibility, member.session().course, here)?;
        Ok(())
    }

    /// Begins an upload: reserves its length against the person's quota and answers its id. An item
    /// whose file is to be replaced has to be [`editable`], now and when everything is there.
    pub async fn create(
        &self,
        member: &Member,
        new: NewUpload<'_>,
    ) -> Result<(UploadId, Progress), Error> {
        match new.replaces {
            Some(item) => drop(editable(&self.store, member, item)?),
            None => self.may_show(member, new.visibility)?,
        }
        self.check_len(new.len)?;
        let id = UploadId(self.world.random());
        let progress = self
            .open(id, self.begun(member, new), Quota::Counts)
            .await?;
        Ok((id, progress))
    }

    /// Opens an upload under an id that nothing has.
    async fn open(&self, id: UploadId, upload: Upload, quota: Quota) -> Result<Progress, Error> {
        let claim = self.claims.attempt(id, &upload, self.world.now());
        // Its own length is claimed already.
        self.check_room(0).await?;
        commit(&self.store, || {
            let mut commit = Commit::new();
            self.reserve(&mut commit, &upload, quota)?;
            commit
                .expect_absent::<trees::Items>(&upload.item)
                .expect_absent::<trees::Uploads>(&id.0)
                .put_until::<trees::Uploads>(&id.0, &upload, upload.ends)
                .put_until::<UploadsOf>(&(upload.user, id.0), &(), upload.ends);
            if let Some(course) = self.charged(&upload)? {
                let reserved = Reserved { len: upload.len };
                commit.put_until::<UploadsIn>(&(course, id.0), &reserved, upload.ends);
            }
            Ok((commit, ()))
        })
        .await?;
        claim.keep();
        Ok(Progress::from(&upload))
    }

    /// How far an upload is: what a client resumes from.
    pub async fn status(&self, member: &Member, id: UploadId) -> Result<Progress, Error> {
        let upload = self.owned(member, id)?;
        if upload.complete || upload.offset < upload.len {
            return Ok(Progress::from(&upload));
        }
        // Everything is there, but making the item was broken off.
        let (held, mut upload) = self.hold(member, id)?;
        self.judge(member, &mut upload);
        let upload = self.complete(&held, upload).await?;
        Ok(Progress::from(&upload))
    }

    /// What the client told of an upload when it began.
    pub fn metadata(&self, member: &Member, id: UploadId) -> Result<String, Error> {
        Ok(self.owned(member, id)?.metadata)
    }

    /// Ends an upload and forgets what arrived. A complete one is an item and cannot be ended:
    /// [`Error::Complete`].
    pub async fn terminate(&self, member: &Member, id: UploadId) -> Result<(), Error> {
        let (_held, upload) = self.hold(member, id)?;
        if upload.complete {
            return Err(Error::Complete);
        }
        self.end(id, &upload).await
    }

    /// Forgets an upload that is not complete, and what arrived of it.
    async fn end(&self, id: UploadId, upload: &Upload) -> Result<(), Error> {
        let mut commit = Commit::new();
        commit.delete_ending::<trees::Uploads>(&id.0, upload.ends);
        self.release(&mut commit, id, upload)?;
        commit.frees();
        self.store.commit(commit).await?;
        self.claims.withdraw(id);
        Ok(self.folder.remove_upload(id).await?)
    }

    /// Waits until no upload is being written: what arrived is then synced and counted.
    pub async fn settled(&self) {
        self.locks.all_released().await;
    }

    fn begun(&self, member: &Member, new: NewUpload<'_>) -> Upload {
        let session = member.session();
        let created = self.world.now();
        let title = new.title.cloned();
        Upload {
            user: session.user,
            connection: session.connection,
            course: session.course,
            len: new.len,
            offset: 0,
            filename: clean_file_name(new.filename),
            title: title
                .unwrap_or_else(|| Title::of_file(new.filename))
                .into_string(),
            visibility: match new.replaces {
                Some(_) => Visibility::Private,
                None => new.visibility,
            },
            created,
            ends: created.after(self.options.upload_lifetime),
            item: ItemId(u64::from_be_bytes(self.world.random())),
            complete: false,
            metadata: new.metadata.to_owned(),
            replaces: new.replaces,
            import: None,
        }
    }

    fn check_len(&self, len: u64) -> Result<(), Error> {
        let max = self.options.max_upload;
        match len {
            0 => Err(Error::Empty),
            len if len > max => Err(Error::TooLarge { max }),
            _ => Ok(()),
        }
    }

    /// Where the bytes of items are.
    pub(super) const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Whether `more` bytes fit on the disk besides everything that is claimed, without using up
    /// its reserve: [`Error::DiskFull`] otherwise. For small files that no upload brings.
    pub(super) async fn check_room(&self, more: u64) -> Result<(), Error> {
        // Before the free space: what is written meanwhile then counts twice rather than not.
        let claimed = self.claims.total(self.world.now());
        self.check_reserve(claimed.saturating_add(more)).await
    }

    /// Whether `more` bytes fit on the disk without using up its reserve.
    async fn check_reserve(&self, more: u64) -> Result<(), Error> {
        let needed = self.options.reserve.saturating_add(more);
        if self.folder.free().await? < needed {
            return Err(Error::DiskFull);
        }
        Ok(())
    }

    /// The course that an upload counts for: that of the item whose file it replaces, else that of
    /// the session which began it.
    fn charged(&self, upload: &Upload) -> Result<Option<CourseId>, Error> {
        match upload.replaces {
            Some(item) => {
                let item = self.store.get::<trees::Items>(&item)?;
                Ok(item.and_then(|item| item.course))
            }
            None => Ok(upload.course),
        }
    }

    /// Takes an upload off the lists of what is open.
    fn release(&self, commit: &mut Commit, id: UploadId, upload: &Upload) -> Result<(), Error> {
        commit.delete_ending::<UploadsOf>(&(upload.user, id.0), upload.ends);
        // An item may have come to a course since an upload began to replace its file.
        for course in [upload.course, self.charged(upload)?].into_iter().flatten() {
            let key = (course, id.0);
            if self.store.get::<UploadsIn>(&key)?.is_some() {
                commit.delete_ending::<UploadsIn>(&key, upload.ends);
            }
        }
        Ok(())
    }

    /// Counts an upload that begins against what its person and its course may have.
    fn reserve(&self, commit: &mut Commit, upload: &Upload, quota: Quota) -> Result<(), Error> {
        let course = self.charged(upload)?;
        let usage = Usage::of(&self.store, upload.user, course)?;
        if quota == Quota::Counts {
            self.check_quota(upload, &usage, course)?;
        }
        usage.change(commit, &Change::begins());
        Ok(())
    }

    fn check_quota(
        &self,
        upload: &Upload,
        usage: &Usage,
        course: Option<CourseId>,
    ) -> Result<(), Error> {
        let open = self.rows_of(upload.user)?;
        let max = self.options.max_open_uploads;
        if open.len() >= max {
            return Err(Error::TooManyUploads { max });
        }
        let left = self.quota_left(usage, &open);
        if upload.len > left {
            return Err(Error::Quota { left });
        }
        let left = self.course_left(usage, course)?;
        if upload.len > left {
            return Err(Error::CourseQuota { left });
        }
        Ok(())
    }

    fn owned(&self, member: &Member, id: UploadId) -> Result<Upload, Error> {
        self.live(id)?
            .filter(|upload| upload.user == member.session().user)
            .ok_or(Error::NotFound)
    }

    /// Takes an upload to write it. Others are told that there is none before they learn that it
    /// is busy; what it is, is read once nobody else writes it.
    fn hold(&self, member: &Member, id: UploadId) -> Result<(Held, Upload), Error> {
        self.owned(member, id)?;
        let held = self.locks.hold(id).ok_or(Error::Locked)?;
        Ok((held, self.owned(member, id)?))
    }

    /// Stores how far an upload is, unless it expired meanwhile.
    async fn record(&self, held: &Held, upload: &Upload) -> Result<(), Error> {
        let mut commit = Commit::new();
        commit
            .expect_present::<trees::Uploads>(&held.id().0)
            .put::<trees::Uploads>(&held.id().0, upload);
        match self.store.commit(commit).await {
            Err(crate::store::Error::Conflict) => return Err(Error::NotFound),
            done => done?,
        }
        self.claims.renew(held.id(), upload, self.world.now());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
