//! Erasing somebody: the beginning, after which nobody knows them, and the rest, step by step.

use std::time::Duration;

use super::record::Line;
use super::{Error, Privacy, known, knows, others};
use crate::audit;
use crate::grades;
use crate::library::leaving::{self as leaving_library, Used};
use crate::people::{finding, leaving};
use crate::store::ids::{ConnectionId, UserId};
use crate::store::rows::privacy::{Erasure, Media, Name};
use crate::store::trees::{Erasures, MemberOf, Users};
use crate::store::{self, Commit, Row};
use crate::watching;

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// Rows that are deleted together.
const BATCH: usize = 30;
/// Courses that are looked through together for sessions that review the person's work.
const COURSES: usize = 1_000;
/// Nothing that began while the person was still known lasts longer: then it is looked at once more.
const SETTLED: Duration = Duration::from_mins(15);
/// How long until a failed step is tried again, or what somebody still writes is looked at.
const AGAIN: Duration = Duration::from_secs(20);

/// Who decided an erasure that nobody decided.
pub(super) const MACHINE: &str = "machine";

/// Adds some of what is left to a commit.
type Stage<'a> = dyn Fn(&mut Commit) -> Result<(), store::Error> + 'a;

/// How far a look at an erasure came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// Something was found, and dealt with.
    Further,
    /// Something is left that cannot be dealt with yet.
    Waits,
    /// Nothing is left.
    Through,
}

impl Privacy {
    /// Erases a person, as `by` decided. When this answers, nobody knows the person under any name,
    /// and their sessions have ended; the rest follows in the background.
    pub async fn erase(&self, user: UserId, media: Media, by: &str) -> Result<(), Error> {
        if let Media::HandOver(heir) = media {
            self.check_heir(user, heir)?;
        }
        self.begin(user, media, by).await
    }

    /// Somebody of the same connection, but not the person themselves.
    fn check_heir(&self, user: UserId, heir: UserId) -> Result<(), Error> {
        let (one, other) = (
            self.store.get::<Users>(&user)?.ok_or(Error::Unknown)?,
            self.store.get::<Users>(&heir)?.ok_or(Error::NoHeir)?,
        );
        if heir == user || one.connection != other.connection {
            return Err(Error::NoHeir);
        }
        Ok(())
    }

