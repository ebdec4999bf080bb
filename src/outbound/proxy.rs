//! The proxy between this network and the internet.

use std::error::Error as _;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

use crate::config;

/// An http proxy that connects by CONNECT (RFC 9110, section 9.3.6).
pub(super) struct Proxy {
    authority: String,
    login: Option<HeaderValue>,
}

impl Proxy {
    pub(super) fn new(proxy: &config::Proxy) -> Self {
        Self {
            authority: format!("{}:{}", proxy.host, proxy.port),
            login: basic(proxy),
        }
    }

    /// Its host and port.
    pub(super) fn shown(&self) -> &str {
        &self.authority
    }

    /// A connection to `host` through the proxy, or why there is none.
    pub(super) async fn connect(
        &self,
        host: &str,
        port: u16,
        patience: Duration,
    ) -> Result<TcpStream, &'static str> {
        let address = |scheme, authority: &str| {
            let uri = Uri::builder()
                .scheme(scheme)
                .authority(authority)
                .path_and_query("/");
            uri.build().map_err(|_| "an address is not right")
        };
        let mut tunnel = Tunnel::new(address("http", &self.authority)?, HttpConnector::new());
        if let Some(login) = &self.login {
            tunnel = tunnel.with_auth(login.clone());
        }
        let to = address("https", &format!("{host}:{port}"))?;
        let connected = timeout(patience, tunnel.call(to)).await;
        connected
            .map_err(|_| "it did not answer in time")?
            .map(TokioIo::into_inner)
            .map_err(|error| match error.source() {
                Some(_) => "it could not be reached",
                None => "it refused; it may want a login, or not allow this host",
            })
    }
}

/// The login as HTTP Basic (RFC 7617).
fn basic(proxy: &config::Proxy) -> Option<HeaderValue> {
    let (name, password) = proxy.login.as_ref()?;
    let encoded = STANDARD.encode(format!("{name}:{}", password.expose()));
    HeaderValue::try_from(format!("Basic {encoded}")).ok()
}
