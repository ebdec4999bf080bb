//! Access tokens for the services of platforms: asked for by a signed assertion, kept by connection
//! and scopes until shortly before they end, and asked for once however many wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

use super::calls::{self, Calls};
use super::clocks::Clocks;
use crate::keys::Keys;
use crate::lti::grant::{Assertion, Granted, error_code};
use crate::lti::origin::web_url;
use crate::outbound::{Request, Response};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Source};
use crate::world::{Time, World};

/// The largest answer of a token endpoint, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// A token is not used in the last part of its life: it must live through the call it is for.
const MARGIN: Duration = Duration::from_mins(1);
/// How long a failure answers everybody who asks for the same.
const INTERVAL: Duration = Duration::from_secs(5);

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The connection is no LTI 1.3 registration: LTI 1.1 has no tokens.
    #[error("the connection has no token endpoint")]
    NoEndpoint,
    /// The platform could not be asked.
    #[error("the platform could not be asked for an access token: {0}")]
    Unreachable(#[from] calls::Error),
    /// The platform refused.
    #[error(
        "the platform refused an access token: {status} {}",
        code.as_deref().unwrap_or("without a reason")
    )]
    Refused {
        /// The status of its answer.
        status: u16,
        /// The error code of its answer, such as `invalid_client`.
        code: Option<String>,
    },
    /// Its answer holds no token.
    #[error("the platform answered without an access token")]
    NotAToken,
    /// The token is good for none of what was asked for.
    #[error("the platform grants none of the scopes that were asked for")]
    NothingGranted,
    /// Our own keys failed.
    #[error("the request could not be signed here")]
    Here,
}

/// Who asks, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client<'a> {
    /// The connection.
    pub connection: ConnectionId,
    /// Where the connection comes from: the practice course is asked in process.
    pub source: Source,
    /// The client id that the platform gave.
    pub client_id: &'a str,
    /// The token endpoint.
    pub token_url: &'a str,
    /// Whom the assertion is for; `None`: the token endpoint.
    pub audience: Option<&'a str>,
}

impl<'a> Client<'a> {
    /// The client of a registration; a consumer has none.
    pub fn of(id: ConnectionId, connection: &'a Connection) -> Result<Self, Error> {
        let registration = connection.registration.as_ref().ok_or(Error::NoEndpoint)?;
        let audience = connection.settings.token_audience.as_deref();
        Ok(Self {
            connection: id,
            source: connection.source,
            client_id: &registration.client_id,
            token_url: &registration.token_url,
            audience: audience.filter(|audience| !audience.is_empty()),
        })
    }

    fn audience(&self) -> &'a str {
        self.audience.unwrap_or(self.token_url)
    }

    /// What a token was asked for with: one that was asked for otherwise is no longer used.
    fn mark(&self) -> [String; 3] {
        [self.client_id, self.token_url, self.audience()].map(str::to_owned)
    }
}

/// An access token.
#[derive(Clone)]
pub struct Token {
    header: HeaderValue,
    scopes: Option<Vec<String>>,
    ends: Time,
    mark: [String; 3],
}

impl std::fmt::Debug for Token {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("scopes", &self.scopes)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

impl Token {
    /// Whether it is good for this scope: platforms may grant less than was asked for.
    pub fn grants(&self, scope: &str) -> bool {
        let scopes = self.scopes.as_ref();
        scopes.is_none_or(|scopes| scopes.iter().any(|granted| granted == scope))
    }

    /// Puts it into the headers of a request.
    pub fn authorize(&self, headers: &mut HeaderMap) {
        headers.insert(AUTHORIZATION, self.header.clone());
    }
}

/// What is known of one connection's tokens for one set of scopes.
#[derive(Debug, Default)]
struct Known {
    token: Option<Token>,
    failed: Option<(Time, [String; 3], Error)>,
}

/// Its lock is held while a token is asked for, so that whoever needs the same waits for it.
type Place = Arc<tokio::sync::Mutex<Known>>;

/// A connection, and the scopes in order.
type Name = (ConnectionId, String);

/// The access tokens of all connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokens {
    world: World,
    calls: Calls,
    keys: Keys,
    clocks: Option<Clocks>,
    places: Arc<Mutex<HashMap<Name, Place>>>,
}

impl Tokens {
    /// Tokens asked for by `calls`, signed by `keys`.
    pub fn new(world: &World, calls: &Calls, keys: &Keys) -> Self {
        Self {
            world: world.clone(),
            calls: calls.clone(),
            keys: keys.clone(),
            clocks: None,
            places: Arc::default(),
        }
    }

