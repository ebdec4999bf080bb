//! What is done with many grades, in the background: in small commits, each of which says how far it
//! has come, so that it goes on wherever a crash broke it off and does nothing twice.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::queue::Queue;
use super::{acts, counts, owing, row};
use crate::people::Member;
use crate::store::ids::{CourseId, GradeKey, LinkKey, UserId};
use crate::store::key::Key as Bytes;
use crate::store::rows::grades::{Column, Errand, Grade, Standing, Target, Task};
use crate::store::trees::{Columns, ColumnsIn, Errands, Grades, Placements, Targets};
use crate::store::{Commit, Error, Row, Store};
use crate::world::Time;

/// Attempts of a commit that others overtake: each time it takes less.
const ATTEMPTS: usize = 6;
/// People of one commit.
const BATCH: usize = 50;
/// People that are counted in one go, and the most that are counted.
const COUNTED: usize = 500;
const MOST_COUNTED: u64 = 100_000;
/// Platforms that are read back from at a time.
const AT_ONCE: usize = 4;
/// Errands that are read in one go, and that are told of a course.
const READ: usize = 200;
const MOST_TOLD: usize = 600;
/// How long it is told that something is done.
const TOLD: Duration = Duration::from_hours(1);
/// Nothing takes longer.
const LONGEST: Duration = Duration::from_hours(30 * 24);
/// The longest between two looks at what is to be done.
const LOOK: Duration = Duration::from_secs(20);
/// How long it rests where the store failed.
const REST: Duration = Duration::from_secs(30);

/// What is to be done: with all of a course, or with one of its links. Never twice at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct What {
    /// The course.
    pub course: CourseId,
    /// What.
    pub task: Task,
    /// The link, where it is about one.
    pub link: Option<LinkKey>,
}

type Key = (CourseId, u8, Vec<u8>);

impl What {
    pub(super) fn key(&self) -> Key {
        let link = self.link.as_ref().map(Bytes::bytes);
        (self.course, self.task.number(), link.unwrap_or_default())
    }

    fn of(key: &Key) -> Option<Self> {
        let (course, number, link) = key;
        let link = match link.as_slice() {
            [] => None,
            link => Some(LinkKey::parse(link)?),
        };
        Some(Self {
            course: *course,
            task: Task::numbered(*number)?,
            link,
        })
    }
}

/// Adds to `commit` that something is to be done, with `of` people where that is known. Answers
/// whether it was not under way already; `anew`, it begins once more then.
pub(super) fn begin(
    store: &Store,
    commit: &mut Commit,
    now: Time,
    what: &What,
    (of, anew): (Option<u64>, bool),
) -> Result<bool, Error> {
    let key = what.key();
    let old = store.read::<Errands>(&key)?;
    let runs = old.as_ref().is_some_and(|row| row.value.ended.is_none());
    if runs && !anew {
        return Ok(false);
    }
    let new = Errand {
        begun: now,
        of,
        done: 0,
        link: Vec::new(),
        after: None,
        read: false,
        found: 0,
        unread: 0,
        untold: 0,
        ended: None,
        ends: now.after(LONGEST),
    };
    put(commit, &key, old.as_ref(), &new);
    Ok(true)
}

/// Adds to `commit` that something needs not be done any more.
pub(super) fn cancel(store: &Store, commit: &mut Commit, what: &What) -> Result<(), Error> {
    let key = what.key();
    if let Some(row) = store.read::<Errands>(&key)? {
        commit
            .expect_unchanged::<Errands>(&key, &row)
            .delete_ending::<Errands>(&key, row.value.ends);
    }
    Ok(())
}

pub(super) fn put(commit: &mut Commit, key: &Key, old: Option<&Row<Errand>>, new: &Errand) {
    match old {
        Some(row) => commit
            .expect_unchanged::<Errands>(key, row)
            .put_moving_end::<Errands>(key, new, row.value.ends, new.ends),
        None => commit
            .expect_absent::<Errands>(key)
            .put_until::<Errands>(key, new, new.ends),
    };
}

impl Errand {
    /// It is through.
    pub(super) fn end(self, now: Time) -> Self {
        Self {
            link: Vec::new(),
            after: None,
            ended: Some(now),
            ends: now.after(TOLD),
            ..self
        }
    }

    /// It goes on with another link, or is through where there is none.
    pub(super) fn go_to(self, link: Option<&LinkKey>, now: Time) -> Self {
        let Some(link) = link else {
            return self.end(now);
        };
        Self {
            link: link.bytes(),
            after: None,
            read: false,
            ..self
        }
    }
}

