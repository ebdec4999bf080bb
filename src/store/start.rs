//! What a start finds and how it repairs it: the journal's end, sled, and whether the two agree.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::engine::{Engine, Failure};
use super::frame::{Checkpoint, Position, Record};
use super::journal::{self, Journal, Tip};
use super::options::Options;
use super::rebuild::{Cannot, Layout};
use super::repair::Repair;

/// Rows that can be served.
pub(super) struct Found {
    /// The rows.
    pub(super) engine: Engine,
    /// How far they are.
    pub(super) position: Position,
    /// What the journal is worth for them.
    pub(super) trust: Trust,
}

/// Whether the rows that are there can be served, and if not, why.
enum Trial {
    Good(Found),
    /// Why not, and the last sequence that was acknowledged as far as is known.
    Bad(String, u64),
}

/// How far the journal can be relied upon for making these rows again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Entirely; nothing was changed by the start.
    Clean,
    /// Entirely; something was replayed.
    Replayed,
    /// Not: a snapshot is needed at once.
    Broken,
}

/// A start under way.
pub(super) struct Start<'a> {
    /// Where everything is.
    pub(super) layout: &'a Layout,
    /// How the store behaves.
    pub(super) options: &'a Options,
    /// What was repaired so far.
    pub(super) repairs: Vec<Repair>,
}