    /// The same, telling `clocks` what platforms' answers say of theirs.
    #[must_use]
    pub fn telling(self, clocks: &Clocks) -> Self {
        Self {
            clocks: Some(clocks.clone()),
            ..self
        }
    }

    /// Sends `request` to the client's platform with a token for `scopes`. When the platform does
    /// not take the token, it is dropped, and the request sent once more with a new one; whatever
    /// comes then is the answer.
    ///
    /// The token goes with the request: the caller has checked where that leads.
    pub async fn call(
        &self,
        client: &Client<'_>,
        scopes: &[&str],
        request: &Request,
    ) -> Result<Response, Error> {
        let token = self.get(client, scopes).await?;
        let response = self.send(client, &token, request).await?;
        if response.status != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        self.forget(client, scopes, &token).await;
        let token = self.get(client, scopes).await?;
        self.send(client, &token, request).await
    }

    async fn send(
        &self,
        client: &Client<'_>,
        token: &Token,
        request: &Request,
    ) -> Result<Response, Error> {
        let mut request = request.clone();
        token.authorize(&mut request.headers);
        Ok(self.calls.send(client.source, request).await?)
    }

    /// A token for `scopes`, or for as many of them as the platform grants.
    pub async fn get(&self, client: &Client<'_>, scopes: &[&str]) -> Result<Token, Error> {
        let place = self.place(client, scopes);
        let mut known = place.lock().await;
        let (now, mark) = (self.world.now(), client.mark());
        if let Some(token) = &known.token
            && token.mark == mark
            && now < token.ends
        {
            return Ok(token.clone());
        }
        if let Some((when, failed, error)) = &known.failed
            && *failed == mark
            && now.since(*when) < INTERVAL
        {
            return Err(error.clone());
        }
        let asked = self.ask(client, scopes).await;
        *known = match &asked {
            Ok(token) => Known {
                token: Some(token.clone()),
                failed: None,
            },
            Err(error) => {
                tracing::warn!(connection = %client.connection, %error, "no access token");
                Known {
                    token: None,
                    failed: Some((self.world.now(), mark, error.clone())),
                }
            }
        };
        asked
    }

    /// Forgets a token that the platform did not take, unless there is a newer one already.
    async fn forget(&self, client: &Client<'_>, scopes: &[&str], token: &Token) {
        let place = self.place(client, scopes);
        let mut known = place.lock().await;
        let same = known
            .token
            .as_ref()
            .is_some_and(|t| t.header == token.header);
        if same {
            known.token = None;
        }
    }

    fn place(&self, client: &Client<'_>, scopes: &[&str]) -> Place {
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let name = (client.connection, scopes.join(" "));
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.entry(name).or_default().clone()
    }

    async fn ask(&self, client: &Client<'_>, scopes: &[&str]) -> Result<Token, Error> {
        let request = self.request(client, scopes).await?;
        let response = self.calls.send(client.source, request).await?;
        if let Some(clocks) = &self.clocks {
            clocks.note(client.connection, &response).await;
        }
        if !matches!(response.status, StatusCode::OK | StatusCode::CREATED) {
            return Err(Error::Refused {
                status: response.status.as_u16(),
                code: error_code(&response.body),
            });
        }
        let granted = Granted::read(&response.body).map_err(|_| Error::NotAToken)?;
        let mut header = HeaderValue::try_from(format!("Bearer {}", granted.token))
            .map_err(|_| Error::NotAToken)?;
        header.set_sensitive(true);
        let used = granted.lifetime.saturating_sub(MARGIN);
        let token = Token {
            header,
            scopes: granted.scopes,
            // A token that lives shorter than the margin is used for half of its life.
            ends: self.world.now().after(used.max(granted.lifetime / 2)),
            mark: client.mark(),
        };
        if scopes.iter().any(|scope| token.grants(scope)) {
            Ok(token)
        } else {
            Err(Error::NothingGranted)
        }
    }

    async fn request(&self, client: &Client<'_>, scopes: &[&str]) -> Result<Request, Error> {
        let url: Url = web_url(client.token_url).ok_or(Error::NoEndpoint)?;
        let keys = self.keys.tool().await.map_err(|_| Error::Here)?;
        let key = keys.first().ok_or(Error::Here)?;
        let assertion = Assertion {
            client_id: client.client_id,
            audience: client.audience(),
            id: &URL_SAFE_NO_PAD.encode(self.world.random::<24>()),
            at: self.world.now(),
        };
        let form = assertion.form(key, scopes).map_err(|_| Error::Here)?;
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut headers = HeaderMap::new();
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form_type);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(Request {
            method: Method::POST,
            url,
            headers,
            body: Bytes::from(body),
            limit: MAX_ANSWER,
        })
    }
}

#[cfg(test)]
mod tests;