/// The link that an errand is at.
pub(super) fn place(store: &Store, what: &What, errand: &Errand) -> Result<Option<LinkKey>, Error> {
    if let Some(link) = LinkKey::parse(&errand.link) {
        return Ok(Some(link));
    }
    match &what.link {
        Some(link) => Ok(Some(link.clone())),
        None => first(store, what.course, None),
    }
}

/// The link that comes after another one.
pub(super) fn next(store: &Store, what: &What, link: &LinkKey) -> Result<Option<LinkKey>, Error> {
    match what.link {
        Some(_) => Ok(None),
        None => first(store, what.course, Some(link)),
    }
}

fn first(
    store: &Store,
    course: CourseId,
    after: Option<&LinkKey>,
) -> Result<Option<LinkKey>, Error> {
    let after = after.map(|link| (course, link.clone()));
    let page = store.page::<ColumnsIn>(&(course,), after.as_ref(), 1)?;
    Ok(page.into_iter().next().map(|((_, link), ())| link))
}

/// What is done, or was done a short while ago, with the grades of the launch's course: for whoever
/// sees learners' data there.
pub fn errands(store: &Store, member: &Member) -> Result<Vec<(What, Errand)>, Error> {
    let session = member.session();
    let Some(course) = session.course.filter(|_| session.sees_learners) else {
        return Ok(Vec::new());
    };
    let rows = store.page::<Errands>(&(course,), None, MOST_TOLD)?;
    let named = |(key, errand): (Key, Errand)| Some((What::of(&key)?, errand));
    Ok(rows.into_iter().filter_map(named).collect())
}

impl Queue {
    /// Does what is to be done with many grades until `shutdown` completes.
    pub async fn work(&self, shutdown: impl Future<Output = ()>) {
        let both = async { tokio::join!(self.work_on(false), self.work_on(true)) };
        tokio::select! {
            () = shutdown => {}
            _ = both => {}
        }
    }

