//! Snapshots: all rows in one checksummed file, from which sled can be made anew.
//!
//! They are taken while the store is used. Rows that change meanwhile may be in one as they were
//! before or after, but every change after the noted sequence is absolute and in the journal, so
//! that replaying from there makes the rows exact.

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::digest::Digest;
use super::disk::Disk;
use super::engine::{Engine, Failure};
use super::frame::{self, Change, FrameReader, Record};
use crate::world::{Time, World};

const FINISHED: &str = ".snapshot";
const PARTIAL: &str = ".partial";

/// The snapshots of a store.
#[derive(Debug, Clone)]
pub(super) struct Snapshots {
    /// What holds the files.
    pub(super) disk: Arc<dyn Disk>,
    /// Their directory.
    pub(super) dir: PathBuf,
    /// Makes marks and tells when a snapshot is taken.
    pub(super) world: World,
}

/// A snapshot that was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// When.
    pub(super) at: Time,
    /// The digest of the rows in it.
    pub(super) digest: Digest,
}

impl Snapshots {
    /// The sequences of the finished ones, oldest first.
    pub(super) fn list(&self) -> io::Result<Vec<u64>> {
        let mut sequences: Vec<u64> = self
            .disk
            .list(&self.dir)?
            .iter()
            .filter_map(|entry| entry.name.strip_suffix(FINISHED)?.parse().ok())
            .collect();
        sequences.sort_unstable();
        Ok(sequences)
    }

    /// Where the finished snapshot from `sequence` is.
    pub(super) fn path(&self, sequence: u64) -> PathBuf {
        self.dir.join(format!("{sequence:020}{FINISHED}"))
    }

    /// Removes what an interrupted export left.
    pub(super) fn clean(&self) -> io::Result<()> {
        for entry in self.disk.list(&self.dir)? {
            if entry.name.ends_with(PARTIAL) {
                self.disk.remove(&self.dir.join(entry.name))?;
            }
        }
        Ok(())
    }

    /// Takes a snapshot of `engine`, to which everything up to `sequence` has been applied.
    pub(super) fn take(&self, engine: &Engine, sequence: u64) -> Result<Taken, Failure> {
        let partial = self.dir.join(format!("{sequence:020}{PARTIAL}"));
        let taken = self.write(&partial, engine, sequence).and_then(|written| {
            self.disk.rename(&partial, &self.path(sequence))?;
            self.disk.sync_dir(&self.dir)?;
            Ok(written)
        });
        if taken.is_err() {
            // It may be the disk that is full. The next start would remove it, too.
            let _ = self.disk.remove(&partial);
        }
        taken
    }

    fn write(&self, path: &Path, engine: &Engine, sequence: u64) -> Result<Taken, Failure> {
        let at = self.world.now();
        let mut file = self.disk.create(path)?;
        let mark = self.world.random();
        let (mut frames, mut total, mut digest) = (0, 0, Digest::default());
        file.write_all(&frame::header(mark))?;
        let mut write = |record: Record<'_>| {
            let frame = frame::encode(mark, frames, &record)?;
            frames += 1;
            file.write_all(&frame)
        };
        write(Record::SnapshotBegin { sequence, at })?;
        engine.export(|tree, rows| {
            total += rows.len() as u64;
            for (key, value) in rows {
                digest.add(tree, key, value);
            }
            let changes = rows
                .iter()
                .map(|(key, value)| Change {
                    tree,
                    key,
                    value: Some(value),
                })
                .collect();
            let none = Digest::default();
            let batch = Record::Changes {
                changes,
                digest: none,
            };
            write(batch).map_err(Failure::from)
        })?;
        write(Record::SnapshotEnd { rows: total })?;
        file.sync()?;
        Ok(Taken { at, digest })
    }

    /// When the snapshot from `sequence` was taken.
    pub(super) fn taken_at(&self, sequence: u64) -> io::Result<Time> {
        let mut reader = self.reader(sequence)?;
        match frame::decode(&reader.next()?)? {
            Record::SnapshotBegin { at, .. } => Ok(at),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Gives every row of a snapshot to `each`. An error may come after many rows: they count
    /// for nothing then.
    pub(super) fn load<E: From<io::Error>>(
        &self,
        sequence: u64,
        mut each: impl FnMut(&Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let invalid = || io::Error::from(io::ErrorKind::InvalidData);
        let mut reader = self.reader(sequence)?;
        match frame::decode(&reader.next()?)? {
            Record::SnapshotBegin { sequence: said, .. } if said == sequence => {}
            _ => return Err(invalid().into()),
        }
        let mut total = 0;
        loop {
            match frame::decode(&reader.next()?)? {
                Record::Changes { changes, .. } => {
                    total += changes.len() as u64;
                    changes.iter().try_for_each(&mut each)?;
                }
                Record::SnapshotEnd { rows } if rows == total => return Ok(()),
                _ => return Err(invalid().into()),
            }
        }
    }

    /// Removes all but the newest `kept`; answers the oldest of those.
    pub(super) fn prune(&self, kept: usize) -> io::Result<Option<u64>> {
        let sequences = self.list()?;
        let (old, kept) = sequences.split_at(sequences.len().saturating_sub(kept.max(1)));
        for sequence in old {
            self.disk.remove(&self.path(*sequence))?;
        }
        if !old.is_empty() {
            self.disk.sync_dir(&self.dir)?;
        }
        Ok(kept.first().copied())
    }

    fn reader(&self, sequence: u64) -> io::Result<FrameReader<impl io::Read>> {
        FrameReader::new(BufReader::new(self.disk.open(&self.path(sequence))?))
    }
}
