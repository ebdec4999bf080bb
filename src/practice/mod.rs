//! The practice course: a small LMS inside, so that everything can be tried without one.

use crate::app::{App, BodyError, Form, Input, Page};
use crate::keys;

/// Why the practice course does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The request is refused for this reason: a code of the messages file below `problem-`.
    #[error("refused: {0}")]
    Refused(&'static str),
}

/// Whether whoever asks may see the practice course.
pub async fn reachable(_: &App, _: &Input) -> Result<bool, Error> {
    Ok(false)
}

/// `GET /practice/`
pub async fn course(_: &App, _: &Input) -> Result<Page, Error> {
    Err(Error::NotFound)
}

/// `GET /practice/launch/{person}`
pub async fn launch(_: &App, _: &str) -> Result<Page, Error> {
    Err(Error::NotFound)
}

/// `GET /practice/auth`
pub async fn authenticate(_: &App, _: &Form) -> Result<Page, Error> {
    Err(Error::NotFound)
}

/// `POST /practice/auth`
pub async fn authenticate_by_form(_: &App, _: &mut Input) -> Result<Page, Error> {
    Err(Error::NotFound)
}

/// `GET /practice/jwks`
pub async fn jwks(_: &App) -> Result<Page, Error> {
    Err(Error::NotFound)
}

/// The registration of Lanterna with the practice course.
pub fn declared(_: &App) -> crate::people::connections::Declared {
    unreachable!()
}
