//! Calls of tools of LTI 1.1: each signed with the tool's own key, its body covered by the signature,
//! and taken once. Nothing of a body is read before that.

use std::time::Duration;

use http::header::AUTHORIZATION;

use super::registry;
use crate::app::{App, BodyError, Input};
use crate::lti::oauth1::{Address, Unverified, Verified};
use crate::lti::refusal::Refusal;
use crate::store::ids::{Hash, ToolId};
use crate::store::rows::tools::Tool;
use crate::store::trees::Used;
use crate::store::{Commit, Error as StoreError};

/// How far a tool's clock may differ from ours.
const WINDOW: Duration = Duration::from_mins(5);
/// What a call of an unknown tool is verified with, so that it takes as long as another.
const NO_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A tool whose call was authenticated. Only this module makes one.
#[derive(Debug)]
pub struct Caller {
    id: ToolId,
    tool: Tool,
}

impl Caller {
    /// The tool.
    pub const fn id(&self) -> ToolId {
        self.id
    }

    /// What is known of it.
    pub const fn tool(&self) -> &Tool {
        &self.tool
    }
}

/// Why a call is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It is not signed as it must be, or not by this tool.
    #[error("{0}")]
    Signature(&'static str),
    /// The body did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The tool calls too often: come back after this time.
    #[error("too many calls")]
    TooMany(Duration),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        Self::Signature(refusal.code())
    }
}

/// Authenticates a call to `/tools/{path}`; answers who called, and the body, of at most `limit`
/// bytes.
pub async fn authenticated(
    app: &App,
    input: &mut Input,
    tool: &str,
    limit: usize,
) -> Result<(Caller, Vec<u8>), CallError> {
    let method = input.method.as_str().to_owned();
    // Of our own configuration, never of a header: the address is part of what is signed.
    let address = app.public().join(&format!("/tools/{}", input.path));
    let address = Address::parse(&address).ok_or(CallError::Signature("bad-address"))?;
    let query = input.query().pairs().to_vec();
    let header = input.header(AUTHORIZATION).map(str::to_owned);
    // Without a signature, nobody's body is waited for.
    let unverified = Unverified::parse(query, Vec::new(), header.as_deref())?;
    let now = app.world.now();
    let timely = unverified.check_time(now, WINDOW);
    let known = known(app, tool)?;
    let trusted = known
        .as_ref()
        .and_then(|(_, tool)| registry::secret(app, tool));
    let right = trusted.is_some_and(|(key, _)| key == unverified.consumer_key());
    let secret = trusted.map_or(NO_SECRET, |(_, secret)| secret);
    let verified = unverified.verify(&method, &address, secret, false);
    let (Some((id, tool)), true) = (known.as_ref(), right) else {
        return Err(CallError::Signature("unknown-tool"));
    };
    let verified = verified?;
    timely?;
    app.tool_calls.take(*id, now).map_err(CallError::TooMany)?;
    let body = input.whole(limit).await?;
    if !verified.covers(&body) {
        return Err(CallError::Signature("wrong-body-hash"));
    }
    take_once(app, *id, &verified).await?;
    let caller = Caller {
        id: *id,
        tool: tool.clone(),
    };
    Ok((caller, body))
}

fn known(app: &App, tool: &str) -> Result<Option<(ToolId, Tool)>, StoreError> {
    let Ok(id) = tool.parse::<ToolId>() else {
        return Ok(None);
    };
    let found = registry::find(&app.store, id)?;
    // What is forbidden reports nothing either.
    Ok(found
        .filter(|tool| tool.forbidden.is_none())
        .map(|tool| (id, tool)))
}

async fn take_once(app: &App, id: ToolId, verified: &Verified) -> Result<(), CallError> {
    let name = [
        b"tool-call".as_slice(),
        &id.0.to_be_bytes(),
        verified.nonce().as_bytes(),
    ];
    let used = Hash::of(&name.concat());
    // Longer than any call with this timestamp could be taken.
    let forgotten = app.world.now().after(WINDOW * 3);
    let mut commit = Commit::new();
    commit
        .expect_absent::<Used>(&used)
        .put_until::<Used>(&used, &(), forgotten);
    match app.store.commit(commit).await {
        Ok(()) => Ok(()),
        Err(StoreError::Conflict) => Err(CallError::Signature("nonce-used")),
        Err(error) => Err(error.into()),
    }
}
