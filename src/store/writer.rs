//! The one thread that writes: it takes what is queued, checks it, appends it to the journal as
//! one frame, syncs once, applies it to the rows and answers.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use tokio::sync::{mpsc, oneshot};

use super::Error;
use super::commit::{Commit, Expected};
use super::digest::Digest;
use super::engine::{Engine, Failure};
use super::frame::{self, Checkpoint, Position, Record};
use super::journal::Journal;
use super::keeper::Task;
use super::rebuild::Cannot;
use super::shared::{Shared, View};

/// How many commits one sync serves at most.
const GROUP: usize = 256;
/// Bytes of keys and values from which a group takes no further commit.
const GROUP_BYTES: usize = 1 << 20;

/// The answer to a commit.
pub(super) type Answer = oneshot::Sender<Result<(), Error>>;

/// What the writer is asked.
#[derive(Debug)]
pub(super) enum Request {
    /// To make a commit true.
    Commit(Commit, Answer),
    /// To write down that these rows are synced.
    Checkpoint(Arc<Engine>, Checkpoint, Answer),
    /// To let go of old snapshots and of the journal that only they needed.
    Prune(Answer),
    /// To look whether rows must be made again.
    Wake,
    /// To end. What is still queued is answered `Stopped`.
    Close(oneshot::Sender<()>),
}

/// What the writer works with.
#[derive(Debug)]
pub(super) struct Writer {
    /// The rows.
    pub(super) engine: Arc<Engine>,
    /// The journal.
    pub(super) journal: Journal,
    /// What is shared with readers.
    pub(super) shared: Arc<Shared>,
    /// Whether the keeper was asked for a checkpoint that is not made yet.
    pub(super) asked: bool,
}

