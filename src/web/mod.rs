//! The server: accept loop, routes, problems, assets.

pub mod control;
pub mod edge;
mod front;
#[cfg(test)]
mod launched_tests;
mod listen;
#[cfg(test)]
mod practice_tests;
mod problems;
mod respond;
mod routes;
mod run;
pub mod tls;

pub use run::{Greeting, Start, StartError, run};
