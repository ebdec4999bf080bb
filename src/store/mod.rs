//! The store: sled holds the rows, a journal makes them durable.
//!
//! A [`Commit`] is durable and visible when [`Store::commit`] answers. One thread writes: it takes
//! what is queued, checks it, appends it to the journal as one frame, syncs, applies it to sled
//! and answers. Readers use sled directly and so see only what is synced. A second thread makes
//! checkpoints (sled's flush and a real sync, noted in the journal) and takes snapshots. Damaged
//! rows are made again from a snapshot and the journal, at start and while serving, and a digest
//! proves that they are exactly what was acknowledged.

pub mod commit;
mod digest;
pub mod disk;
mod engine;
mod expire;
mod frame;
pub mod ids;
mod journal;
mod keeper;
pub mod key;
mod migrate;
pub mod names;
mod open;
mod options;
mod read;
mod rebuild;
mod repair;
pub mod rows;
mod shared;
mod snapshot;
mod start;
mod stats;
pub mod tree;
pub mod trees;
mod writer;

use std::fs::File;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};

pub use commit::{Commit, Row};
use engine::{Engine, Failure};
use keeper::{Keeper, Task};
use key::PrefixOf;
pub use migrate::{Migration, Migrator, SCHEMA};
pub use open::{OpenError, Opening};
pub use options::Options;
pub use read::Page;
pub use repair::Repair;
use shared::Shared;
pub use stats::{Condition, Stats};
pub(crate) use tree::{Glance, Tree};
use writer::Request;

use crate::world::{Time, World};

/// How many commits may wait; whoever brings one more waits outside.
const QUEUE: usize = 1024;

/// Why the store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Something that the commit expected is not so: read again and decide anew.
    #[error("what the commit expected has changed")]
    Conflict,
    /// The disk has less free space than the configured floor: nothing is written but what
    /// [frees](Commit::frees) space.
    #[error("the disk is full")]
    Full,
    /// Writing failed earlier; the store takes no more until a restart.
    #[error("the store has stopped writing")]
    Stopped,
    /// A row cannot be read, or the store is being rebuilt.
    #[error("the store cannot be read: {0}")]
    Damaged(String),
}

/// A handle on the store. Cheap to clone; dropping the last one closes the store like
/// [`Store::stop`], but blocks meanwhile.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    /// `None` once closed.
    threads: Mutex<Option<Threads>>,
    writer: mpsc::WeakSender<Request>,
    keeper: Sender<Task>,
    #[cfg(test)]
    dir: Option<tempfile::TempDir>,
}

#[derive(Debug)]
struct Threads {
    /// Ends the writer's thread when dropped.
    writer: mpsc::Sender<Request>,
    handles: [JoinHandle<()>; 2],
    lock: File,
}

impl Store {
    /// Opens the store, repairing by itself whatever can be repaired exactly. Each repair is
    /// answered and logged.
    pub fn open(options: Options, world: World) -> Result<(Self, Vec<Repair>), OpenError> {
        Opening::new(options, world).open()
    }

    /// The value under `key`.
    pub fn get<T: Tree>(&self, key: &T::Key) -> Result<Option<T::Value>, Error> {
        Ok(self.read::<T>(key)?.map(|row| row.value))
    }

    /// The value under `key` with what [`Commit::expect_unchanged`] needs.
    pub fn read<T: Tree>(&self, key: &T::Key) -> Result<Option<Row<T::Value>>, Error> {
        self.look(|engine| read::row::<T>(engine, key))
    }

    /// At most `limit` entries whose keys begin with `prefix`, in order, after the key `after`.
    pub fn page<T: Tree>(
        &self,
        prefix: &impl PrefixOf<T::Key>,
        after: Option<&T::Key>,
        limit: usize,
    ) -> Result<Page<T>, Error> {
        self.look(|engine| read::page::<T>(engine, prefix, after, limit))
    }

    /// Like [`Store::page`], of each value only what `G` reads.
    pub fn glances<T: Tree, G: Glance<T>>(
        &self,
        prefix: &impl PrefixOf<T::Key>,
        after: Option<&T::Key>,
        limit: usize,
    ) -> Result<Vec<(T::Key, G)>, Error> {
        self.look(|engine| read::glances::<T, G>(engine, prefix, after, limit))
    }

    /// Like [`Store::page`], backwards: from the last entry before the key `before`.
    pub fn page_back<T: Tree>(
        &self,
        prefix: &impl PrefixOf<T::Key>,
        before: Option<&T::Key>,
        limit: usize,
    ) -> Result<Page<T>, Error> {
        self.look(|engine| read::page_back::<T>(engine, prefix, before, limit))
    }

    /// Makes the commit true and durable, or answers why not; then nothing of it is. Only
    /// [`Error::Stopped`] leaves it open whether it will be true after a restart.
    pub async fn commit(&self, commit: Commit) -> Result<(), Error> {
        if commit.is_void() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let writer = self.inner.writer.upgrade().ok_or(Error::Stopped)?;
        let request = Request::Commit(commit, answer);
        writer.send(request).await.map_err(|_| Error::Stopped)?;
        // The sender is let go first: whoever waits here must not keep the writer from ending.
        drop(writer);
        answered.await.map_err(|_| Error::Stopped)?
    }

    /// Makes a checkpoint now: a start after this replays only what is written later. Commits
    /// and reads go on meanwhile.
    pub async fn checkpoint(&self) -> Result<(), Error> {
        self.ask(Task::Checkpoint).await?
    }

    /// Takes a snapshot now and removes old ones with the journal that only they needed. Commits
    /// and reads go on meanwhile.
    pub async fn snapshot(&self) -> Result<(), Error> {
        self.ask(Task::Snapshot).await?
    }

