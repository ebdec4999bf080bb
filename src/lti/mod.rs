//! The LTI protocol, pure: values and a time in, values out. No server, no storage, no clock of
//! its own.
//!
//! A tool takes a 1.3 launch in typed steps, each of which only the one before can give:
//!
//! 1. [`oidc::LoginInitiation`] says who wants to launch; [`oidc::AuthenticationRequest`] asks the
//!    platform; [`oidc::AuthenticationResponse`] is what the browser brings back.
//! 2. [`token::Unverified`] is a well-formed token that names its key, so that the caller can
//!    fetch a key set that has it.
//! 3. [`token::Verified`] is one whose signature holds.
//! 4. [`launch::Launch`] is one that is meant for us, now, and says everything its message needs.
//!
//! A 1.1 launch is a signed form: [`oauth1::Unverified`], [`oauth1::Verified`], and from that, by
//! [`basic::read`], the same [`launch::Launch`].
//!
//! A selection is answered with [`content`]: by a signed token ([`deep_linking`]) or a signed form
//! ([`content_item`]), which a platform reads back.
//!
//! Grades go both ways as the values of [`ags`].
//!
//! Every step records its [`check::Check`]s for the launch log, and fails with a
//! [`refusal::Refusal`]. [`binding`] decides whether the browser that posted the token may have
//! the session; [`platform`] and [`issue`] are the other side.
//!
//! What decides is read strictly; what only informs is read leniently, since platforms differ.

pub mod ags;
pub mod assertion;
pub mod basic;
pub mod binding;
pub mod check;
mod claims;
pub mod content;
pub mod content_item;
pub mod crypto;
pub mod custom;
pub mod deep_linking;
pub mod envelope;
#[cfg(test)]
mod fixtures;
pub mod grant;
pub mod issue;
mod json;
pub mod jwks;
pub mod key;
pub mod launch;
pub mod migration;
pub mod names;
pub mod nrps;
pub mod oauth1;
pub mod oidc;
pub mod origin;
pub mod outcomes;
mod parameters;
pub mod passport;
pub mod platform;
pub mod presentation;
pub mod presets;
mod redact;
pub mod refusal;
pub mod registration;
pub mod roles;
pub mod token;
pub mod variables;

#[cfg(test)]
mod tests;
