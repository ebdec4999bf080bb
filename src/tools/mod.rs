//! Lanterna as a platform: what a tool's login asks of it, and how it answers.
//!
//! By LTI 1.3 whoever launches (so far the practice course) makes an [`Offer`], sends its [`Hints`]
//! through the browser, and gets the offer back once from [`authentication::check`]. By LTI 1.1 a
//! launch is one signed form, which [`basic`] makes.
//! By LTI 1.3 a tool also asks for [`tokens`], with which it may read [`memberships`], and report
//! into a [`gradebook`].

pub mod authentication;
pub mod basic;
pub mod gradebook;
mod hints;
pub mod memberships;
mod posting;
pub mod tokens;

pub use hints::{HintError, Hints, Knowing, LIFETIME, Offer, Place};
pub use posting::posting;
