//! Changing items: what they say, who sees them, the trash.

use super::access::{Editable, Opened, Owned, Publishing, Trashed};
use super::error::Error;
use super::folder::Folder;
use super::search;
use super::usage::{self, Change, Usage};
use super::words::{Description, Tags, Title};
use crate::audit;
use crate::store::ids::{ConnectionId, CourseId, ItemId};
use crate::store::key::Newest;
use crate::store::rows::library::{Item, Kind, Visibility};
use crate::store::trees::{
    Files, InCourse, Items, Owned as OwnedIndex, PlacedHere, Removals, School, ToolItems,
    ToolRemains, Trash, TrashOf,
};
use crate::store::{self, Commit, Row, Store};
use crate::world::{Time, World};

/// The rendition that an upload becomes.
pub const ORIGINAL: &str = "original";

/// More renditions than any item has.
const RENDITIONS_MAX: usize = 1000;

/// New words for an item; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Its title.
    pub title: Option<Title>,
    /// Its description.
    pub description: Option<Description>,
    /// Its tags.
    pub tags: Option<Tags>,
}

impl Words {
    fn apply(&self, item: &mut Item) {
        if let Some(title) = &self.title {
            title.as_str().clone_into(&mut item.title);
        }
        if let Some(description) = &self.description {
            description.as_str().clone_into(&mut item.description);
        }
        if let Some(tags) = &self.tags {
            tags.as_slice().clone_into(&mut item.tags);
        }
    }
}

/// What an item's owner decides; what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Whether those who may see it are offered to download it.
    pub downloadable: Option<bool>,
}

/// Changes what an item says.
pub async fn edit(
    store: &Store,
    world: &World,
    item: &Editable,
    words: &Words,
) -> Result<(), Error> {
    change(store, world, item.opened(), |item| {
        words.apply(item);
        Ok(())
    })
    .await
}

/// Changes what an item says and who sees it, in one commit.
///
/// Showing it to more than oneself takes a staff launch; to a course, one from the item's course,
/// or from any when the item has none: it then becomes that course's. Otherwise, and where the
/// configuration forbids it: [`Error::VisibilityRefused`]. Hiding is always the owner's.
pub async fn update(
    store: &Store,
    world: &World,
    publishing: Publishing,
    item: &Owned,
    words: &Words,
    rules: Rules,
) -> Result<(), Error> {
    let publishes_in = item.publishes_in();
    change(store, world, item.opened(), |item| {
        words.apply(item);
        if let Some(downloadable) = rules.downloadable {
            item.downloadable = downloadable;
        }
        if let Some(new) = rules.visibility.filter(|new| *new != item.visibility) {
            if beyond_launches(item, new) {
                return Err(Error::VisibilityRefused);
            }
            item.course = course_to_show(publishing, new, item.course, publishes_in)?;
            item.visibility = new;
        }
        Ok(())
    })
    .await
}

/// The visibilities that the owner may give an item from here, besides the one that it has.
pub fn may_become(item: &Owned, publishing: Publishing) -> Vec<Visibility> {
    let now = item.opened().item();
    [
        Visibility::Private,
        Visibility::Course,
        Visibility::School,
        Visibility::Unlisted,
        Visibility::Public,
    ]
    .into_iter()
    .filter(|new| {
        *new == now.visibility
            || !beyond_launches(now, *new)
                && course_to_show(publishing, *new, now.course, item.publishes_in()).is_ok()
    })
    .collect()
}

/// Whether an item would open without a launch that cannot: a tool is launched for somebody, and a
/// collection shows what somebody may open.
fn beyond_launches(item: &Item, new: Visibility) -> bool {
    matches!(item.kind, Kind::Tool | Kind::Collection)
        && matches!(new, Visibility::Unlisted | Visibility::Public)
}

