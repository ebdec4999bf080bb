//! What the index has yet to learn: an entry in the commit that changes an item, deleted once the
//! index has it. So no change is missed, whenever the process ends.

use super::mark::Mark;
use crate::store::ids::ItemId;
use crate::store::trees::{IndexDue, Meta};
use crate::store::{self, Commit, Row, Store};
use crate::world::World;

/// Notes in `commit` that it changes what the index knows of an item: its row, its file, with whom
/// it is shared, where it is placed.
pub(in crate::library) fn changed(commit: &mut Commit, world: &World, item: ItemId) {
    commit.put::<IndexDue>(&item, &world.random::<8>().to_vec());
}

/// Notes in `commit` that it deletes an item. Nothing changes it after that.
pub(in crate::library) fn deleted(commit: &mut Commit, item: ItemId) {
    commit.put::<IndexDue>(&item, &Vec::new());
}

/// Some items that are due.
pub(super) type Due = Vec<(ItemId, Row<Vec<u8>>)>;

/// The first `limit` items that are due.
pub(super) fn first(store: &Store, limit: usize) -> Result<Due, store::Error> {
    let mut due = Vec::new();
    for (item, _) in store.page::<IndexDue>(&(), None, limit)? {
        if let Some(row) = store.read::<IndexDue>(&item)? {
            due.push((item, row));
        }
    }
    Ok(due)
}

/// Notes that the index, which now stands at `mark`, has learnt of `due`. What changed again
/// meanwhile stays due.
pub(super) async fn done(store: &Store, mark: Mark, due: &Due) -> Result<(), store::Error> {
    let mut commit = noting(mark);
    for (item, row) in due {
        commit
            .expect_unchanged::<IndexDue>(item, row)
            .delete::<IndexDue>(item);
    }
    match store.commit(commit).await {
        Err(store::Error::Conflict) => {}
        done => return done,
    }
    for (item, row) in due {
        let mut commit = noting(mark);
        commit
            .expect_unchanged::<IndexDue>(item, row)
            .delete::<IndexDue>(item);
        match store.commit(commit).await {
            Ok(()) | Err(store::Error::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn noting(mark: Mark) -> Commit {
    let mut commit = Commit::new();
    commit
        .put::<Meta>(&Mark::KEY.to_owned(), &mark.bytes())
        .frees();
    commit
}
