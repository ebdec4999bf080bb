//! Which external tools there are.

use crate::app::App;
use crate::config::{self, Share};
use crate::store::ids::{ToolId, UserId};
use crate::store::key::Newest;
use crate::store::rows::tools::{
    Passport, Personal, Tool, ToolPresentation, ToolSource, ToolTrust,
};
use crate::store::trees::{Tools, ToolsBy, ToolsOf};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::{Time, World};

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// The most tools of a school; a bound for the start, far beyond any.
const MOST: usize = 10_000;

/// Whose tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The file's and the administrators': every member of staff may use them.
    School,
    /// Those that people added for themselves.
    People,
}

impl Whose {
    const fn number(self) -> u8 {
        match self {
            Self::School => 0,
            Self::People => 1,
        }
    }
}

/// A new tool's id.
pub fn new_id(world: &World) -> ToolId {
    ToolId(u64::from_be_bytes(world.random()))
}

/// The tool of this id, unless it is deleted.
pub fn find(store: &Store, id: ToolId) -> Result<Option<Tool>, StoreError> {
    Ok(any(store, id)?.filter(|tool| tool.deleted.is_none()))
}

/// Likewise one that is deleted.
pub fn any(store: &Store, id: ToolId) -> Result<Option<Tool>, StoreError> {
    store.get::<Tools>(&id)
}

/// Adds a new tool to `commit`.
pub fn add(commit: &mut Commit, id: ToolId, tool: &Tool) {
    commit
        .expect_absent::<Tools>(&id)
        .put::<Tools>(&id, tool)
        .put::<ToolsBy>(&listed(id, tool), &());
    if let Some(owner) = tool.owner {
        commit.put::<ToolsOf>(&(owner, Newest(tool.created), id), &());
    }
}

/// Adds to `commit` that a tool is gone, with whatever could sign for it.
pub fn remove(commit: &mut Commit, id: ToolId, tool: &Tool) {
    commit.delete::<Tools>(&id);
    unlist(commit, id, tool);
}

fn unlist(commit: &mut Commit, id: ToolId, tool: &Tool) {
    commit.delete::<ToolsBy>(&listed(id, tool));
    if let Some(owner) = tool.owner {
        commit.delete::<ToolsOf>(&(owner, Newest(tool.created), id));
    }
}

fn listed(id: ToolId, tool: &Tool) -> (u8, Newest, ToolId) {
    (tool.source.list(), Newest(tool.created), id)
}

/// Changes a tool in one commit, which `besides` completes; answers whether it is there to be
/// changed.
pub async fn change(
    store: &Store,
    world: &World,
    id: ToolId,
    apply: impl Fn(&mut Tool),
    besides: impl Fn(&mut Commit),
) -> Result<bool, StoreError> {
    for _ in 0..ATTEMPTS {
        let Some(row) = store.read::<Tools>(&id)? else {
            return Ok(false);
        };
        if row.value.deleted.is_some() {
            return Ok(false);
        }
        let mut new = row.value.clone();
        apply(&mut new);
        new.changed = world.now();
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Tools>(&id, &row)
            .put::<Tools>(&id, &new);
        if new.deleted.is_some() {
            unlist(&mut commit, id, &new);
            commit.frees();
        }
        besides(&mut commit);
        match store.commit(commit).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict)
}

/// Where a page of tools goes on.
pub type After = (Time, ToolId);

/// Tools, and where the next page begins.
pub type Page = (Vec<(ToolId, Tool)>, Option<After>);

/// A page of tools, newest first, and where the next one begins.
pub fn page(
    store: &Store,
    whose: Whose,
    after: Option<After>,
    limit: usize,
) -> Result<Page, StoreError> {
    let after = after.map(|(created, id)| (whose.number(), Newest(created), id));
    let entries = store.page::<ToolsBy>(&(whose.number(),), after.as_ref(), limit + 1)?;
    let more = entries.len() > limit;
    let mut tools = Vec::new();
    let mut last = None;
    for ((_, Newest(created), id), ()) in entries.into_iter().take(limit) {
        last = Some((created, id));
        tools.extend(find(store, id)?.map(|tool| (id, tool)));
    }
    Ok((tools, last.filter(|_| more)))
}

