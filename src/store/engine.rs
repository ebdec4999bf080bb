//! sled, kept at arm's length: its panics are caught, its errors sorted into damage and a disk
//! that cannot be written, and its `db` file is really synced.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io;
use std::mem::ManuallyDrop;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Duration;

use sled::{Db, IVec, Tree};

use super::digest::Digest;
use super::frame::Position;
use super::trees;

/// The tree that says how far sled is. Not one of [`trees::ALL`], and never counted in a digest.
const MARKER: &str = "!position";
const MARKER_KEY: &[u8] = b"applied";
/// Rows that are read in one go where many are read: memory stays bounded.
const BATCH: usize = 256;

/// What sled could not do.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Its files are damaged; it is not to be used any more.
    #[error("sled is damaged: {0}")]
    Damaged(String),
    /// One row or key is not what its tree holds. sled is not at fault.
    #[error("{0} cannot be read")]
    Row(String),
    /// The disk could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<sled::Error> for Failure {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) if cannot_write(error.kind()) => Self::Io(error),
            other => Self::Damaged(other.to_string()),
        }
    }
}

/// Everything else that reading and writing can answer (an early end, a bad sector) is damage: a
/// new file may well be free of it.
const fn cannot_write(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::PermissionDenied
    )
}

/// Runs a piece of sled.
fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(Failure::from),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("a panic");
            Err(Failure::Damaged(text.to_owned()))
        }
    }
}

/// An open sled. Dropping one that has panicked may panic again or never end, so it is closed
/// [on purpose](Self::close) or never.
#[derive(Debug)]
pub(super) struct Engine {
    handles: ManuallyDrop<Handles>,
    /// A second descriptor of the `db` file: sled's own flush ends short of a sync.
    file: File,
    /// Its directory and the one above, to sync names; open, so that they may be renamed.
    dirs: [File; 2],
}

#[derive(Debug)]
struct Handles {
    db: Db,
    trees: HashMap<&'static str, Tree>,
    marker: Tree,
}

/// From where to where in a tree.
pub(super) type Bounds = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// A key and its value.
pub(super) type Pair = (IVec, IVec);

impl Engine {
    /// Opens the sled in `dir`, or makes one.
    pub(super) fn open(dir: &Path, cache_bytes: u64) -> Result<Self, Failure> {
        wait_for_release(&dir.join("db"))?;
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(cache_bytes)
            .flush_every_ms(None);
        let db = ManuallyDrop::new(guarded(|| config.open())?);
        let handles = guarded(|| {
            let trees = trees::ALL
                .iter()
                .map(|(name, _)| Ok((*name, db.open_tree(name)?)))
                .collect::<sled::Result<_>>()?;
            Ok(Handles {
                db: Db::clone(&db),
                trees,
                marker: db.open_tree(MARKER)?,
            })
        })?;
        drop(ManuallyDrop::into_inner(db));
        Ok(Self {
            handles: ManuallyDrop::new(handles),
            file: File::open(dir.join("db"))?,
            dirs: [File::open(dir)?, File::open(dir.join(".."))?],
        })
    }

    /// Closes it.
    pub(super) fn close(self) {
        let handles = ManuallyDrop::into_inner(self.handles);
        let closed = guarded(|| {
            drop(handles);
            Ok(())
        });
        if closed.is_err() {
            tracing::warn!("sled panicked while it was closed; the journal has everything");
        }
    }

    fn tree(&self, name: &str) -> sled::Result<Tree> {
        match self.handles.trees.get(name) {
            Some(tree) => Ok(tree.clone()),
            // A tree that this version no longer knows, in the journal or in a snapshot.
            None => self.handles.db.open_tree(name),
        }
    }

    /// The value under a key.
    pub(super) fn get(&self, tree: &str, key: &[u8]) -> Result<Option<IVec>, Failure> {
        guarded(|| self.tree(tree)?.get(key))
    }

    /// At most `limit` entries between two bounds, in order.
    pub(super) fn range(
        &self,
        tree: &str,
        bounds: Bounds,
        limit: usize,
    ) -> Result<Vec<Pair>, Failure> {
        guarded(|| self.tree(tree)?.range(bounds).take(limit).collect())
    }

