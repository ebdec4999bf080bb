//! What is left of items that launched tools, once they are deleted for good: their columns, what the
//! tools reported of them, and of a tool that somebody added for themselves, with the last item that
//! launches it, the tool. The library leaves a note in the commit that deletes an item; the note goes
//! last, so that a crash costs nothing.

use std::time::Duration;

use tokio::sync::watch;

use super::gradebook::{self, Gradebook, Owner, owner_of};
use super::launching::link_id;
use crate::app::App;
use crate::audit;
use crate::store::ids::{CourseId, ItemId, ToolId, UserId};
use crate::store::rows::tools::ToolSource;
use crate::store::trees::{
    Consents, KnownTo, LineItems, PseudonymOf, Pseudonyms, Received, ReceivedOf, ToolItems,
    ToolRemains, Tools,
};
use crate::store::{Commit, Error as StoreError, Store};

use super::registry;

/// How often it is looked whether something is left.
const ROUND: Duration = Duration::from_secs(10);
/// Rows that are read and deleted together.
const BATCH: usize = 100;

/// Clears up until `stopping`.
pub async fn run(app: App, mut stopping: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(ROUND);
    loop {
        let looking = stopping.clone();
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = round(&app, || *looking.borrow()).await {
            tracing::warn!(%error, "what is left of deleted items of tools could not be removed");
        }
    }
}

/// Clears up everything that is left, unless it is to `stop`.
pub async fn round(app: &App, stop: impl Fn() -> bool) -> Result<(), gradebook::Error> {
    loop {
        let notes = app.store.page::<ToolRemains>(&(), None, BATCH)?;
        if notes.is_empty() {
            return Ok(());
        }
        for ((tool, item), ()) in notes {
            if stop() {
                return Ok(());
            }
            clear(app, tool, item).await?;
        }
    }
}

async fn clear(app: &App, tool: ToolId, item: ItemId) -> Result<(), gradebook::Error> {
    if ends(app, tool).await? {
        everything(app, tool).await?;
    } else {
        one(app, tool, item).await?;
    }
    let mut commit = Commit::new();
    commit.delete::<ToolRemains>(&(tool, item)).frees();
    Ok(app.store.commit(commit).await?)
}

/// Whether the tool itself is gone with its last item: only one that somebody added for themselves is.
/// From here on nothing signs for it, and nothing that it reports is taken.
async fn ends(app: &App, id: ToolId) -> Result<bool, StoreError> {
    let (store, world) = (&app.store, &app.world);
    let Some(row) = store.read::<Tools>(&id)? else {
        return Ok(true);
    };
    let used = !store.page::<ToolItems>(&(id,), None, 1)?.is_empty();
    if used || row.value.source != ToolSource::Person {
        return Ok(false);
    }
    let mut commit = Commit::new();
    commit.expect_unchanged::<Tools>(&id, &row).frees();
    registry::remove(&mut commit, id, &row.value);
    let to = id.to_string();
    audit::record(&mut commit, world, "machine", "tool-deleted", Some(&to));
    store.commit(commit).await?;
    Ok(true)
}

/// The columns of one item, with what was reported into them.
async fn one(app: &App, tool: ToolId, item: ItemId) -> Result<(), gradebook::Error> {
    let mut after = None;
    while let Some(course) = next_course(&app.store, tool, after)? {
        let book = Gradebook::new(app, Owner::Tool { tool, course });
        let link = link_id(item, Some(course).filter(|course| *course != CourseId(0)));
        for (number, _) in book.line_items_of(&link)? {
            forget(&book, number).await?;
        }
        book.forget_results(item.0).await?;
        after = Some(course);
    }
    Ok(())
}

/// All columns of a tool, all that it reported, and what it knew of people.
async fn everything(app: &App, tool: ToolId) -> Result<(), gradebook::Error> {
    while let Some(course) = next_course(&app.store, tool, None)? {
        let book = Gradebook::new(app, Owner::Tool { tool, course });
        for (number, _) in book.all()? {
            forget(&book, number).await?;
        }
        results(&app.store, tool, course).await?;
    }
    Ok(people(&app.store, tool).await?)
}

/// A column, unless it is gone meanwhile.
async fn forget(book: &Gradebook<'_>, number: u64) -> Result<(), gradebook::Error> {
    match book.forget(number).await {
        Err(gradebook::Error::NotFound) => Ok(()),
        done => done,
    }
}

async fn results(store: &Store, tool: ToolId, course: CourseId) -> Result<(), StoreError> {
    loop {
        let page = store.page::<Received>(&(tool, course), None, BATCH)?;
        if page.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new();
        commit.frees();
        for ((_, _, line, user), _) in page {
            commit
                .delete::<Received>(&(tool, course, line, user))
                .delete::<ReceivedOf>(&(user, tool, course, line));
        }
        store.commit(commit).await?;
    }
}

async fn people(store: &Store, tool: ToolId) -> Result<(), StoreError> {
    loop {
        let page = store.page::<PseudonymOf>(&(tool,), None, BATCH)?;
        if page.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new();
        commit.frees();
        for ((_, user), known) in page {
            commit
                .delete::<PseudonymOf>(&(tool, user))
                .delete::<Pseudonyms>(&(tool, known.id))
                .delete::<KnownTo>(&(user, tool))
                .delete::<Consents>(&(user, tool));
        }
        store.commit(commit).await?;
    }
}

/// The first course after this one in which a tool has columns or has reported something.
fn next_course(
    store: &Store,
    tool: ToolId,
    after: Option<CourseId>,
) -> Result<Option<CourseId>, StoreError> {
    let end = after.map(|course| (tool, course, u64::MAX, UserId(u64::MAX)));
    let reported = store.page::<Received>(&(tool,), end.as_ref(), 1)?;
    let reported = reported.first().map(|((_, course, ..), _)| *course);
    let book = |course| Owner::Tool { tool, course }.book();
    let begin = match after {
        Some(course) => (book(course), u64::MAX),
        None => (book(CourseId(0)), 0),
    };
    let columns = store.page::<LineItems>(&(), Some(&begin), 1)?;
    let column = columns.first().and_then(|((book, _), _)| owner_of(*book));
    let column = column.filter(|(of, _)| *of == tool);
    Ok(reported
        .into_iter()
        .chain(column.map(|(_, course)| course))
        .min())
}
