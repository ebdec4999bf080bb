//! Sharing an item with people of the same course: to see it, or to change it as well.

use super::access::Owned;
use super::error::Error;
use super::{commit, items, search};
use crate::audit;
use crate::store::ids::UserId;
use crate::store::key::Newest;
use crate::store::rows::library::{Share, ShareRole};
use crate::store::trees::{Items, Members, SharedWith, Shares};
use crate::store::{Commit, Store};
use crate::world::World;

/// The most people with whom an item is shared.
pub const MOST: usize = 200;

/// Shares an item, or changes what sharing gives. Takes a staff launch, and somebody who is known
/// in the launch's course: otherwise [`Error::SharingRefused`]. [`Error::NotFound`] when the item is
/// gone meanwhile.
pub async fn share(
    store: &Store,
    world: &World,
    item: &Owned,
    with: UserId,
    role: ShareRole,
) -> Result<(), Error> {
    let opened = item.opened();
    let course = item.publishes_in().ok_or(Error::SharingRefused)?;
    let known = store.get::<Members>(&(course, with))?.is_some();
    if !known || with == opened.item().owner {
        return Err(Error::SharingRefused);
    }
    let key = (opened.id(), with);
    let listed = (with, Newest(opened.item().created), opened.id());
    commit(store, || {
        items::present(store, opened)?;
        let old = store.get::<Shares>(&key)?;
        if old.is_none() && store.page::<Shares>(&(opened.id(),), None, MOST)?.len() >= MOST {
            return Err(Error::TooManyShares);
        }
        let share = Share {
            role,
            created: old.map_or_else(|| world.now(), |old| old.created),
            item_created: opened.item().created,
        };
        let mut commit = Commit::new();
        commit
            .expect_present::<Items>(&opened.id())
            .put::<Shares>(&key, &share)
            .put::<SharedWith>(&listed, &());
        search::changed(&mut commit, world, opened.id());
        record(&mut commit, world, item, "shared", with);
        Ok((commit, ()))
    })
    .await
}

/// Ends sharing an item with somebody, from the next request on.
pub async fn unshare(
    store: &Store,
    world: &World,
    item: &Owned,
    with: UserId,
) -> Result<(), Error> {
    let opened = item.opened();
    let mut commit = Commit::new();
    commit
        .delete::<Shares>(&(opened.id(), with))
        .delete::<SharedWith>(&(with, Newest(opened.item().created), opened.id()))
        .frees();
    search::changed(&mut commit, world, opened.id());
    record(&mut commit, world, item, "unshared", with);
    Ok(store.commit(commit).await?)
}

fn record(commit: &mut Commit, world: &World, item: &Owned, what: &str, with: UserId) {
    let who = format!("user:{}", item.opened().item().owner);
    let to = format!("{} user:{with}", item.opened().id());
    audit::record(commit, world, &who, what, Some(&to));
}

/// With whom an item is shared.
pub fn of(store: &Store, item: &Owned) -> Result<Vec<(UserId, Share)>, Error> {
    let shares = store.page::<Shares>(&(item.opened().id(),), None, MOST)?;
    Ok(shares
        .into_iter()
        .map(|((_, user), share)| (user, share))
        .collect())
}
