//! Several reports as one commit.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use super::change::{Act, Change, apply};
use super::credit::Ledger;
use super::measure::Progress;
use super::{Watcher, heat};
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::key::Newest;
use crate::store::rows::watching::{Tally, View};
use crate::store::trees::{
    ItemTallies, Items, PersonTallies, Recent, Rewatched, Viewed, Views, WatchedIn,
};
use crate::store::{Commit, Error, Row, Store, Tree};
use crate::world::Time;

/// `recent` is moved this often at most.
pub(super) const RECENT_MOVES: Duration = Duration::from_mins(1);
/// The end of what is kept is moved this often at most.
const END_MOVES: Duration = Duration::from_hours(24);

/// Something that was credited, for what is to become true in the same commit.
#[derive(Debug)]
pub struct Credited<'a> {
    /// The course.
    pub course: CourseId,
    /// The item.
    pub item: ItemId,
    /// The person: a learner.
    pub user: UserId,
    /// How much they had seen before.
    pub before: &'a Progress,
    /// How much they have seen now.
    pub after: &'a Progress,
    /// When.
    pub at: Time,
}

/// Adds to a commit that credits something. It is asked again when the commit met a conflict, so it
/// reads the store anew each time; a commit has no other report of the same person.
pub type Besides = Arc<dyn Fn(&mut Commit, &Credited<'_>) -> Result<(), Error> + Send + Sync>;

/// What somebody did.
pub(super) struct Report {
    pub(super) watcher: Watcher,
    pub(super) act: Act,
    pub(super) besides: Option<Besides>,
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// How much the person has seen by now.
    pub progress: Progress,
    /// How much of their time was credited just now.
    pub credited: Duration,
}

/// A commit in the making.
pub(super) struct Writing<'a> {
    store: &'a Store,
    ledger: &'a Ledger,
    now: Time,
    kept: Duration,
    commit: Commit,
    of_items: HashMap<(CourseId, ItemId), Sum>,
    of_people: HashMap<(CourseId, UserId), Sum>,
}

/// A sum as it is stored, and as it will be.
struct Sum {
    row: Option<Row<Tally>>,
    tally: Tally,
}

impl<'a> Writing<'a> {
    pub(super) fn new(store: &'a Store, ledger: &'a Ledger, now: Time, kept: Duration) -> Self {
        Self {
            store,
            ledger,
            now,
            kept,
            commit: Commit::new(),
            of_items: HashMap::new(),
            of_people: HashMap::new(),
        }
    }

    /// Adds a report.
    pub(super) fn add(&mut self, report: &Report) -> Result<Recorded, Error> {
        let watcher = &report.watcher;
        let row = self.store.read::<Views>(&watcher.key())?;
        let before = row.as_ref().map(|row| &row.value);
        let allowed = self.ledger.allows(watcher.user, self.now);
        let change = apply(before, watcher, &report.act, allowed, self.now);
        let old = Progress::measured(before, watcher.measure);
        let Some(mut change) = change else {
            return Ok(Recorded {
                progress: old,
                credited: Duration::ZERO,
            });
        };
        self.view(watcher, row.as_ref(), &mut change)?;
        if change.view.counts {
            self.sums(watcher, before, &change)?;
        }
        let progress = Progress::measured(Some(&change.view), watcher.measure);
        if let (true, Some(besides)) = (change.credits(), &report.besides) {
            let credited = Credited {
                course: watcher.course,
                item: watcher.item,
                user: watcher.user,
                before: &old,
                after: &progress,
                at: self.now,
            };
            besides(&mut self.commit, &credited)?;
        }
        Ok(Recorded {
            progress,
            credited: Duration::from_millis(change.credit.spent),
        })
    }

    /// The view, where it is listed, and when it ends.
    fn view(
        &mut self,
        watcher: &Watcher,
        row: Option<&Row<View>>,
        change: &mut Change,
    ) -> Result<(), Error> {
        let key = watcher.key();
        match row {
            Some(row) => self.commit.expect_unchanged::<Views>(&key, row),
            None => self.commit.expect_absent::<Views>(&key),
        };
        self.commit.expect_present::<Items>(&watcher.item);
        let old_end = change.view.ends;
        let end = self.end(old_end);
        let moved = old_end != Some(end);
        change.view.ends = Some(end);
        self.recent(watcher, old_end, end, &mut change.view);
        if moved {
            let viewed = (watcher.user, watcher.course, watcher.item);
            let listed = (watcher.item, watcher.course);
            put_until::<Views>(&mut self.commit, &key, &change.view, old_end, end);
            put_until::<Viewed>(&mut self.commit, &viewed, &(), old_end, end);
            self.commit.put::<WatchedIn>(&listed, &());
        } else {
            self.commit.put::<Views>(&key, &change.view);
        }
        self.heat(watcher, change, old_end, end)
    }

