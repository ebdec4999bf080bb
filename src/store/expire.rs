//! Expiry: what has ended is deleted, found through the `expiry` tree alone.

use futures_util::future::join_all;

use super::commit::Commit;
use super::trees::Expiry;
use super::{Error, Store};
use crate::world::Time;

impl Store {
    /// Deletes at most `limit` entries that ended at `now` or before; answers how many ends were
    /// dealt with. Fewer than `limit` means that nothing more has ended.
    ///
    /// What is given a later end meanwhile stays.
    pub async fn expire(&self, now: Time, limit: usize) -> Result<usize, Error> {
        let ended: Vec<_> = self
            .page::<Expiry>(&(), None, limit)?
            .into_iter()
            .map(|(key, ())| key)
            .take_while(|(end, ..)| *end <= now)
            .collect();
        // One commit each, so that a conflict spares only its own; they share a sync.
        let commits = ended.iter().map(|key| {
            let (_, tree, row) = key;
            let mut commit = Commit::new();
            commit
                .expect_present::<Expiry>(key)
                .delete::<Expiry>(key)
                .delete_named(tree, row)
                .frees();
            self.commit(commit)
        });
        for result in join_all(commits).await {
            match result {
                Ok(()) | Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ended.len())
    }
}
