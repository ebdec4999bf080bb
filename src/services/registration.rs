//! Dynamic registration: asking a platform what it is, and asking it to register.
//!
//! Whatever a platform names is learned, and so must be https and public unless the configuration
//! trusts it, before anything of it is kept. The practice course is asked in process.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use url::Url;

use super::calls::{self, Calls};
use crate::lti::origin::{same_origin, web_url};
use crate::lti::presets;
use crate::lti::registration::{
    Answer, Configuration, Endpoint, MAX_BYTES, Malformed, Request, complaint,
};
use crate::outbound::{self, Outbound};
use crate::store::rows::people::Source;

/// The longest token that a platform gives for its registration, in bytes.
const LONGEST_TOKEN: usize = 8 * 1024;

/// Why a platform was not registered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address of its configuration is none.
    #[error("the address of the platform's configuration is not a web address")]
    Address,
    /// The token cannot be sent.
    #[error("the registration token cannot be sent")]
    Token,
    /// It could not be asked.
    #[error(transparent)]
    Unreachable(outbound::Error),
    /// It is the practice course, which is not there.
    #[error("the practice course is not there")]
    NotThere,
    /// It answered with a failure; perhaps it said why.
    #[error("{host} answered {status} when asked for its configuration")]
    Status {
        /// Who.
        host: String,
        /// What it answered.
        status: u16,
        /// What it said of it.
        said: Option<String>,
    },
    /// What it says of itself cannot be used.
    #[error("what {host} says of itself cannot be used: {why}")]
    Configuration {
        /// Who.
        host: String,
        /// Why.
        why: Malformed,
    },
    /// An address that it names must not be used.
    #[error("its {endpoint}: {why}")]
    Endpoint {
        /// Which.
        endpoint: Endpoint,
        /// Why.
        why: outbound::Error,
    },
    /// An address that it names is one of Lanterna's own; or the practice course names another's.
    #[error("its {0} is not one of its own addresses")]
    NotItsOwn(Endpoint),
    /// Its issuer is on another host than its configuration.
    #[error("the issuer {issuer} is not on {host}")]
    Issuer {
        /// The issuer.
        issuer: String,
        /// Where the configuration is.
        host: String,
    },
    /// Its issuer is one that many schools share, and its addresses are not those of that one.
    #[error("the addresses are not those of the shared issuer {issuer}")]
    SharedIssuer {
        /// The issuer.
        issuer: String,
    },
    /// It refused to register; perhaps it said why.
    #[error("{host} refused to register ({status})")]
    Refused {
        /// Who.
        host: String,
        /// What it answered.
        status: u16,
        /// What it said of it.
        said: Option<String>,
    },
    /// It answered to the registration with something that cannot be used.
    #[error("what {host} answered cannot be used: {why}")]
    Answer {
        /// Who.
        host: String,
        /// Why.
        why: Malformed,
    },
}

impl Error {
    /// Whether the platform may have registered all the same.
    pub const fn is_in_doubt(&self) -> bool {
        match self {
            Self::Answer { .. } => true,
            Self::Unreachable(error) => matches!(
                error,
                outbound::Error::Timeout { .. }
                    | outbound::Error::Broken { .. }
                    | outbound::Error::TooLarge { .. }
                    | outbound::Error::Redirect { .. }
            ),
            _ => false,
        }
    }
}

/// What was learned of a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// What it says of itself.
    pub configuration: Configuration,
    /// Whether it is the practice course of this very process.
    pub practice: bool,
}

impl Learned {
    /// Where a connection with it comes from.
    pub const fn source(&self) -> Source {
        source(self.practice)
    }
}

const fn source(practice: bool) -> Source {
    if practice {
        Source::Practice
    } else {
        Source::Registered
    }
}

/// Asks platforms.
#[derive(Debug, Clone, Copy)]
pub struct Registering<'a> {
    /// How they are asked.
    pub calls: &'a Calls,
    /// Says which addresses may be learned.
    pub outbound: &'a Outbound,
    /// The address of the practice course, while it is on: what lies below is asked in process.
    pub practice: Option<&'a Url>,
    /// Our own address, at which there is no platform but that one.
    pub own: &'a Url,
}

