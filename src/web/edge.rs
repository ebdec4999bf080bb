//! What happens to every request before and after its route: the host is checked, the path of the
//! public address is taken off, a reference is given, and every answer gets its headers.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;
use http::header;
use http::uri::PathAndQuery;
use http::{HeaderMap, Request, StatusCode, Uri};
use hyper::body::Body as HttpBody;
use tower_service::Service;
use tracing::Instrument;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::respond;
use super::{problems, routes};
use crate::app::{App, Page, Peer, accepts_html};
use crate::store::ids::Reference;

/// What the routes are told of a request besides itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// Names the request.
    pub(super) reference: Reference,
    /// Who sent it.
    pub(super) peer: Peer,
    /// Whether it came by the practice course's own site name.
    pub(super) practice_site: bool,
}

/// The whole of Lanterna as an HTTP service. Cheap to clone.
#[derive(Clone)]
pub struct Edge {
    app: App,
    routes: BoxedFilter<(Response,)>,
    only_redirects: bool,
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

impl Edge {
    /// The service for `app`.
    pub fn new(app: App) -> Self {
        let routes = routes::all(&app).boxed();
        Self {
            app,
            routes,
            only_redirects: false,
        }
    }

    /// The same, but every request is sent on to the public HTTPS address.
    pub(super) fn only_redirecting(&self) -> Self {
        Self {
            only_redirects: true,
            ..self.clone()
        }
    }

    /// Answers one request.
    pub async fn answer<B>(
        self,
        request: Request<B>,
        peer: SocketAddr,
    ) -> Result<Response, Infallible>
    where
        B: HttpBody + Send + Sync + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let started = Instant::now();
        let reference = Reference::new(&self.app.world);
        let method = request.method().clone();
        // Paths hold session tokens, queries hold tickets: the log gets the group only.
        let group = group_of(request.uri().path(), self.app.public().base_path());
        let span = tracing::info_span!("request", %reference, %method, group);
        let app = self.app.clone();
        let response = self
            .checked(request, peer, reference)
            .instrument(span.clone())
            .await;
        let status = response.status().as_u16();
        let took = started.elapsed();
        app.metrics.answered(group, status);
        span.in_scope(|| tracing::info!(status, took_us = took.as_micros(), "answered"));
        Ok(response)
    }

    async fn checked<B>(
        self,
        mut request: Request<B>,
        peer: SocketAddr,
        reference: Reference,
    ) -> Response
    where
        B: HttpBody + Send + Sync + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let html = accepts_html(request.headers());
        let Some(site) = self.site(&request) else {
            return self.refuse(&problems::wrong_host(), reference, html);
        };
        if self.only_redirects {
            let path = request.uri().path_and_query();
            let path = path.map_or("/", PathAndQuery::as_str);
            return self.redirect(&format!("{}{path}", self.app.public().origin()));
        }
        let base = self.app.public().base_path();
        if !base.is_empty() && request.uri().path() == base {
            // The links of the front page are relative to the slash at its end.
            let query = request.uri().query().map(|query| format!("?{query}"));
            return self.redirect(&format!("{base}/{}", query.unwrap_or_default()));
        }
        let Some(uri) = below(request.uri(), base) else {
            return self.refuse(&problems::not_found(), reference, html);
        };
        let peer = self.peer(request.headers(), peer);
        *request.uri_mut() = uri;
        request.extensions_mut().insert(Arrival {
            reference,
            peer,
            practice_site: site == Site::Practice,
        });
        // A fault of ours in one request must neither end the connection without a word nor pass
        // unseen.
        let answer = warp::service(self.routes.clone()).call(request);
        match AssertUnwindSafe(answer).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                tracing::error!("a handler panicked");
                self.refuse(&problems::fault(), reference, html)
            }
        }
    }

    fn refuse(&self, problem: &problems::Problem, reference: Reference, html: bool) -> Response {
        let page = problems::page(&self.app, problem, reference, html);
        respond::response(&self.app, page)
    }

    /// The site that a request is for, when it is one of ours, so that no page of another site
    /// reaches us under a name of its own (DNS rebinding): the public host; on a
    /// loopback listener the names of loopback; the practice course's own name.
    fn site<B>(&self, request: &Request<B>) -> Option<Site> {
        let host = host_of(request)?.to_ascii_lowercase();
        let practice = self.app.practice_site.as_ref();
        if practice.is_some_and(|practice| practice.host_header() == host) {
            return Some(Site::Practice);
        }
        if host == self.app.public().host_header() {
            return Some(Site::Main);
        }
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) {
                name
            } else {
                &host
            }
        });
        let loopback = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        (loopback && self.app.config.server.listen.ip().is_loopback()).then_some(Site::Main)
    }

    fn redirect(&self, location: &str) -> Response {
        let page = Page::empty(StatusCode::PERMANENT_REDIRECT).with(header::LOCATION, location);
        respond::response(&self.app, page)
    }

    /// The browser's address: the last hop that is not a trusted proxy.
    fn peer(&self, headers: &HeaderMap, peer: SocketAddr) -> Peer {
        let forwarded = ["x-forwarded-for", "forwarded", "x-real-ip"]
            .iter()
            .any(|name| headers.contains_key(*name));
        // On a dual-stack listener an IPv4 peer comes as an IPv4-mapped IPv6 address.
        let mut address = peer.ip().to_canonical();
        let local = address.is_loopback() && !forwarded;
        let hops = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|v| v.to_str().ok());
        let hops: Vec<&str> = hops
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        for hop in hops.iter().rev() {
            if !self.app.config.server.trusts(address) {
                break;
            }
            let Ok(earlier) = hop.parse::<IpAddr>() else {
                break;
            };
            address = earlier.to_canonical();
        }
        Peer { address, local }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Site {
    Main,
    Practice,
}

fn host_of<B>(request: &Request<B>) -> Option<&str> {
    // HTTP/2 names the host in the address; HTTP/1.1 in its header, which must be there once.
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
}

/// The address below the path of the public address.
fn below(uri: &Uri, base: &str) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base)?;
    rest.starts_with('/').then(|| rest.parse().ok())?
}

/// The first part of the path, when it is one of ours: for logs and counters.
fn group_of(path: &str, base: &str) -> &'static str {
    let path = path.strip_prefix(base).unwrap_or(path);
    let first = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    routes::GROUPS
        .iter()
        .find(|group| **group == first)
        .copied()
        .unwrap_or("other")
}
