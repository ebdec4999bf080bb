//! Why the room of external tools refuses.

use super::addresses::BadAddress;
use crate::{keys, library, store};

/// Why a tool is not launched, added or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tool is gone, or is not this person's to change: which of the two is not told.
    #[error("there is no such tool")]
    Gone,
    /// An administrator lets nobody launch it.
    #[error("an administrator forbids this tool")]
    Forbidden,
    /// Whoever added it shows no way to launch it.
    #[error("the item does not launch its tool")]
    Hidden,
    /// Its address cannot be launched, or not any more.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// Nothing signs for it: the file no longer has its secret.
    #[error("the tool has no secret")]
    NoSecret,
    /// The library refuses.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// Our own keys failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}
