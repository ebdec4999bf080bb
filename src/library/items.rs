//! Changing items: title, visibility, deletion.

use super::access::Editable;
use super::error::Error;
use super::folder::Folder;
use super::title::Title;
use super::usage::Usage;
use crate::store::ids::{CourseId, ItemId};
use crate::store::key::Newest;
use crate::store::rows::library::{Item, Visibility};
use crate::store::trees::{Files, InCourse, Items, Owned, Removals};
use crate::store::{Commit, Row, Store};
use crate::world::World;

/// The rendition that an upload becomes.
pub(super) const ORIGINAL: &str = "original";

/// More renditions than any item has.
const RENDITIONS_MAX: usize = 1000;

/// Gives an item another title.
pub async fn rename(
    store: &Store,
    world: &World,
    item: &Editable,
    title: &Title,
) -> Result<(), Error> {
    change(store, world, item, |item| {
        title.as_str().clone_into(&mut item.title);
        Ok(())
    })
    .await
}

/// Shows an item to its course, or to nobody else.
///
/// Showing takes a staff launch from the item's course, or from any course when the item has none:
/// it then becomes that course's. Otherwise: [`Error::VisibilityRefused`]. Hiding is always the
/// owner's.
pub async fn set_visibility(
    store: &Store,
    world: &World,
    item: &Editable,
    visibility: Visibility,
) -> Result<(), Error> {
    let publishes_in = item.publishes_in();
    change(store, world, item, |item| {
        if visibility == Visibility::Course && item.visibility != visibility {
            item.course = course_to_show(item.course, publishes_in)?;
        }
        item.visibility = visibility;
        Ok(())
    })
    .await
}

/// Whether this person may show the item to a course from here.
pub fn may_show(item: &Editable) -> bool {
    course_to_show(item.opened().item().course, item.publishes_in()).is_ok()
}

fn course_to_show(
    item: Option<CourseId>,
    publishes_in: Option<CourseId>,
) -> Result<Option<CourseId>, Error> {
    let course = publishes_in.ok_or(Error::VisibilityRefused)?;
    if item.is_some_and(|item| item != course) {
        return Err(Error::VisibilityRefused);
    }
    Ok(Some(course))
}

/// Deletes an item, then its files.
///
/// The rows go first, with a note of what is to be removed: files that a power cut leaves behind
/// are removed by [`super::Uploads::sweep`].
pub async fn delete(store: &Store, folder: &Folder, item: &Editable) -> Result<(), Error> {
    let id = item.opened().id();
    super::commit(store, || {
        let row = present(store, item)?;
        let usage = Usage::of(store, row.value.owner)?;
        let mut left = usage.now();
        left.items = left.items.saturating_sub(1);
        let mut commit = Commit::new();
        commit.expect_unchanged::<Items>(&id, &row);
        unindex(&mut commit, id, &row.value);
        for (key, file) in store.page::<Files>(&(id,), None, RENDITIONS_MAX)? {
            if key.1 == ORIGINAL {
                left.bytes = left.bytes.saturating_sub(file.len);
            }
            commit.delete::<Files>(&key);
        }
        usage.change(&mut commit, left);
        commit
            .delete::<Items>(&id)
            .put::<Removals>(&id, &())
            .frees();
        Ok((commit, ()))
    })
    .await?;
    if let Err(error) = remove_files(store, folder, id).await {
        tracing::warn!(item = %id, %error, "files of a deleted item are left for the next sweep");
    }
    Ok(())
}

/// Removes the files of a deleted item, then the note that they are to be removed.
pub(super) async fn remove_files(store: &Store, folder: &Folder, id: ItemId) -> Result<(), Error> {
    folder.remove_item(id).await?;
    let mut commit = Commit::new();
    commit.delete::<Removals>(&id).frees();
    Ok(store.commit(commit).await?)
}

/// Lists an item where it belongs.
pub(super) fn index(commit: &mut Commit, id: ItemId, item: &Item) {
    commit.put::<Owned>(&(item.owner, Newest(item.created), id), &());
    if let Some(key) = in_course(id, item) {
        commit.put::<InCourse>(&key, &());
    }
}

fn unindex(commit: &mut Commit, id: ItemId, item: &Item) {
    commit.delete::<Owned>(&(item.owner, Newest(item.created), id));
    if let Some(key) = in_course(id, item) {
        commit.delete::<InCourse>(&key);
    }
}

/// Where a course lists the item, if one does.
fn in_course(id: ItemId, item: &Item) -> Option<(CourseId, Newest, ItemId)> {
    match item.visibility {
        Visibility::Private | Visibility::School | Visibility::Unlisted | Visibility::Public => {
            None
        }
        Visibility::Course => Some((item.course?, Newest(item.created), id)),
    }
}

/// The row as it stands now: it may be gone, or another's, since the item was opened.
fn present(store: &Store, item: &Editable) -> Result<Row<Item>, Error> {
    let opened = item.opened();
    store
        .read::<Items>(&opened.id())?
        .filter(|row| row.value.owner == opened.item().owner)
        .ok_or(Error::NotFound)
}

async fn change(
    store: &Store,
    world: &World,
    item: &Editable,
    apply: impl Fn(&mut Item) -> Result<(), Error>,
) -> Result<(), Error> {
    let id = item.opened().id();
    super::commit(store, || {
        let row = present(store, item)?;
        let mut new = row.value.clone();
        apply(&mut new)?;
        new.changed = world.now();
        let mut commit = Commit::new();
        commit.expect_unchanged::<Items>(&id, &row);
        unindex(&mut commit, id, &row.value);
        index(&mut commit, id, &new);
        commit.put::<Items>(&id, &new);
        Ok((commit, ()))
    })
    .await
}

#[cfg(test)]
mod tests;
