//! What is nobody's: media and tools that were to be handed over to somebody who was erased as well.

use super::summary::{self, Count};
use super::{Error, Privacy, others};
use crate::library::leaving::NOBODY;
use crate::store::ids::UserId;
use crate::store::trees::{Owned, Users};
use crate::store::{self, Commit};

/// Items that are given at a time: each is a commit of its own.
const ITEMS: usize = 500;
/// Tools that are looked through; there are never nearly as many.
const TOOLS: usize = 1_000;
/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;

impl Privacy {
    /// How many media are nobody's.
    pub fn nobodys(&self) -> Result<Count, Error> {
        Ok(summary::count::<Owned>(&self.store, &(NOBODY,))?)
    }

    /// Gives what is nobody's to `heir`, as `by` decided: media and tools of the heir's own
    /// connection. Answers how many media; there may be more than one call gives.
    pub async fn adopt(&self, heir: UserId, by: &str) -> Result<usize, Error> {
        let user = self.store.get::<Users>(&heir)?.ok_or(Error::NoHeir)?;
        for attempt in 1.. {
            let mut commit = Commit::new();
            let tools = (user.connection, heir, by);
            others::nobodys_tools(&self.store, &mut commit, &self.world, tools, TOOLS)?;
            if commit.is_empty() {
                break;
            }
            match self.store.commit(commit).await {
                Ok(()) => break,
                Err(store::Error::Conflict) if attempt < ATTEMPTS => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.parts().adopt(heir, ITEMS, by).await?)
    }
}