impl Start<'_> {
    /// Looks at everything, and repairs it.
    pub(super) fn find(&mut self) -> Result<Found, Cannot> {
        let place = &self.layout.journal;
        let mut tip = place.tip()?;
        if let Some(segment) = tip.unreadable.take() {
            let what = format!("the journal from {} on cannot be read", segment.first);
            if !self.options.accept_loss {
                return Err(Cannot::Inexact(what));
            }
            let (path, now) = (place.path(&segment), place.world.now());
            let disk = place.disk.as_ref();
            self.layout.aside.put_file(disk, "journal", &path, now)?;
            self.repairs.push(Repair::LossAccepted { what });
            tip = place.tip()?;
        }
        self.begin_journal(&mut tip)?;
        self.cut_tail(&tip)?;
        // Whatever a checkpoint or a snapshot is of was acknowledged, even if the journal is gone.
        let checkpoint = tip.checkpoint.map_or(0, |c| c.position.sequence);
        let snapshot = self.layout.snapshots.list()?.last().copied();
        let acknowledged = checkpoint.max(snapshot.unwrap_or(0));
        match self.try_rows(&tip, acknowledged) {
            Ok(Trial::Good(found)) => Ok(found),
            Ok(Trial::Bad(why, acknowledged)) => self.rebuild(&why, acknowledged),
            Err(Failure::Damaged(why)) => self.rebuild(&why, acknowledged),
            Err(failure) => Err(failure.into()),
        }
    }

    fn rebuild(&mut self, why: &str, acknowledged: u64) -> Result<Found, Cannot> {
        tracing::error!(why, "the rows are damaged: they are made again");
        let accept = self.options.accept_loss;
        let repairs = &mut self.repairs;
        let (engine, position) = self.layout.rebuild(why, acknowledged, accept, repairs)?;
        let lost = |repair: &Repair| matches!(repair, Repair::LossAccepted { .. });
        let trust = if repairs.iter().any(lost) {
            Trust::Broken
        } else {
            Trust::Replayed
        };
        Ok(Found {
            engine,
            position,
            trust,
        })
    }

    /// A new store has a journal before it has rows: whatever happens to those then, they can be
    /// made again.
    fn begin_journal(&self, tip: &mut Tip) -> Result<(), Cannot> {
        let place = &self.layout.journal;
        let new =
            tip.last == 0 && !self.layout.rows.exists() && self.layout.snapshots.list()?.is_empty();
        if new {
            let nothing = Record::Checkpoint(Checkpoint::default());
            Journal::after(place.clone(), 0).append(&nothing)?;
            *tip = place.tip()?;
        }
        Ok(())
    }

    fn cut_tail(&mut self, tip: &Tip) -> Result<(), Cannot> {
        let Some(tail) = &tip.tail else {
            return Ok(());
        };
        let place = &self.layout.journal;
        let bytes = place.read_tail(tail)?;
        let now = place.world.now();
        let aside = self.layout.aside.keep("tail", &bytes, now)?;
        place.cut(tail)?;
        let bytes = bytes.len() as u64;
        self.repairs.push(Repair::TornTail { bytes, aside });
        Ok(())
    }

    /// Serves the rows that are there if they are exactly what was acknowledged.
    fn try_rows(&mut self, tip: &Tip, acknowledged: u64) -> Result<Trial, Failure> {
        let checkpoint = tip.checkpoint.unwrap_or_default();
        // sled also shortens its file itself, so this is only a reason to look closely.
        let db = self.layout.rows.join("db");
        let shorter = fs::metadata(db).map_or(0, |db| db.len()) < checkpoint.db_len;
        let (engine, without_snapshot) = self.open_sled()?;
        let marked = engine.marked()?.unwrap_or_default();
        if marked.sequence < acknowledged {
            engine.close();
            let why = "they lack what was synced to them".into();
            return Ok(Trial::Bad(why, acknowledged));
        }
        let ahead = marked.sequence > tip.last;
        let base = if ahead { marked } else { checkpoint.position };
        let replayed = self.layout.replay(&engine, base.sequence)?;
        let position = replayed.position.unwrap_or(base);
        let gaps = !replayed.gaps.is_empty();
        if (shorter || without_snapshot || gaps || ahead) && engine.digest()? != position.digest {
            engine.close();
            // What they were marked with was acknowledged, even if the journal lacks it.
            let acknowledged = acknowledged.max(marked.sequence);
            let why = "they are not what the journal says".into();
            return Ok(Trial::Bad(why, acknowledged));
        }
        if gaps {
            let sequences = journal::describe(&replayed.gaps);
            self.repairs.push(Repair::JournalDamaged { sequences });
        }
        if ahead {
            self.repairs.push(Repair::JournalBehind {
                journal: tip.last,
                rows: marked.sequence,
            });
        }
        let trust = match (gaps || ahead, replayed.changed) {
            (true, _) => Trust::Broken,
            (false, true) => Trust::Replayed,
            (false, false) => Trust::Clean,
        };
        Ok(Trial::Good(Found {
            engine,
            position,
            trust,
        }))
    }

    /// Opens sled; without its snapshot files when it does not open with them. Answers whether
    /// it had to.
    fn open_sled(&mut self) -> Result<(Engine, bool), Failure> {
        for path in self.sled_snapshots()? {
            if path.extension().is_some_and(|e| e == "generating") {
                // Never renamed, so never in force: sled would take it for the newest.
                self.set_aside_sled_snapshot(&path)?;
            }
        }
        let open = || Engine::open(&self.layout.rows, self.options.cache_bytes);
        let why = match open() {
            Ok(engine) => return Ok((engine, false)),
            Err(Failure::Damaged(why)) => why,
            Err(failure) => return Err(failure),
        };
        let snapshots = self.sled_snapshots()?;
        if snapshots.is_empty() {
            return Err(Failure::Damaged(why));
        }
        tracing::error!(
            why,
            "sled does not open: once more without its snapshot file"
        );
        for path in snapshots {
            self.set_aside_sled_snapshot(&path)?;
        }
        Engine::open(&self.layout.rows, self.options.cache_bytes).map(|engine| (engine, true))
    }

    fn sled_snapshots(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.layout.rows) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("snap.") {
                paths.push(entry.path());
            }
        }
        Ok(paths)
    }

    fn set_aside_sled_snapshot(&mut self, path: &Path) -> io::Result<()> {
        let now = self.layout.journal.world.now();
        let aside = self.layout.aside.put("sled-snapshot", path, now)?;
        self.repairs.push(Repair::SledSnapshot { aside });
        Ok(())
    }
}
