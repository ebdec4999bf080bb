//! The end of everything that a person has under way.

use super::{UploadId, Uploads};
use crate::library::error::Error;
use crate::store::ids::UserId;
use crate::store::trees;
use crate::store::{self, Commit};

/// Rows that are looked at together.
const BATCH: usize = 100;

impl Uploads {
    /// Ends a person's uploads, and forgets those that are complete; answers whether some are left,
    /// which are being written just now.
    ///
    /// Those that are complete are in no list of the person's, so this looks through all that is
    /// under way, and what was completed during the last day.
    pub(in crate::library) async fn forget_all_of(&self, user: UserId) -> Result<bool, Error> {
        let (mut after, mut left) = (None, false);
        loop {
            let rows = self
                .store
                .page::<trees::Uploads>(&(), after.as_ref(), BATCH)?;
            let last = rows.len() < BATCH;
            after = rows.last().map(|(id, _)| *id);
            let theirs = rows.into_iter().filter(|(_, upload)| upload.user == user);
            for (id, _) in theirs {
                left |= !self.forget(UploadId(id)).await?;
            }
            if last {
                return Ok(left);
            }
        }
    }

    /// Forgets one upload, unless it is being written.
    async fn forget(&self, id: UploadId) -> Result<bool, Error> {
        let Some(_held) = self.locks.hold(id) else {
            return Ok(false);
        };
        let Some(row) = self.store.read::<trees::Uploads>(&id.0)? else {
            return Ok(true);
        };
        if !row.value.complete {
            self.end(id, &row.value).await?;
            return Ok(true);
        }
        let mut commit = Commit::new();
        commit.expect_unchanged::<trees::Uploads>(&id.0, &row);
        commit
            .delete_ending::<trees::Uploads>(&id.0, row.value.ends)
            .frees();
        match self.store.commit(commit).await {
            Ok(()) => Ok(true),
            Err(store::Error::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
