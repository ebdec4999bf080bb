//! Opening a store: the lock, what is broken and how it is repaired, the schema.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::disk::{Disk, RealDisk};
use super::engine::{Failure, lock_within};
use super::frame::{Checkpoint, Position};
use super::journal::{self, Journal, Place};
use super::migrate::{self, Migration, SCHEMA};
use super::options::Options;
use super::rebuild::{Cannot, Layout};
use super::repair::{Aside, Repair};
use super::shared::{Progress, Shared};
use super::snapshot::Snapshots;
use super::start::{Found, Start, Trust};
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
    /// There is no space left to repair or to write what a start writes. Nothing was thrown away.
    #[error(
        "{} cannot be opened because its disk is full. Nothing was thrown away: free some space \
         there, then start again", .0.display()
    )]
    Full(PathBuf),
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
         this directory, or start with `lanterna serve --accept-loss` to go on without these changes", .dir.display()
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
        let lock = lock(&dir)?;
        let layout = self.layout().map_err(|error| at(&dir, error))?;
        let (found, repairs) = self.repair(&layout)?;
        let known = migrate::newest(self.migrations);
        let schema = migrate::schema(&found.engine).map_err(|failure| broken(&dir, failure))?;
        if schema > known {
            found.engine.close();
            let found = schema;
            return Err(OpenError::Newer { dir, found, known });
        }
        let migrations = self.migrations;
        let mut writer = self.writer(layout, found)?;
        if let Err((number, source)) = migrate::run(&mut writer, migrations, schema) {
            writer.close();
            return Err(match source {
                Error::Full => OpenError::Full(dir),
                source => OpenError::Migration {
                    dir,
                    number,
                    source,
                },
            });
        }
        Ok(Parts {
            writer,
            lock,
            repairs,
        })
    }

    fn repair(&self, layout: &Layout) -> Result<(Found, Vec<Repair>), OpenError> {
        let mut start = Start {
            layout,
            options: &self.options,
            repairs: Vec::new(),
        };
        let found = start.find();
        for repair in &start.repairs {
            tracing::warn!("{repair}");
        }
        let dir = &self.options.dir;
        match found {
            Ok(found) => Ok((found, start.repairs)),
            Err(Cannot::Failed(failure)) => Err(broken(dir, failure)),
            Err(Cannot::Inexact(why)) => Err(OpenError::Unrecoverable {
                dir: dir.clone(),
                why,
            }),
        }
    }

    /// A writer for what was found, once that is as durable as it would be had it been running.
    fn writer(self, layout: Layout, found: Found) -> Result<Writer, OpenError> {
        let dir = self.options.dir.clone();
        let last = layout.journal.tip().map_err(|error| at(&dir, error))?.last;
        let last = last.max(found.position.sequence);
        let journal = Journal::after(layout.journal.clone(), last);
        let progress = self.progress(&layout, found.position);
        let progress = progress.map_err(|error| at(&dir, error))?;
        let engine = Arc::new(found.engine);
        let shared = Shared::new(self.options, layout, Arc::clone(&engine), progress);
        let mut writer = Writer {
            engine,
            journal,
            shared: Arc::new(shared),
            asked: false,
        };
        if found.trust != Trust::Clean
            && let Err(failure) = settle(&mut writer, found.trust)
        {
            // Rows that failed otherwise might never close.
            if matches!(failure, Failure::Io(_)) {
                writer.close();
            }
            return Err(broken(&dir, failure));
        }
        Ok(writer)
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
    let open = || {
        fs::create_dir_all(dir)?;
        let mut options = File::options();
        let options = options.write(true).create(true).truncate(false);
        let file = options.open(dir.join("lock"))?;
        // One that is just ending is waited for, so that a restart need not be timed.
        let locked = lock_within(&file, Duration::from_secs(1))?;
        Ok(locked.then_some(file))
    };
    let locked = open().map_err(|error| at(dir, error))?;
    locked.ok_or_else(|| OpenError::Locked(dir.to_owned()))
}

fn at(dir: &Path, source: io::Error) -> OpenError {
    let dir = dir.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OpenError::Full(dir),
        _ => OpenError::Io { dir, source },
    }
}

fn broken(dir: &Path, failure: Failure) -> OpenError {
    match failure {
        Failure::Io(source) => at(dir, source),
        Failure::Damaged(why) | Failure::Row(why) => OpenError::Unrecoverable {
            dir: dir.to_owned(),
            why,
        },
    }
}

/// Makes what the start did durable, so that the next one need not do it again.
fn settle(writer: &mut Writer, trust: Trust) -> Result<(), Failure> {
    let position = writer.shared.progress().applied;
    let engine = Arc::clone(&writer.engine);
    engine.mark(position)?;
    let db_len = engine.sync()?;
    writer.note(Checkpoint { position, db_len })?;
    if trust == Trust::Broken {
        let snapshots = &writer.shared.layout.snapshots;
        let taken = snapshots.take(&engine, position.sequence)?;
        let mut progress = writer.shared.progress();
        progress.snapshot = Some(position.sequence);
        progress.snapshot_at = Some(taken.at);
    }
    Ok(())
}
