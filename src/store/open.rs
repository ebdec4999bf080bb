//! Opening a store: the lock, what is broken and how it is repaired, the schema.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::disk::{Disk, RealDisk};
use super::engine::{Engine, Failure, lock_within};
use super::frame::{Checkpoint, Position, Record};
use super::journal::{self, Journal, Place, Tip};
use super::migrate::{self, Migration, SCHEMA};
use super::options::Options;
use super::rebuild::{Cannot, Layout};
use super::repair::{Aside, Repair};
use super::shared::{Progress, Shared};
use super::snapshot::Snapshots;
use super::writer::Writer;
use super::{Error, Store};
use crate::world::World;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by another Lanterna", .0.display())]
    Locked(PathBuf),
    /// It was written by a newer version, and nothing of it was changed.
    #[error(
        "{} was written by a newer version of Lanterna (schema {found}, this one knows {known}): \
         run that version or a later one", .dir.display()
    )]
    Newer {
        /// The store's directory.
        dir: PathBuf,
        /// The store's schema.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
    /// A file could not be read or written.
    #[error("{} cannot be opened: {source}", .dir.display())]
    Io {
        /// The store's directory.
        dir: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Acknowledged changes cannot be read any more. Nothing was thrown away.
    #[error(
        "{} is damaged beyond exact repair: {why}. Nothing was thrown away. Restore a backup of \
         this directory, or accept that these changes are lost", .dir.display()
    )]
    Unrecoverable {
        /// The store's directory.
        dir: PathBuf,
        /// What is missing.
        why: String,
    },
    /// A migration failed; it is tried again at the next start.
    #[error("{} could not be migrated to schema {number}: {source}", .dir.display())]
    Migration {
        /// The store's directory.
        dir: PathBuf,
        /// The migration's number.
        number: u32,
        /// What it met.
        source: Error,
    },
}

/// A store about to be opened.
#[derive(Debug)]
pub struct Opening {
    options: Options,
    world: World,
    disk: Arc<dyn Disk>,
    migrations: &'static [Migration],
}

/// An open store's parts, before its threads run.
pub(super) struct Parts {
    pub(super) writer: Writer,
    pub(super) lock: File,
    pub(super) repairs: Vec<Repair>,
}

/// Rows that can be served, or why not.
enum Trial {
    Good(Engine, Position, Trust),
    Bad(String),
}

/// How far the journal can be relied upon for making these rows again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Entirely; nothing was changed by the start.
    Clean,
    /// Entirely; something was replayed.
    Replayed,
    /// Not: a snapshot is needed at once.
    Broken,
}

impl Opening {
    /// A store with the operating system's files and this version's migrations.
    pub fn new(options: Options, world: World) -> Self {
        Self {
            options,
            world,
            disk: Arc::new(RealDisk),
            migrations: SCHEMA,
        }
    }

    /// Puts another disk under the journal and the snapshots.
    #[must_use]
    pub fn disk(mut self, disk: Arc<dyn Disk>) -> Self {
        self.disk = disk;
        self
    }

    /// Uses other migrations.
    #[must_use]
    pub const fn migrations(mut self, migrations: &'static [Migration]) -> Self {
        self.migrations = migrations;
        self
    }

    /// Opens it. Every repair is also logged.
    pub fn open(self) -> Result<(Store, Vec<Repair>), OpenError> {
        Store::start(self.parts()?)
    }

    fn parts(self) -> Result<Parts, OpenError> {
        let dir = self.options.dir.clone();
        let failed = |source| OpenError::Io {
            dir: dir.clone(),
            source,
        };
        let lock = lock(&dir)?;
        let layout = self.layout().map_err(failed)?;
        let migrations = self.migrations;
        let start = Start {
            layout: &layout,
            options: &self.options,
            repairs: Vec::new(),
        };
        let (engine, position, repairs, trust) = start.run()?;
        let known = migrate::newest(migrations);
        let found = migrate::schema(&engine).map_err(|failure| unreadable(&dir, failure))?;
        if found > known {
            engine.close();
            return Err(OpenError::Newer { dir, found, known });
        }
        let last = layout.journal.tip().map_err(failed)?.last;
        let journal = Journal::after(layout.journal.clone(), last.max(position.sequence));
        let progress = self.progress(&layout, position).map_err(failed)?;
        let engine = Arc::new(engine);
        let shared = Shared::new(self.options, layout, Arc::clone(&engine), progress);
        let mut writer = Writer {
            engine,
            journal,
            shared: Arc::new(shared),
            asked: false,
        };
        if trust != Trust::Clean {
            settle(&mut writer, trust).map_err(|failure| unreadable(&dir, failure))?;
        }
        if let Err((number, source)) = migrate::run(&mut writer, migrations, found) {
            writer.close();
            return Err(OpenError::Migration {
                dir,
                number,
                source,
            });
        }
        Ok(Parts {
            writer,
            lock,
            repairs,
        })
    }

    fn layout(&self) -> io::Result<Layout> {
        let dir = &self.options.dir;
        let layout = Layout {
            journal: Place {
                disk: Arc::clone(&self.disk),
                dir: dir.join("journal"),
                segment_bytes: self.options.segment_bytes,
                world: self.world.clone(),
            },
            snapshots: Snapshots {
                disk: Arc::clone(&self.disk),
                dir: dir.join("snapshots"),
                world: self.world.clone(),
            },
            rows: dir.join("rows"),
            rebuilding: dir.join("rebuilding"),
            aside: Aside {
                dir: dir.join("aside"),
            },
            cache_bytes: self.options.cache_bytes,
        };
        for dir in [&layout.journal.dir, &layout.snapshots.dir] {
            journal::make_dir(self.disk.as_ref(), dir)?;
        }
        layout.snapshots.clean()?;
        Ok(layout)
    }

