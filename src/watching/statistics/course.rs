//! Who watched what, in one course.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use minicbor::Decode;

use super::goal::Scale;
use super::{FLOOR, MOST_VIEWS, Named, Placed, READ, State, Teacher, gone, placed};
use crate::library;
use crate::people::roster::Learner;
use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::rows::library::Kind;
use crate::store::rows::watching::Span;
use crate::store::tree::glance;
use crate::store::trees::Views;
use crate::store::{self, Store};
use crate::world::Time;

/// Who watched what in a course.
#[derive(Debug, Clone)]
pub struct OfCourse {
    /// What is placed in it.
    pub items: Vec<OfPlaced>,
    /// Its learners, by name.
    pub people: Vec<OfEach>,
    /// Who watched something of it and has left the course.
    pub gone: Vec<OfEach>,
}

/// What the learners watched of an item that is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPlaced {
    /// The item.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// How many have begun; `None`: fewer than are told.
    pub begun: Option<usize>,
    /// How many are through; likewise.
    pub finished: Option<usize>,
}

/// What one person watched of all that is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfEach {
    /// The person.
    pub user: UserId,
    /// The name, when the platform tells it.
    pub name: Option<String>,
    /// How many items they have begun, finished ones included.
    pub begun: usize,
    /// How many of them they are through with.
    pub finished: usize,
    /// How much of everything, each item counting the same, in hundredths of a percent.
    pub percent: u16,
    /// How long they played, in milliseconds.
    pub played_ms: u64,
    /// When they last watched something.
    pub last: Option<Time>,
    /// How far they are with each item, in the order of the items.
    pub cells: Vec<Cell>,
}

/// How far somebody is with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// How much they watched, in hundredths of a percent; `None`: nothing.
    pub percent: Option<u16>,
    /// Whether that is enough.
    pub enough: bool,
}

impl Cell {
    /// How far that is.
    pub const fn state(self) -> State {
        match self.percent {
            None => State::NotBegun,
            Some(_) if self.enough => State::Finished,
            Some(_) => State::Begun,
        }
    }
}

/// What sums need of a view.
#[derive(Debug, Clone, Copy, Decode)]
struct Glimpse {
    #[n(7)]
    #[cbor(default)]
    played_ms: u64,
    #[n(9)]
    credited: Option<Time>,
    #[n(10)]
    #[cbor(default)]
    counts: bool,
    #[n(12)]
    #[cbor(default)]
    percent: u16,
}

glance!(Glimpse, Views = 1);

/// The same where the share is to be reckoned anew.
#[derive(Debug, Clone, Decode)]
struct Sight {
    #[n(3)]
    #[cbor(default)]
    seen: Vec<Span>,
    #[n(7)]
    #[cbor(default)]
    played_ms: u64,
    #[n(9)]
    credited: Option<Time>,
    #[n(10)]
    #[cbor(default)]
    counts: bool,
}

glance!(Sight, Views = 1);

impl Sight {
    fn by(self, scale: &Scale) -> Glimpse {
        Glimpse {
            played_ms: self.played_ms,
            credited: self.credited,
            counts: self.counts,
            percent: scale.percent(self.seen),
        }
    }
}

impl OfEach {
    fn new(learner: Learner, items: usize) -> Self {
        Self {
            user: learner.user,
            name: learner.name,
            begun: 0,
            finished: 0,
            percent: 0,
            played_ms: 0,
            last: None,
            cells: vec![Cell::default(); items],
        }
    }

    /// Adds what they watched of the item in this place.
    fn add(&mut self, place: usize, glimpse: Glimpse, enough: bool) {
        let cell = Cell {
            percent: Some(glimpse.percent),
            enough,
        };
        self.cells[place] = cell;
        self.begun += 1;
        self.finished += usize::from(cell.state() == State::Finished);
        self.played_ms = self.played_ms.saturating_add(glimpse.played_ms);
        self.last = self.last.max(glimpse.credited);
    }

    /// Sums up what was added.
    fn done(&mut self) {
        let seen = self.cells.iter().filter_map(|cell| cell.percent);
        let seen: u64 = seen.map(u64::from).sum();
        let whole = self.cells.len().max(1) as u64;
        self.percent = u16::try_from(seen / whole).unwrap_or(u16::MAX);
    }
}