/// The course of an item that becomes `new`, for an owner who publishes in `publishes_in`.
pub(super) fn course_to_show(
    publishing: Publishing,
    new: Visibility,
    course: Option<CourseId>,
    publishes_in: Option<CourseId>,
) -> Result<Option<CourseId>, Error> {
    if new == Visibility::Private {
        return Ok(course);
    }
    let here = publishes_in.ok_or(Error::VisibilityRefused)?;
    if !publishing.allows(new) {
        return Err(Error::VisibilityRefused);
    }
    match (new, course) {
        (Visibility::Course, Some(course)) if course != here => Err(Error::VisibilityRefused),
        (Visibility::Course, _) => Ok(Some(here)),
        (_, course) => Ok(course),
    }
}

/// Puts an item into its owner's trash: from now on it opens for nobody.
pub async fn trash(store: &Store, world: &World, item: &Owned) -> Result<(), Error> {
    let since = world.now();
    change(store, world, item.opened(), |item| {
        item.trashed = Some(since);
        Ok(())
    })
    .await
}

/// Takes an item out of the trash again: whoever saw it before sees it again.
pub async fn restore(store: &Store, world: &World, item: &Trashed) -> Result<(), Error> {
    change(store, world, item.opened(), |item| {
        item.trashed = None;
        Ok(())
    })
    .await
}

/// Deletes an item for good, and what belongs to it.
///
/// The item's own row goes first, with a note of what is to be removed: what a power cut leaves
/// behind is removed by [`super::Uploads::sweep`].
pub async fn delete(
    store: &Store,
    world: &World,
    folder: &Folder,
    item: &Trashed,
) -> Result<(), Error> {
    let who = format!("user:{}", item.opened().item().owner);
    let still = |row: &Item| row.trashed.is_some();
    remove(store, world, folder, item.opened().id(), &who, still).await
}

/// Deletes what was put into the trash before `end`; answers how many items, at most `limit`.
pub async fn empty_trash(
    store: &Store,
    world: &World,
    folder: &Folder,
    end: Time,
    limit: usize,
) -> Result<usize, Error> {
    let mut removed = 0;
    for ((since, id), ()) in store.page::<Trash>(&(), None, limit)? {
        if since >= end {
            break;
        }
        let still = |row: &Item| row.trashed == Some(since);
        match remove(store, world, folder, id, "machine", still).await {
            Ok(()) => {}
            // Restored or deleted meanwhile.
            Err(Error::NotFound) => {
                let mut commit = Commit::new();
                commit.delete::<Trash>(&(since, id)).frees();
                store.commit(commit).await?;
            }
            Err(error) => return Err(error),
        }
        removed += 1;
    }
    Ok(removed)
}

/// Removes an item that `still` is what it was to be, and what belongs to it: [`Error::NotFound`]
/// otherwise.
pub(super) async fn remove(
    store: &Store,
    world: &World,
    folder: &Folder,
    id: ItemId,
    who: &str,
    still: impl Fn(&Item) -> bool,
) -> Result<(), Error> {
    super::commit(store, || {
        let row = store.read::<Items>(&id)?.filter(|row| still(&row.value));
        let row = row.ok_or(Error::NotFound)?;
        let usage = Usage::of(store, row.value.owner, row.value.course)?;
        let mut bytes = 0;
        let mut commit = Commit::new();
        commit.expect_unchanged::<Items>(&id, &row);
        unindex(store, &mut commit, id, &row.value)?;
        for (key, file) in store.page::<Files>(&(id,), None, RENDITIONS_MAX)? {
            if key.1 == ORIGINAL {
                bytes = file.len;
            }
            commit.delete::<Files>(&key);
        }
        usage.change(&mut commit, &Change::goes(bytes));
        if let Some(tool) = row.value.tool {
            // What the tool reported is for the room of tools to forget.
            commit
                .delete::<ToolItems>(&(tool, id))
                .put::<ToolRemains>(&(tool, id), &());
        }
        commit
            .delete::<Items>(&id)
            .put::<Removals>(&id, &())
            .frees();
        search::deleted(&mut commit, id);
        let to = id.to_string();
        audit::record(&mut commit, world, who, "item-deleted", Some(&to));
        Ok((commit, ()))
    })
    .await?;
    if let Err(error) = super::remains::remove(store, folder, id).await {
        tracing::warn!(item = %id, %error, "what belonged to a deleted item is left for the next sweep");
    }
    Ok(())
}

