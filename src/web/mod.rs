//! The server: accept loop, routes, problems, assets.

pub mod edge;
mod front;
mod listen;
mod problems;
mod respond;
mod routes;
pub mod tls;
