//! The thread that makes checkpoints and takes snapshots, so that the writer need not wait for
//! sled's flush.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use tokio::sync::{mpsc, oneshot};

use super::Error;
use super::engine::{Engine, Failure};
use super::frame::Checkpoint;
use super::shared::Shared;
use super::writer::{Answer, Request};

/// What the keeper is asked.
#[derive(Debug)]
pub(super) enum Task {
    /// A checkpoint, if one is still due by size.
    CheckpointIfDue,
    /// A checkpoint.
    Checkpoint(Answer),
    /// A snapshot.
    Snapshot(Answer),
    /// A last checkpoint, and the end.
    Close(oneshot::Sender<()>),
}

/// What the keeper works with.
#[derive(Debug)]
pub(super) struct Keeper {
    /// What is shared with the writer.
    pub(super) shared: Arc<Shared>,
    /// The writer. Weak, since the writer ends when nobody can ask it any more.
    pub(super) writer: mpsc::WeakSender<Request>,
}

impl Keeper {
    /// Works until told to close or until nobody can ask any more.
    pub(super) fn run(self, tasks: &Receiver<Task>) {
        while let Ok(task) = tasks.recv() {
            // Whoever does not wait any more does not want to know.
            match task {
                Task::CheckpointIfDue => {
                    if self.shared.checkpoint_is_due_by_size()
                        && let Err(error) = self.checkpoint()
                    {
                        tracing::warn!(%error, "no checkpoint was made");
                    }
                }
                Task::Checkpoint(answer) => {
                    let _ = answer.send(self.checkpoint());
                }
                Task::Snapshot(answer) => {
                    let _ = answer.send(self.snapshot());
                }
                Task::Close(answer) => {
                    if let Err(error) = self.checkpoint() {
                        tracing::warn!(%error, "no checkpoint was made at the end");
                    }
                    let _ = answer.send(());
                    return;
                }
            }
        }
    }

    fn checkpoint(&self) -> Result<(), Error> {
        let progress = *self.shared.progress();
        if progress.applied.sequence == progress.checkpoint {
            return Ok(());
        }
        let engine = self.shared.engine()?;
        // Taken before the flush: whatever is applied meanwhile may or may not be in it.
        let position = self.shared.progress().applied;
        let db_len = engine.sync().map_err(|failure| {
            if matches!(failure, Failure::Io(_)) && self.shared.serves(&engine) {
                // After a failed sync the next one may succeed without having written.
                self.shared.stop();
            }
            self.failed(&engine, failure)
        })?;
        let checkpoint = Checkpoint { position, db_len };
        self.tell(|answer| Request::Checkpoint(engine, checkpoint, answer))
    }

    fn snapshot(&self) -> Result<(), Error> {
        let options = &self.shared.options;
        let layout = &self.shared.layout;
        let free = layout.journal.disk.free(&options.dir);
        if free.is_ok_and(|free| free < options.reserve) {
            return Err(Error::Full);
        }
        // First, so that the rows are at least as far as the journal that is then let go.
        self.checkpoint()?;
        let engine = self.shared.engine()?;
        let before = *self.shared.progress();
        let sequence = before.checkpoint;
        let taken = layout.snapshots.take(&engine, sequence);
        let taken = taken.map_err(|failure| self.failed(&engine, failure))?;
        // When nothing was written meanwhile, the rows can be checked by the way.
        let after = self.shared.progress().applied;
        if after.sequence == sequence && after.digest != taken.digest {
            let why = "they are not what was acknowledged".to_owned();
            return Err(self.failed(&engine, Failure::Damaged(why)));
        }
        {
            let mut progress = self.shared.progress();
            progress.snapshot = Some(sequence);
            progress.snapshot_at = Some(taken.at);
            progress.since_snapshot -= before.since_snapshot;
        }
        self.tell(Request::Prune)
    }

    /// Asks the writer and waits for its answer.
    fn tell(&self, request: impl FnOnce(Answer) -> Request) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let writer = self.writer.upgrade().ok_or(Error::Stopped)?;
        let sent = writer.blocking_send(request(answer));
        sent.map_err(|_| Error::Stopped)?;
        answered.blocking_recv().map_err(|_| Error::Stopped)?
    }

    fn failed(&self, engine: &Arc<Engine>, failure: Failure) -> Error {
        let error = self.shared.failed(engine, failure);
        self.wake();
        error
    }

    /// Has the writer make damaged rows again.
    fn wake(&self) {
        if let Some(writer) = self.writer.upgrade() {
            // When its queue is full, it is awake.
            let _ = writer.try_send(Request::Wake);
        }
    }
}
