//! Tries a connection out: its addresses, its key set, its token endpoint, and how far its clock is
//! from ours. What a launch cannot show before somebody launches.

use std::time::Duration;

use http::HeaderValue;
use http::header::ACCEPT;
use url::Url;

use super::calls::Calls;
use super::tokens::{Client, Error as TokenError, Tokens};
use crate::keys::Keys;
use crate::lti::jwks::{self, KeySet};
use crate::lti::nrps;
use crate::lti::origin::web_url;
use crate::outbound::{Outbound, Request, Response};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Registration, Source};
use crate::store::trees::Connections;
use crate::store::{Error as StoreError, Store};
use crate::world::{Time, World};

/// Connections that are tried at a time.
const AT_A_TIME: usize = 4;
/// Connections that one installation can have.
const MOST: usize = 10_000;
/// A difference between clocks that is as good as none.
const CLOSE: Duration = Duration::from_secs(30);

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The authentication address, to which browsers go.
    AuthAddress,
    /// The address of access tokens.
    TokenAddress,
    /// The address of the key set.
    KeysAddress,
    /// The key set.
    KeySet,
    /// The token endpoint's answer.
    Token,
    /// The clock.
    Clock,
    /// The shared secret of a consumer.
    Secret,
}

impl What {
    /// Its name: a message below `probe-`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthAddress => "auth-address",
            Self::TokenAddress => "token-address",
            Self::KeysAddress => "keys-address",
            Self::KeySet => "key-set",
            Self::Token => "token",
            Self::Clock => "clock",
            Self::Secret => "secret",
        }
    }

    /// In words for a terminal.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AuthAddress => "authentication address",
            Self::TokenAddress => "token address",
            Self::KeysAddress => "key set address",
            Self::KeySet => "key set",
            Self::Token => "access token",
            Self::Clock => "clock",
            Self::Secret => "secret",
        }
    }
}

/// What is amiss, in words that an administrator understands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The address cannot be asked, by our rules or by the network.
    #[error("{0}")]
    Unreachable(String),
    /// The answer has a status of failure.
    #[error("the platform answered {0}")]
    Status(u16),
    /// The answer is a page, or something else than what belongs there.
    #[error("what is there is no key set; perhaps a page for people")]
    NotAKeySet,
    /// The key set has no key that could sign launches.
    #[error("the key set has no key for {0}")]
    NoKey(&'static str),
    /// The platform does not know us.
    #[error("the platform does not know this client id, or not our key ({0})")]
    InvalidClient(String),
    /// The platform refuses for another reason.
    #[error("the platform refused an access token: {0}")]
    Refused(String),
    /// The platform answers without a token.
    #[error("what is there gives no access tokens; perhaps a page for people")]
    NotATokenEndpoint,
    /// The clocks are apart, ours being late.
    #[error("the platform's clock is {0} s ahead of this machine's")]
    Ahead(u64),
    /// The clocks are apart, ours being early.
    #[error("the platform's clock is {0} s behind this machine's")]
    Behind(u64),
    /// There is no secret.
    #[error("there is no secret")]
    NoSecret,
    /// Our own keys failed.
    #[error("our own keys could not be read")]
    Here,
}

impl Problem {
    /// Its code: a message below `probe-next-`, which says what to change and where.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Status(_) => "status",
            Self::NotAKeySet => "not-a-key-set",
            Self::NoKey(_) => "no-key",
            Self::InvalidClient(_) => "invalid-client",
            Self::Refused(_) => "refused",
            Self::NotATokenEndpoint => "not-a-token-endpoint",
            Self::Ahead(_) | Self::Behind(_) => "clock",
            Self::NoSecret => "no-secret",
            Self::Here => "here",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: What,
    /// What is so, or what is amiss.
    pub result: Result<String, Problem>,
}

impl Finding {
    const fn new(what: What, result: Result<String, Problem>) -> Self {
        Self { what, result }
    }
}

/// Tries connections out.
#[derive(Debug, Clone)]
pub struct Prober {
    /// Time.
    pub world: World,
    /// The guarded client.
    pub outbound: Outbound,
    /// Our keys, which sign what asks for tokens.
    pub keys: Keys,
    /// How far a clock may be from ours.
    pub leeway: Duration,
}

impl Prober {
    /// Tries one connection out.
    pub async fn probe(&self, id: ConnectionId, connection: &Connection) -> Vec<Finding> {
        if let Some(registration) = &connection.registration {
            return self.registration(id, connection, registration).await;
        }
        let secret = connection.consumer.as_ref().and_then(|c| c.secret.as_ref());
        let there = connection.source == Source::File || secret.is_some();
        let result = if there {
            Ok("there is one".to_owned())
        } else {
            Err(Problem::NoSecret)
        };
        vec![Finding::new(What::Secret, result)]
    }

    /// Tries every connection out that takes launches, the practice course apart.
    pub async fn all(&self, store: &Store) -> Result<Vec<(String, Vec<Finding>)>, StoreError> {
        use futures_util::StreamExt;
        let all = store.page::<Connections>(&(), None, MOST)?;
        let wanted = all
            .into_iter()
            .filter(|(_, connection)| connection.enabled && connection.source != Source::Practice);
        let probes = wanted.map(|(id, connection)| async move {
            let findings = self.probe(id, &connection).await;
            (connection.name, findings)
        });
        Ok(futures_util::stream::iter(probes)
            .buffered(AT_A_TIME)
            .collect()
            .await)
    }

