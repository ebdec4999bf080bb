//! Making the rows again from a snapshot and the journal, and proving by the digest that they
//! are exactly what was acknowledged.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::engine::{Engine, Failure};
use super::frame::{Position, Record};
use super::journal::{self, Gaps, Place};
use super::repair::{Aside, Repair};
use super::snapshot::Snapshots;

/// Where everything of a store is.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The journal.
    pub(super) journal: Place,
    /// The snapshots.
    pub(super) snapshots: Snapshots,
    /// sled's directory.
    pub(super) rows: PathBuf,
    /// Where rows are made again, before they take the place of the damaged ones.
    pub(super) rebuilding: PathBuf,
    /// Where broken things go.
    pub(super) aside: Aside,
    /// sled's cache.
    pub(super) cache_bytes: u64,
}

/// Why the rows could not be made again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cannot {
    /// No snapshot and no stretch of the journal give exactly what was acknowledged.
    #[error("{0}")]
    Inexact(String),
    /// A file could not be read or written.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<io::Error> for Cannot {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Why loading a snapshot ended early.
enum Loading {
    Snapshot(io::Error),
    Rows(Failure),
}

impl From<io::Error> for Loading {
    fn from(error: io::Error) -> Self {
        Self::Snapshot(error)
    }
}

/// Rows made from one base.
struct Attempt {
    engine: Engine,
    /// How far they are, as far as the journal tells.
    position: Option<Position>,
    gaps: Gaps,
}

/// What a replay knows.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    /// The newest position that the journal tells.
    pub(super) position: Option<Position>,
    /// Sequences that are missing.
    pub(super) gaps: Gaps,
    /// Whether anything was changed.
    pub(super) changed: bool,
}

impl Layout {
    /// Makes the rows again, exactly as far as `at_least` or further, and puts them in the place
    /// of the damaged ones. With `accept_loss`, what cannot be read any more is done without.
    pub(super) fn rebuild(
        &self,
        why: &str,
        at_least: u64,
        accept_loss: bool,
        repairs: &mut Vec<Repair>,
    ) -> Result<(Engine, Position), Cannot> {
        let mut obstacle = "neither a snapshot nor the beginning of the journal is there".into();
        for base in self.bases()? {
            let Some(attempt) = self.attempt(base, repairs)? else {
                continue;
            };
            let digest = attempt.engine.digest()?;
            match attempt.position {
                Some(position) if position.sequence >= at_least && position.digest == digest => {
                    return self.install(attempt.engine, position, base, why, repairs);
                }
                Some(position) if position.sequence < at_least => {
                    obstacle = format!(
                        "the journal ends at {} but {at_least} was acknowledged",
                        position.sequence
                    );
                }
                _ if !attempt.gaps.is_empty() => {
                    let sequences = journal::describe(&attempt.gaps);
                    obstacle = format!("the journal is unreadable at {sequences}");
                }
                Some(_) => {
                    obstacle = "the journal and the snapshots contradict each other".into();
                }
                None => obstacle = "the journal after the snapshots is missing".into(),
            }
            if accept_loss {
                let known = attempt.position.map_or(0, |position| position.sequence);
                let sequence = known.max(at_least);
                let position = Position { sequence, digest };
                repairs.push(Repair::LossAccepted { what: obstacle });
                return self.install(attempt.engine, position, base, why, repairs);
            }
            attempt.engine.close();
        }
        Err(Cannot::Inexact(obstacle))
    }

    /// What rows can be made from: the snapshots, newest first, then the beginning of the journal.
    fn bases(&self) -> io::Result<Vec<Option<u64>>> {
        let mut bases: Vec<Option<u64>> = self.snapshots.list()?.into_iter().map(Some).collect();
        bases.reverse();
        if self
            .journal
            .segments()?
            .first()
            .is_some_and(|s| s.first == 1)
        {
            bases.push(None);
        }
        Ok(bases)
    }

    fn attempt(
        &self,
        base: Option<u64>,
        repairs: &mut Vec<Repair>,
    ) -> Result<Option<Attempt>, Cannot> {
        if self.rebuilding.exists() {
            fs::remove_dir_all(&self.rebuilding)?;
        }
        let engine = Engine::open(&self.rebuilding, self.cache_bytes)?;
        if let Some(sequence) = base {
            let loaded = self.snapshots.load(sequence, |change| {
                engine
                    .apply(change.tree, change.key, change.value)
                    .map_err(Loading::Rows)
            });
            match loaded {
                Ok(()) => {}
                Err(Loading::Rows(failure)) => return Err(failure.into()),
                Err(Loading::Snapshot(error)) => {
                    tracing::error!(sequence, %error, "a snapshot cannot be read");
                    let path = self.snapshots.path(sequence);
                    let disk = self.journal.disk.as_ref();
                    let now = self.journal.world.now();
                    let aside = self.aside.put_file(disk, "snapshot", &path, now)?;
                    repairs.push(Repair::SnapshotDamaged { aside });
                    return Ok(None);
                }
            }
        }
        let replayed = self.replay(&engine, base.unwrap_or(0))?;
        let position = match base {
            None => Some(replayed.position.unwrap_or_default()),
            Some(_) => replayed.position,
        };
        let gaps = replayed.gaps;
        Ok(Some(Attempt {
            engine,
            position,
            gaps,
        }))
    }

    /// Applies everything after the sequence `after`. Changes are absolute: applying some again
    /// does no harm.
    pub(super) fn replay(&self, engine: &Engine, after: u64) -> Result<Replayed, Failure> {
        let mut replayed = Replayed::default();
        let known = &mut replayed.position;
        let changed = &mut replayed.changed;
        replayed.gaps = self.journal.replay(after, |sequence, record| {
            match record {
                Record::Changes { changes, digest } => {
                    for change in changes {
                        engine.apply(change.tree, change.key, change.value)?;
                    }
                    *known = Some(Position { sequence, digest });
                    *changed = true;
                }
                Record::Checkpoint(checkpoint) => {
                    let position = checkpoint.position;
                    if known.is_none_or(|known| position.sequence > known.sequence)
                        && position.sequence >= after
                    {
                        *known = Some(position);
                    }
                }
                Record::SnapshotBegin { .. } | Record::SnapshotEnd { .. } => {}
            }
            Ok::<_, Failure>(())
        })?;
        Ok(replayed)
    }

    fn install(
        &self,
        engine: Engine,
        position: Position,
        snapshot: Option<u64>,
        why: &str,
        repairs: &mut Vec<Repair>,
    ) -> Result<(Engine, Position), Cannot> {
        engine.mark(position)?;
        engine.sync()?;
        // sled keeps its path: it is opened again where it belongs.
        engine.close();
        let disk = self.journal.disk.as_ref();
        let now = self.journal.world.now();
        let aside = self.aside.put("rows", &self.rows, now)?;
        fs::rename(&self.rebuilding, &self.rows)?;
        self.rows
            .parent()
            .map_or(Ok(()), |dir| disk.sync_dir(dir))?;
        let engine = Engine::open(&self.rows, self.cache_bytes)?;
        repairs.push(Repair::Rebuilt {
            why: why.to_owned(),
            snapshot,
            aside,
        });
        Ok((engine, position))
    }
}
