//! Syncs of courses with their rosters: begun by a course's managers, and by their launches when
//! the last one is a day old; one at a time for each platform, beside the requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use super::App;
use crate::lti::origin::origin_of;
use crate::people::connections;
use crate::people::sync::{self, Said};
use crate::services::roster::{Access, Asking, Error, Roster};
use crate::services::signing::Signature;
use crate::services::tokens::{self, Client};
use crate::store::Error as StoreError;
use crate::store::ids::{ConnectionId, CourseId};
use crate::store::rows::people::{Connection, RosterAt, Source, SyncFailed};
use crate::store::trees::Courses;

/// How old a sync is when a manager's launch begins another.
const OLD: Duration = Duration::from_hours(24);
/// How long after a failure a manager's launch begins another.
const PATIENCE: Duration = Duration::from_hours(1);
/// How long after one a course is not synced again: it could hardly bring anything new.
const LATELY: Duration = Duration::from_secs(10);
/// How long after a failure a course is not asked for again by hand.
const PAUSE: Duration = Duration::from_mins(1);
/// Syncs that may run or wait at a time.
const MOST: usize = 200;

/// Syncs under way.
#[derive(Debug, Default)]
pub struct Rosters(Mutex<Running>);

#[derive(Debug, Default)]
struct Running {
    /// Turns true, or ends, when the course's sync has ended.
    courses: HashMap<CourseId, watch::Receiver<bool>>,
    /// Each platform is asked for one roster at a time.
    turns: HashMap<ConnectionId, Arc<tokio::sync::Mutex<()>>>,
    tasks: JoinSet<()>,
    stopped: bool,
}

/// What became of the wish to sync a course.
#[derive(Debug)]
pub enum Begun {
    /// It runs, or waits for its turn.
    Runs(Watch),
    /// It was synced a moment ago.
    Lately,
    /// That failed a moment ago: the platform is not asked over and over.
    Paused,
    /// The platform told of no roster.
    NoRoster,
    /// Too many others are waiting.
    Busy,
}

/// Waits for a sync to end.
#[derive(Debug)]
pub struct Watch(watch::Receiver<bool>);

impl Watch {
    /// Completes when it has ended.
    pub async fn ended(mut self) {
        // The other end goes with the task, and then it has ended as well.
        let _ = self.0.wait_for(|ended| *ended).await;
    }
}

impl Rosters {
    fn lock(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a sync of the course is under way.
    pub fn runs(&self, course: CourseId) -> bool {
        let running = self.lock();
        let watched = running.courses.get(&course);
        watched.is_some_and(|watched| !*watched.borrow() && watched.has_changed().is_ok())
    }

    /// Ends everything under way; nothing begins any more. A sync that was cut short changed
    /// nothing.
    pub async fn stop(&self) {
        let mut tasks = {
            let mut running = self.lock();
            running.stopped = true;
            std::mem::take(&mut running.tasks)
        };
        tasks.shutdown().await;
    }
}

impl App {
    /// Begins to sync a course with its roster, unless that is under way already.
    pub fn sync(&self, course: CourseId) -> Result<Begun, StoreError> {
        let row = self.store.get::<Courses>(&course)?;
        let Some((row, at)) = row.and_then(|row| Some((row.clone(), row.roster?))) else {
            return Ok(Begun::NoRoster);
        };
        if self.rosters.runs(course) {
            let running = self.rosters.lock();
            let watched = running.courses.get(&course).cloned();
            return Ok(watched.map_or(Begun::Lately, |watched| Begun::Runs(Watch(watched))));
        }
        let now = self.world.now();
        let failed = row.sync_failed.as_ref();
        if failed.is_some_and(|failed| now.since(failed.at) < PAUSE) {
            return Ok(Begun::Paused);
        }
        let synced = row.synced.as_ref().filter(|_| failed.is_none());
        if synced.is_some_and(|synced| now.since(synced.at) < LATELY) {
            return Ok(Begun::Lately);
        }
        Ok(self.begin(course, at))
    }

    /// Begins to sync a course when its last sync is old. For launches, which don't wait for it.
    pub fn sync_when_old(&self, course: CourseId) -> Result<(), StoreError> {
        let Some(row) = self.store.get::<Courses>(&course)? else {
            return Ok(());
        };
        let now = self.world.now();
        let fresh = row.synced.as_ref().is_some_and(|s| now.since(s.at) < OLD);
        let failed = row.sync_failed.as_ref();
        let in_vain = failed.is_some_and(|failed| now.since(failed.at) < PATIENCE);
        if let Some(at) = row.roster.filter(|_| !fresh && !in_vain) {
            self.begin(course, at);
        }
        Ok(())
    }

    fn begin(&self, course: CourseId, at: RosterAt) -> Begun {
        let mut running = self.rosters.lock();
        while running.tasks.try_join_next().is_some() {}
        let over =
            |watched: &watch::Receiver<bool>| *watched.borrow() || watched.has_changed().is_err();
        running.courses.retain(|_, watched| !over(watched));
        if running.stopped || running.courses.len() >= MOST {
            return Begun::Busy;
        }
        if let Some(watched) = running.courses.get(&course) {
            return Begun::Runs(Watch(watched.clone()));
        }
        let (ended, watched) = watch::channel(false);
        running.courses.insert(course, watched.clone());
        let turn = running.turns.entry(at.connection).or_default().clone();
        let app = self.clone();
        running.tasks.spawn(async move {
            let _turn = turn.lock().await;
            app.sync_now(course, &at).await;
            ended.send_replace(true);
        });
        Begun::Runs(Watch(watched))
    }

