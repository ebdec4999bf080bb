//! Names to addresses.

use std::io;
use std::net::SocketAddr;

use futures_util::future::BoxFuture;

/// Answers a name's addresses.
pub(super) trait Resolve: Send + Sync {
    /// The addresses of `host`, with `port`.
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The system's own resolver.
pub(super) struct System;

impl Resolve for System {
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, port)).await?;
            Ok(found.collect())
        })
    }
}
