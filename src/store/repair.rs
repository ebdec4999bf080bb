//! What a start repaired, and where it put what was in the way.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use crate::world::Time;

/// Something that start-up found broken and repaired. Its text is for an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// A snapshot file of sled was damaged or left over; sled did without it.
    SledSnapshot {
        /// Where the file is now.
        aside: PathBuf,
    },
    /// The rows were damaged and were made again from a snapshot and the journal.
    Rebuilt {
        /// What was wrong with them.
        why: String,
        /// The sequence of the snapshot; `None` when the journal alone had everything.
        snapshot: Option<u64>,
        /// Where the damaged rows are now.
        aside: PathBuf,
    },
    /// A write that was never acknowledged had not been finished; it was cut off the journal.
    TornTail {
        /// How many bytes.
        bytes: u64,
        /// Where they are now.
        aside: PathBuf,
    },
    /// Part of the journal was unreadable, but the rows still held all of it: nothing is lost.
    JournalDamaged {
        /// The sequences that cannot be read.
        sequences: String,
    },
    /// The rows held more than the journal, which had lost its end: nothing is lost.
    JournalBehind {
        /// The last sequence of the journal.
        journal: u64,
        /// The last sequence of the rows.
        rows: u64,
    },
    /// A snapshot was damaged and an older one, or the journal, served instead.
    SnapshotDamaged {
        /// Where the file is now.
        aside: PathBuf,
    },
    /// Acknowledged changes were lost, and this was accepted beforehand.
    LossAccepted {
        /// What was lost.
        what: String,
    },
}

impl std::fmt::Display for Repair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SledSnapshot { aside } => write!(
                f,
                "a damaged or left-over snapshot file of sled was set aside as {}; nothing is lost",
                aside.display()
            ),
            Self::Rebuilt {
                why,
                snapshot,
                aside,
            } => {
                write!(f, "the rows were damaged ({why}) and were made again from ")?;
                match snapshot {
                    Some(sequence) => write!(f, "the snapshot {sequence} and the journal")?,
                    None => write!(f, "the journal")?,
                }
                write!(f, "; the old ones are in {}", aside.display())
            }
            Self::TornTail { bytes, aside } => write!(
                f,
                "an unfinished write of {bytes} bytes, never acknowledged, was cut off the journal \
                 and kept as {}",
                aside.display()
            ),
            Self::JournalDamaged { sequences } => write!(
                f,
                "the journal was damaged (sequences {sequences}), but the rows held everything; \
                 a new snapshot was taken; check this disk"
            ),
            Self::JournalBehind { journal, rows } => write!(
                f,
                "the journal ended at {journal}, but the rows held everything up to {rows}; \
                 a new snapshot was taken; check this disk"
            ),
            Self::SnapshotDamaged { aside } => write!(
                f,
                "a damaged snapshot was set aside as {}; check this disk",
                aside.display()
            ),
            Self::LossAccepted { what } => {
                write!(f, "changes were lost, as had been accepted: {what}")
            }
        }
    }
}

/// How many things of one kind are kept aside.
const KEPT: usize = 2;

/// The directory for what was set aside: one below it per kind, entries named by the moment.
#[derive(Debug, Clone)]
pub(super) struct Aside {
    /// Where it is.
    pub(super) dir: PathBuf,
}

impl Aside {
    /// Moves something of sled here, a file or a directory.
    pub(super) fn put(&self, kind: &str, path: &Path, now: Time) -> io::Result<PathBuf> {
        let target = self.place(kind, now)?;
        fs::rename(path, &target)?;
        path.parent()
            .map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())?;
        Ok(target)
    }

    /// Moves a file of the layer here.
    pub(super) fn put_file(
        &self,
        disk: &dyn Disk,
        kind: &str,
        path: &Path,
        now: Time,
    ) -> io::Result<PathBuf> {
        let target = self.place(kind, now)?;
        disk.rename(path, &target)?;
        path.parent().map_or(Ok(()), |dir| disk.sync_dir(dir))?;
        Ok(target)
    }

    /// Keeps bytes here that are about to be cut off.
    pub(super) fn keep(&self, kind: &str, bytes: &[u8], now: Time) -> io::Result<PathBuf> {
        let target = self.place(kind, now)?;
        fs::write(&target, bytes)?;
        Ok(target)
    }

    fn place(&self, kind: &str, now: Time) -> io::Result<PathBuf> {
        let dir = self.dir.join(kind);
        fs::create_dir_all(&dir)?;
        let mut present = names(&dir)?;
        let excess = (present.len() + 1).saturating_sub(KEPT);
        for old in present.drain(..excess.min(present.len())) {
            remove(&dir.join(old))?;
        }
        let newest = present.last().and_then(|name| name.parse().ok());
        // Two of a kind within a millisecond, or a clock set back, still get an order.
        let number = newest.map_or(now.0, |newest: u64| now.0.max(newest + 1));
        Ok(dir.join(format!("{number:015}")))
    }
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_of_a_kind_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let aside = Aside {
            dir: dir.path().to_owned(),
        };
        let kept: Vec<PathBuf> = (0..5)
            .map(|n: u8| aside.keep("tail", &[n], Time(1000)).unwrap())
            .collect();
        let other = aside.keep("rows", b"x", Time(1)).unwrap();
        let present: Vec<bool> = kept.iter().map(|path| path.exists()).collect();
        assert_eq!(present, [false, false, false, true, true]);
        assert_eq!(fs::read(&kept[4]).unwrap(), [4]);
        assert!(other.exists());
    }
}
