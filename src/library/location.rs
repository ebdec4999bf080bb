//! What an item's owner decides where its file may tell others a location.

use super::access::Owned;
use super::error::Error;
use super::items::present;
use crate::audit;
use crate::store::rows::library::{Item, Location};
use crate::store::trees::Items;
use crate::store::{Commit, Store};
use crate::world::World;

/// Lets others receive the file all the same. [`Error::NotFound`] when it is another one by now,
/// and nothing when they receive it anyway.
pub async fn allow(store: &Store, world: &World, item: &Owned) -> Result<(), Error> {
    let step = (Location::Unknown, Location::Allowed);
    change(store, world, item, step, "location-allowed").await
}

/// Takes that back: others do not receive the file any more.
pub async fn withhold(store: &Store, world: &World, item: &Owned) -> Result<(), Error> {
    let step = (Location::Allowed, Location::Unknown);
    change(store, world, item, step, "location-withheld").await
}

async fn change(
    store: &Store,
    world: &World,
    item: &Owned,
    (from, to): (Location, Location),
    what: &str,
) -> Result<(), Error> {
    let opened = item.opened();
    let id = opened.id();
    super::commit(store, || {
        let row = present(store, opened)?;
        if row.value.replaced != opened.item().replaced {
            return Err(Error::NotFound);
        }
        let mut commit = Commit::new();
        if row.value.location != from {
            return Ok((commit, ()));
        }
        let new = Item {
            location: to,
            ..row.value.clone()
        };
        commit
            .expect_unchanged::<Items>(&id, &row)
            .put::<Items>(&id, &new);
        let who = format!("user:{}", new.owner);
        audit::record(&mut commit, world, &who, what, Some(&id.to_string()));
        Ok((commit, ()))
    })
    .await
}

#[cfg(test)]
mod tests;
