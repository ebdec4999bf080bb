//! The queue: what is due goes to its platform, each platform in a lane of its own, so that one that
//! is away holds up nobody else.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::delivering::Delivering;
use super::pauses;
use super::settling;
use super::verdict::Verdict;
use crate::people::secrets::Secrets;
use crate::services::calls::Calls;
use crate::services::tokens::Tokens;
use crate::store::ids::{ConnectionId, GradeKey, LinkKey, UserId};
use crate::store::trees::{GradeDue, Grades};
use crate::store::{Error, Store};
use crate::world::{Time, World};

/// Scores that are on their way to one platform at a time.
const WIDTH: usize = 4;
/// Failures of scores one after the other, after which the platform itself is thought to fail.
const MANY: u32 = 5;
/// The longest between two looks at what is due.
const LOOK: Duration = Duration::from_secs(20);
/// How long a lane rests whose store failed.
const REST: Duration = Duration::from_secs(30);
/// How long scores that are on their way may take at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The queue. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    world: World,
    delivering: Delivering,
    lanes: Mutex<HashMap<ConnectionId, Lane>>,
    news: Notify,
    /// Told that something is to be done with many grades: here, and at platforms.
    wanted: [Notify; 2],
    stopping: AtomicBool,
}

/// What is known of a platform: forgotten at a restart, after which it is simply tried.
#[derive(Debug, Default, Clone, Copy)]
struct Lane {
    runs: bool,
    /// How often in a row it was away.
    failures: u32,
    /// How many scores failed in a row for reasons of their own.
    unlucky: u32,
    /// Until when nothing is sent.
    paused: Option<Time>,
}

/// A score that was on its way.
type Back = (GradeKey, Result<bool, Error>);

