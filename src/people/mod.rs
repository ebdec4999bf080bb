//! Connections, users, courses, memberships and sessions.

pub mod authority;
pub mod connections;
pub mod sessions;

pub use authority::{Contributor, Manager, Member};
