//! Items, uploads, files and who may see them.
//!
//! [`access`] decides who opens and who edits; what compiles is allowed: bytes are read with an
//! [`Opened`], changes are made with an [`Editable`]. Media bytes are files below one folder,
//! everything else is rows.

pub mod access;
mod buffers;
pub mod bytes;
pub mod captions;
pub mod collections;
mod error;
mod examine;
mod folder;
pub mod import;
pub mod items;
pub mod kind;
pub mod leaving;
pub mod left;
pub mod links;
pub mod lists;
pub mod location;
pub mod loose;
pub mod pictures;
pub mod placements;
pub mod range;
pub mod reach;
mod remains;
pub mod search;
pub mod sharing;
pub mod tools;
pub mod uploads;
mod usage;
pub mod words;

#[cfg(test)]
mod testing;

use std::path::PathBuf;
use std::time::Duration;

pub use access::{
    Editable, Opened, Owned, Publishing, Trashed, Viewer, editable, may_place, open, owned, trashed,
};
pub use error::Error;
#[cfg(any(test, fuzzing))]
pub use examine::try_examiner;
pub use examine::{Examination, Picture, answer as examine_input};
pub use folder::Folder;
pub use search::Search;
pub use uploads::Uploads;
pub use words::{Description, Tags, Title};

use crate::people::sessions::Lifetimes;
use crate::store::{self, Commit, Store};

/// What the configuration says about the library.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the media bytes.
    pub media_dir: PathBuf,
    /// The longest upload, in bytes.
    pub max_upload: u64,
    /// How many bytes a person's items and open uploads may have together.
    pub quota_per_person: u64,
    /// How many bytes a course's items and open uploads may have together.
    pub quota_per_course: u64,
    /// How long the sessions that upload last.
    pub lifetimes: Lifetimes,
    /// Free space, in bytes, that uploads never use up.
    pub reserve: u64,
    /// How long an upload may take from its beginning.
    pub upload_lifetime: Duration,
    /// What may be shown to people without a launch.
    pub publishing: Publishing,
    /// How many uploads a person may have open.
    pub max_open_uploads: usize,
    /// Where the files of uploads are examined.
    pub examination: Examination,
}

/// How often a commit is prepared anew because what it expected has changed.
const ATTEMPTS: usize = 8;

/// Commits what `prepare` makes of the store's present state, and again when that state changed
/// meanwhile.
async fn commit<T>(
    store: &Store,
    mut prepare: impl FnMut() -> Result<(Commit, T), Error>,
) -> Result<T, Error> {
    for _ in 0..ATTEMPTS {
        let (commit, value) = prepare()?;
        match store.commit(commit).await {
            Ok(()) => return Ok(value),
            Err(store::Error::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(store::Error::Conflict.into())
}