    async fn registration(
        &self,
        id: ConnectionId,
        connection: &Connection,
        registration: &Registration,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (what, address) in [
            (What::AuthAddress, &registration.auth_url),
            (What::TokenAddress, &registration.token_url),
            (What::KeysAddress, &registration.jwks_url),
        ] {
            findings.push(Finding::new(what, self.address(address).await));
        }
        let reached = |what: What, findings: &[Finding]| {
            let mut found = findings.iter();
            found.any(|finding| finding.what == what && finding.result.is_ok())
        };
        let mut date = None;
        if reached(What::KeysAddress, &findings) {
            let (result, told) = self.key_set(connection, &registration.jwks_url).await;
            findings.push(Finding::new(What::KeySet, result));
            date = told;
        }
        if reached(What::TokenAddress, &findings) {
            let result = self.token(id, connection).await;
            findings.push(Finding::new(What::Token, result));
        }
        if let Some(date) = date {
            findings.push(Finding::new(What::Clock, self.clock(date)));
        }
        findings
    }

    async fn address(&self, address: &str) -> Result<String, Problem> {
        let Some(url) = web_url(address) else {
            let text = "this is no web address";
            return Err(Problem::Unreachable(text.to_owned()));
        };
        let reached = self.outbound.may_reach(&url).await;
        reached.map_err(|error| Problem::Unreachable(error.to_string()))?;
        Ok(address.to_owned())
    }

    /// The key set, and the time by the platform's clock.
    async fn key_set(
        &self,
        connection: &Connection,
        address: &str,
    ) -> (Result<String, Problem>, Option<Time>) {
        let Ok(url) = Url::parse(address) else {
            return (Err(Problem::NotAKeySet), None);
        };
        let mut request = Request::get(url, jwks::MAX_BYTES);
        let json = HeaderValue::from_static("application/json");
        request.headers.insert(ACCEPT, json);
        match self.outbound.send(request).await {
            Err(error) => (Err(Problem::Unreachable(error.to_string())), None),
            Ok(response) => (keys(connection, &response), response.date),
        }
    }

    /// Asks for a token, really: one that was kept would say nothing of now.
    async fn token(&self, id: ConnectionId, connection: &Connection) -> Result<String, Problem> {
        let calls = Calls::new(&self.outbound);
        let tokens = Tokens::new(&self.world, &calls, &self.keys);
        let client = Client::of(id, connection).map_err(|_| Problem::Here)?;
        match tokens.get(&client, &[nrps::SCOPE]).await {
            Ok(_) => Ok("the platform gives access tokens".to_owned()),
            // It knows us, which is what was asked; rosters are not switched on.
            Err(TokenError::NothingGranted) => Ok(WITHOUT_ROSTERS.to_owned()),
            Err(TokenError::Refused { status, code }) => refused(status, code.as_deref()),
            Err(TokenError::Unreachable(error)) => Err(Problem::Unreachable(error.to_string())),
            Err(TokenError::NotAToken) => Err(Problem::NotATokenEndpoint),
            Err(TokenError::NoEndpoint | TokenError::Here) => Err(Problem::Here),
        }
    }

    fn clock(&self, theirs: Time) -> Result<String, Problem> {
        let ours = self.world.now();
        let (ahead, behind) = (theirs.since(ours), ours.since(theirs));
        let apart = ahead.max(behind);
        if apart <= self.leeway.max(CLOSE) {
            return Ok(format!("{} s apart", apart.as_secs()));
        }
        Err(if ahead > behind {
            Problem::Ahead(ahead.as_secs())
        } else {
            Problem::Behind(behind.as_secs())
        })
    }
}

/// What was found of each connection, in a line.
pub fn summaries(tried: &[(String, Vec<Finding>)]) -> Vec<(String, Result<String, String>)> {
    let summary = |findings: &[Finding]| {
        let amiss: Vec<String> = findings
            .iter()
            .filter_map(|finding| {
                let problem = finding.result.as_ref().err()?;
                Some(format!("{}: {problem}", finding.what.words()))
            })
            .collect();
        if amiss.is_empty() {
            let looked: Vec<&str> = findings.iter().map(|f| f.what.words()).collect();
            Ok(looked.join(", "))
        } else {
            Err(amiss.join("; "))
        }
    };
    let tried = tried.iter();
    tried
        .map(|(name, findings)| (name.clone(), summary(findings)))
        .collect()
}

const WITHOUT_ROSTERS: &str = "the platform knows us, but grants no rosters";

fn keys(connection: &Connection, response: &Response) -> Result<String, Problem> {
    if !response.status.is_success() {
        return Err(Problem::Status(response.status.as_u16()));
    }
    let set = KeySet::parse(&response.body).map_err(|_| Problem::NotAKeySet)?;
    let algorithm = connection.settings.signature_algorithm();
    match set.usable(algorithm) {
        0 => Err(Problem::NoKey(algorithm.name())),
        usable => Ok(format!(
            "{usable} of {} keys for {}",
            set.len(),
            algorithm.name()
        )),
    }
}

fn refused(status: u16, code: Option<&str>) -> Result<String, Problem> {
    match code {
        // The key was taken, so the platform knows us.
        Some("invalid_scope") => Ok(WITHOUT_ROSTERS.to_owned()),
        Some(code @ ("invalid_client" | "unauthorized_client" | "invalid_grant")) => {
            Err(Problem::InvalidClient(code.to_owned()))
        }
        Some(code) => Err(Problem::Refused(format!("{status} {code}"))),
        None if matches!(status, 404 | 405 | 415) => Err(Problem::NotATokenEndpoint),
        None => Err(Problem::Refused(status.to_string())),
    }
}

#[cfg(test)]
mod tests;