    /// Platforms are asked apart from what is done here alone, which waits for nobody.
    async fn work_on(&self, compares: bool) {
        loop {
            let wait = match self.errands_once(compares).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, "what was to be done with grades was cut short");
                    REST
                }
            };
            let news = pin!(self.wanted(compares).notified());
            if wait > Duration::ZERO {
                let _ = tokio::time::timeout(wait, news).await;
            }
        }
    }

    /// A little of each errand; answers whether some go on.
    async fn errands_once(&self, compares: bool) -> Result<bool, Error> {
        let steps = stream::iter(self.unfinished(compares)?);
        let steps = steps.map(|what| async move {
            match what.task {
                Task::Compare => self.compare_some(&what).await,
                Task::Resend | Task::Reckon => self.some(&what).await,
            }
        });
        let done: Vec<Result<bool, Error>> = steps.buffer_unordered(AT_ONCE).collect().await;
        done.into_iter()
            .try_fold(false, |more, step| Ok(step? || more))
    }

    /// Does a little of everything that is to be done; answers whether something goes on: for tests.
    #[cfg(test)]
    pub(crate) async fn errands_round(&self) -> bool {
        let own = self.errands_once(false).await.unwrap();
        self.errands_once(true).await.unwrap() || own
    }

    fn unfinished(&self, compares: bool) -> Result<Vec<What>, Error> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.store().page::<Errands>(&(), after.as_ref(), READ)?;
            let Some((last, _)) = page.last() else {
                return Ok(found);
            };
            after = Some(last.clone());
            let goes_on = page
                .into_iter()
                .filter(|(_, errand)| errand.ended.is_none())
                .filter_map(|(key, _)| What::of(&key))
                .filter(|what| (what.task == Task::Compare) == compares);
            found.extend(goes_on);
        }
    }

    /// The next few people of an errand, in one commit; answers whether it goes on.
    async fn some(&self, what: &What) -> Result<bool, Error> {
        let key = what.key();
        let mut width = BATCH;
        for _ in 0..ATTEMPTS {
            let Some(row) = self.store().read::<Errands>(&key)? else {
                return Ok(false);
            };
            if row.value.ended.is_some() {
                return Ok(false);
            }
            let mut commit = Commit::new();
            let new = self.advance(&mut commit, what, &row.value, width)?;
            put(&mut commit, &key, Some(&row), &new);
            match self.store().commit(commit).await {
                Err(Error::Conflict) => width = (width / 3).max(1),
                Err(error) => return Err(error),
                Ok(()) => {
                    if new.found > row.value.found {
                        self.wake();
                    }
                    return Ok(new.ended.is_none());
                }
            }
        }
        // It goes on where it is, when others are quieter.
        Ok(true)
    }

    fn advance(
        &self,
        commit: &mut Commit,
        what: &What,
        errand: &Errand,
        width: usize,
    ) -> Result<Errand, Error> {
        let (store, now, mut new) = (self.store(), self.world().now(), errand.clone());
        let Some(mut link) = place(store, what, errand)? else {
            return Ok(new.end(now));
        };
        if errand.of.is_none() {
            new.of = Some(count(store, &link)?);
            return Ok(new);
        }
        let mut people = self.people(what.task, &link, errand.after, width)?;
        // Links that nobody came by are passed over at once.
        while people.is_empty() {
            let Some(next) = next(store, what, &link)? else {
                return Ok(new.end(now));
            };
            people = self.people(what.task, &next, None, width)?;
            (link, new.after) = (next, None);
        }
        for user in &people {
            let key = GradeKey {
                link: link.clone(),
                user: *user,
            };
            let changed = match what.task {
                Task::Resend => self.resend_one(commit, what.course, &key)?,
                Task::Reckon | Task::Compare => self.reckon_one(commit, &key)?,
            };
            new.found += u64::from(changed);
        }
        if what.task == Task::Resend && new.after.is_none() {
            acts::find_again(store, commit, &link)?;
        }
        new.done += people.len() as u64;
        if people.len() < width {
            let next = next(store, what, &link)?;
            return Ok(new.go_to(next.as_ref(), now));
        }
        new.link = link.bytes();
        new.after = people.last().copied();
        Ok(new)
    }

    /// The next people of a link: who has a grade, or who may have one.
    fn people(
        &self,
        task: Task,
        link: &LinkKey,
        after: Option<UserId>,
        width: usize,
    ) -> Result<Vec<UserId>, Error> {
        let after = after.map(|user| GradeKey {
            link: link.clone(),
            user,
        });
        let keys: Vec<GradeKey> = if task == Task::Resend {
            let page = self.store().page::<Grades>(link, after.as_ref(), width)?;
            page.into_iter().map(|(key, _)| key).collect()
        } else {
            let page = self.store().page::<Targets>(link, after.as_ref(), width)?;
            page.into_iter().map(|(key, _)| key).collect()
        };
        Ok(keys.into_iter().map(|key| key.user).collect())
    }

    /// Sends one grade once more, with a newer timestamp; what waits is sent anyway.
    fn resend_one(
        &self,
        commit: &mut Commit,
        course: CourseId,
        key: &GradeKey,
    ) -> Result<bool, Error> {
        let Some(old) = self.store().read::<Grades>(key)? else {
            return Ok(false);
        };
        if old.value.course != course || old.value.standing == Standing::Due {
            return Ok(false);
        }
        let now = self.world().now();
        let new = Grade {
            due: Some(now),
            ..owing::due_again(now, &old.value, old.value.value)
        };
        row::put(self.store(), commit, key, Some(&old), &new)?;
        Ok(true)
    }

    /// What one person is owed as the link counts now.
    fn reckon_one(&self, commit: &mut Commit, key: &GradeKey) -> Result<bool, Error> {
        let store = self.store();
        let Some((target, column)) = on(store, key)? else {
            return Ok(false);
        };
        let Some(placement) = store.get::<Placements>(&column.placement)? else {
            return Ok(false);
        };
        let part = super::watched(store, target.course, &placement, key.user)?;
        let place = (key, &target, &column);
        owing::owe_on(store, self.world(), commit, place, &|_| part)
    }
}

fn on(store: &Store, key: &GradeKey) -> Result<Option<(Target, Column)>, Error> {
    let target = store.get::<Targets>(key)?;
    let column = store.get::<Columns>(&key.link)?;
    Ok(target.zip(column))
}

/// How many people came by a link.
fn count(store: &Store, link: &LinkKey) -> Result<u64, Error> {
    let (mut number, mut after) = (0, None);
    while number < MOST_COUNTED {
        let page = store.page::<Targets>(link, after.as_ref(), COUNTED)?;
        number += page.len() as u64;
        let Some((last, _)) = page.last().filter(|_| page.len() == COUNTED) else {
            break;
        };
        after = Some(last.clone());
    }
    Ok(number)
}

/// How many grades of a course there are to be done something with.
pub(super) fn of_course(store: &Store, course: CourseId) -> Result<Option<u64>, Error> {
    Ok(Some(counts::of(store, course)?.all()))
}