    fn progress(&self, layout: &Layout, applied: Position) -> io::Result<Progress> {
        let snapshot = layout.snapshots.list()?.last().copied();
        // An unreadable one is found out when it is needed, and another is due soon.
        let snapshot_at = snapshot.and_then(|sequence| layout.snapshots.taken_at(sequence).ok());
        Ok(Progress {
            applied,
            checkpoint: applied.sequence,
            checkpoint_at: self.world.now(),
            snapshot,
            snapshot_at,
            ..Progress::default()
        })
    }
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Io {
        dir: dir.to_owned(),
        source,
    };
    fs::create_dir_all(dir).map_err(failed)?;
    let mut options = File::options();
    let file = options
        .write(true)
        .create(true)
        .truncate(false)
        .open(dir.join("lock"))
        .map_err(failed)?;
    // One that is just ending is waited for, so that a restart need not be timed.
    if lock_within(&file, Duration::from_secs(1)).map_err(failed)? {
        Ok(file)
    } else {
        Err(OpenError::Locked(dir.to_owned()))
    }
}

fn unreadable(dir: &Path, failure: Failure) -> OpenError {
    let dir = dir.to_owned();
    match failure {
        Failure::Io(source) => OpenError::Io { dir, source },
        Failure::Damaged(why) | Failure::Row(why) => OpenError::Unrecoverable { dir, why },
    }
}

/// Makes what the start did durable, so that the next one need not do it again.
fn settle(writer: &mut Writer, trust: Trust) -> Result<(), Failure> {
    let position = writer.shared.progress().applied;
    let engine = Arc::clone(&writer.engine);
    engine.mark(position)?;
    let db_len = engine.sync()?;
    let stopped = |_| Failure::Io(io::Error::other("the journal cannot be written"));
    writer
        .checkpoint(&engine, Checkpoint { position, db_len })
        .map_err(stopped)?;
    if trust == Trust::Broken {
        let snapshots = &writer.shared.layout.snapshots;
        let taken = snapshots.take(&engine, position.sequence)?;
        let mut progress = writer.shared.progress();
        progress.snapshot = Some(position.sequence);
        progress.snapshot_at = Some(taken.at);
    }
    Ok(())
}

struct Start<'a> {
    layout: &'a Layout,
    options: &'a Options,
    repairs: Vec<Repair>,
}

impl Start<'_> {
    fn run(mut self) -> Result<(Engine, Position, Vec<Repair>, Trust), OpenError> {
        let found = self.find();
        for repair in &self.repairs {
            tracing::warn!("{repair}");
        }
        let dir = || self.options.dir.clone();
        match found {
            Ok((engine, position, trust)) => Ok((engine, position, self.repairs, trust)),
            Err(Cannot::Inexact(why)) => Err(OpenError::Unrecoverable { dir: dir(), why }),
            Err(Cannot::Failed(failure)) => Err(unreadable(&dir(), failure)),
        }
    }

    fn find(&mut self) -> Result<(Engine, Position, Trust), Cannot> {
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
            Ok(Trial::Good(engine, position, trust)) => Ok((engine, position, trust)),
            Ok(Trial::Bad(why)) | Err(Failure::Damaged(why)) => {
                tracing::error!(why, "the rows are damaged: they are made again");
                let accept = self.options.accept_loss;
                let (engine, position) =
                    self.layout
                        .rebuild(&why, acknowledged, accept, &mut self.repairs)?;
                let lost = |repair: &Repair| matches!(repair, Repair::LossAccepted { .. });
                let trust = if self.repairs.iter().any(lost) {
                    Trust::Broken
                } else {
                    Trust::Replayed
                };
                Ok((engine, position, trust))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// A new store has a journal before it has rows: whatever happens to those then, they can be
    /// made again.
    fn begin_journal(&self, tip: &mut Tip) -> Result<(), Cannot> {
        let place = &self.layout.journal;
        let new =
            tip.last == 0 && !self.layout.rows.exists() && self.layout.snapshots.list()?.is_empty();
        if new {
            let nothing = Checkpoint {
                position: Position::default(),
                db_len: 0,
            };
            Journal::after(place.clone(), 0).append(&Record::Checkpoint(nothing))?;
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

    fn try_rows(&mut self, tip: &Tip, acknowledged: u64) -> Result<Trial, Failure> {
        let checkpoint = tip.checkpoint.unwrap_or(Checkpoint {
            position: Position::default(),
            db_len: 0,
        });
        // sled also shortens its file itself, so this is only a reason to look closely.
        let db = self.layout.rows.join("db");
        let shorter = fs::metadata(db).map_or(0, |db| db.len()) < checkpoint.db_len;
        let (engine, without_snapshot) = self.open_sled()?;
        let marked = engine.marked()?;
        if marked.map_or(0, |marked| marked.sequence) < acknowledged {
            engine.close();
            return Ok(Trial::Bad("they lack what was synced to them".into()));
        }
        let marked = marked.unwrap_or_default();
        let ahead = marked.sequence > tip.last;
        let after = if ahead {
            marked.sequence
        } else {
            checkpoint.position.sequence
        };
        let replayed = self.layout.replay(&engine, after)?;
        let position = match replayed.position {
            Some(position) if !ahead => position,
            _ if ahead => marked,
            _ => checkpoint.position,
        };
        let gaps = !replayed.gaps.is_empty();
        if (shorter || without_snapshot || gaps || ahead) && engine.digest()? != position.digest {
            engine.close();
            return Ok(Trial::Bad("they are not what the journal says".into()));
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
        Ok(Trial::Good(engine, position, trust))
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
