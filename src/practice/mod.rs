//! The practice course: a small LMS inside, so that everything can be tried without one.
//!
//! It is a platform like any other: an issuer with keys of its own, a registration among the
//! connections, hints, an authentication endpoint and signed tokens; and a consumer with a key and a
//! secret for LTI 1.1. Lanterna's own side of a
//! launch makes no exception for it, except that its keys are taken in process.

mod consumer;
mod course;
mod pages;
mod platform;

pub use consumer::launch as launch_by_form;
pub use pages::{course, home};
pub use platform::{authenticate, jwks, launch};

use http::header::HOST;

use crate::app::{App, BodyError, Input, Page};
use crate::keys;
use crate::lti::key::SignError;
use crate::people::connections::Declared;
use crate::store::Error as StoreError;

/// Why the practice course does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The token could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The request is refused for this reason: a code of the messages file below `problem-`.
    #[error("refused: {0}")]
    Refused(&'static str),
}

/// The connections of Lanterna at the practice course, for start-up: one for each version of LTI.
pub fn declared(app: &App) -> Result<[Declared; 2], StoreError> {
    Ok([platform::registration(app), consumer::consumer(app)?])
}

/// The full address of something of the practice course; `path` is empty or begins with a slash.
/// The empty one is its issuer.
pub fn address(app: &App, path: &str) -> String {
    let site = app.practice_site.as_ref().unwrap_or(app.public());
    // Both sites are one server: what stands before all its paths is the same.
    let base = app.public().base_path();
    format!("{}{base}/practice{path}", site.origin())
}

/// The way to the practice course's own site for a request that came by another name of this
/// server: only there its pages may frame what they launch.
pub fn elsewhere(app: &App, input: &Input) -> Option<Page> {
    let here = match &app.practice_site {
        Some(_) => input.practice_site,
        None => input
            .header(HOST)
            .is_none_or(|host| host.eq_ignore_ascii_case(app.public().host_header())),
    };
    (!here).then(|| Page::see_other(&address(app, &format!("/{}", input.path))))
}
