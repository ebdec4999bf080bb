//! What is lost of watching when somebody is erased: their views, and their share in the sums.

use crate::store::ids::{CourseId, ItemId, UserId};
use crate::store::key::Newest;
use crate::store::rows::watching::Share;
use crate::store::trees::{ItemTallies, MemberOf, PersonTallies, Recent, Rewatched, Viewed, Views};
use crate::store::{Commit, Error, Store, Tree};
use crate::world::Time;

/// Adds the end of at most `limit` views of a person to `commit`.
pub fn views(store: &Store, commit: &mut Commit, user: UserId, limit: usize) -> Result<(), Error> {
    for ((_, course, item), ()) in store.page::<Viewed>(&(user,), None, limit)? {
        view(store, commit, (course, item, user))?;
        sum(store, commit, (course, user))?;
    }
    Ok(())
}

fn view(store: &Store, commit: &mut Commit, key: (CourseId, ItemId, UserId)) -> Result<(), Error> {
    let (course, item, user) = key;
    let viewed = (user, course, item);
    let Some(row) = store.read::<Views>(&key)? else {
        commit.delete::<Viewed>(&viewed);
        return Ok(());
    };
    commit.expect_unchanged::<Views>(&key, &row);
    let view = &row.value;
    end::<Views>(commit, &key, view.ends);
    end::<Rewatched>(commit, &key, view.ends);
    end::<Viewed>(commit, &viewed, view.ends);
    if let Some(at) = view.recent {
        end::<Recent>(commit, &(user, Newest(at), item, course), view.ends);
    }
    let share = view.share();
    if share == Share::default() {
        return Ok(());
    }
    if let Some(sum) = store.read::<ItemTallies>(&(course, item))? {
        let mut tally = sum.value;
        tally.replace(share, Share::default());
        commit.expect_unchanged::<ItemTallies>(&(course, item), &sum);
        commit.put::<ItemTallies>(&(course, item), &tally);
    }
    Ok(())
}

/// Adds the end of a person's sums to `commit`, in the first `limit` of their courses. Nothing when
/// there is none.
pub fn sums(store: &Store, commit: &mut Commit, user: UserId, limit: usize) -> Result<(), Error> {
    for ((_, course), ()) in store.page::<MemberOf>(&(user,), None, limit)? {
        sum(store, commit, (course, user))?;
    }
    Ok(())
}

fn sum(store: &Store, commit: &mut Commit, key: (CourseId, UserId)) -> Result<(), Error> {
    if let Some(row) = store.read::<PersonTallies>(&key)? {
        commit.expect_unchanged::<PersonTallies>(&key, &row);
        end::<PersonTallies>(commit, &key, row.value.ends);
    }
    Ok(())
}

/// Deletes what would have ended by itself.
fn end<T: Tree>(commit: &mut Commit, key: &T::Key, ends: Option<Time>) {
    match ends {
        Some(ends) => commit.delete_ending::<T>(key, ends),
        None => commit.delete::<T>(key),
    };
}
