//! What people agreed that a tool is told of them. An answer holds for what was asked and for the
//! origin that asked; where either is another, the person is asked anew.

use super::Launchable;
use crate::audit;
use crate::lti::origin::origin_of;
use crate::store::ids::{ToolId, UserId};
use crate::store::rows::tools::{Consent, Personal, Tool};
use crate::store::trees::Consents;
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// How a person stands to what a tool asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The tool asks for nothing.
    NothingAsked,
    /// The person has not answered yet.
    Unanswered,
    /// They agreed.
    Agreed,
    /// They did not, or withdrew it.
    Declined,
}

/// What a tool asks for, as far as an administrator lets it.
pub fn asked(tool: &Tool) -> Personal {
    if tool.private {
        Personal::default()
    } else {
        tool.asks
    }
}

/// Whether anything is asked for.
pub fn asks_anything(asked: Personal) -> bool {
    asked != Personal::default()
}

/// How `user` stands to the tool.
pub fn standing(
    store: &Store,
    user: UserId,
    launchable: &Launchable,
) -> Result<Standing, StoreError> {
    let told = (&launchable.tool, launchable.origin.as_str());
    stands(store, (user, launchable.id), told)
}

fn stands(
    store: &Store,
    key: (UserId, ToolId),
    (tool, origin): (&Tool, &str),
) -> Result<Standing, StoreError> {
    let asked = asked(tool);
    if !asks_anything(asked) {
        return Ok(Standing::NothingAsked);
    }
    let consent = store.get::<Consents>(&key)?;
    let consent = consent.filter(|consent| consent.asked == asked && consent.origin == origin);
    Ok(match consent {
        None => Standing::Unanswered,
        Some(consent) if consent.agreed => Standing::Agreed,
        Some(_) => Standing::Declined,
    })
}

/// What the tool is told of `user`: nothing unless they agreed.
pub fn released(
    store: &Store,
    user: UserId,
    launchable: &Launchable,
) -> Result<Personal, StoreError> {
    let standing = standing(store, user, launchable)?;
    Ok(agreed(standing, &launchable.tool))
}

/// Likewise by a service that the tool calls: what `user` agreed to at the tool's own origin.
pub fn released_to(
    store: &Store,
    user: UserId,
    id: ToolId,
    tool: &Tool,
) -> Result<Personal, StoreError> {
    let Some(origin) = origin_of(&tool.launch_url) else {
        return Ok(Personal::default());
    };
    let standing = stands(store, (user, id), (tool, &origin))?;
    Ok(agreed(standing, tool))
}

fn agreed(standing: Standing, tool: &Tool) -> Personal {
    match standing {
        Standing::Agreed => asked(tool),
        Standing::NothingAsked | Standing::Unanswered | Standing::Declined => Personal::default(),
    }
}

/// Keeps what a person answered.
pub async fn answer(
    store: &Store,
    world: &World,
    user: UserId,
    launchable: &Launchable,
    agreed: bool,
) -> Result<(), StoreError> {
    let consent = Consent {
        answered: world.now(),
        agreed,
        asked: asked(&launchable.tool),
        origin: launchable.origin.clone(),
    };
    let mut commit = Commit::new();
    commit.put::<Consents>(&(user, launchable.id), &consent);
    let what = if agreed {
        "consent-given"
    } else {
        "consent-declined"
    };
    let (who, to) = (format!("user:{user}"), launchable.id.to_string());
    audit::record(&mut commit, world, &who, what, Some(&to));
    store.commit(commit).await
}
