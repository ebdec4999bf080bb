//! What the threads of a store and its readers share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::Error;
use super::engine::{Engine, Failure};
use super::frame::Position;
use super::options::Options;
use super::rebuild::Layout;
use crate::world::Time;

/// What readers see.
#[derive(Debug)]
pub(super) enum View {
    /// The rows.
    Open(Arc<Engine>),
    /// Damaged rows that are not made again yet.
    Damaged,
    /// The store was closed.
    Closed,
}

/// When things last happened and how far they are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// What has been applied to the rows.
    pub(super) applied: Position,
    /// The sequence of the last checkpoint.
    pub(super) checkpoint: u64,
    /// When it was made or, before the first one, when the store was opened.
    pub(super) checkpoint_at: Time,
    /// Journal written since, in bytes.
    pub(super) since_checkpoint: u64,
    /// The sequence of the last snapshot.
    pub(super) snapshot: Option<u64>,
    /// When it was taken.
    pub(super) snapshot_at: Option<Time>,
    /// Journal written since, in bytes.
    pub(super) since_snapshot: u64,
}

/// The shared part of a store.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) layout: Layout,
    view: RwLock<View>,
    progress: Mutex<Progress>,
    stopped: AtomicBool,
    rebuilds: AtomicU64,
}

impl Shared {
    pub(super) fn new(
        options: Options,
        layout: Layout,
        engine: Arc<Engine>,
        progress: Progress,
    ) -> Self {
        Self {
            options,
            layout,
            view: RwLock::new(View::Open(engine)),
            progress: Mutex::new(progress),
            stopped: AtomicBool::new(false),
            rebuilds: AtomicU64::new(0),
        }
    }

    /// The rows, for reading.
    pub(super) fn engine(&self) -> Result<Arc<Engine>, Error> {
        match &*self.view.read().unwrap_or_else(PoisonError::into_inner) {
            View::Open(engine) => Ok(Arc::clone(engine)),
            View::Damaged => Err(Error::Damaged("the rows are being made again".into())),
            View::Closed => Err(Error::Stopped),
        }
    }

    /// Shows readers something else; answers what they saw before.
    pub(super) fn show(&self, view: View) -> View {
        let mut current = self.view.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut current, view)
    }

    /// What a failure of `engine` means to whoever asked. Damage takes it out of use; the writer
    /// makes the rows again when it next wakes.
    pub(super) fn failed(&self, engine: &Arc<Engine>, failure: Failure) -> Error {
        match failure {
            Failure::Damaged(why) => {
                self.retire(engine, &why);
                Error::Damaged("the rows are being made again".into())
            }
            Failure::Row(what) => Error::Damaged(what),
            Failure::Io(error) => {
                tracing::error!(%error, "the rows cannot be read or written");
                Error::Stopped
            }
        }
    }

    fn retire(&self, engine: &Arc<Engine>, why: &str) {
        let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(&*view, View::Open(current) if Arc::ptr_eq(current, engine)) {
            tracing::error!(why, "the rows are damaged: they will be made again");
            *view = View::Damaged;
        }
    }

    /// Whether `engine` is what readers see.
    pub(super) fn serves(&self, engine: &Arc<Engine>) -> bool {
        let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
        matches!(&*view, View::Open(current) if Arc::ptr_eq(current, engine))
    }

    /// Whether readers see damaged rows.
    pub(super) fn damaged(&self) -> bool {
        let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
        matches!(&*view, View::Damaged)
    }

    /// Takes no more commits until a restart.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Whether commits are taken no more.
    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Counts a rebuild.
    pub(super) fn rebuilt(&self) {
        self.rebuilds.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the rows were made again since the start.
    pub(super) fn rebuilds(&self) -> u64 {
        self.rebuilds.load(Ordering::Relaxed)
    }

    /// How far things are.
    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a checkpoint is due by size.
    pub(super) fn checkpoint_is_due_by_size(&self) -> bool {
        self.progress().since_checkpoint >= self.options.checkpoint_bytes
    }
}
