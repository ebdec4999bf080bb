//! Why an import gets no further.

use crate::library::error::Error;
use crate::people::stand_in;
use crate::store;

/// Why an import's question is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The library refuses.
    #[error(transparent)]
    Library(#[from] Error),
    /// There is nobody to import for.
    #[error(transparent)]
    Whom(#[from] stand_in::Error),
    /// Not a question of ours.
    #[error("the request was not understood")]
    Nonsense,
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Self::Library(error.into())
    }
}

impl Refusal {
    /// Whether the next file would be refused as well.
    pub(super) const fn ends(&self) -> bool {
        matches!(
            self,
            Self::Whom(_)
                | Self::Library(
                    Error::VisibilityRefused | Error::DiskFull | Error::Io(_) | Error::Store(_)
                )
        )
    }

    /// Why, for whoever sits at the command line.
    pub(super) fn words(&self) -> String {
        match self {
        Self::Whom(stand_in::Error::UnknownConnection { known }) => format!(
            "there is no connection called so; there are: {}",
            known.join(", ")
        ),
        Self::Whom(stand_in::Error::AmbiguousConnection) => {
            "several connections are called so; give its number, which administration shows".into()
        }
        Self::Whom(stand_in::Error::UnknownSubject) => {
            "nobody of this connection was launched as that subject; without --owner, those who \
             teach are listed"
                .into()
        }
        Self::Library(Error::VisibilityRefused) => {
            "the owner is no staff of that course; others than the owner see what staff shows \
             them in a course of theirs (--course)"
                .into()
        }
        Self::Library(Error::Quota { left }) => {
            format!("the owner's quota has {left} bytes left; --ignore-quota goes beyond it")
        }
        Self::Library(Error::CourseQuota { left }) => {
            format!("the course's quota has {left} bytes left; --ignore-quota goes beyond it")
        }
        Self::Library(Error::DiskFull) => {
            "the disk is full, save what is kept free ([storage] reserve)".into()
        }
        Self::Library(Error::NotFound) => "it was deleted".into(),
        Self::Library(Error::Store(error)) => format!("the store failed: {error}"),
        Self::Library(Error::Io(error)) => format!("writing failed: {error}"),
        other => other.to_string(),
    }
    }
}