impl Queue {
    /// A queue that sends by `calls` and `tokens`, signing with `secrets` by LTI 1.1.
    pub fn new(
        store: &Store,
        world: &World,
        calls: &Calls,
        tokens: &Tokens,
        secrets: Secrets,
    ) -> Self {
        Self(Arc::new(Inner {
            store: store.clone(),
            world: world.clone(),
            delivering: Delivering::new(store, world, calls, tokens, secrets),
            lanes: Mutex::default(),
            news: Notify::new(),
            wanted: [Notify::new(), Notify::new()],
            stopping: AtomicBool::new(false),
        }))
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn world(&self) -> &World {
        &self.0.world
    }

    pub(super) fn delivering(&self) -> &Delivering {
        &self.0.delivering
    }

    /// Says that something new is due.
    pub fn wake(&self) {
        self.0.news.notify_one();
    }

    /// Says that something is to be done with many grades.
    pub fn wake_errands(&self) {
        for wanted in &self.0.wanted {
            wanted.notify_one();
        }
    }

    pub(super) fn wanted(&self, compares: bool) -> &Notify {
        &self.0.wanted[usize::from(compares)]
    }

    /// Says that this platform may be tried at once, however long it was away.
    pub fn resume(&self, connection: ConnectionId) {
        self.0.with(connection, |lane| {
            lane.paused = None;
        });
        self.wake();
    }

    /// The platforms to which nothing is sent at the moment.
    pub fn away(&self) -> Vec<ConnectionId> {
        let now = self.0.world.now();
        let lanes = self.0.lock();
        let away = lanes
            .iter()
            .filter(|(_, lane)| lane.paused.is_some_and(|until| until > now));
        let mut away: Vec<ConnectionId> = away.map(|(id, _)| *id).collect();
        away.sort();
        away
    }

    /// Until when nothing is sent to a platform that is away.
    pub fn paused(&self, connection: ConnectionId) -> Option<Time> {
        let now = self.0.world.now();
        let lanes = self.0.lock();
        let paused = lanes.get(&connection).and_then(|lane| lane.paused);
        paused.filter(|until| *until > now)
    }

    /// Sends what is due until `shutdown` completes. What is on its way then may arrive.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut lanes = JoinSet::new();
        loop {
            while lanes.try_join_next().is_some() {}
            let wait = match self.start(&mut lanes) {
                Ok(next) => next.map_or(LOOK, |next| next.since(self.0.world.now()).min(LOOK)),
                Err(error) => {
                    tracing::warn!(%error, "the grade queue could not be read");
                    LOOK
                }
            };
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.0.news.notified() => {}
                Some(_) = lanes.join_next(), if !lanes.is_empty() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.0.stopping.store(true, Ordering::SeqCst);
        let ended = async { while lanes.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(PATIENCE, ended).await;
    }

    /// Starts a lane for each platform that has something due; answers when the next has.
    fn start(&self, lanes: &mut JoinSet<()>) -> Result<Option<Time>, Error> {
        let (due, next) = self.0.due()?;
        for connection in due {
            let inner = Arc::clone(&self.0);
            self.0.with(connection, |lane| lane.runs = true);
            lanes.spawn(async move {
                inner.drain(connection).await;
                inner.with(connection, |lane| lane.runs = false);
                inner.news.notify_one();
            });
        }
        Ok(next)
    }

    /// Sends everything that is due now, and returns: for tests.
    #[cfg(test)]
    pub(crate) async fn round(&self) {
        loop {
            let (due, _) = self.0.due().unwrap();
            if due.is_empty() {
                return;
            }
            for connection in due {
                self.0.drain(connection).await;
            }
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, connection: ConnectionId, change: impl FnOnce(&mut Lane)) {
        change(self.lock().entry(connection).or_default());
    }

    fn lane(&self, connection: ConnectionId) -> Lane {
        self.lock().get(&connection).copied().unwrap_or_default()
    }

    /// The platforms that have something due and can take it, and when the next one has.
    fn due(&self) -> Result<(Vec<ConnectionId>, Option<Time>), Error> {
        let now = self.world.now();
        let (mut due, mut next): (Vec<ConnectionId>, Option<Time>) = (Vec::new(), None);
        let mut from = ConnectionId(0);
        // One look per platform: the entries of each stand together, the earliest first.
        while let Some(((connection, at, _), ())) = self.first_from(from)? {
            let lane = self.lane(connection);
            let ready = lane.paused.map_or(at, |paused| paused.max(at));
            if lane.runs {
                // It says so itself when it has ended.
            } else if ready <= now {
                due.push(connection);
            } else {
                next = Some(next.map_or(ready, |next| next.min(ready)));
            }
            let Some(number) = connection.0.checked_add(1) else {
                break;
            };
            from = ConnectionId(number);
        }
        Ok((due, next))
    }

    fn first_from(&self, from: ConnectionId) -> Result<Option<Entry>, Error> {
        // The least key of the connection: nothing of it comes before.
        let least = GradeKey {
            link: LinkKey {
                connection: ConnectionId(0),
                deployment: String::new(),
                link: String::new(),
            },
            user: UserId(0),
        };
        let before = (from, Time(0), least);
        let page = self.store.page::<GradeDue>(&(), Some(&before), 1)?;
        Ok(page.into_iter().next())
    }

    /// Sends what is due to one platform until nothing is, or it is away.
    async fn drain(&self, connection: ConnectionId) {
        let mut flying = FuturesUnordered::new();
        let mut busy: HashSet<GradeKey> = HashSet::new();
        loop {
            match self.next(connection, &busy) {
                Ok(keys) => {
                    for (due, key) in keys {
                        busy.insert(key.clone());
                        flying.push(self.one(due, key));
                    }
                }
                Err(error) => self.rest(connection, &error),
            }
            let Some((key, result)): Option<Back> = flying.next().await else {
                return;
            };
            busy.remove(&key);
            if let Err(error) = result {
                self.rest(connection, &error);
            }
        }
    }

    /// What is to be sent next beside what is `busy`: one at a time while the platform is doubtful.
    fn next(
        &self,
        connection: ConnectionId,
        busy: &HashSet<GradeKey>,
    ) -> Result<Vec<(Time, GradeKey)>, Error> {
        let (lane, now) = (self.lane(connection), self.world.now());
        let paused = lane.paused.is_some_and(|until| until > now);
        if paused || self.stopping.load(Ordering::SeqCst) {
            return Ok(Vec::new());
        }
        let width = if lane.failures > 0 { 1 } else { WIDTH };
        let free = width.saturating_sub(busy.len());
        if free == 0 {
            return Ok(Vec::new());
        }
        let page = self
            .store
            .page::<GradeDue>(&(connection,), None, busy.len() + free)?;
        let due = page.into_iter().map(|((_, due, key), ())| (due, key));
        let due = due.filter(|(due, key)| *due <= now && !busy.contains(key));
        Ok(due.take(free).collect())
    }

    /// Sends one score; answers whether it went.
    async fn one(&self, due: Time, key: GradeKey) -> Back {
        let result = self.attempt(due, &key).await;
        (key, result)
    }

    async fn attempt(&self, due: Time, key: &GradeKey) -> Result<bool, Error> {
        let grade = self.store.get::<Grades>(key)?;
        let Some(grade) = grade.filter(|grade| super::row::due(grade) == Some(due)) else {
            settling::forget(&self.store, key, due).await?;
            return Ok(false);
        };
        let verdict = self.delivering.deliver(key, &grade).await?;
        let resumes = self.note(key.link.connection, &verdict);
        settling::settle(&self.store, &self.world, key, &grade, &verdict, resumes).await?;
        Ok(verdict == Verdict::Taken)
    }

    /// What an answer says of the platform; answers until when nothing is sent to it.
    fn note(&self, connection: ConnectionId, verdict: &Verdict) -> Option<Time> {
        let now = self.world.now();
        let mut lanes = self.lock();
        let lane = lanes.entry(connection).or_default();
        let asked = match verdict {
            Verdict::Away(_, asked) => *asked,
            Verdict::Later(_) if lane.unlucky + 1 >= MANY => None,
            Verdict::Later(_) => {
                lane.unlucky += 1;
                return None;
            }
            // It answers, whatever it thinks of this score.
            Verdict::Taken | Verdict::Superseded | Verdict::No(_) => {
                (lane.failures, lane.unlucky, lane.paused) = (0, 0, None);
                return None;
            }
            Verdict::Held(_) => return None,
        };
        // Those that were on their way together failed together: that is one failure.
        if let Some(until) = lane.paused.filter(|until| *until > now) {
            return Some(until);
        }
        lane.failures = lane.failures.saturating_add(1);
        lane.unlucky = 0;
        let until = now.after(pauses::of_platform(&self.world, lane.failures, asked));
        lane.paused = Some(until);
        tracing::warn!(%connection, failures = lane.failures, ?verdict, "a platform takes no scores");
        Some(until)
    }

    /// Rests where the store failed: what is due stays due.
    fn rest(&self, connection: ConnectionId, error: &Error) {
        tracing::warn!(%connection, %error, "a grade could not be looked after");
        let until = self.world.now().after(REST);
        self.with(connection, |lane| lane.paused = Some(until));
    }
}

/// An entry of what is due.
type Entry = ((ConnectionId, Time, GradeKey), ());
