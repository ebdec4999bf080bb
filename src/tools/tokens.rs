//! Access tokens for the services that we offer tools: a tool proves by a signed assertion who it is
//! (1EdTech Security Framework 1.0, section 4.1) and gets a sealed token for some scopes.

use std::time::Duration;

use http::StatusCode;
use minicbor::{Decode, Encode};
use serde_json::json;

use crate::app::{App, Form, Page};
use crate::keys::{Purpose, Seal};
use crate::lti::assertion::{self, Asked};
use crate::lti::jwks::KeySet;
use crate::store::ids::Hash;
use crate::store::trees::Used;
use crate::store::{Commit, Error as StoreError};
use crate::world::Time;

/// How long a token may be used.
const LIFETIME: Duration = Duration::from_hours(1);

/// A tool as the token endpoint knows it.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its client id.
    pub client_id: String,
    /// Its keys.
    pub keys: KeySet,
    /// What it may ask for.
    pub scopes: Vec<String>,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked, or who asked, is not right.
    #[error(transparent)]
    Assertion(#[from] assertion::Error),
    /// The assertion was used before.
    #[error("the assertion was used before")]
    Replayed,
    /// None of the scopes may be had.
    #[error("none of the scopes may be had")]
    Scope,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// The code of the refusal (RFC 6749, section 5.2); `None` for a fault of ours.
    pub const fn oauth_code(&self) -> Option<&'static str> {
        match self {
            Self::Assertion(error) => Some(error.oauth_code()),
            Self::Replayed => Some("invalid_client"),
            Self::Scope => Some("invalid_scope"),
            Self::Store(_) => None,
        }
    }

    /// The refusal as the token endpoint answers it.
    pub fn answer(&self) -> Option<Page> {
        let code = self.oauth_code()?;
        let status = if code == "invalid_client" {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        };
        Some(Page::json(&json!({ "error": code })).status(status))
    }
}

/// What a token holds.
#[derive(Encode, Decode)]
struct Held {
    #[n(0)]
    client_id: String,
    #[n(1)]
    scopes: Vec<String>,
    #[n(2)]
    ends: Time,
}

/// A tool that showed a token of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCaller {
    client_id: String,
    scopes: Vec<String>,
}

impl ToolCaller {
    /// Its client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether its token is good for one of these scopes.
    pub fn may(&self, scopes: &[&str]) -> bool {
        let mut held = self.scopes.iter();
        held.any(|scope| scopes.contains(&scope.as_str()))
    }

    /// The tool whose token an `Authorization` header shows, when the token is good now.
    pub fn showing(seal: &Seal, now: Time, header: &str) -> Option<Self> {
        let (scheme, token) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let held: Held = minicbor::decode(&seal.open(Purpose::Access, token.trim())?).ok()?;
        (now < held.ends).then_some(Self {
            client_id: held.client_id,
            scopes: held.scopes,
        })
    }

    /// Likewise when the token is good for `scope`.
    pub fn by_header(seal: &Seal, now: Time, header: &str, scope: &str) -> Option<Self> {
        Self::showing(seal, now, header).filter(|caller| caller.may(&[scope]))
    }
}

/// What the token endpoint grants.
#[derive(Debug)]
pub struct Granted {
    /// Who asked.
    pub client_id: String,
    /// What the token is good for.
    pub scopes: Vec<String>,
    /// The answer, which holds the token.
    pub answer: Page,
}

/// Answers a request for a token at `audience`, from a tool that `known` finds by its client id.
pub async fn grant(
    app: &App,
    form: &Form,
    audience: &str,
    known: impl AsyncFnOnce(&str) -> Result<Option<Known>, StoreError>,
) -> Result<Granted, Error> {
    let asked = Asked::read(form.pairs().iter().cloned())?;
    let tool = known(asked.client_id()).await?;
    let tool = tool.ok_or(assertion::Error::UnknownClient)?;
    let now = app.world.now();
    let proof = asked.verify(&tool.keys, &tool.client_id, audience, now)?;
    let scopes: Vec<String> = asked
        .scopes()
        .filter(|scope| tool.scopes.iter().any(|known| known == scope))
        .map(str::to_owned)
        .collect();
    if scopes.is_empty() {
        return Err(Error::Scope);
    }
    let name = [
        b"assertion".as_slice(),
        tool.client_id.as_bytes(),
        b"\0",
        proof.id.as_bytes(),
    ];
    let used = Hash::of(&name.concat());
    let mut commit = Commit::new();
    commit
        .expect_absent::<Used>(&used)
        .put_until::<Used>(&used, &(), proof.ends);
    match app.store.commit(commit).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(Error::Replayed),
        Err(error) => return Err(error.into()),
    }
    Ok(issue(app, tool.client_id, scopes))
}

fn issue(app: &App, client_id: String, scopes: Vec<String>) -> Granted {
    let held = Held {
        client_id: client_id.clone(),
        scopes: scopes.clone(),
        ends: app.world.now().after(LIFETIME),
    };
    let mut bytes = Vec::new();
    // Writing into memory cannot fail.
    let _ = minicbor::encode(&held, &mut bytes);
    let answer = json!({
        "access_token": app.keys.seal().close(Purpose::Access, &bytes),
        "token_type": "Bearer",
        "expires_in": LIFETIME.as_secs(),
        "scope": scopes.join(" "),
    });
    Granted {
        client_id,
        scopes,
        answer: Page::json(&answer),
    }
}

/// A token of these scopes for a tool.
#[cfg(test)]
pub(super) fn for_tests(app: &App, client_id: &str, scopes: &[&str]) -> String {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let granted = issue(app, client_id.to_owned(), scopes);
    let crate::app::Content::Whole(_, bytes) = granted.answer.content else {
        panic!("a token endpoint answers JSON");
    };
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    document["access_token"].as_str().unwrap().to_owned()
}
