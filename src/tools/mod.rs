//! Lanterna as a platform: what a tool's login asks of it, and how it answers.
//!
//! By LTI 1.3 whoever launches (the practice course, or [`registered`]) makes an [`Offer`], sends its [`Hints`]
//! through the browser, and gets the offer back once from [`authentication::check`]. By LTI 1.1 a
//! launch is one signed form, which [`basic`] makes.
//! By LTI 1.3 a tool also asks for [`tokens`], with which it may read [`memberships`], and report
//! into a [`gradebook`].
//!
//! A tool that people use ([`registry`]) is launched by an item of the library ([`launching`]), knows
//! each person by a name of its own ([`pseudonyms`]) and is told no more than they agreed to
//! ([`consent`]). What it reports comes in by [`outcomes`].

pub mod addresses;
pub mod authentication;
pub mod basic;
pub mod calls;
pub mod consent;
pub mod entry;
mod error;
pub mod form;
pub mod gradebook;
mod hints;
pub mod launching;
pub mod memberships;
pub mod outcomes;
mod posting;
pub mod pseudonyms;
pub mod received;
pub mod registered;
pub mod registry;
pub mod remains;
mod returned;
pub mod sourced;
pub mod tokens;

pub use error::Error;
pub use hints::{HintError, Hints, Knowing, LIFETIME, Offer, Place};
pub use launching::Launchable;
pub use posting::posting;
pub use returned::returned;