impl Registering<'_> {
    /// Whether this is an address of the practice course, which is asked in process.
    pub fn leads_inside(&self, address: &str) -> bool {
        web_url(address).is_some_and(|url| self.is_practice(&url))
    }

    /// Asks a platform what it is, at the address of its configuration. `any_issuer`: an
    /// administrator allows its issuer to be on another host.
    pub async fn learn(
        &self,
        address: &str,
        token: Option<&str>,
        any_issuer: bool,
    ) -> Result<Learned, Error> {
        let url = web_url(address).ok_or(Error::Address)?;
        let practice = self.is_practice(&url);
        let told = self
            .ask(request(url.clone(), None, token)?, practice)
            .await?;
        let host = shown(&url);
        if !told.status.is_success() {
            return Err(Error::Status {
                host,
                status: told.status.as_u16(),
                said: complaint(&told.body),
            });
        }
        let configuration =
            Configuration::parse(&told.body).map_err(|why| Error::Configuration { host, why })?;
        issuer(&configuration, &url, any_issuer)?;
        self.check_addresses(&configuration, practice).await?;
        Ok(Learned {
            configuration,
            practice,
        })
    }

    /// Asks a platform to register. Its addresses are checked once more: time has passed since it
    /// was learned of.
    pub async fn register(
        &self,
        learned: &Learned,
        wanted: &Request,
        token: Option<&str>,
    ) -> Result<Answer, Error> {
        let configuration = &learned.configuration;
        self.check_addresses(configuration, learned.practice)
            .await?;
        let url = web_url(&configuration.registration_endpoint).ok_or(Error::Address)?;
        let host = shown(&url);
        let body = Bytes::from(wanted.document().to_string());
        let told = self.ask(request(url, Some(body), token)?, learned.practice);
        let told = told.await?;
        if !told.status.is_success() {
            return Err(Error::Refused {
                host,
                status: told.status.as_u16(),
                said: complaint(&told.body),
            });
        }
        Answer::parse(&told.body).map_err(|why| Error::Answer { host, why })
    }

    fn is_practice(&self, url: &Url) -> bool {
        let below = |practice: &Url| {
            let rest = url
                .path()
                .strip_prefix(practice.path().trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.practice
            .is_some_and(|practice| same_origin(url, practice) && below(practice))
    }

    async fn ask(
        &self,
        request: outbound::Request,
        practice: bool,
    ) -> Result<outbound::Response, Error> {
        let answered = self.calls.send(source(practice), request).await;
        answered.map_err(|error| match error {
            calls::Error::Outbound(error) => Error::Unreachable(error),
            calls::Error::NotThere => Error::NotThere,
        })
    }

    /// Each address that a platform names must be one that may be used: the practice course names
    /// its own, and nobody else names one of ours.
    async fn check_addresses(
        &self,
        configuration: &Configuration,
        practice: bool,
    ) -> Result<(), Error> {
        for (endpoint, address) in configuration.endpoints() {
            let url = web_url(address).ok_or(Error::NotItsOwn(endpoint))?;
            let own = self.is_practice(&url);
            if own != practice || (!practice && same_origin(&url, self.own)) {
                return Err(Error::NotItsOwn(endpoint));
            }
            if !practice {
                let allowed = self.outbound.may_reach(&url).await;
                allowed.map_err(|why| Error::Endpoint { endpoint, why })?;
            }
        }
        Ok(())
    }
}

/// The issuer is on the host of the configuration, so that nobody registers in another's name: but
/// for issuers that many schools share, whose addresses are known, and where an administrator allows
/// it.
fn issuer(configuration: &Configuration, at: &Url, any_issuer: bool) -> Result<(), Error> {
    if any_issuer {
        return Ok(());
    }
    let issuer = &configuration.issuer;
    if let Some(preset) = presets::of_issuer(issuer) {
        let own = [
            &configuration.authorization_endpoint,
            &configuration.token_endpoint,
            &configuration.jwks_uri,
        ];
        if own.iter().all(|address| preset.owns(address)) {
            return Ok(());
        }
        return Err(Error::SharedIssuer {
            issuer: issuer.clone(),
        });
    }
    if web_url(issuer).is_some_and(|url| same_origin(&url, at)) {
        return Ok(());
    }
    Err(Error::Issuer {
        issuer: issuer.clone(),
        host: shown(at),
    })
}

fn request(url: Url, body: Option<Bytes>, token: Option<&str>) -> Result<outbound::Request, Error> {
    let mut request = outbound::Request::get(url, MAX_BYTES);
    let json = HeaderValue::from_static("application/json");
    if let Some(body) = body {
        request.method = Method::POST;
        request.headers.insert(CONTENT_TYPE, json.clone());
        request.body = body;
    }
    request.headers.insert(ACCEPT, json);
    if let Some(token) = token {
        request.headers.insert(AUTHORIZATION, bearer(token)?);
    }
    Ok(request)
}

/// The token as Bearer (RFC 6750, section 2.1).
fn bearer(token: &str) -> Result<HeaderValue, Error> {
    if token.len() > LONGEST_TOKEN {
        return Err(Error::Token);
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The host and port of an address, for people.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests;
