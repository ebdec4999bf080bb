//! Lanterna as a platform: what a tool's login asks of it, and how it answers.
//!
//! Whoever launches (so far the practice course) makes an [`Offer`], sends its [`Hints`] through the
//! browser, and gets the offer back once from [`authentication::check`].

pub mod authentication;
mod hints;

pub use hints::{HintError, Hints, LIFETIME, Offer, Place};
