//! The guarded HTTP client: every request that Lanterna makes to somebody else.
//!
//! Addresses that are learned while it runs must be https and public; those that the configuration
//! names are reached as written. Every request has a time limit and every answer a size limit, and
//! redirects are never followed.

mod class;
mod connector;
mod error;
mod proxy;
mod resolver;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
pub use class::address_allowed;
use connector::{Connector, Rules, shown};
pub use error::Error;
use http::header::{DATE, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use proxy::Proxy;
use resolver::{Resolve, System};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use url::Url;

use crate::config::Config;
use crate::world::Time;

/// What every request says of itself.
const AGENT: &str = concat!(
    "Lanterna/",
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR")
);

/// How much of an answer's head is read, in bytes.
const MOST_HEAD: usize = 64 * 1024;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Finding the address and connecting.
    connect: Duration,
    /// Everything, to the last byte of the answer.
    total: Duration,
}

const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    total: Duration::from_secs(15),
};

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file of `outbound.ca_file` cannot be read.
    #[error("outbound.ca_file: {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file of `outbound.ca_file` holds no certificates, or a broken one.
    #[error("outbound.ca_file: {path} holds no certificates as PEM")]
    NoCertificates {
        /// The file.
        path: PathBuf,
    },
    /// The TLS library refuses its own defaults.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// Its headers; `User-Agent` is always Lanterna's.
    pub headers: HeaderMap,
    /// Its body; may be empty.
    pub body: Bytes,
    /// How large the answer's body may be, in bytes.
    pub limit: usize,
}

impl Request {
    /// A GET of `url`.
    pub fn get(url: Url, limit: usize) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            limit,
        }
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    /// Its status; never one of a redirect.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// The time by the other's clock, when it said so (`Date`, RFC 9110, section 6.6.1).
    pub date: Option<Time>,
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    client: Client<HttpsConnector<Connector>, Full<Bytes>>,
    rules: Arc<Rules>,
    patience: Patience,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").finish_non_exhaustive()
    }
}

impl Outbound {
    /// A client by the rules of the configuration.
    pub fn new(config: &Config) -> Result<Self, SetupError> {
        Self::with(config, Box::new(System), PATIENCE)
    }

    fn with(
        config: &Config,
        resolver: Box<dyn Resolve>,
        patience: Patience,
    ) -> Result<Self, SetupError> {
        let rules = Arc::new(Rules {
            trusted: config.trusted_origins().collect(),
            resolver,
            proxy: config.outbound.proxy.as_ref().map(Proxy::new),
            connect: patience.connect,
        });
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(config.outbound.ca_file.as_deref())?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(Connector(Arc::clone(&rules)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(MOST_HEAD)
            .build(connector);
        Ok(Self {
            client,
            rules,
            patience,
        })
    }

    /// Sends a request and reads its whole answer. A status of failure is an answer, too.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        self.rules.target(&request.url)?;
        let host = shown(&request.url);
        let after = self.patience.total;
        let exchanged = timeout(after, self.exchange(request, &host)).await;
        exchanged.map_err(|_| Error::Timeout { host, after })?
    }

    /// Whether an address that was learned may be kept for later: it may be reached as things are
    /// now. Nothing is sent, and each request to it is checked anew.
    pub async fn may_reach(&self, url: &Url) -> Result<(), Error> {
        let target = self.rules.target(url)?;
        match self.rules.addresses(&target).await {
            // Behind a proxy, public names are often the proxy's to resolve.
            Err(Error::UnknownHost { .. }) if self.rules.proxy.is_some() => Ok(()),
            other => other.map(drop),
        }
    }

    async fn exchange(&self, request: Request, host: &str) -> Result<Response, Error> {
        let limit = request.limit;
        let answer = self.client.request(hyper_request(request)?).await;
        let answer = answer.map_err(|error| Error::exchanging(host, &error))?;
        let (head, body) = answer.into_parts();
        if head.status.is_redirection() && head.status != StatusCode::NOT_MODIFIED {
            return Err(Error::Redirect {
                host: host.to_owned(),
                status: head.status.as_u16(),
                to: head.headers.get(LOCATION).and_then(without_query),
            });
        }
        Ok(Response {
            status: head.status,
            body: read(body, limit, host).await?,
            date: head.headers.get(DATE).and_then(date),
            headers: head.headers,
        })
    }
}

fn hyper_request(request: Request) -> Result<http::Request<Full<Bytes>>, Error> {
    // A fragment is never sent (RFC 9110, section 7.1).
    let mut url = request.url;
    url.set_fragment(None);
    let mut built = http::Request::builder()
        .method(request.method)
        .uri(url.as_str())
        .body(Full::new(request.body))
        .map_err(|_| Error::Address)?;
    *built.headers_mut() = request.headers;
    built
        .headers_mut()
        .insert(USER_AGENT, HeaderValue::from_static(AGENT));
    Ok(built)
}

async fn read(body: Incoming, limit: usize, host: &str) -> Result<Bytes, Error> {
    let read = Limited::new(body, limit).collect().await;
    read.map(http_body_util::Collected::to_bytes)
        .map_err(|error| {
            let host = host.to_owned();
            if error.is::<LengthLimitError>() {
                Error::TooLarge { host, limit }
            } else {
                Error::Broken { host }
            }
        })
}

/// Where a redirect points, without what may be a token.
fn without_query(location: &HeaderValue) -> Option<String> {
    let location = location.to_str().ok()?;
    location.split(['?', '#']).next().map(str::to_owned)
}

fn date(header: &HeaderValue) -> Option<Time> {
    let moment = jiff::fmt::rfc2822::parse(header.to_str().ok()?).ok()?;
    u64::try_from(moment.timestamp().as_second())
        .ok()
        .map(Time::from_seconds)
}

/// TLS that trusts the public authorities, and those in `ca_file`.
fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, SetupError> {
    let public = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    let mut roots: RootCertStore = public.collect();
    if let Some(path) = ca_file {
        add_authorities(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn add_authorities(roots: &mut RootCertStore, path: &Path) -> Result<(), SetupError> {
    let pem = std::fs::read(path).map_err(|source| SetupError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let broken = || SetupError::NoCertificates {
        path: path.to_owned(),
    };
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots
            .add(certificate.map_err(|_| broken())?)
            .map_err(|_| broken())?;
        found = true;
    }
    if found { Ok(()) } else { Err(broken()) }
}
