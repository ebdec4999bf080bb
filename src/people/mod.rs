//! Connections, users, courses, memberships and sessions.

pub mod arrival;
pub mod authority;
pub mod browsers;
pub mod connections;
pub mod consumers;
pub mod courses;
pub mod finding;
pub mod invitations;
mod joining;
pub mod leaving;
mod members;
pub mod nicknames;
pub mod roster;
pub mod secrets;
pub mod selecting;
pub mod sessions;
pub mod stand_in;
pub mod sync;
pub mod tickets;

pub use authority::{Contributor, Manager, Member};
