//! Writes what people watch. A class that watches at once tells so at once: what waits together is
//! written together, in one commit, and answered once it is durable.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Watcher;
use super::change::{Act, Told};
use super::credit::Ledger;
use super::measure::Progress;
use super::writing::{Besides, RECENT_MOVES, Recorded, Report, Writing};
use crate::store::ids::UserId;
use crate::store::key::Newest;
use crate::store::trees::{Items, PersonTallies, Recent, Views};
use crate::store::{Error, Store};
use crate::world::{Time, World};

/// Reports of one commit at most.
const TOGETHER: usize = 32;
/// Reports that may wait; whoever brings one more waits outside.
const QUEUE: usize = 1_024;
/// So many of the last watched are looked through.
const LOOKED_THROUGH: usize = 50;
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
    // In another course the moment is known by the minute.
    let recent = store.page::<Recent>(&(watcher.user,), None, LOOKED_THROUGH)?;
    let recent = recent.into_iter().map(|((_, Newest(at), _, course), ())| {
        if course == watcher.course {
            at
        } else {
            at.after(RECENT_MOVES)
        }
    });
    Ok(view.max(course).max(recent.max()))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::store::Commit;
    use crate::store::ids::{ConnectionId, CourseId, ItemId};
    use crate::store::rows::library::{Item, Kind, Visibility};
    use crate::store::rows::watching::Span;
    use crate::store::trees::{ItemTallies, Meta};
    use crate::watching::{Credited, Measure};
    use crate::world::ManualClock;

    const SAM: UserId = UserId(7);

    struct Desk {
        store: Store,
        clock: ManualClock,
        world: World,
    }

    impl Desk {
        /// A store with two items of a minute.
        async fn new() -> Self {
            let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
            let world = World::with_clock(Arc::new(clock.clone()));
            let store = Store::temporary();
            let mut commit = Commit::new();
            for id in [1, 2] {
                commit.put::<Items>(&ItemId(id), &item(world.now()));
            }
            store.commit(commit).await.unwrap();
            Self {
                store,
                clock,
                world,
            }
        }

        /// A recorder that knows nothing but what the store holds: as after a restart.
        fn starts(&self) -> Recorder {
            let kept = Duration::from_hours(24 * 365);
            Recorder::start(self.store.clone(), self.world.clone(), kept)
        }

        fn pass(&self, seconds: u64) {
            self.clock.advance(Duration::from_secs(seconds));
        }
    }

    fn item(now: Time) -> Item {
        Item {
            visibility: Visibility::School,
            ..Item::new(UserId(1), ConnectionId(1), Kind::Video, "Waves", now)
        }
    }

    fn watches(item: u64) -> Watcher {
        Watcher {
            course: CourseId(3),
            item: ItemId(item),
            user: SAM,
            measure: Measure::Playing(Some(60_000)),
            counts: true,
            singles: true,
        }
    }

    fn all() -> Told {
        Told {
            played: vec![Span {
                start: 0,
                end: 60_000,
            }],
            ..Told::default()
        }
    }

    async fn credited(recorder: &Recorder, item: u64) -> u64 {
        let told = recorder.watched(watches(item), all(), None).await;
        told.unwrap().credited.as_secs()
    }

    #[tokio::test]
    async fn a_restart_gives_nobody_time_twice() {
        let desk = Desk::new().await;
        let recorder = desk.starts();
        recorder.opened(watches(1), None).await.unwrap();
        desk.pass(10);
        assert_eq!(credited(&recorder, 1).await, 20);
        desk.pass(5);
        // The same item goes on from its last moment, wherever that is told.
        let again = desk.starts();
        assert_eq!(credited(&again, 2).await, 10);
        assert_eq!(credited(&again, 1).await, 0);
        // Somebody of whom the rows know nothing begins now.
        let other = Watcher {
            user: UserId(8),
            ..watches(1)
        };
        let told = again.watched(other, all(), None).await.unwrap();
        assert_eq!(told.credited, Duration::ZERO);
        // A page that was opened before a restart has been open since.
        recorder.opened(other, None).await.unwrap();
        desk.pass(10);
        let told = desk.starts().watched(other, all(), None).await.unwrap();
        assert_eq!(told.credited, Duration::from_secs(20));
        // Whoever was last here long ago begins now, too.
        desk.pass(3 * 3_600);
        assert_eq!(credited(&desk.starts(), 1).await, 0);
    }

    fn noting(times: &Arc<AtomicU32>) -> Besides {
        let times = Arc::clone(times);
        Arc::new(move |commit: &mut Commit, credited: &Credited<'_>| {
            times.fetch_add(1, Ordering::SeqCst);
            let (before, after) = (credited.before.percent, credited.after.percent);
            assert!(before < after);
            commit.put::<Meta>(&"due".to_owned(), &vec![1]);
            Ok(())
        })
    }

    #[tokio::test]
    async fn what_is_due_becomes_true_with_the_credit_and_only_then() {
        let desk = Desk::new().await;
        let recorder = desk.starts();
        let times = Arc::new(AtomicU32::new(0));
        let due = || desk.store.get::<Meta>(&"due".to_owned()).unwrap();
        let opened = recorder.opened(watches(1), Some(noting(&times))).await;
        assert_eq!(opened.unwrap().progress.percent, Some(0));
        let told = recorder.watched(watches(1), all(), Some(noting(&times)));
        assert_eq!(told.await.unwrap().credited, Duration::ZERO);
        assert_eq!((due(), times.load(Ordering::SeqCst)), (None, 0));
        desk.pass(30);
        let told = recorder.watched(watches(1), all(), Some(noting(&times)));
        assert_eq!(told.await.unwrap().progress.percent, Some(10_000));
        assert_eq!((due(), times.load(Ordering::SeqCst)), (Some(vec![1]), 1));
    }

    #[tokio::test]
    async fn what_refuses_to_go_along_keeps_the_credit_from_being_given() {
        let desk = Desk::new().await;
        let recorder = desk.starts();
        recorder.opened(watches(1), None).await.unwrap();
        desk.pass(30);
        let refusing: Besides = Arc::new(|_: &mut Commit, _: &Credited<'_>| Err(Error::Full));
        let told = recorder.watched(watches(1), all(), Some(refusing)).await;
        assert_eq!(told, Err(Error::Full));
        assert_eq!(credited(&recorder, 1).await, 60, "no time was lost by it");
    }

    #[tokio::test]
    async fn others_go_on_when_an_item_is_gone() {
        let desk = Desk::new().await;
        let recorder = desk.starts();
        let kim = Watcher {
            user: UserId(8),
            ..watches(2)
        };
        for watcher in [watches(1), kim] {
            recorder.opened(watcher, None).await.unwrap();
        }
        desk.pass(30);
        let mut commit = Commit::new();
        commit.delete::<Items>(&ItemId(1));
        desk.store.commit(commit).await.unwrap();
        let (gone, other) = tokio::join!(
            recorder.watched(watches(1), all(), None),
            recorder.watched(kim, all(), None),
        );
        assert_eq!(gone.unwrap().credited, Duration::ZERO);
        assert_eq!(other.unwrap().credited, Duration::from_mins(1));
        let key = (CourseId(3), ItemId(2));
        let tally = desk.store.get::<ItemTallies>(&key).unwrap().unwrap();
        assert_eq!((tally.complete, tally.percent), (1, 10_000));
    }
}