    async fn sync_now(&self, course: CourseId, at: &RosterAt) {
        let failure = match self.roster(course, at).await {
            Ok(roster) => match self.apply(course, at, &roster).await {
                Ok(()) => return,
                Err(failure) => failure,
            },
            Err(failure) => failure,
        };
        tracing::warn!(%course, code = failure.code, status = failure.status, "a roster was not synced");
        let failure = SyncFailed {
            at: self.world.now(),
            code: failure.code.to_owned(),
            status: failure.status,
        };
        if let Err(error) = sync::failed(&self.store, course, &failure).await {
            tracing::warn!(%course, %error, "that a roster was not synced could not be noted");
        }
    }

    async fn roster(&self, course: CourseId, at: &RosterAt) -> Result<Roster, Failure> {
        let course = self.store.get::<Courses>(&course);
        let course = course.ok().flatten().ok_or("here")?;
        let connection =
            connections::get(&self.store, at.connection).map_err(|error| match error {
                connections::Error::Store(_) => Failure::from("here"),
                _ => Failure::from("disabled"),
            })?;
        // The roster of the platform that it was: this one's token is not for it.
        if connection.moved != at.moved {
            return Err("moved".into());
        }
        let url = Url::parse(&at.url).map_err(|_| Failure::from("address"))?;
        let access = self.access((at.connection, &connection), &url, &course.context)?;
        let asking = Asking {
            world: &self.world,
            calls: &self.calls,
            tokens: &self.tokens,
        };
        Ok(asking.roster(access, &url).await?)
    }

    /// How the roster may be read. Under LTI 1.1 its address comes through teachers' hands, and is
    /// used only where it is one of the platform's, and for this course.
    fn access<'a>(
        &'a self,
        (id, connection): (ConnectionId, &'a Connection),
        url: &Url,
        context: &'a str,
    ) -> Result<Access<'a>, Failure> {
        let Some(consumer) = &connection.consumer else {
            return Ok(Access::Token(
                Client::of(id, connection).map_err(Error::from)?,
            ));
        };
        if !is_known(connection, url) {
            return Err("host".into());
        }
        let signature = Signature {
            source: connection.source,
            key: &consumer.key,
            secret: self.consumer_secret(connection).ok_or("disabled")?,
        };
        Ok(Access::Signed { signature, context })
    }

    async fn apply(&self, course: CourseId, at: &RosterAt, roster: &Roster) -> Result<(), Failure> {
        let said = Said {
            connection: at.connection,
            members: &roster.members,
            nameless: roster.nameless,
            keep_email: self.config.people.email,
        };
        // Somebody teaches every course: a roster without people is a mistake, and would empty it.
        if !said.has_people() {
            return Err("empty".into());
        }
        let applied = sync::apply(&self.store, &self.world, course, &said).await;
        match applied {
            Ok(Some(report)) => {
                tracing::info!(%course, ?report, pages = roster.pages, "a roster was synced");
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::warn!(%course, %error, "a roster could not be stored");
                Err("here".into())
            }
        }
    }
}

/// Whether an address is on a host that is known for the connection: one that launched people, or
/// that an administrator added.
pub fn is_known(connection: &Connection, url: &Url) -> bool {
    // The practice course answers in process, whatever the address.
    let practice = connection.source == Source::Practice;
    let mut known = connection
        .added_origins
        .iter()
        .chain(&connection.learned_origins);
    practice || origin_of(url.as_str()).is_some_and(|origin| known.any(|known| *known == origin))
}

/// Why a sync does not go through: a message below `sync-failed-`.
struct Failure {
    code: &'static str,
    status: Option<u16>,
}

impl From<&'static str> for Failure {
    fn from(code: &'static str) -> Self {
        Self { code, status: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        tracing::info!(%error, "no roster");
        match error {
            Error::Token(error) => error.into(),
            Error::Unreachable(_) => "unreachable".into(),
            Error::Refused(status) => Self {
                code: match status {
                    401 | 403 => "refused",
                    404 | 410 => "gone",
                    _ => "answer",
                },
                status: Some(status),
            },
            Error::NotARoster => "not-a-roster".into(),
            Error::Foreign(_) => "foreign".into(),
            Error::OtherCourse => "other-course".into(),
            Error::Endless => "endless".into(),
            Error::Slow => "slow".into(),
            Error::Address => "address".into(),
        }
    }
}

impl From<tokens::Error> for Failure {
    fn from(error: tokens::Error) -> Self {
        match error {
            tokens::Error::NoEndpoint => "token-endpoint".into(),
            tokens::Error::Unreachable(_) => "unreachable".into(),
            tokens::Error::Refused { status, .. } => Self {
                code: "token-refused",
                status: Some(status),
            },
            tokens::Error::NotAToken => "token-none".into(),
            tokens::Error::NothingGranted => "not-granted".into(),
            tokens::Error::Here => "here".into(),
        }
    }
}
