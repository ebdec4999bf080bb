//! The server: accept loop, routes, problems, assets.

pub mod control;
pub mod tls;
