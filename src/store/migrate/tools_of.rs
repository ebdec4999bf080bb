//! The tools that somebody added, and the items that launch a tool, are known by indexes of their own
//! from now on; those that there are already are noted once.

use super::Migrator;
use crate::store::key::Newest;
use crate::store::trees::{Items, ToolItems, Tools, ToolsOf};
use crate::store::{Commit, Error};

/// Rows that are read together.
const BATCH: usize = 500;

/// Notes every tool that a person added, and where tools are launched. Running it again changes nothing.
pub(super) fn note(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let known = migrator.page::<Tools>(&(), after.as_ref(), BATCH)?;
        after = known.last().map(|(id, _)| *id);
        let mut commit = Commit::new();
        for (id, tool) in known {
            if let Some(owner) = tool.owner {
                commit.put::<ToolsOf>(&(owner, Newest(tool.created), id), &());
            }
        }
        if !commit.is_empty() {
            migrator.commit(commit)?;
        }
        if after.is_none() {
            return used(migrator);
        }
    }
}

/// Notes every item that launches a tool.
fn used(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let known = migrator.page::<Items>(&(), after.as_ref(), BATCH)?;
        after = known.last().map(|(id, _)| *id);
        let mut commit = Commit::new();
        for (id, item) in known {
            if let Some(tool) = item.tool {
                commit.put::<ToolItems>(&(tool, id), &());
            }
        }
        if !commit.is_empty() {
            migrator.commit(commit)?;
        }
        if after.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ids::{ConnectionId, ItemId, ToolId, UserId};
    use crate::store::migrate::{Migration, SCHEMA};
    use crate::store::rows::library::{Item, Kind};
    use crate::store::rows::tools::{
        Passport, Personal, Tool, ToolPresentation, ToolSource, ToolTrust,
    };
    use crate::store::{Opening, Options, Store};
    use crate::world::{Time, World};

    fn open(dir: &std::path::Path, migrations: &'static [Migration]) -> Store {
        let options = Options::new(dir.to_owned());
        let opening = Opening::new(options, World::system()).migrations(migrations);
        opening.open().unwrap().0
    }

    fn tool(owner: Option<UserId>) -> Tool {
        Tool {
            name: "Reader".into(),
            source: ToolSource::Person,
            owner,
            connection: None,
            launch_url: "https://reader.example/launch".into(),
            trust: ToolTrust::Passport(Passport {
                name: "reader".into(),
                key: "key".into(),
                secret: Some("secret".into()),
            }),
            custom: Vec::new(),
            asks: Personal::default(),
            presentation: ToolPresentation::default(),
            grades: false,
            created: Time(1),
            changed: Time(1),
            forbidden: None,
            private: false,
            deleted: None,
        }
    }

    #[tokio::test]
    async fn tools_of_an_older_store_are_noted_for_those_who_added_them() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), &SCHEMA[..5]);
        let mut commit = Commit::new();
        commit.put::<Tools>(&ToolId(1), &tool(None));
        for number in 2..2 * BATCH as u64 {
            commit.put::<Tools>(&ToolId(number), &tool(Some(UserId(number % 2))));
        }
        for (number, tool) in [(1, None), (2, Some(ToolId(9)))] {
            let item = Item {
                tool,
                ..Item::new(UserId(1), ConnectionId(1), Kind::Tool, "Reader", Time(1))
            };
            commit.put::<Items>(&ItemId(number), &item);
        }
        store.commit(commit).await.unwrap();
        drop(store);

        let store = open(dir.path(), SCHEMA);
        let of = |id| {
            store
                .page::<ToolsOf>(&(UserId(id),), None, 5 * BATCH)
                .unwrap()
        };
        assert_eq!((of(0).len(), of(1).len()), (BATCH - 1, BATCH - 1));
        assert_eq!(of(0)[0].0.2, ToolId(2));
        let used = store.page::<ToolItems>(&(), None, 9).unwrap();
        assert_eq!(used, [((ToolId(9), ItemId(2)), ())]);
    }
}
