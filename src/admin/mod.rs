//! Administration.

pub mod accounts;
pub mod claim;
pub mod diagnosis;
pub mod invitations;
pub mod keys;
pub mod pages;
pub mod sign_in;

use std::time::Duration;

use crate::app::BodyError;
use crate::people::connections::changes;
use crate::store::Error as StoreError;

/// Why administration does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A signing key could not be made or changed.
    #[error(transparent)]
    Keys(#[from] crate::keys::Error),
    /// A person cannot be exported or erased.
    #[error(transparent)]
    Privacy(#[from] crate::privacy::Error),
    /// The claim link was used, replaced or has ended.
    #[error("the claim link is not valid")]
    ClaimInvalid,
    /// Nobody is signed in (any more).
    #[error("not signed in")]
    SignedOut,
    /// The form is not from a page of this session.
    #[error("the form is not from this session")]
    ForeignForm,
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// There is such a thing, but not for this method; these are taken.
    #[error("the method is not allowed")]
    NotAllowed(&'static str),
    /// The configuration file declares it: it is changed there.
    #[error("the configuration file declares it")]
    OfTheFile,
    /// Too many attempts: come back after this time.
    #[error("too many attempts")]
    TooMany(Duration),
}

impl From<changes::Error> for Error {
    fn from(error: changes::Error) -> Self {
        match error {
            changes::Error::Unknown | changes::Error::Exists(_) => Self::NotFound,
            changes::Error::ReadOnly => Self::OfTheFile,
            changes::Error::Store(error) => Self::Store(error),
        }
    }
}

impl From<sign_in::Error> for Error {
    fn from(error: sign_in::Error) -> Self {
        match error {
            // A wrong password is answered with the form; elsewhere it is as good as signed out.
            sign_in::Error::SignedOut | sign_in::Error::Wrong => Self::SignedOut,
            sign_in::Error::ForeignForm => Self::ForeignForm,
            sign_in::Error::TooMany(wait) => Self::TooMany(wait),
            sign_in::Error::Store(error) => Self::Store(error),
        }
    }
}

impl From<claim::Error> for Error {
    fn from(error: claim::Error) -> Self {
        match error {
            claim::Error::Store(error) => Self::Store(error),
            claim::Error::Invalid | claim::Error::Refused(_) => Self::ClaimInvalid,
        }
    }
}
