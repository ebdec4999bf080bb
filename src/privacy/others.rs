//! What further rooms lose when somebody is erased. Each adds at most `limit` of what is left to a
//! commit, and nothing when nothing is.

use crate::audit;
use crate::library::leaving::NOBODY;
use crate::store::ids::{ConnectionId, ItemId, ToolId, UserId};
use crate::store::key::Newest;
use crate::store::rows::privacy::Media;
use crate::store::rows::tools::Tool;
use crate::store::trees::{
    AuditOf, Consents, KnownTo, PseudonymOf, Pseudonyms, Received, ReceivedOf, ToolRemains, Tools,
    ToolsBy, ToolsOf, Users,
};
use crate::store::{Commit, Error, Row, Store};
use crate::world::World;

/// Stands for no item in particular. Items are random numbers, never this.
const NO_ITEM: ItemId = ItemId(0);

/// The tools that the person added, as `by` decided: they become the heir's, who may have items that
/// launch them, or are deleted with their secrets.
pub(super) fn tools(
    store: &Store,
    commit: &mut Commit,
    world: &World,
    (user, media, by): (UserId, Media, &str),
    limit: usize,
) -> Result<(), Error> {
    for (key, ()) in store.page::<ToolsOf>(&(user,), None, limit)? {
        let id = key.2;
        let row = store.read::<Tools>(&id)?;
        match (row.filter(|row| row.value.owner == Some(user)), media) {
            (None, _) => {
                commit.delete::<ToolsOf>(&key);
            }
            (Some(row), Media::HandOver(heir)) if row.value.deleted.is_none() => {
                hand_over(store, commit, world, (id, &row), heir, by)?;
            }
            (Some(row), _) => delete(commit, world, (id, &row), by),
        }
    }
    Ok(())
}

/// The tools of nobody that somebody of this connection had added: somebody else's from now on.
pub(super) fn nobodys_tools(
    store: &Store,
    commit: &mut Commit,
    world: &World,
    (connection, heir, by): (ConnectionId, UserId, &str),
    limit: usize,
) -> Result<(), Error> {
    for ((_, _, id), ()) in store.page::<ToolsOf>(&(NOBODY,), None, limit)? {
        let row = store.read::<Tools>(&id)?;
        if let Some(row) = row.filter(|row| row.value.connection == Some(connection)) {
            hand_over(store, commit, world, (id, &row), heir, by)?;
        }
    }
    Ok(())
}

/// To nobody, when the heir is gone as well.
fn hand_over(
    store: &Store,
    commit: &mut Commit,
    world: &World,
    (id, row): (ToolId, &Row<Tool>),
    heir: UserId,
    by: &str,
) -> Result<(), Error> {
    let there = store.get::<Users>(&heir)?.is_some();
    let heir = if there { heir } else { NOBODY };
    if there {
        commit.expect_present::<Users>(&heir);
    }
    let made = Newest(row.value.created);
    if let Some(former) = row.value.owner {
        commit.delete::<ToolsOf>(&(former, made, id));
    }
    let new = Tool {
        owner: Some(heir),
        ..row.value.clone()
    };
    commit
        .expect_unchanged::<Tools>(&id, row)
        .put::<Tools>(&id, &new)
        .put::<ToolsOf>(&(heir, made, id), &());
    let to = format!("{id} user:{heir}");
    audit::record(commit, world, by, "tool-handed-over", Some(&to));
    Ok(())
}

/// It goes with whatever could sign for it. What it reported and whom it knew goes as it does with the
/// last item that launched a tool.
fn delete(commit: &mut Commit, world: &World, (id, row): (ToolId, &Row<Tool>), by: &str) {
    let made = Newest(row.value.created);
    if let Some(owner) = row.value.owner {
        commit.delete::<ToolsOf>(&(owner, made, id));
    }
    commit
        .expect_unchanged::<Tools>(&id, row)
        .delete::<Tools>(&id)
        .delete::<ToolsBy>(&(row.value.source.list(), made, id))
        .put::<ToolRemains>(&(id, NO_ITEM), &());
    audit::record(commit, world, by, "tool-deleted", Some(&id.to_string()));
}

/// What the person allowed tools to know, and by which names these know them.
pub(super) fn told_to_tools(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    limit: usize,
) -> Result<(), Error> {
    for (key, _) in store.page::<Consents>(&(user,), None, limit)? {
        commit.delete::<Consents>(&key);
    }
    for ((_, tool), ()) in store.page::<KnownTo>(&(user,), None, limit)? {
        commit.delete::<KnownTo>(&(user, tool));
        if let Some(pseudonym) = store.get::<PseudonymOf>(&(tool, user))? {
            commit
                .delete::<PseudonymOf>(&(tool, user))
                .delete::<Pseudonyms>(&(tool, pseudonym.id));
        }
    }
    Ok(())
}

/// What tools reported of the person.
pub(super) fn reported_by_tools(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    limit: usize,
) -> Result<(), Error> {
    for (key, ()) in store.page::<ReceivedOf>(&(user,), None, limit)? {
        let (_, tool, course, line) = key;
        commit
            .delete::<ReceivedOf>(&key)
            .delete::<Received>(&(tool, course, line, user));
    }
    Ok(())
}

/// The way from the person to the entries of the audit log that name them. The entries stay: the
/// number in them leads to nobody.
pub(super) fn audited(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    limit: usize,
) -> Result<(), Error> {
    for (key, ()) in store.page::<AuditOf>(&(user,), None, limit)? {
        commit.delete::<AuditOf>(&key);
    }
    Ok(())
}
