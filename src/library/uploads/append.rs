//! Writing the bytes of an upload.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::sync::mpsc;

use super::checksum::{Check, Checksum};
use super::locks::Held;
use super::{Progress, UploadId, Uploads};
use crate::library::access::{Publishing, publishes_in};
use crate::library::error::Error;
use crate::library::items;
use crate::people::Member;
use crate::store::rows::library::{Upload, Visibility};

/// How much is gathered before it is written.
const BUFFER: usize = if cfg!(test) { 700 } else { 512 * 1024 };

/// How many bytes arrive between two syncs: the most that a power cut costs a client.
const SYNC_EVERY: u64 = if cfg!(test) { 1500 } else { 64 * 1024 * 1024 };

/// How many pieces of a body wait for the disk.
const WAITING: usize = 4;

impl Uploads {
    /// Adds `body` to an upload at `offset`, and makes the item once everything is there.
    ///
    /// Writing goes on by itself: when the caller is dropped, as servers do with a request whose
    /// connection broke, what had arrived is synced and counted all the same.
    pub async fn append<S, E>(
        &self,
        member: &Member,
        id: UploadId,
        offset: u64,
        body: S,
    ) -> Result<Progress, Error>
    where
        S: Stream<Item = Result<Bytes, E>>,
    {
        self.append_checked(member, id, offset, None, body).await
    }

    /// The same; with a checksum the upload goes on only when all of `body` came and hashes so,
    /// and else stays where it was: [`Error::ChecksumMismatch`].
    pub async fn append_checked<S, E>(
        &self,
        member: &Member,
        id: UploadId,
        offset: u64,
        checksum: Option<Checksum>,
        body: S,
    ) -> Result<Progress, Error>
    where
        S: Stream<Item = Result<Bytes, E>>,
    {
        let (held, mut upload) = self.hold(member, id)?;
        if upload.offset != offset {
            return Err(Error::WrongOffset {
                offset: upload.offset,
            });
        }
        if lost_its_rights(member, self.options.publishing, &upload) {
            upload.visibility = Visibility::Private;
        }
        if offset == upload.len {
            let done = self.complete(&held, upload).await?;
            return Ok(Progress::from(&done));
        }
        let claim = self.claims.attempt(id, &upload, self.world.now());
        self.check_room(0).await?;
        claim.keep();
        let file = self.folder.open_upload(id, offset).await?;
        let writer = Writer {
            uploads: self.clone(),
            held,
            written: offset,
            synced: offset,
            check: checksum.map(Check::new),
            upload,
            file: BufWriter::with_capacity(BUFFER, File::from_std(file)),
        };

        let (pieces, arriving) = mpsc::channel(WAITING);
        let writing = tokio::spawn(writer.run(arriving));
        let broken = forward(body, &pieces).await;
        drop(pieces);
        // The task ends unfinished only when the process does.
        match writing.await.map_err(|_| Error::Interrupted)? {
            Ok(progress) if broken && progress.item.is_none() => Err(Error::Interrupted),
            // Half of a body has another checksum, which is nobody's fault.
            Err(Error::ChecksumMismatch) if broken => Err(Error::Interrupted),
            done => done,
        }
    }
}

/// Whether the upload is to be shown where this launch may show nothing: what its person was when
/// it began says nothing about now.
fn lost_its_rights(member: &Member, publishing: Publishing, upload: &Upload) -> bool {
    let here = publishes_in(member);
    items::course_to_show(publishing, upload.visibility, upload.course, here).is_err()
}

/// Hands a body over piece by piece; answers whether it broke off.
async fn forward<S, E>(body: S, pieces: &mpsc::Sender<Bytes>) -> bool
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let mut body = std::pin::pin!(body);
    while let Some(piece) = body.next().await {
        let Ok(piece) = piece else { return true };
        // The writer stops early when it fails, and then says why itself.
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    false
}

/// One upload being written.
struct Writer {
    uploads: Uploads,
    held: Held,
    /// The row, as it stands in the store.
    upload: Upload,
    /// How many bytes were taken, synced or not.
    written: u64,
    /// How many bytes are synced. With a checksum they count only once that was found to hold.
    synced: u64,
    check: Option<Check>,
    file: BufWriter<File>,
}

impl Writer {
    async fn run(mut self, arriving: mpsc::Receiver<Bytes>) -> Result<Progress, Error> {
        // After a failed write nobody knows what reached the file since the last sync: then only
        // what was counted before counts.
        let fits = self.take(arriving).await?;
        if let Some(check) = self.check.take() {
            // What is not counted is cut off when the upload goes on.
            match (fits, check.holds()) {
                (true, true) => {}
                (true, false) => return Err(Error::ChecksumMismatch),
                (false, _) => return Err(Error::TooLong),
            }
        }
        self.sync().await?;
        self.count().await?;
        if !fits {
            return Err(Error::TooLong);
        }
        if self.upload.offset == self.upload.len {
            self.upload = self.uploads.complete(&self.held, self.upload).await?;
        }
        Ok(Progress::from(&self.upload))
    }

    /// Writes what arrives; answers whether it was as much as declared or less.
    async fn take(&mut self, mut arriving: mpsc::Receiver<Bytes>) -> Result<bool, Error> {
        while let Some(piece) = arriving.recv().await {
            let len = piece.len() as u64;
            if len > self.upload.len - self.written {
                return Ok(false);
            }
            if let Some(check) = &mut self.check {
                check.update(&piece);
            }
            self.file.write_all(&piece).await?;
            self.written += len;
            if self.written - self.synced >= SYNC_EVERY {
                self.sync().await?;
                if self.check.is_none() {
                    self.count().await?;
                }
                self.uploads.check_reserve(0).await?;
            }
        }
        Ok(true)
    }

    /// Makes durable what was written.
    async fn sync(&mut self) -> Result<(), Error> {
        if self.written == self.synced {
            return Ok(());
        }
        self.file.flush().await?;
        self.file.get_ref().sync_data().await?;
        if self.upload.offset == 0 {
            self.uploads.folder.sync_uploads().await?;
        }
        self.synced = self.written;
        Ok(())
    }

    /// Counts what is synced.
    async fn count(&mut self) -> Result<(), Error> {
        if self.synced == self.upload.offset {
            return Ok(());
        }
        self.upload.offset = self.synced;
        self.uploads.record(&self.held, &self.upload).await
    }
}
