//! The removal of what the people of a deleted connection left: in the background, and again after a
//! restart until nothing is left.

use std::time::Duration;

use tokio::sync::watch;

use super::App;
use crate::library::{self, left};
use crate::people::connections::{self, gone};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Removal};

/// How often it is looked whether somebody wants one.
const ROUND: Duration = Duration::from_secs(10);

/// Removes what is wanted until `stopping`.
pub async fn run(app: App, mut stopping: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(ROUND);
    loop {
        let looking = stopping.clone();
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = round(&app, || *looking.borrow()).await {
            tracing::warn!(%error, "what a deleted connection left could not be removed");
        }
    }
}

/// Removes everything that is wanted, unless it is to `stop`.
pub async fn round(app: &App, stop: impl Fn() -> bool) -> Result<(), library::Error> {
    for (id, connection) in connections::with_deleted(&app.store)? {
        if let Some(removal) = wanted(&connection) {
            remove(app, id, &removal.by, &stop).await?;
        }
    }
    Ok(())
}

/// The removal that is wanted and not done.
fn wanted(connection: &Connection) -> Option<&Removal> {
    let removal = connection.removal.as_ref()?;
    (connection.deleted.is_some() && removal.done.is_none()).then_some(removal)
}

async fn remove(
    app: &App,
    id: ConnectionId,
    who: &str,
    stop: &impl Fn() -> bool,
) -> Result<(), library::Error> {
    let (store, world) = (&app.store, &app.world);
    let stays = |user| Ok(gone::stays(store, user)?);
    let mut after = None;
    loop {
        if stop() {
            return Ok(());
        }
        let whose = (id, who);
        let (deleted, next) = left::delete(store, world, &app.folder, whose, stays, after).await?;
        let done = next.is_none().then(|| world.now());
        if deleted.items > 0 || done.is_some() {
            gone::count(store, id, (deleted.items, deleted.bytes), done).await?;
        }
        if done.is_some() {
            tracing::info!(connection = %id, "what its people left is removed");
            return Ok(());
        }
        after = next;
    }
}