/// The newest of the tools that somebody added for themselves.
pub fn own(store: &Store, owner: UserId, limit: usize) -> Result<Vec<(ToolId, Tool)>, StoreError> {
    let mut tools = Vec::new();
    for ((_, _, id), ()) in store.page::<ToolsOf>(&(owner,), None, limit)? {
        tools.extend(find(store, id)?.map(|tool| (id, tool)));
    }
    Ok(tools)
}

/// The secret of a tool of LTI 1.1, from its only place: the configuration or the store.
pub fn secret<'a>(app: &'a App, tool: &'a Tool) -> Option<(&'a str, &'a str)> {
    let ToolTrust::Passport(passport) = &tool.trust else {
        return None;
    };
    if tool.source != ToolSource::File {
        return Some((&passport.key, passport.secret.as_deref()?));
    }
    let mut entries = app.config.tools.iter();
    let entry = entries.find(|entry| entry.name == tool.name)?;
    Some((&entry.passport.key, entry.passport.secret.expose()))
}

/// Makes the store agree with the tools that the file declares: they are found by name, and keep
/// what was decided about them here. Those that are no longer declared launch no more.
pub async fn declare(app: &App) -> Result<(), StoreError> {
    let (store, world) = (&app.store, &app.world);
    // A tool that left the file keeps its row, so that its grades and people are known when it
    // comes back.
    let known: Vec<(ToolId, Tool)> = all_of_school(store)?
        .into_iter()
        .filter(|(_, tool)| tool.source == ToolSource::File)
        .collect();
    for entry in &app.config.tools {
        let old = known.iter().find(|(_, tool)| tool.name == entry.name);
        let mut commit = Commit::new();
        match old {
            None => add(&mut commit, new_id(world), &declared(entry, world.now())),
            Some((id, old)) => {
                let new = Tool {
                    presentation: old.presentation.clone(),
                    created: old.created,
                    changed: old.changed,
                    forbidden: old.forbidden,
                    private: old.private,
                    ..declared(entry, old.created)
                };
                if new != *old {
                    let changed = world.now();
                    commit.put::<Tools>(id, &Tool { changed, ..new });
                }
            }
        }
        store.commit(commit).await?;
    }
    for (id, tool) in &known {
        let stands = app.config.tools.iter().any(|entry| entry.name == tool.name);
        if !stands && tool.deleted.is_none() {
            tracing::warn!(tool = %id, "a tool is no longer declared: it launches no more");
            let gone = Tool {
                deleted: Some(world.now()),
                ..tool.clone()
            };
            let mut commit = Commit::new();
            commit.put::<Tools>(id, &gone);
            store.commit(commit).await?;
        }
    }
    Ok(())
}

fn all_of_school(store: &Store) -> Result<Vec<(ToolId, Tool)>, StoreError> {
    let mut tools = Vec::new();
    for ((_, _, id), ()) in store.page::<ToolsBy>(&(Whose::School.number(),), None, MOST)? {
        tools.extend(any(store, id)?.map(|tool| (id, tool)));
    }
    Ok(tools)
}

/// The secret stays in the configuration.
fn declared(entry: &config::Tool, created: Time) -> Tool {
    let shares = |what| entry.share.contains(&what);
    Tool {
        name: entry.name.clone(),
        source: ToolSource::File,
        owner: None,
        connection: None,
        launch_url: entry.launch_url.to_string(),
        trust: ToolTrust::Passport(Passport {
            name: entry.passport.name.clone(),
            key: entry.passport.key.clone(),
            secret: None,
        }),
        custom: entry
            .custom_parameters
            .iter()
            .map(|one| (one.name.clone(), one.value.clone()))
            .collect(),
        asks: Personal {
            name: shares(Share::Name),
            username: shares(Share::Username),
            email: shares(Share::Email),
        },
        presentation: ToolPresentation::default(),
        grades: entry.grades.unwrap_or(true),
        created,
        changed: created,
        forbidden: None,
        private: false,
        deleted: None,
    }
}
