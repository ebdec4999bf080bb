//! Writes what people watch. A class that watches at once tells so at once: what waits together is
//! written together, in one commit, and answered once it is durable.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Watcher;
use super::change::{Act, Told};
use super::credit::Ledger;
use super::measure::Progress;
use super::writing::{Besides, Recorded, Report, Writing};
use crate::store::ids::UserId;
use crate::store::key::Newest;
use crate::store::trees::{Items, PersonTallies, Recent, Views};
use crate::store::{Error, Store};
use crate::world::{Time, World};

/// Reports of one commit at most.
const TOGETHER: usize = 32;
/// Reports that may wait; whoever brings one more waits outside.
const QUEUE: usize = 1_024;
/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;

/// Takes what people watch. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    reports: mpsc::Sender<Waiting>,
}

/// A report, and who waits for what becomes of it.
struct Waiting {
    report: Report,
    answer: oneshot::Sender<Result<Recorded, Error>>,
}

impl Recorder {
    /// Begins to write, within the runtime that it is called in. What is written is kept for
    /// `kept` after the last change.
    pub fn start(store: Store, world: World, kept: Duration) -> Self {
        let (reports, waiting) = mpsc::channel(QUEUE);
        let writer = Writer {
            store,
            world,
            kept,
            ledger: Ledger::default(),
        };
        tokio::spawn(writer.run(waiting));
        Self { reports }
    }

    /// Somebody opened an item's page. With `besides` goes what is to become true with it.
    pub async fn opened(
        &self,
        watcher: Watcher,
        besides: Option<Besides>,
    ) -> Result<Recorded, Error> {
        self.report(Report {
            watcher,
            act: Act::Opened,
            besides,
        })
        .await
    }

    /// Somebody's player tells what they watched.
    pub async fn watched(
        &self,
        watcher: Watcher,
        told: Told,
        besides: Option<Besides>,
    ) -> Result<Recorded, Error> {
        self.report(Report {
            watcher,
            act: Act::Watched(told),
            besides,
        })
        .await
    }

    async fn report(&self, report: Report) -> Result<Recorded, Error> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { report, answer };
        let sent = self.reports.send(waiting).await;
        sent.map_err(|_| Error::Stopped)?;
        answered.await.map_err(|_| Error::Stopped)?
    }
}

/// Writes alone, so that nothing of its own is ever in its way.
struct Writer {
    store: Store,
    world: World,
    kept: Duration,
    ledger: Ledger,
}

impl Writer {
    async fn run(mut self, mut reports: mpsc::Receiver<Waiting>) {
        let mut waiting = Vec::new();
        while reports.recv_many(&mut waiting, TOGETHER).await > 0 {
            while !waiting.is_empty() {
                let (now, later) = one_each(std::mem::take(&mut waiting));
                self.write(now).await;
                waiting = later;
            }
        }
    }

    /// Writes them together; where that meets a conflict, one by one.
    async fn write(&mut self, waiting: Vec<Waiting>) {
        let reports: Vec<&Report> = waiting.iter().map(|waiting| &waiting.report).collect();
        match self.attempt(&reports).await {
            Ok(recorded) => {
                for (waiting, recorded) in waiting.into_iter().zip(recorded) {
                    // Whoever no longer waits has it written all the same.
                    let _ = waiting.answer.send(Ok(recorded));
                }
            }
            Err(_) => {
                for waiting in waiting {
                    let recorded = self.alone(&waiting.report).await;
                    let _ = waiting.answer.send(recorded);
                }
            }
        }
    }

    async fn alone(&mut self, report: &Report) -> Result<Recorded, Error> {
        for _ in 0..ATTEMPTS {
            match self.attempt(&[report]).await {
                Ok(mut recorded) => return recorded.pop().ok_or(Error::Conflict),
                Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
            if self.store.get::<Items>(&report.watcher.item)?.is_none() {
                // The item was deleted meanwhile, and takes its views along.
                return Ok(Recorded {
                    progress: Progress::measured(None, report.watcher.measure),
                    credited: Duration::ZERO,
                });
            }
        }
        Err(Error::Conflict)
    }

    /// Time is spent only once what it was spent on is durable.
    async fn attempt(&mut self, reports: &[&Report]) -> Result<Vec<Recorded>, Error> {
        let now = self.world.now();
        for report in reports {
            self.arrives(report, now)?;
        }
        let mut writing = Writing::new(&self.store, &self.ledger, now, self.kept);
        let recorded = reports.iter().map(|report| writing.add(report));
        let recorded = recorded.collect::<Result<Vec<_>, Error>>()?;
        self.store.commit(writing.done()).await?;
        for (report, recorded) in reports.iter().zip(&recorded) {
            let spent = u64::try_from(recorded.credited.as_millis()).unwrap_or(u64::MAX);
            self.ledger.spend(report.watcher.user, now, spent);
        }
        Ok(recorded)
    }

    fn arrives(&mut self, report: &Report, now: Time) -> Result<(), Error> {
        let user = report.watcher.user;
        match report.act {
            Act::Opened => self.ledger.open(user, now),
            Act::Watched(_) if !self.ledger.knows(user) => {
                let last = last_here(&self.store, &report.watcher)?;
                self.ledger.resume(user, last, now);
            }
            Act::Watched(_) => {}
        }
        Ok(())
    }
}

/// Until when a person's time is accounted for, as far as the rows tell; later rather than earlier.
fn last_here(store: &Store, watcher: &Watcher) -> Result<Option<Time>, Error> {
    let view = store.get::<Views>(&watcher.key())?;
    let view = view.and_then(|view| view.credited.max(view.opened_at));
    let course = store.get::<PersonTallies>(&(watcher.course, watcher.user))?;
    let course = course.map(|tally| tally.last);
    // Elsewhere the moment is known by the minute.
    let recent = store.page::<Recent>(&(watcher.user,), None, 1)?.pop();
    let recent = recent.map(|((_, Newest(at), item, course), ())| {
        if (course, item) == (watcher.course, watcher.item) {
            at
        } else {
            at.after(super::writing::RECENT_MOVES)
        }
    });
    Ok(view.max(course).max(recent))
}

/// The first report of each person, and the rest: a person's second rests on what their first made
/// true.
fn one_each(waiting: Vec<Waiting>) -> (Vec<Waiting>, Vec<Waiting>) {
    let mut people: Vec<UserId> = Vec::new();
    waiting.into_iter().partition(|waiting| {
        let user = waiting.report.watcher.user;
        let first = !people.contains(&user);
        people.push(user);
        first
    })
}