/// The end state of every key that a group changes.
type Changes = BTreeMap<(&'static str, Vec<u8>), Slot>;

#[derive(Debug)]
struct Slot {
    index: bool,
    value: Option<Vec<u8>>,
}

/// What a group comes to.
#[derive(Debug, Default)]
struct Plan {
    changes: Changes,
    digest: Digest,
    /// What each commit is answered once the changes are made.
    answers: Vec<Result<(), Error>>,
}

impl Writer {
    /// Serves requests until told to close or until nobody can ask any more.
    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>, keeper: &Sender<Task>) {
        let mut closing = None;
        while let Some(first) = requests.blocking_recv() {
            let mut group = Group::default();
            let mut next = Some(first);
            while let Some(request) = next {
                match request {
                    Request::Commit(commit, answer) => group.push(commit, answer),
                    Request::Checkpoint(engine, checkpoint, answer) => {
                        group.checkpoints.push((engine, checkpoint, answer));
                    }
                    Request::Prune(answer) => group.prunes.push(answer),
                    Request::Wake => {}
                    Request::Close(answer) => closing = Some(answer),
                }
                next = if group.is_full() || closing.is_some() {
                    None
                } else {
                    requests.try_recv().ok()
                };
            }
            self.serve(group);
            if !self.asked && self.shared.checkpoint_is_due_by_size() {
                // Without a receiver the store is closing.
                self.asked = keeper.send(Task::CheckpointIfDue).is_ok();
            }
            if closing.is_some() {
                break;
            }
        }
        self.close();
        // Dropping the requests answers those that are still queued.
        drop(requests);
        if let Some(answer) = closing {
            let _ = answer.send(());
        }
    }

    fn serve(&mut self, group: Group) {
        if self.shared.damaged() && !self.shared.stopped() {
            self.rebuild();
        }
        let results = self.commit(&group.commits);
        for (answer, result) in group.answers.into_iter().zip(results) {
            // Whoever does not wait any more does not want to know.
            let _ = answer.send(result);
        }
        for (engine, checkpoint, answer) in group.checkpoints {
            let _ = answer.send(self.checkpoint(&engine, checkpoint));
        }
        for answer in group.prunes {
            self.prune();
            let _ = answer.send(Ok(()));
        }
    }

    /// Makes a group of commits true and durable; answers each.
    pub(super) fn commit(&mut self, commits: &[Commit]) -> Vec<Result<(), Error>> {
        match self.try_commit(commits) {
            Ok(answers) => answers,
            Err(error) => commits.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    fn try_commit(&mut self, commits: &[Commit]) -> Result<Vec<Result<(), Error>>, Error> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        if self.shared.stopped() {
            return Err(Error::Stopped);
        }
        let free = self.free();
        let plan = match self.plan(commits, free) {
            Err(Failure::Damaged(why)) => {
                self.recover(&why)?;
                self.plan(commits, free)
            }
            other => other,
        };
        let plan = plan.map_err(|failure| self.give_up(&failure))?;
        if !plan.changes.is_empty() {
            self.write(&plan)?;
        }
        Ok(plan.answers)
    }

    /// Free space, in bytes. A file system that cannot tell will answer the write itself.
    fn free(&self) -> u64 {
        let disk = &self.journal.place().disk;
        disk.free(&self.shared.options.dir).unwrap_or(u64::MAX)
    }

    /// Checks what each commit needs: room among `free` bytes, and that its expectations hold for
    /// the rows and what is already in the group.
    fn plan(&self, commits: &[Commit], free: u64) -> Result<Plan, Failure> {
        let mut plan = Plan::default();
        for commit in commits {
            let answer = if free < self.shared.options.floor(commit.frees) {
                Err(Error::Full)
            } else if self.holds(commit, &plan.changes)? {
                Ok(())
            } else {
                Err(Error::Conflict)
            };
            let refused = answer.is_err();
            plan.answers.push(answer);
            if refused {
                continue;
            }
            for change in &commit.changes {
                let slot = Slot {
                    index: change.index,
                    value: change.value.clone(),
                };
                plan.changes.insert((change.tree, change.key.clone()), slot);
            }
        }
        plan.digest = self.shared.progress().applied.digest;
        for ((tree, key), slot) in &plan.changes {
            if let Some(old) = self.engine.get(tree, key)? {
                plan.digest.remove(tree, key, &old);
            }
            if let Some(new) = &slot.value {
                plan.digest.add(tree, key, new);
            }
        }
        Ok(plan)
    }

    fn holds(&self, commit: &Commit, changes: &Changes) -> Result<bool, Failure> {
        for expectation in &commit.expectations {
            let stored;
            let place = (expectation.tree, expectation.key.clone());
            let found = if let Some(slot) = changes.get(&place) {
                slot.value.as_deref()
            } else {
                stored = self.engine.get(expectation.tree, &expectation.key)?;
                stored.as_deref()
            };
            let holds = match &expectation.expected {
                Expected::Absent => found.is_none(),
                Expected::Present => found.is_some(),
                Expected::Bytes(bytes) => found == Some(bytes),
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn write(&mut self, plan: &Plan) -> Result<(), Error> {
        let changes = plan
            .changes
            .iter()
            .map(|((tree, key), slot)| frame::Change {
                tree,
                key,
                value: slot.value.as_deref(),
            });
        let digest = plan.digest;
        let record = Record::Changes {
            changes: changes.collect(),
            digest,
        };
        let (sequence, len) = match self.journal.append(&record) {
            Ok(written) => written,
            Err(error) => return Err(self.give_up(&error.into())),
        };
        let position = Position { sequence, digest };
        match self.apply(plan, position) {
            Ok(()) => {}
            Err(Failure::Damaged(why)) => {
                // The journal has this group, so that the new rows will have it.
                self.shared.progress().applied = position;
                self.recover(&why)?;
            }
            Err(failure) => return Err(self.give_up(&failure)),
        }
        let mut progress = self.shared.progress();
        progress.applied = position;
        progress.since_checkpoint += len;
        progress.since_snapshot += len;
        Ok(())
    }

    /// Rows before the index entries that point at them; the other way round for removal, so
    /// that a reader never finds an entry whose row is still to come.
    fn apply(&self, plan: &Plan, position: Position) -> Result<(), Failure> {
        for (index, put) in [(false, true), (true, true), (true, false), (false, false)] {
            for ((tree, key), slot) in &plan.changes {
                if slot.index == index && slot.value.is_some() == put {
                    self.engine.apply(tree, key, slot.value.as_deref())?;
                }
            }
        }
        self.engine.mark(position)
    }

    /// Notes a checkpoint in the journal.
    pub(super) fn checkpoint(
        &mut self,
        engine: &Arc<Engine>,
        checkpoint: Checkpoint,
    ) -> Result<(), Error> {
        self.asked = false;
        if self.shared.stopped() {
            return Err(Error::Stopped);
        }
        if !Arc::ptr_eq(engine, &self.engine) {
            // Those rows were synced and then replaced: the promise is not about these.
            return Err(Error::Conflict);
        }
        self.note(checkpoint)
            .map_err(|error| self.give_up(&error.into()))
    }

    /// Appends a checkpoint of the rows being served.
    pub(super) fn note(&mut self, checkpoint: Checkpoint) -> io::Result<()> {
        self.journal.append(&Record::Checkpoint(checkpoint))?;
        let mut progress = self.shared.progress();
        progress.checkpoint = checkpoint.position.sequence;
        progress.checkpoint_at = self.journal.place().world.now();
        progress.since_checkpoint = 0;
        Ok(())
    }

    /// Lets go of snapshots beyond the number kept, and of the journal that only they needed.
    /// Here, where rows are made again, so that none of it goes while it is needed for that.
    fn prune(&self) {
        if self.shared.damaged() {
            return;
        }
        let kept = self.shared.options.snapshots_kept;
        let pruned = self.shared.layout.snapshots.prune(kept);
        let place = self.journal.place();
        if let Err(error) =
            pruned.and_then(|oldest| oldest.map_or(Ok(()), |oldest| place.prune(oldest)))
        {
            // Nothing is lost by having too much; the next snapshot tries again.
            tracing::error!(%error, "old snapshots or journal segments could not be removed");
        }
    }

    fn recover(&mut self, why: &str) -> Result<(), Error> {
        self.shared
            .failed(&self.engine, Failure::Damaged(why.to_owned()));
        self.rebuild();
        if self.shared.stopped() {
            return Err(Error::Stopped);
        }
        Ok(())
    }

    /// Makes damaged rows again while readers are told so.
    fn rebuild(&mut self) {
        let at_least = self.shared.progress().applied.sequence;
        let mut repairs = Vec::new();
        let why = "found while serving";
        let made = self
            .shared
            .layout
            .rebuild(why, at_least, false, &mut repairs);
        for repair in repairs {
            tracing::error!("{repair}");
        }
        match made.and_then(|(engine, position)| Ok((engine.sync()?, engine, position))) {
            Ok((db_len, engine, position)) => {
                self.engine = Arc::new(engine);
                let checkpoint = Checkpoint { position, db_len };
                let engine = Arc::clone(&self.engine);
                if self.checkpoint(&engine, checkpoint).is_ok() {
                    self.shared.rebuilt();
                    self.shared.show(View::Open(engine));
                }
            }
            Err(Cannot::Failed(failure)) => {
                self.give_up(&failure);
            }
            Err(error @ Cannot::Inexact(_)) => {
                tracing::error!(%error, "the rows cannot be made again");
                self.shared.stop();
            }
        }
    }

    fn give_up(&self, failure: &Failure) -> Error {
        tracing::error!(%failure, "writing failed: nothing is written until a restart");
        self.shared.stop();
        Error::Stopped
    }

    /// Lets go of the rows.
    pub(super) fn close(self) {
        self.shared.stop();
        let view = self.shared.show(View::Closed);
        let intact = matches!(view, View::Open(_));
        drop(view);
        // Somebody who still reads keeps the rows open; the process is about to end anyway.
        if intact && let Ok(engine) = Arc::try_unwrap(self.engine) {
            engine.close();
        }
    }
}

/// Requests that one sync serves.
#[derive(Debug, Default)]
struct Group {
    commits: Vec<Commit>,
    answers: Vec<Answer>,
    checkpoints: Vec<(Arc<Engine>, Checkpoint, Answer)>,
    prunes: Vec<Answer>,
    bytes: usize,
}

impl Group {
    fn push(&mut self, commit: Commit, answer: Answer) {
        self.bytes += commit.bytes();
        self.commits.push(commit);
        self.answers.push(answer);
    }

    const fn is_full(&self) -> bool {
        self.commits.len() >= GROUP || self.bytes >= GROUP_BYTES
    }
}