/// Who watched what of all that is placed in the launch's course. It reads a row for each person and
/// item: beside the requests, where there are many.
pub fn of_course(store: &Store, named: &Named) -> Result<OfCourse, library::Error> {
    gather(store, &named.0, true)
}

/// What is placed in the launch's course and how many watched it, without anybody's name; of fewer
/// than [`FLOOR`] nothing is told. Answers how many learners there are besides.
pub fn sums_of_course(
    store: &Store,
    teacher: &Teacher,
) -> Result<(Vec<OfPlaced>, usize), library::Error> {
    let mut all = gather(store, teacher, false)?;
    for item in &mut all.items {
        item.begun = item.begun.filter(|n| *n == 0 || *n >= FLOOR);
        item.finished = item.finished.filter(|n| *n == 0 || *n >= FLOOR);
    }
    Ok((all.items, all.people.len()))
}

fn gather(store: &Store, teacher: &Teacher, with_gone: bool) -> Result<OfCourse, library::Error> {
    let items = placed(store, &teacher.member)?;
    let learners = teacher.learners(store)?;
    let mut people: Vec<OfEach> = learners
        .into_iter()
        .map(|learner| OfEach::new(learner, items.len()))
        .collect();
    let known: HashMap<UserId, usize> = people
        .iter()
        .enumerate()
        .map(|(place, one)| (one.user, place))
        .collect();
    let mut others: HashMap<UserId, Option<OfEach>> = HashMap::new();
    let mut rows = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let mut row = row(item);
        let scale = teacher.goals.scale(item.id, &item.item);
        each_view(store, (teacher.course, item.id), &scale, |user, glimpse| {
            let enough = scale.is_enough(glimpse.percent);
            if let Some(person) = known.get(&user) {
                people[*person].add(place, glimpse, enough);
                row.begun = row.begun.map(|n| n + 1);
                row.finished = row.finished.map(|n| n + usize::from(enough));
            } else if with_gone {
                let other = match others.entry(user) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => {
                        let learner = gone(store, teacher.course, user)?;
                        place.insert(learner.map(|one| OfEach::new(one, items.len())))
                    }
                };
                if let Some(each) = other {
                    each.add(place, glimpse, enough);
                }
            }
            Ok(())
        })?;
        rows.push(row);
    }
    let mut gone: Vec<OfEach> = others.into_values().flatten().collect();
    gone.sort_by_cached_key(|one| one.name.as_deref().map(str::to_lowercase));
    people.iter_mut().chain(&mut gone).for_each(OfEach::done);
    Ok(OfCourse {
        items: rows,
        people,
        gone,
    })
}

fn row(item: &Placed) -> OfPlaced {
    OfPlaced {
        id: item.id,
        title: item.item.title.clone(),
        kind: item.item.kind,
        begun: Some(0),
        finished: Some(0),
    }
}

/// Does something with each view of an item in which something was watched that counts.
fn each_view(
    store: &Store,
    item: (CourseId, ItemId),
    scale: &Scale,
    mut each: impl FnMut(UserId, Glimpse) -> Result<(), store::Error>,
) -> Result<(), store::Error> {
    let mut after = None;
    for _ in 0..MOST_VIEWS / READ {
        let page = page(store, item, scale, after.as_ref())?;
        let last = page.len() < READ;
        after = page.last().map(|(key, _)| *key);
        for ((_, _, user), glimpse) in page {
            if glimpse.counts && glimpse.credited.is_some() {
                each(user, glimpse)?;
            }
        }
        if last {
            break;
        }
    }
    Ok(())
}

type ViewKey = (CourseId, ItemId, UserId);

/// What views say of themselves is read at a glance; only where that is another share than the one
/// that is asked for, it is reckoned from what was seen.
fn page(
    store: &Store,
    item: (CourseId, ItemId),
    scale: &Scale,
    after: Option<&ViewKey>,
) -> Result<Vec<(ViewKey, Glimpse)>, store::Error> {
    if !scale.differs() {
        return store.glances::<Views, Glimpse>(&item, after, READ);
    }
    let page = store.glances::<Views, Sight>(&item, after, READ)?;
    let measured = page.into_iter().map(|(key, sight)| (key, sight.by(scale)));
    Ok(measured.collect())
}