    /// Whether a checkpoint is due at `now`.
    pub fn checkpoint_due(&self, now: Time) -> bool {
        let options = &self.shared().options;
        let progress = *self.shared().progress();
        progress.since_checkpoint >= options.checkpoint_bytes
            || progress.since_checkpoint > 0
                && now.since(progress.checkpoint_at) >= options.checkpoint_age
    }

    /// Whether a snapshot is due at `now`.
    pub fn snapshot_due(&self, now: Time) -> bool {
        let options = &self.shared().options;
        let progress = *self.shared().progress();
        let changed = progress.snapshot != Some(progress.applied.sequence);
        let old = progress
            .snapshot_at
            .is_none_or(|at| now.since(at) >= options.snapshot_age);
        changed && (old || progress.since_snapshot >= options.snapshot_bytes)
    }

    /// Makes a last checkpoint and closes the store; other handles then answer
    /// [`Error::Stopped`]. Everything acknowledged is safe without it: whoever is in a hurry need
    /// not wait for it.
    pub async fn stop(&self) {
        if self.ask(Task::Close).await.is_err() {
            return;
        }
        let (answer, closed) = oneshot::channel();
        if let Some(writer) = self.inner.writer.upgrade()
            && writer.send(Request::Close(answer)).await.is_ok()
        {
            drop(writer);
            let _ = closed.await;
        }
        self.inner.end();
    }

    fn start(parts: open::Parts) -> Result<(Self, Vec<Repair>), OpenError> {
        let open::Parts {
            writer,
            lock,
            repairs,
        } = parts;
        let shared = Arc::clone(&writer.shared);
        let (commits, requests) = mpsc::channel(QUEUE);
        let (keeper, tasks) = channel();
        let work = Keeper {
            shared: Arc::clone(&shared),
            writer: commits.downgrade(),
        };
        let failed = |source| OpenError::Io {
            dir: shared.options.dir.clone(),
            source,
        };
        let for_keeper = keeper.clone();
        let handles = [
            thread::Builder::new()
                .name("store-writer".into())
                .spawn(move || writer.run(requests, &for_keeper))
                .map_err(failed)?,
            thread::Builder::new()
                .name("store-keeper".into())
                .spawn(move || work.run(&tasks))
                .map_err(failed)?,
        ];
        let inner = Inner {
            writer: commits.downgrade(),
            threads: Mutex::new(Some(Threads {
                writer: commits,
                handles,
                lock,
            })),
            shared,
            keeper,
            #[cfg(test)]
            dir: None,
        };
        let inner = Arc::new(inner);
        Ok((Self { inner }, repairs))
    }

    fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    fn has_writer(&self) -> bool {
        let writer = self.inner.writer.upgrade();
        writer.is_some_and(|writer| !writer.is_closed())
    }

    fn look<R>(&self, read: impl FnOnce(&Engine) -> Result<R, Failure>) -> Result<R, Error> {
        let engine = self.shared().engine()?;
        read(&engine).map_err(|failure| {
            let error = self.shared().failed(&engine, failure);
            if let Some(writer) = self.inner.writer.upgrade() {
                // When its queue is full, it is awake.
                let _ = writer.try_send(Request::Wake);
            }
            error
        })
    }

    async fn ask<R>(&self, task: impl FnOnce(oneshot::Sender<R>) -> Task) -> Result<R, Error> {
        let (answer, answered) = oneshot::channel();
        let sent = self.inner.keeper.send(task(answer));
        sent.map_err(|_| Error::Stopped)?;
        answered.await.map_err(|_| Error::Stopped)
    }
}

impl Inner {
    /// Waits for the threads and lets go of the directory.
    fn end(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(threads) = threads.take() else {
            return;
        };
        // The keeper makes its last checkpoint through the writer, which therefore ends last.
        let (answer, _) = oneshot::channel();
        let _ = self.keeper.send(Task::Close(answer));
        let [writer, keeper] = threads.handles;
        let ended = keeper.join();
        drop(threads.writer);
        if ended.and_then(|()| writer.join()).is_err() {
            tracing::error!("a thread of the store ended in a panic");
        }
        drop(threads.lock);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
impl Store {
    /// Everything that it holds: tree, key and value.
    pub(crate) fn everything(&self) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
        use std::ops::Bound::Unbounded;
        let mut all = Vec::new();
        for (tree, _) in trees::ALL {
            let entries =
                self.look(|engine| engine.range(tree, (Unbounded, Unbounded), usize::MAX));
            let entries = entries.unwrap().into_iter();
            all.extend(entries.map(|(key, value)| (*tree, key.to_vec(), value.to_vec())));
        }
        all
    }

    /// A store of its own in a directory that goes with it.
    pub(crate) fn temporary() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = Options::new(dir.path());
        options.reserve = 0;
        let (mut store, _) = Self::open(options, World::system()).unwrap();
        Arc::get_mut(&mut store.inner).unwrap().dir = Some(dir);
        store
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stopped_store_answers_everything() {
        let store = Store::temporary();
        let mut commit = Commit::new();
        commit.put::<trees::Meta>(&"a".into(), &vec![1]);
        store.commit(commit.clone()).await.unwrap();
        store.stop().await;
        store.stop().await;
        assert_eq!(store.commit(commit).await, Err(Error::Stopped));
        assert_eq!(store.get::<trees::Meta>(&"a".into()), Err(Error::Stopped));
        assert_eq!(store.snapshot().await, Err(Error::Stopped));
        assert_eq!(store.stats().condition, Condition::Stopped);
    }
}
