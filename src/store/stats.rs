//! Figures about a store, for the status page and the metrics. Nothing is counted by reading
//! rows.

use std::fs;
use std::path::Path;

use super::Store;
use super::disk::Disk;
use crate::world::Time;

/// How a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Whether it takes commits, and if not, why.
    pub condition: Condition,
    /// The sequence of the last group of commits.
    pub sequence: u64,
    /// The files of the rows, in bytes.
    pub rows_bytes: u64,
    /// The journal, in bytes.
    pub journal_bytes: u64,
    /// Journal since the last checkpoint, in bytes: what a start after a crash replays.
    pub replay_bytes: u64,
    /// How many snapshots there are.
    pub snapshots: usize,
    /// The snapshots, in bytes.
    pub snapshots_bytes: u64,
    /// When the last checkpoint was made or, before the first one, when the store was opened.
    pub last_checkpoint: Time,
    /// When the last snapshot was taken.
    pub last_snapshot: Option<Time>,
    /// Free space, in bytes; `None` when the file system does not tell.
    pub free_bytes: Option<u64>,
    /// Free space, in bytes, below which nothing is written but what frees space.
    pub reserve_bytes: u64,
    /// How often the rows were made again while serving, since the start.
    pub rebuilds: u64,
}

/// Whether a store takes commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It does.
    Running,
    /// It takes those alone that free space, which is below the floor.
    Full,
    /// It does not: a write failed, or it was closed.
    Stopped,
    /// It can be neither read nor written: the rows are damaged.
    Damaged,
}

impl Store {
    /// How the store is. Looks at a few directories.
    pub fn stats(&self) -> Stats {
        let shared = self.shared();
        let progress = *shared.progress();
        let layout = &shared.layout;
        let disk = layout.journal.disk.as_ref();
        let free_bytes = disk.free(&shared.options.dir).ok();
        let reserve_bytes = shared.options.reserve;
        let condition = if shared.damaged() {
            Condition::Damaged
        } else if shared.stopped() || !self.has_writer() {
            Condition::Stopped
        } else if free_bytes.is_some_and(|free| free < reserve_bytes) {
            Condition::Full
        } else {
            Condition::Running
        };
        Stats {
            condition,
            sequence: progress.applied.sequence,
            rows_bytes: rows_bytes(&layout.rows),
            journal_bytes: bytes(disk, &layout.journal.dir),
            replay_bytes: progress.since_checkpoint,
            snapshots: layout.snapshots.list().map_or(0, |list| list.len()),
            snapshots_bytes: bytes(disk, &layout.snapshots.dir),
            last_checkpoint: progress.checkpoint_at,
            last_snapshot: progress.snapshot_at,
            free_bytes,
            reserve_bytes,
            rebuilds: shared.rebuilds(),
        }
    }
}

fn bytes(disk: &dyn Disk, dir: &Path) -> u64 {
    let entries = disk.list(dir).unwrap_or_default();
    entries.iter().map(|entry| entry.len).sum()
}

fn rows_bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.metadata().ok())
        .filter(fs::Metadata::is_file)
        .map(|metadata| metadata.len())
        .sum()
}
