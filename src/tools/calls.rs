//! Calls of tools of LTI 1.1: each signed with the tool's own key, its body covered by the signature,
//! and taken once. Nothing of a body is read before that.

use std::time::Duration;

use http::header::AUTHORIZATION;

use super::registry;
use crate::app::{App, BodyError, Form, Input};
use crate::lti::oauth1::{Address, Unverified, Verified};
use crate::lti::refusal::Refusal;
use crate::store::ids::{Hash, ToolId};
use crate::store::rows::tools::Tool;
use crate::store::trees::Used;
use crate::store::{Commit, Error as StoreError};
use crate::world::Time;

/// How far a tool's clock may differ from ours.
const WINDOW: Duration = Duration::from_mins(5);
/// What a call of an unknown tool is verified with, so that it takes as long as another.
const NO_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Whoever signs with a key that nobody has.
const UNKNOWN: CallError = CallError::Signature("unknown-tool");

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

/// A call as it came, before anything of its body is read.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The method in capitals.
    pub method: &'a str,
    /// Where it went, as it was signed: of our own configuration.
    pub address: &'a str,
    /// What stands behind the question mark.
    pub query: &'a str,
    /// The `Authorization` header, which has the signature.
    pub header: &'a str,
}

impl Call<'_> {
    /// Verifies signature and time with the key and the secret that its signer has, `None` for a
    /// signer whom nobody knows. Whether it covers its body is still to be seen.
    pub fn verify(
        &self,
        trusted: Option<(&str, &str)>,
        now: Time,
        window: Duration,
    ) -> Result<Verified, CallError> {
        let address = Address::parse(self.address).ok_or(CallError::Signature("bad-address"))?;
        let query = Form::parse(self.query.as_bytes()).pairs().to_vec();
        let unverified = Unverified::parse(query, Vec::new(), Some(self.header))?;
        let timely = unverified.check_time(now, window);
        let right = trusted.is_some_and(|(key, _)| key == unverified.consumer_key());
        let secret = trusted.map_or(NO_SECRET, |(_, secret)| secret);
        let verified = unverified.verify(self.method, &address, secret, false);
        if !right {
            return Err(UNKNOWN);
        }
        timely?;
        Ok(verified?)
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
    // Of our own configuration, never of a header: the address is part of what is signed.
    let address = app.public().join(&format!("/tools/{}", input.path));
    let known = known(app, tool)?;
    let trusted = known
        .as_ref()
        .and_then(|(_, tool)| registry::secret(app, tool));
    let call = Call {
        method: input.method.as_str(),
        address: &address,
        query: &input.query,
        header: input.header(AUTHORIZATION).unwrap_or_default(),
    };
    let now = app.world.now();
    // Without a signature, nobody's body is waited for.
    let verified = call.verify(trusted, now, WINDOW)?;
    let Some((id, tool)) = known.as_ref() else {
        return Err(UNKNOWN);
    };
    app.tool_calls.take(*id, now).map_err(CallError::TooMany)?;
    let body = input.whole(limit).await?;
    if !verified.covers(&body) {
        return Err(CallError::Signature("wrong-body-hash"));
    }
    let scope = [b"tool-call".as_slice(), &id.0.to_be_bytes()].concat();
    use_up(app, &scope, &verified, WINDOW).await?;
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

/// Uses a signed call up; whoever made it makes it no second time. `scope` tells its signer from
/// others, `window` is what its time was checked with.
pub async fn use_up(
    app: &App,
    scope: &[u8],
    verified: &Verified,
    window: Duration,
) -> Result<(), CallError> {
    let used = Hash::of(&[scope, verified.nonce().as_bytes()].concat());
    // Longer than any call with this timestamp could be taken.
    let forgotten = app.world.now().after(window * 3);
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
