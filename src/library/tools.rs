//! Items that launch external tools: they have no file, and are listed, shared and placed like all
//! others.

use super::access::Editable;
use super::error::Error;
use super::usage::{Change, Usage};
use super::words::{Description, Title};
use super::{collections, commit, items, search};
use crate::people::{Contributor, Member};
use crate::store::ids::{ItemId, ToolId};
use crate::store::rows::library::{Item, Kind};
use crate::store::trees::{Items, ToolItems};
use crate::store::{Commit, Store};
use crate::world::World;

/// The most items that a person may have, where a new one takes no bytes: no quota holds those.
const MOST_ITEMS: u64 = 100_000;

/// What a new item of a tool says.
#[derive(Debug, Clone)]
pub struct NewTool {
    /// Its title.
    pub title: Title,
    /// What it is about.
    pub description: Description,
    /// The tool.
    pub tool: ToolId,
}

/// Adds an item that launches a tool; nobody but whoever adds it sees it yet. `besides` adds to the
/// commit what must become true with it.
pub async fn add(
    store: &Store,
    world: &World,
    contributor: Contributor<'_>,
    new: &NewTool,
    besides: impl Fn(&mut Commit, ItemId),
) -> Result<ItemId, Error> {
    let made = Made {
        title: new.title.clone(),
        description: new.description.clone(),
        kind: Kind::Tool,
        tool: Some(new.tool),
    };
    make(store, world, contributor.member(), &made, besides).await
}

/// Adds items that launch tools, all of them or none, at the end of a collection; answers them in
/// their order. `besides` adds to the commit what must become true with them.
pub async fn collect(
    store: &Store,
    world: &World,
    contributor: Contributor<'_>,
    collection: &Editable,
    new: &[NewTool],
    besides: impl Fn(&mut Commit, &[ItemId]),
) -> Result<Vec<ItemId>, Error> {
    let member = contributor.member();
    let rows = new.iter().map(|new| {
        let made = Made {
            title: new.title.clone(),
            description: new.description.clone(),
            kind: Kind::Tool,
            tool: Some(new.tool),
        };
        made.row(world, member)
    });
    let rows: Vec<(ItemId, Item)> = rows.collect();
    let ids: Vec<ItemId> = rows.iter().map(|(id, _)| *id).collect();
    commit(store, || {
        let mut commit = Commit::new();
        put(store, world, &mut commit, &rows)?;
        collections::append(store, world, &mut commit, (collection, member), &ids)?;
        besides(&mut commit, &ids);
        Ok((commit, ids.clone()))
    })
    .await
}

/// A new item without a file.
pub(super) struct Made {
    pub(super) title: Title,
    pub(super) description: Description,
    pub(super) kind: Kind,
    pub(super) tool: Option<ToolId>,
}

impl Made {
    /// The item, private to whoever makes it.
    fn row(&self, world: &World, member: &Member) -> (ItemId, Item) {
        let session = member.session();
        let (id, now) = (ItemId(u64::from_be_bytes(world.random())), world.now());
        let item = Item {
            course: session.course,
            description: self.description.as_str().to_owned(),
            tool: self.tool,
            ..Item::new(
                session.user,
                session.connection,
                self.kind,
                self.title.as_str(),
                now,
            )
        };
        (id, item)
    }
}

/// Makes an item without a file, private to whoever makes it.
pub(super) async fn make(
    store: &Store,
    world: &World,
    member: &Member,
    made: &Made,
    besides: impl Fn(&mut Commit, ItemId),
) -> Result<ItemId, Error> {
    let row = made.row(world, member);
    commit(store, || {
        let mut commit = Commit::new();
        put(store, world, &mut commit, std::slice::from_ref(&row))?;
        besides(&mut commit, row.0);
        Ok((commit, row.0))
    })
    .await
}

/// Adds new items of one person's to `commit`, where they may have so many.
fn put(
    store: &Store,
    world: &World,
    commit: &mut Commit,
    rows: &[(ItemId, Item)],
) -> Result<(), Error> {
    let Some((_, first)) = rows.first() else {
        return Ok(());
    };
    let number = u8::try_from(rows.len()).map_err(|_| Error::CollectionFull)?;
    let usage = Usage::of(store, first.owner, first.course)?;
    if usage.person().items + u64::from(number) > MOST_ITEMS {
        return Err(Error::Quota { left: 0 });
    }
    for (id, item) in rows {
        commit.expect_absent::<Items>(id).put::<Items>(id, item);
        items::index(commit, *id, item);
        if let Some(tool) = item.tool {
            commit.put::<ToolItems>(&(tool, *id), &());
        }
        search::changed(commit, world, *id);
    }
    usage.change(commit, &Change::come(number));
    Ok(())
}
