//! Search: an index of the library beside the store.
//!
//! The index is derived: it may be deleted at any time and is made again from the store, in the
//! background, when it is missing, damaged, of another version or not of this store. Every commit
//! that changes an item notes that it is due; the item is then written to the index as it is by
//! then, so the order of changes never matters.
//!
//! The index only proposes: what it finds is opened through [`super::access`] before it is shown.

mod due;
mod fields;
mod indexer;
mod mark;
mod order;
mod text;
mod wanted;

pub(super) use due::{changed, deleted};
pub(super) use fields::visibility;
pub use order::{Cursor, Sort};
pub use wanted::{TEXT_MAX, Wanted, Words};

use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tantivy::query::Query;
use tokio::sync::Mutex;
use tokio::task::JoinError;
use tokio::time::{MissedTickBehavior, timeout};

use super::access::Viewer;
use super::error::Error;
use super::lists::PAGE_MAX;
use super::placements;
use crate::people::{Member, connections};
use crate::store::ids::ItemId;
use crate::store::rows::library::Item;
use crate::store::trees::{IndexDue, Items};
use crate::store::{self, Store};
use crate::world::World;
use fields::Scope;
use indexer::{Failure, Indexer, Reader, Step};
use order::{First, Place};

/// How often it is looked what is due.
const ROUND: Duration = Duration::from_secs(1);
/// After how many rounds without work the writer's threads and memory are given back.
const ROUNDS_TO_REST: u32 = 10;
/// After how many rounds a failure is tried again.
const ROUNDS_AFTER_FAILURE: u32 = 30;
/// A search first has so many items indexed that are due, so that whoever has just changed
/// something finds it so; more are left to the background.
const FEW: usize = 20;
/// How long a search waits for them.
const PATIENCE: Duration = if cfg!(test) {
    // A busy machine must not decide what a test finds.
    Duration::from_mins(1)
} else {
    Duration::from_millis(300)
};

/// Which of a person's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// The person's own items.
    Mine,
    /// The items that the launch's course may see.
    Course,
    /// The items that others shared with the person, and those for the whole connection.
    Shared,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// As many items as were asked for, fewer only on the last page.
    pub items: Vec<(ItemId, Item)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
    /// Whether the index is still being made, so that there may be more.
    pub unfinished: bool,
}

/// The search. Cheap to clone.
#[derive(Clone)]
pub struct Search(Arc<Inner>);

struct Inner {
    store: Store,
    indexer: Arc<Mutex<Indexer>>,
    /// What searches read; exchanged whenever the index is opened or whole.
    reader: RwLock<Option<Reader>>,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").finish_non_exhaustive()
    }
}

impl Search {
    /// The search of a library whose index is in `dir`. Nothing is opened yet.
    pub fn new(store: Store, world: World, dir: PathBuf) -> Self {
        let indexer = Indexer::new(dir, store.clone(), world);
        Self(Arc::new(Inner {
            store,
            indexer: Arc::new(Mutex::new(indexer)),
            reader: RwLock::new(None),
        }))
    }