    pub(super) async fn begin(&self, user: UserId, media: Media, by: &str) -> Result<(), Error> {
        let _turn = self.beginning.lock().await;
        let row = self.store.get::<Users>(&user)?.ok_or(Error::Unknown)?;
        let names = self.names_of(user, &row.subject, row.connection)?;
        let number = known(&self.store)?.max(self.last_line().await?) + 1;
        let line = Line {
            number,
            at: self.world.now(),
            user,
            media,
            traces: names.iter().map(|name| self.tracer.trace(name)).collect(),
        };
        // First of all: from here on it will come true, whatever happens.
        let record = self.record.clone();
        blocking(move || record.append(&line)).await?;
        let erasure = Erasure {
            connection: row.connection,
            begun: self.world.now(),
            by: by.to_owned(),
            media,
            names,
            cleared: None,
        };
        self.commit_beginning(user, &erasure, Some(number)).await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Every name of a person; at least the empty one of somebody who came without any.
    pub(super) fn names_of(
        &self,
        user: UserId,
        subject: &str,
        connection: ConnectionId,
    ) -> Result<Vec<Name>, store::Error> {
        let known = finding::names(&self.store, user)?.into_iter();
        let mut names: Vec<Name> = known
            .map(|(connection, subject)| Name {
                connection,
                subject,
            })
            .collect();
        let own = Name {
            connection,
            subject: subject.to_owned(),
        };
        if !subject.is_empty() && !names.contains(&own) {
            names.push(own);
        }
        Ok(names)
    }

    /// Makes it true that a person is being erased: no name leads to them any more.
    pub(super) async fn commit_beginning(
        &self,
        user: UserId,
        erasure: &Erasure,
        number: Option<u64>,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let mut commit = Commit::new();
            commit.put::<Erasures>(&user, erasure).frees();
            if let Some(number) = number {
                knows(&mut commit, number);
            }
            leaving::forget(&self.store, &mut commit, user)?;
            let to = format!("user:{user}");
            audit::record(
                &mut commit,
                &self.world,
                &erasure.by,
                "person-erased",
                Some(&to),
            );
            match self.store.commit(commit).await {
                Ok(()) => return Ok(()),
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(store::Error::Conflict.into())
    }

    async fn last_line(&self) -> Result<u64, Error> {
        let record = self.record.clone();
        let lines = blocking(move || record.read()).await?;
        Ok(lines.iter().map(|line| line.number).max().unwrap_or(0))
    }

    /// Works on erasures until `shutdown` completes.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut ticks = tokio::time::interval(AGAIN);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = self.wake.notified() => {}
                _ = ticks.tick() => {}
            }
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                done = self.round() => if let Err(error) = done {
                    tracing::warn!(%error, "an erasure is not done yet");
                }
            }
        }
    }

    /// Works on each erasure as far as that goes now. Can be broken off anywhere.
    pub async fn round(&self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.store.page::<Erasures>(&(), after.as_ref(), BATCH)?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = Some(*last);
            for (user, _) in page {
                self.work_on(user).await?;
            }
        }
    }

    async fn work_on(&self, user: UserId) -> Result<(), Error> {
        let Some(row) = self.store.read::<Erasures>(&user)? else {
            return Ok(());
        };
        let now = self.world.now();
        if let Some(cleared) = row.value.cleared
            && now.since(cleared) < SETTLED
        {
            return Ok(());
        }
        while self.step(user, &row.value).await? == Came::Further {
            tokio::task::yield_now().await;
        }
        match self.step(user, &row.value).await? {
            Came::Through => self.through(user, &row).await,
            Came::Further | Came::Waits => Ok(()),
        }
    }

    /// Notes that nothing is left, or ends the erasure when that was so before.
    async fn through(&self, user: UserId, row: &Row<Erasure>) -> Result<(), Error> {
        let mut commit = Commit::new();
        commit.expect_unchanged::<Erasures>(&user, row).frees();
        if row.value.cleared.is_some() {
            commit.delete::<Erasures>(&user);
            tracing::info!(%user, "an erasure is done");
        } else {
            let cleared = Erasure {
                cleared: Some(self.world.now()),
                ..row.value.clone()
            };
            commit.put::<Erasures>(&user, &cleared);
        }
        match self.store.commit(commit).await {
            Ok(()) | Err(store::Error::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Deals with some of what is left.
    async fn step(&self, user: UserId, erasure: &Erasure) -> Result<Came, Error> {
        let rows = self.rows(user, erasure)?;
        if !rows.is_empty() {
            return match self.store.commit(rows).await {
                // On a conflict somebody was first: it is looked at again.
                Ok(()) | Err(store::Error::Conflict) => Ok(Came::Further),
                Err(error) => Err(error.into()),
            };
        }
        let fate = match erasure.media {
            Media::Remove => Used::Removed,
            Media::HandOver(heir) => Used::HandedOver(heir),
        };
        let parts = self.parts();
        // Uploads first: each that is complete becomes an item.
        if parts.uploads(user).await? {
            return Ok(Came::Waits);
        }
        if parts.items(user, fate, &erasure.by).await? {
            return Ok(Came::Further);
        }
        let mut commit = Commit::new();
        commit.frees();
        leaving_library::usage(&self.store, &mut commit, user)?;
        if commit.is_empty() {
            return Ok(Came::Through);
        }
        match self.store.commit(commit).await {
            Ok(()) | Err(store::Error::Conflict) => Ok(Came::Further),
            Err(error) => Err(error.into()),
        }
    }

    /// Some of the rows that are left, in one commit; nothing when there are none.
    fn rows(&self, user: UserId, erasure: &Erasure) -> Result<Commit, Error> {
        let (store, world) = (&self.store, &self.world);
        let mut commit = Commit::new();
        commit.frees();
        // What a request wrote that was under way when it began.
        leaving::forget(store, &mut commit, user)?;
        if !commit.is_empty() {
            return Ok(commit);
        }
        // While the courses are known: sessions of others that look at the person's work.
        for ((_, course), ()) in store.page::<MemberOf>(&(user,), None, COURSES)? {
            for name in erasure.names.iter().filter(|name| !name.subject.is_empty()) {
                leaving::reviews(store, &mut commit, course, &name.subject)?;
            }
            if !commit.is_empty() {
                return Ok(commit);
            }
        }
        let tools = (user, erasure.media, erasure.by.as_str());
        let stages: [&Stage<'_>; 11] = [
            &|commit| grades::leaving::grades(store, commit, user, BATCH),
            &|commit| watching::leaving::views(store, commit, user, BATCH),
            &|commit| watching::leaving::sums(store, commit, user, COURSES),
            &|commit| leaving::memberships(store, commit, user, BATCH),
            &|commit| self.launches.forget(commit, user, BATCH),
            &|commit| leaving_library::shares(store, commit, world, user, BATCH),
            &|commit| leaving_library::imports(store, commit, user, BATCH),
            &|commit| others::tools(store, commit, world, tools, BATCH),
            &|commit| others::told_to_tools(store, commit, user, BATCH),
            &|commit| others::reported_by_tools(store, commit, user, BATCH),
            &|commit| others::audited(store, commit, user, BATCH),
        ];
        for stage in stages {
            stage(&mut commit)?;
            if !commit.is_empty() {
                break;
            }
        }
        Ok(commit)
    }
}

/// Runs file work where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(std::io::Error::other)
        .and_then(std::convert::identity)
        .map_err(Error::Record)
}
