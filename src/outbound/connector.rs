//! Connects only to addresses that were checked: what is checked is what is connected to, so a
//! name that changes its address in between gains nothing.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;
use url::{Host, Url};

use super::class::{Class, class};
use super::error::Error;
use super::proxy::Proxy;
use super::resolver::Resolve;
use crate::config::Origin;

/// How many addresses of a name are tried.
const MOST_ADDRESSES: usize = 8;

/// What is asked for: a host by https, or as the configuration names it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    url: Url,
    trusted: bool,
}

impl Target {
    /// The host and port as shown to people.
    fn shown(&self) -> String {
        shown(&self.url)
    }
}

/// The host of `url`, with its port unless that is the scheme's own.
pub(super) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The rules of who is reached.
pub(super) struct Rules {
    /// Reached as written, though it be http or private.
    pub(super) trusted: HashSet<Origin>,
    /// Names to addresses.
    pub(super) resolver: Box<dyn Resolve>,
    /// What stands between here and the internet.
    pub(super) proxy: Option<Proxy>,
    /// How long connecting may take.
    pub(super) connect: Duration,
}

impl Rules {
    /// Checks what an address shows by itself.
    pub(super) fn target(&self, url: &Url) -> Result<Target, Error> {
        let origin = Origin::of(url).ok_or(Error::Address)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Address);
        }
        let trusted = self.trusted.contains(&origin);
        if url.scheme() != "https" && !trusted {
            return Err(Error::PlainHttp { host: shown(url) });
        }
        Ok(Target {
            url: url.clone(),
            trusted,
        })
    }

    /// The addresses of the target that may be connected to; at least one.
    pub(super) async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, Error> {
        let mut refused = None;
        let mut allowed = Vec::new();
        for address in self.resolve(target).await? {
            match class(address.ip()) {
                Class::Public => allowed.push(address),
                Class::Private if target.trusted => allowed.push(address),
                forbidden => {
                    refused.get_or_insert((forbidden, address.ip()));
                }
            }
        }
        // Where IPv6 reaches IPv4 by translation, a name has a public and a translated address:
        // the latter alone are left out.
        if !allowed.is_empty() {
            allowed.truncate(MOST_ADDRESSES);
            return Ok(allowed);
        }
        let host = target.shown();
        Err(match refused {
            None => Error::UnknownHost { host },
            Some((Class::Never, address)) => Error::Never { host, address },
            Some((_, address)) => Error::Private { host, address },
        })
    }

    async fn resolve(&self, target: &Target) -> Result<Vec<SocketAddr>, Error> {
        let port = target.url.port_or_known_default().ok_or(Error::Address)?;
        let at = |ip: IpAddr| vec![SocketAddr::new(ip, port)];
        match target.url.host().ok_or(Error::Address)? {
            Host::Ipv4(address) => Ok(at(address.into())),
            Host::Ipv6(address) => Ok(at(address.into())),
            Host::Domain(name) => {
                let resolved = self.resolver.resolve(name.to_owned(), port);
                let found = timeout(self.connect, resolved).await;
                found
                    .map_err(|_| self.too_long(target))?
                    .map_err(|_| Error::UnknownHost {
                        host: target.shown(),
                    })
            }
        }
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, Error> {
        let addresses = self.addresses(target).await;
        let Some(proxy) = &self.proxy else {
            return self.dial(target, &addresses?).await;
        };
        match addresses {
            // What the configuration trusts on the school's own network.
            Ok(addresses) if addresses.iter().any(|a| class(a.ip()) == Class::Private) => {
                self.dial(target, &addresses).await
            }
            // Behind a proxy, public names are often the proxy's to resolve. Rebinding one is
            // answered by TLS: a host inside has no certificate for it.
            Ok(_) | Err(Error::UnknownHost { .. }) => self.tunnel(target, proxy).await,
            Err(error) => Err(error),
        }
    }

    /// Connects to the first address that answers; each has its share of the time.
    async fn dial(&self, target: &Target, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
        let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut last = self.too_long(target);
        for address in addresses {
            match timeout(self.connect / count, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Small requests go out at once; failing to ask for it costs only time.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => last = Error::connecting(&target.shown(), &error),
                Err(_) => last = self.too_long(target),
            }
        }
        Err(last)
    }

    async fn tunnel(&self, target: &Target, proxy: &Proxy) -> Result<TcpStream, Error> {
        let port = target.url.port_or_known_default().ok_or(Error::Address)?;
        let host = target.url.host_str().ok_or(Error::Address)?;
        let connected = proxy.connect(host, port, self.connect).await;
        connected.map_err(|reason| Error::Proxy {
            host: target.shown(),
            proxy: proxy.shown().to_owned(),
            reason,
        })
    }

    fn too_long(&self, target: &Target) -> Error {
        Error::Timeout {
            host: target.shown(),
            after: self.connect,
        }
    }
}

/// Connects by the rules.
#[derive(Clone)]
pub(super) struct Connector(pub(super) Arc<Rules>);

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let rules = Arc::clone(&self.0);
        Box::pin(async move {
            let url = Url::parse(&uri.to_string()).map_err(|_| Error::Address)?;
            let target = rules.target(&url)?;
            rules.connect(&target).await.map(TokioIo::new)
        })
    }
}