/// Lists an item where it belongs. Every list goes by the moment it was made, which never changes.
pub(super) fn index(commit: &mut Commit, id: ItemId, item: &Item) {
    let made = Newest(item.created);
    if let Some(since) = item.trashed {
        commit
            .put::<Trash>(&(since, id), &())
            .put::<TrashOf>(&(item.owner, Newest(since), id), &());
        return;
    }
    commit.put::<OwnedIndex>(&(item.owner, made, id), &());
    if let Some(course) = shown_in(item) {
        commit.put::<InCourse>(&(course, made, id), &());
    }
    if let Some(connection) = shown_to_school(item) {
        commit.put::<School>(&(connection, made, id), &());
    }
}

/// Takes an item off the lists, except a course's where it is placed.
pub(super) fn unindex(
    store: &Store,
    commit: &mut Commit,
    id: ItemId,
    item: &Item,
) -> Result<(), store::Error> {
    let made = Newest(item.created);
    if let Some(since) = item.trashed {
        commit
            .delete::<Trash>(&(since, id))
            .delete::<TrashOf>(&(item.owner, Newest(since), id));
        return Ok(());
    }
    commit.delete::<OwnedIndex>(&(item.owner, made, id));
    if let Some(course) = shown_in(item)
        && store.page::<PlacedHere>(&(course, id), None, 1)?.is_empty()
    {
        commit.delete::<InCourse>(&(course, made, id));
    }
    if let Some(connection) = shown_to_school(item) {
        commit.delete::<School>(&(connection, made, id));
    }
    Ok(())
}

/// The course that lists the item by its visibility, if one does.
pub(super) const fn shown_in(item: &Item) -> Option<CourseId> {
    match item.visibility {
        Visibility::Course => item.course,
        _ => None,
    }
}

/// The connection that lists the item by its visibility, if one does.
const fn shown_to_school(item: &Item) -> Option<ConnectionId> {
    match item.visibility {
        Visibility::School | Visibility::Public => Some(item.connection),
        _ => None,
    }
}

/// The row as it stands now: it may be gone, another's, or in the trash since it was opened.
pub(super) fn present(store: &Store, opened: &Opened) -> Result<Row<Item>, Error> {
    let (was, id) = (opened.item(), opened.id());
    store
        .read::<Items>(&id)?
        .filter(|row| row.value.owner == was.owner && row.value.trashed == was.trashed)
        .ok_or(Error::NotFound)
}

/// Changes an item's row and its place in the lists.
pub(super) async fn change(
    store: &Store,
    world: &World,
    opened: &Opened,
    apply: impl Fn(&mut Item) -> Result<(), Error>,
) -> Result<(), Error> {
    let id = opened.id();
    super::commit(store, || {
        let row = present(store, opened)?;
        let mut new = row.value.clone();
        apply(&mut new)?;
        new.changed = world.now();
        let mut commit = Commit::new();
        commit.expect_unchanged::<Items>(&id, &row);
        unindex(store, &mut commit, id, &row.value)?;
        index(&mut commit, id, &new);
        commit.put::<Items>(&id, &new);
        if new.course != row.value.course {
            let file = store.get::<Files>(&(id, ORIGINAL.to_owned()))?;
            let bytes = file.map_or(0, |file| file.len);
            usage::moves(store, &mut commit, row.value.course, new.course, bytes)?;
        }
        search::changed(&mut commit, world, id);
        record_visibility(&mut commit, world, id, &row.value, &new);
        Ok((commit, ()))
    })
    .await
}

/// Records that an item is shown to others than before. Only its owner decides that.
fn record_visibility(commit: &mut Commit, world: &World, id: ItemId, old: &Item, new: &Item) {
    if old.visibility == new.visibility {
        return;
    }
    let [from, to] = [old, new].map(|item| search::visibility(item.visibility));
    let who = format!("user:{}", new.owner);
    let to = format!("{id} {from} {to}");
    audit::record(commit, world, &who, "visibility-changed", Some(&to));
}

#[cfg(test)]
mod tests;