    /// The same from the end.
    pub(super) fn range_back(
        &self,
        tree: &str,
        bounds: Bounds,
        limit: usize,
    ) -> Result<Vec<Pair>, Failure> {
        guarded(|| self.tree(tree)?.range(bounds).rev().take(limit).collect())
    }

    /// Makes one change.
    pub(super) fn apply(
        &self,
        tree: &str,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Failure> {
        guarded(|| {
            let tree = self.tree(tree)?;
            match value {
                Some(value) => tree.insert(key, value)?,
                None => tree.remove(key)?,
            };
            Ok(())
        })
    }

    /// Notes that everything up to `position` was applied. sled's log is one, so whoever finds
    /// this after a crash finds everything applied before it.
    pub(super) fn mark(&self, position: Position) -> Result<(), Failure> {
        let mut value = position.sequence.to_be_bytes().to_vec();
        value.extend_from_slice(&position.digest.to_bytes());
        guarded(|| self.handles.marker.insert(MARKER_KEY, value).map(drop))
    }

    /// What was last [marked](Self::mark).
    pub(super) fn marked(&self) -> Result<Option<Position>, Failure> {
        let Some(value) = guarded(|| self.handles.marker.get(MARKER_KEY))? else {
            return Ok(None);
        };
        let parsed = value
            .split_first_chunk::<8>()
            .and_then(|(sequence, digest)| {
                Some(Position {
                    sequence: u64::from_be_bytes(*sequence),
                    digest: Digest::from_bytes(digest.try_into().ok()?),
                })
            });
        parsed
            .map(Some)
            .ok_or_else(|| Failure::Damaged("its position cannot be read".into()))
    }

    /// Makes everything applied so far durable; answers the length of the `db` file then. Takes
    /// its time; reads and changes go on meanwhile.
    pub(super) fn sync(&self) -> Result<u64, Failure> {
        guarded(|| self.handles.db.flush())?;
        self.file.sync_data()?;
        let len = self.file.metadata()?.len();
        for dir in &self.dirs {
            dir.sync_all()?;
        }
        Ok(len)
    }

    /// Gives every row to `each` in batches, tree by tree.
    pub(super) fn export<E: From<Failure>>(
        &self,
        mut each: impl FnMut(&str, &[Pair]) -> Result<(), E>,
    ) -> Result<(), E> {
        for name in guarded(|| Ok(self.handles.db.tree_names()))? {
            let name = String::from_utf8_lossy(&name).into_owned();
            if name == MARKER {
                continue;
            }
            let mut from = Bound::Unbounded;
            loop {
                let rows = self.range(&name, (from, Bound::Unbounded), BATCH)?;
                let Some((last, _)) = rows.last() else { break };
                from = Bound::Excluded(last.to_vec());
                each(&name, &rows)?;
            }
        }
        Ok(())
    }

    /// The digest of all rows, by reading them.
    pub(super) fn digest(&self) -> Result<Digest, Failure> {
        let mut digest = Digest::default();
        self.export(|tree, rows| {
            for (key, value) in rows {
                digest.add(tree, key, value);
            }
            Ok::<_, Failure>(())
        })?;
        Ok(digest)
    }
}

/// A sled that was just closed keeps its file locked until its last thread has ended. Only this
/// process can have one here: the directory's own lock is held.
fn wait_for_release(db: &Path) -> io::Result<()> {
    let file = match File::open(db) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    // Closing the file lets go of the lock again.
    if lock_within(&file, Duration::from_secs(5))? {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::ResourceBusy,
        "the rows are locked by something that is not Lanterna",
    ))
}

/// Locks a file, waiting while somebody else has it locked; answers whether that was enough.
pub(super) fn lock_within(file: &File, patience: Duration) -> io::Result<bool> {
    const PAUSE: Duration = Duration::from_millis(10);
    let mut left = patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if left.is_zero() => return Ok(false),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
        }
        left = left.saturating_sub(PAUSE);
    }
}