    fn recent(&mut self, watcher: &Watcher, old_end: Option<Time>, end: Time, view: &mut View) {
        let at = |time| (watcher.user, Newest(time), watcher.item, watcher.course);
        let fresh = view
            .recent
            .is_some_and(|at| self.now.since(at) < RECENT_MOVES);
        if fresh && old_end == Some(end) {
            return;
        }
        if let (Some(old), Some(old_end)) = (view.recent, old_end) {
            self.commit.delete_ending::<Recent>(&at(old), old_end);
        }
        view.recent = Some(self.now);
        self.commit.put_until::<Recent>(&at(self.now), &(), end);
    }

    fn heat(
        &mut self,
        watcher: &Watcher,
        change: &Change,
        old_end: Option<Time>,
        end: Time,
    ) -> Result<(), Error> {
        let length = watcher.measure.length();
        let length = length.filter(|_| change.credits());
        if length.is_none() && old_end == Some(end) {
            return Ok(());
        }
        let key = watcher.key();
        let before = self.store.get::<Rewatched>(&key)?;
        let old_end = old_end.filter(|_| before.is_some());
        let heat = match length {
            Some(length) => Some(heat::warmed(before, length, &change.credit.played)),
            None => before,
        };
        if let Some(heat) = heat {
            put_until::<Rewatched>(&mut self.commit, &key, &heat, old_end, end);
        }
        Ok(())
    }

    fn sums(
        &mut self,
        watcher: &Watcher,
        before: Option<&View>,
        change: &Change,
    ) -> Result<(), Error> {
        let was = before.map(View::share).unwrap_or_default();
        let is = change.view.share();
        if was == is && !change.credits() {
            return Ok(());
        }
        let (item, person) = (
            (watcher.course, watcher.item),
            (watcher.course, watcher.user),
        );
        let sums = [
            sum::<ItemTallies>(self.store, &mut self.of_items, item)?,
            sum::<PersonTallies>(self.store, &mut self.of_people, person)?,
        ];
        for sum in sums {
            sum.tally.replace(was, is);
            if change.credits() {
                sum.tally.last = self.now;
            }
        }
        Ok(())
    }

    /// The end of what changes now: moved a day ahead, so that most changes move nothing.
    fn end(&self, old: Option<Time>) -> Time {
        let least = self.now.after(self.kept);
        old.filter(|old| *old >= least)
            .unwrap_or_else(|| least.after(END_MOVES))
    }

    /// The commit.
    pub(super) fn done(mut self) -> Commit {
        let (items, people) = (
            std::mem::take(&mut self.of_items),
            std::mem::take(&mut self.of_people),
        );
        for (key, sum) in items {
            self.put::<ItemTallies>(&key, sum);
        }
        for (key, sum) in people {
            self.put::<PersonTallies>(&key, sum);
        }
        self.commit
    }

    fn put<T: Tree<Value = Tally>>(&mut self, key: &T::Key, sum: Sum) {
        let Sum { row, mut tally } = sum;
        match &row {
            Some(row) => self.commit.expect_unchanged::<T>(key, row),
            None => self.commit.expect_absent::<T>(key),
        };
        let old_end = tally.ends;
        let end = self.end(old_end);
        tally.ends = Some(end);
        put_until::<T>(&mut self.commit, key, &tally, old_end, end);
    }
}

/// Stores a row until `end`, which was to end at `old`.
fn put_until<T: Tree>(
    commit: &mut Commit,
    key: &T::Key,
    value: &T::Value,
    old: Option<Time>,
    end: Time,
) {
    match old {
        Some(old) if old == end => commit.put::<T>(key, value),
        Some(old) => commit.put_moving_end::<T>(key, value, old, end),
        None => commit.put_until::<T>(key, value, end),
    };
}

/// A sum, read once for the whole commit.
fn sum<'s, T>(
    store: &Store,
    sums: &'s mut HashMap<T::Key, Sum>,
    key: T::Key,
) -> Result<&'s mut Sum, Error>
where
    T: Tree<Value = Tally>,
    T::Key: Eq + std::hash::Hash,
{
    Ok(match sums.entry(key) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => {
            let row = store.read::<T>(place.key())?;
            let tally = row.as_ref().map(|row| row.value).unwrap_or_default();
            place.insert(Sum { row, tally })
        }
    })
}
