//! Items that launch external tools: they have no file, and are listed, shared and placed like all
//! others.

use super::error::Error;
use super::usage::{Change, Usage};
use super::words::{Description, Title};
use super::{commit, items, search};
use crate::people::{Contributor, Member};
use crate::store::ids::{ItemId, ToolId};
use crate::store::rows::library::{Item, Kind};
use crate::store::trees::Items;
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

/// A new item without a file.
pub(super) struct Made {
    pub(super) title: Title,
    pub(super) description: Description,
    pub(super) kind: Kind,
    pub(super) tool: Option<ToolId>,
}

/// Makes an item without a file, private to whoever makes it.
pub(super) async fn make(
    store: &Store,
    world: &World,
    member: &Member,
    made: &Made,
    besides: impl Fn(&mut Commit, ItemId),
) -> Result<ItemId, Error> {
    let session = member.session();
    let (id, now) = (ItemId(u64::from_be_bytes(world.random())), world.now());
    let item = Item {
        course: session.course,
        description: made.description.as_str().to_owned(),
        tool: made.tool,
        ..Item::new(
            session.user,
            session.connection,
            made.kind,
            made.title.as_str(),
            now,
        )
    };
    commit(store, || {
        let usage = Usage::of(store, session.user, session.course)?;
        if usage.person().items >= MOST_ITEMS {
            return Err(Error::Quota { left: 0 });
        }
        let mut commit = Commit::new();
        commit.expect_absent::<Items>(&id).put::<Items>(&id, &item);
        items::index(&mut commit, id, &item);
        search::changed(&mut commit, world, id);
        usage.change(&mut commit, &Change::comes(0));
        besides(&mut commit, id);
        Ok((commit, id))
    })
    .await
}
