//! What a store needs to know to be opened.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::Storage;

/// Where a store is and how it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The directory of everything that belongs to it; made when missing.
    pub dir: PathBuf,
    /// Free space, in bytes, below which only commits that [free](super::Commit::frees) space are
    /// taken; below a quarter of it, none.
    pub reserve: u64,
    /// sled's cache, in bytes.
    pub cache_bytes: u64,
    /// The length, in bytes, from which a new segment of the journal is begun.
    pub segment_bytes: u64,
    /// A checkpoint is due after this much journal, in bytes.
    pub checkpoint_bytes: u64,
    /// A checkpoint is due this long after the last one, when anything has changed.
    pub checkpoint_age: Duration,
    /// A snapshot is due after this much journal, in bytes.
    pub snapshot_bytes: u64,
    /// A snapshot is due this long after the last one, when anything has changed.
    pub snapshot_age: Duration,
    /// How many snapshots are kept; at least one is.
    pub snapshots_kept: usize,
    /// Starts even when acknowledged changes cannot be read any more, and does without them.
    pub accept_loss: bool,
}

impl Options {
    /// The usual store in `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            reserve: 1 << 30,
            cache_bytes: 64 << 20,
            segment_bytes: 4 << 20,
            checkpoint_bytes: 4 << 20,
            checkpoint_age: Duration::from_mins(1),
            snapshot_bytes: 256 << 20,
            snapshot_age: Duration::from_hours(6),
            snapshots_kept: 3,
            accept_loss: false,
        }
    }

    /// Free space, in bytes, below which a commit is refused: lower for one that frees space.
    pub(super) const fn floor(&self, frees: bool) -> u64 {
        if frees {
            self.reserve / 4
        } else {
            self.reserve
        }
    }
}

impl From<&Storage> for Options {
    fn from(storage: &Storage) -> Self {
        let kept = usize::try_from(storage.snapshots_kept.get()).unwrap_or(usize::MAX);
        Self {
            reserve: storage.reserve.as_u64(),
            snapshot_age: storage.snapshot_every,
            snapshots_kept: kept,
            ..Self::new(storage.data_dir.join("store"))
        }
    }
}
