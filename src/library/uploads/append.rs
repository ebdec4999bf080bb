//! Writing the bytes of an upload.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::checksum::{Check, Checksum};
use super::locks::Held;
use super::{Progress, UploadId, Uploads};
use crate::library::error::Error;
use crate::library::folder::blocking;
use crate::people::{Member, sessions};
use crate::store::rows::library::Upload;

/// How many bytes arrive between two syncs. One sync goes on while the next bytes arrive, so a power
/// cut costs a client at most twice as many.
const SYNC_EVERY: u64 = if cfg!(test) { 1500 } else { 64 * 1024 * 1024 };

/// How many pieces of a body wait for the disk; they are written together. The connection's buffer
/// bounds how long each is.
const WAITING: usize = 16;

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
        self.judge(member, &mut upload);
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
            held: Arc::new(held),
            written: offset,
            synced: offset,
            check: checksum.map(Check::new),
            upload,
            member: member.clone(),
            file: Arc::new(file),
            syncing: None,
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
    held: Arc<Held>,
    /// The row, as it stands in the store.
    upload: Upload,
    /// Who sends it.
    member: Member,
    /// How many bytes were written, synced or not.
    written: u64,
    /// How many bytes are synced. With a checksum they count only once that was found to hold.
    synced: u64,
    check: Option<Check>,
    file: Arc<File>,
    syncing: Option<Syncing>,
}

/// A sync that goes on while more is written.
struct Syncing {
    /// The bytes that are safe once it is done.
    to: u64,
    /// Whether it counts them too.
    counts: bool,
    done: JoinHandle<Result<(), Error>>,
}

impl Writer {
    async fn run(mut self, arriving: mpsc::Receiver<Bytes>) -> Result<Progress, Error> {
        let done = self.all(arriving).await;
        if let Some(syncing) = self.syncing.take() {
            // The client comes back at once, and must not find the upload held. What failed first
            // is what it is told.
            let _ = syncing.done.await;
        }
        done
    }

    async fn all(&mut self, arriving: mpsc::Receiver<Bytes>) -> Result<Progress, Error> {
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
            // Hours may have passed since the upload was taken from this session.
            let member = self.session().await?;
            self.uploads.judge(&member, &mut self.upload);
            self.upload = self
                .uploads
                .complete(&self.held, self.upload.clone())
                .await?;
        }
        Ok(Progress::from(&self.upload))
    }

    /// Who sends it, as their session lets them by now. Sending is using: it keeps the session from
    /// its idle end.
    async fn session(&self) -> Result<Member, Error> {
        let (uploads, member) = (&self.uploads, &self.member);
        let lifetimes = uploads.options.lifetimes;
        let again = sessions::again(&uploads.store, &uploads.world, lifetimes, member);
        again.await.map_err(|error| match error {
            sessions::Error::Store(error) => Error::Store(error),
            _ => Error::SessionEnded,
        })
    }

    /// Writes what arrives; answers whether it was as much as declared or less.
    async fn take(&mut self, mut arriving: mpsc::Receiver<Bytes>) -> Result<bool, Error> {
        let mut pieces = Vec::new();
        let mut sync_at = self.written + SYNC_EVERY;
        while arriving.recv_many(&mut pieces, WAITING).await > 0 {
            let came = pieces.len();
            let len = keep_fitting(&mut pieces, self.upload.len - self.written);
            let fits = pieces.len() == came;
            if let Some(check) = &mut self.check {
                for piece in &pieces {
                    check.update(piece);
                }
            }
            pieces = self.write(pieces).await?;
            self.written += len;
            if !fits {
                return Ok(false);
            }
            if self.written >= sync_at {
                sync_at = self.written + SYNC_EVERY;
                self.end_sync().await?;
                self.begin_sync();
                self.uploads.check_reserve(0).await?;
                // What has arrived is kept in any case; at the end it counts.
                let _ = self.session().await;
            }
        }
        Ok(true)
    }

    /// Writes `pieces`, and gives them back empty.
    async fn write(&self, mut pieces: Vec<Bytes>) -> Result<Vec<Bytes>, Error> {
        let file = Arc::clone(&self.file);
        let written = blocking(move || {
            for piece in pieces.drain(..) {
                (&*file).write_all(&piece)?;
            }
            Ok(pieces)
        });
        Ok(written.await?)
    }

    /// Makes durable what was written.
    async fn sync(&mut self) -> Result<(), Error> {
        self.end_sync().await?;
        if self.written > self.synced {
            self.begin_sync();
            self.end_sync().await?;
        }
        Ok(())
    }

    /// Begins to make durable what was written, and to count it, while more is written. It goes on
    /// when the writer fails meanwhile, and holds the upload for as long.
    fn begin_sync(&mut self) {
        let counts = self.check.is_none();
        let (uploads, held) = (self.uploads.clone(), Arc::clone(&self.held));
        let (file, first) = (Arc::clone(&self.file), self.upload.offset == 0);
        let upload = Upload {
            offset: self.written,
            ..self.upload.clone()
        };
        let done = tokio::spawn(async move {
            let synced = spawn_blocking(move || file.sync_data()).await;
            synced.map_err(io::Error::other)??;
            if first {
                uploads.folder.sync_uploads().await?;
            }
            if counts {
                uploads.record(&held, &upload).await?;
            }
            Ok(())
        });
        self.syncing = Some(Syncing {
            to: self.written,
            counts,
            done,
        });
    }

    /// Waits for the sync under way, if there is one.
    async fn end_sync(&mut self) -> Result<(), Error> {
        let Some(syncing) = self.syncing.take() else {
            return Ok(());
        };
        syncing.done.await.map_err(io::Error::other)??;
        self.synced = syncing.to;
        if syncing.counts {
            self.upload.offset = syncing.to;
        }
        Ok(())
    }

    /// Counts what is synced and not counted yet.
    async fn count(&mut self) -> Result<(), Error> {
        if self.synced == self.upload.offset {
            return Ok(());
        }
        self.upload.offset = self.synced;
        self.uploads.record(&self.held, &self.upload).await
    }
}

/// Keeps the pieces that have `room` together; answers how long those are.
fn keep_fitting(pieces: &mut Vec<Bytes>, room: u64) -> u64 {
    let mut len = 0;
    let too_long = pieces.iter().position(|piece| {
        let with = len + piece.len() as u64;
        let fits = with <= room;
        if fits {
            len = with;
        }
        !fits
    });
    pieces.truncate(too_long.unwrap_or(pieces.len()));
    len
}
