//! Everything that is kept about a person, as one ZIP: JSON for each kind of thing, a table of what
//! they watched, captions and, if wanted, their files. It is written while it is sent, in constant
//! memory, by a thread that waits for whoever receives it.

mod archive;
mod doings;
mod media;
mod person;
mod rows;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Error, Privacy};
use crate::audit;
use crate::store::ids::UserId;
use crate::store::trees::Users;
use crate::store::{self, Commit, Store};
use crate::ui::Messages;
pub use archive::Chunks;
use archive::{Archive, Sending};

/// Exports that are made at a time for administrators, and as many for people themselves.
const AT_A_TIME: usize = 4;
/// When to come back when others are made.
const WAIT: Duration = Duration::from_secs(30);

/// For whom an export is.
#[derive(Debug, Clone, Copy)]
pub enum For<'a> {
    /// The person.
    Themselves,
    /// The administrator of this name.
    Administrator(&'a str),
}

/// How many exports may be made.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    own: Arc<Semaphore>,
    administrators: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            own: Arc::new(Semaphore::new(AT_A_TIME)),
            administrators: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }
}

impl Turns {
    fn take(&self, whom: For<'_>) -> Result<OwnedSemaphorePermit, Error> {
        let turns = match whom {
            For::Themselves => &self.own,
            For::Administrator(_) => &self.administrators,
        };
        let turn = Arc::clone(turns).try_acquire_owned();
        turn.map_err(|_| Error::Busy(WAIT))
    }
}

/// Why an export breaks off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    /// A file could not be read, or nobody receives it any more.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The archive could not be written.
    #[error(transparent)]
    Zip(#[from] zip::result::ZipError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// An export in the making.
struct Export<'a> {
    store: &'a Store,
    user: UserId,
    archive: Archive,
}

impl Privacy {
    /// Everything that is kept about a person, to be sent; with their media files if wanted. The
    /// audit log says that it was made.
    pub async fn export(
        &self,
        user: UserId,
        with_media: bool,
        whom: For<'_>,
        messages: Messages,
    ) -> Result<Chunks, Error> {
        let turn = self.exports.take(whom)?;
        self.record_export(user, whom).await?;
        let (sending, chunks) = archive::pipe();
        let privacy = self.clone();
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            privacy.write(user, with_media, sending, messages);
        });
        Ok(chunks)
    }

    async fn record_export(&self, user: UserId, whom: For<'_>) -> Result<(), Error> {
        let mut commit = Commit::new();
        commit.expect_present::<Users>(&user);
        let person = format!("user:{user}");
        let (who, to) = match whom {
            For::Themselves => (person.as_str(), None),
            For::Administrator(name) => (name, Some(person.as_str())),
        };
        audit::record(&mut commit, &self.world, who, "person-exported", to);
        match self.store.commit(commit).await {
            Err(store::Error::Conflict) => Err(Error::Unknown),
            done => Ok(done?),
        }
    }

    /// Writes everything, and breaks the connection off when something fails: half an archive is not
    /// to be taken for a whole one.
    fn write(&self, user: UserId, with_media: bool, sending: Sending, messages: Messages) {
        let breaks = sending.breaks();
        if let Err(error) = self.write_all(user, with_media, sending, messages) {
            tracing::warn!(%error, "an export was broken off");
            breaks.off();
        }
    }

    fn write_all(
        &self,
        user: UserId,
        with_media: bool,
        sending: Sending,
        messages: Messages,
    ) -> Result<(), Broken> {
        let now = self.world.now();
        let mut export = Export {
            store: &self.store,
            user,
            archive: Archive::new(sending, now),
        };
        export.readme(messages, now, with_media)?;
        export.person(now)?;
        export.courses()?;
        export.sessions()?;
        export.launches()?;
        export.items()?;
        export.placements()?;
        export.shares()?;
        export.uploads()?;
        export.views()?;
        export.grades()?;
        export.tools()?;
        export.audit()?;
        export.captions(&self.folder)?;
        if with_media {
            export.media(&self.folder)?;
        }
        export.archive.finish()
    }
}
