//! Connections, users, courses, memberships and sessions.

pub mod authority;

pub use authority::{Contributor, Manager, Member};