    /// Keeps the index until `shutdown` completes: opens it, makes it when it must be made, and
    /// writes what is due.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut idle, mut wait) = (0, 0);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                _ = rounds.tick() => {}
            }
            if wait > 0 {
                wait -= 1;
                continue;
            }
            let worked = tokio::select! {
                biased;
                () = &mut shutdown => break,
                worked = self.catch_up() => worked,
            };
            match worked {
                Ok(true) => idle = 0,
                Ok(false) => idle += 1,
                Err(error) => {
                    tracing::warn!(%error, "the search index could not be written");
                    wait = ROUNDS_AFTER_FAILURE;
                }
            }
            if idle == ROUNDS_TO_REST {
                self.rest().await;
            }
        }
        self.rest().await;
    }

    /// Writes everything that is due; whether there was anything.
    async fn catch_up(&self) -> Result<bool, Failure> {
        let mut any = false;
        while self.step().await? {
            any = true;
        }
        Ok(any)
    }

    /// Has everything indexed that is due.
    #[cfg(test)]
    pub(crate) async fn index_now(&self) {
        self.catch_up().await.unwrap();
    }

    /// Does the next part of what is to be done; whether there was anything. Once begun it is done
    /// to its end, whether or not the answer is waited for.
    async fn step(&self) -> Result<bool, Failure> {
        let search = self.clone();
        match tokio::spawn(async move { search.step_to_its_end().await }).await {
            Ok(done) => done,
            // The runtime is ending.
            Err(_) => Ok(false),
        }
    }

    async fn step_to_its_end(&self) -> Result<bool, Failure> {
        let mut indexer = Arc::clone(&self.0.indexer).lock_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let step = indexer.step();
            if step.is_err() {
                indexer.close();
            }
            (step, indexer)
        });
        let (step, indexer) = match done.await {
            Ok(done) => done,
            Err(panic) => return self.broken(&panic).await,
        };
        self.publish(indexer.reader());
        match step? {
            Step::Idle => Ok(false),
            Step::Made => Ok(true),
            Step::Written(mark, due) => {
                due::done(&self.0.store, mark, &due).await?;
                Ok(true)
            }
        }
    }

    fn publish(&self, reader: Option<Reader>) {
        // A failed write leaves what was written before to be read.
        let Some(reader) = reader else { return };
        let mut shown = self
            .0
            .reader
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if reader.whole && !shown.as_ref().is_some_and(|shown| shown.whole) {
            tracing::info!("the search index holds the whole library");
        }
        *shown = Some(reader);
    }

    /// The index broke in the hands of its library, as damaged files can make it: it is made anew.
    async fn broken(&self, panic: &JoinError) -> Result<bool, Failure> {
        tracing::error!(%panic, "the search index is broken: it is made anew");
        let mut indexer = Arc::clone(&self.0.indexer).lock_owned().await;
        let discarded = tokio::task::spawn_blocking(move || indexer.discard()).await;
        Ok(discarded.is_ok())
    }

    async fn rest(&self) {
        let mut indexer = Arc::clone(&self.0.indexer).lock_owned().await;
        // A panic in there has been logged and leaves nothing to be done.
        let _ = tokio::task::spawn_blocking(move || indexer.rest()).await;
    }

    /// Finds what is wanted in one of a person's lists, of which only what opens for that person
    /// is answered.
    pub async fn find(
        &self,
        member: &Member,
        list: List,
        wanted: &Wanted,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Found, Error> {
        self.index_what_is_little().await?;
        let reader = self.0.reader.read();
        let reader = reader.unwrap_or_else(PoisonError::into_inner).clone();
        let Some(reader) = reader else {
            return Ok(Found {
                unfinished: true,
                ..Found::default()
            });
        };
        let nothing = wanted.words.as_ref().is_some_and(Words::is_empty);
        let scopes = scopes(&self.0.store, member, list)?;
        if nothing || scopes.is_empty() {
            return Ok(Found::default());
        }
        let looking = Looking {
            store: self.0.store.clone(),
            viewer: Viewer::of(member),
            query: Box::new(wanted.query(&reader.fields, &scopes)),
            sort: wanted.sort,
            reader,
            limit: limit.clamp(1, PAGE_MAX),
        };
        let after = after.map(|cursor| cursor.place().clone());
        let found = tokio::task::spawn_blocking(move || looking.page(after)).await;
        match found {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(Failure::Store(error))) => Err(error.into()),
            Ok(Err(error)) => {
                tracing::error!(%error, "the search index cannot be read");
                self.unreadable().await
            }
            Err(panic) => {
                tracing::error!(%panic, "the search index is broken");
                self.unreadable().await
            }
        }
    }

    /// Makes the index anew, and answers that there may be more.
    async fn unreadable(&self) -> Result<Found, Error> {
        *self
            .0
            .reader
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
        let mut indexer = Arc::clone(&self.0.indexer).lock_owned().await;
        // It logs for itself; whatever is left, the next step deals with.
        let _ = tokio::task::spawn_blocking(move || indexer.discard()).await;
        Ok(Found {
            unfinished: true,
            ..Found::default()
        })
    }

    async fn index_what_is_little(&self) -> Result<(), store::Error> {
        let due = self.0.store.page::<IndexDue>(&(), None, FEW + 1)?.len();
        let whole = {
            let reader = self.0.reader.read();
            let reader = reader.unwrap_or_else(PoisonError::into_inner);
            reader.as_ref().is_some_and(|reader| reader.whole)
        };
        if whole && (1..=FEW).contains(&due) {
            // The background tries again what fails, and goes on where this takes too long.
            let _ = timeout(PATIENCE, self.step()).await;
        }
        Ok(())
    }
}

/// What a list of a person is made of.
fn scopes(store: &Store, member: &Member, list: List) -> Result<Vec<Scope>, store::Error> {
    let session = member.session();
    Ok(match (list, session.course) {
        (List::Mine, _) => vec![Scope::Owner(session.user)],
        (List::Shared, _) => {
            let schools = connections::schools(store, session.connection)?;
            let shared = std::iter::once(Scope::Shared(session.user));
            shared
                .chain(schools.into_iter().map(Scope::School))
                .collect()
        }
        (List::Course, None) => Vec::new(),
        (List::Course, Some(course)) => {
            let origins = placements::origins(store, course)?;
            let mut scopes = vec![Scope::Course(course), Scope::Placed(course)];
            scopes.extend(origins.into_iter().map(Scope::Placed));
            scopes
        }
    })
}

/// One search.
struct Looking {
    store: Store,
    reader: Reader,
    viewer: Viewer,
    query: Box<dyn Query>,
    sort: Sort,
    limit: usize,
}

impl Looking {
    /// Reads on until the page is full: what does not open is skipped.
    fn page(&self, mut after: Option<Place>) -> Result<Found, Failure> {
        let searcher = self.reader.index.searcher();
        let mut found = Found {
            unfinished: !self.reader.whole,
            ..Found::default()
        };
        let mut shown = None;
        loop {
            // One more than fits tells whether there is a next page.
            let limit = self.limit + 1 - found.items.len();
            let first = First {
                sort: self.sort,
                after: after.take(),
                limit,
            };
            let places = searcher.search(&*self.query, &first)?;
            let last = places.len() < limit;
            for place in places {
                let id = place.item();
                after = Some(place.clone());
                let Some(item) = self.opened(id)? else {
                    continue;
                };
                if found.items.len() == self.limit {
                    found.next = shown.map(|place| Cursor::new(self.sort, place));
                    return Ok(found);
                }
                found.items.push((id, item));
                // A cursor tells of nothing but what was shown.
                shown = Some(place);
            }
            if last {
                return Ok(found);
            }
        }
    }

    fn opened(&self, id: ItemId) -> Result<Option<Item>, store::Error> {
        let Some(item) = self.store.get::<Items>(&id)? else {
            return Ok(None);
        };
        let opens = self.viewer.may_open(&self.store, id, &item)?;
        Ok(opens.then_some(item))
    }
}

#[cfg(test)]
mod tests;
