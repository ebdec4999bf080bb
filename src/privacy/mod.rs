//! What is kept about people, in their hands: export, erasure, and how long it is kept.
//!
//! [`table`] says what each tree of the store holds of a person. An erasure is a row that a
//! background task works on until nothing is left (`erasing`), in small commits, so that it goes
//! on wherever a crash broke it off; `record` keeps it true when an older copy of the store is put
//! back (`again`).

mod adopting;
mod again;
mod erasing;
pub mod export;
mod others;
mod record;
mod retiring;
pub mod summary;
pub mod table;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};

pub use retiring::{Due, Place, Waiting};

use crate::launchlog::LaunchLog;
use crate::library::leaving::Parts;
use crate::library::{self, Folder, Uploads};
use crate::store::ids::UserId;
use crate::store::rows::privacy::Erasure;
use crate::store::trees::{Erasures, Meta};
use crate::store::{self, Commit, Store};
use crate::world::World;
use record::{Record, Tracer};

/// Where the store keeps the key that makes hashes of names.
const KEY: &str = "erasure-key";
/// Where it notes how many erasures it knows.
const KNOWN: &str = "erasures-known";
/// Erasures that are listed; there are never nearly as many at a time.
const LISTED: usize = 100;

/// Why something of a person cannot be erased or exported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such person (any more).
    #[error("there is no such person")]
    Unknown,
    /// Nobody of the same connection is known by that name, or it is the person themselves.
    #[error("nobody can take the media over")]
    NoHeir,
    /// Too many exports are made just now: come back after this time.
    #[error("other exports are made just now")]
    Busy(Duration),
    /// The file of erasures could not be written: nothing was erased.
    #[error("the file of erasures cannot be read or written")]
    Record(#[source] io::Error),
    /// The library failed.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Export and erasure. Cheap to clone; one per process.
#[derive(Debug, Clone)]
pub struct Privacy {
    store: Store,
    world: World,
    folder: Folder,
    uploads: Uploads,
    launches: LaunchLog,
    record: Record,
    tracer: Tracer,
    /// Held while an erasure begins.
    beginning: Arc<Mutex<()>>,
    /// Told that there is something to do.
    wake: Arc<Notify>,
    /// How many exports may be made.
    exports: export::Turns,
}

impl Privacy {
    /// Export and erasure of what `store` holds, with the file of erasures in `data_dir`. Whatever
    /// was erased after the copy of the store was made that is opened here begins to be erased
    /// again.
    pub async fn open(
        store: &Store,
        world: &World,
        (folder, uploads): (&Folder, &Uploads),
        launches: &LaunchLog,
        data_dir: &Path,
    ) -> Result<Self, Error> {
        let key = key(store, world).await?;
        let privacy = Self {
            store: store.clone(),
            world: world.clone(),
            folder: folder.clone(),
            uploads: uploads.clone(),
            launches: launches.clone(),
            record: Record::within(data_dir),
            tracer: Tracer::new(&key),
            beginning: Arc::default(),
            wake: Arc::default(),
            exports: export::Turns::default(),
        };
        privacy.erase_again().await?;
        Ok(privacy)
    }

    fn parts(&self) -> Parts<'_> {
        Parts {
            store: &self.store,
            world: &self.world,
            folder: &self.folder,
            uploads: &self.uploads,
        }
    }

    /// The erasures under way; the first of them.
    pub fn under_way(&self) -> Result<Vec<(UserId, Erasure)>, Error> {
        Ok(self.store.page::<Erasures>(&(), None, LISTED)?)
    }
}

/// The key that makes hashes of names, made when there is none.
async fn key(store: &Store, world: &World) -> Result<Vec<u8>, store::Error> {
    let name = KEY.to_owned();
    if let Some(key) = store.get::<Meta>(&name)? {
        return Ok(key);
    }
    let key = world.random::<32>().to_vec();
    let mut commit = Commit::new();
    commit
        .expect_absent::<Meta>(&name)
        .put::<Meta>(&name, &key)
        .frees();
    store.commit(commit).await?;
    Ok(key)
}

/// How many erasures the store knows.
fn known(store: &Store) -> Result<u64, store::Error> {
    let bytes = store.get::<Meta>(&KNOWN.to_owned())?;
    let number = bytes.and_then(|bytes| bytes.try_into().ok());
    Ok(number.map_or(0, u64::from_be_bytes))
}

/// Adds to `commit` that the store knows so many erasures.
fn knows(commit: &mut Commit, number: u64) {
    commit.put::<Meta>(&KNOWN.to_owned(), &number.to_be_bytes().to_vec());
}

#[cfg(test)]
mod tests;
