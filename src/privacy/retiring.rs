//! How long people are kept who do not come any more, where that is configured.

use std::time::Duration;

use super::erasing::MACHINE;
use super::{Error, Privacy};
use crate::library::leaving::is_used;
use crate::people::finding;
use crate::store::Commit;
use crate::store::ids::{ItemId, UserId};
use crate::store::key::Newest;
use crate::store::rows::people::User;
use crate::store::rows::privacy::Media;
use crate::store::trees::{Items, LastSeen, MemberOf, Owned, Users};
use crate::world::Time;

/// People who are looked at together.
const BATCH: usize = 50;
/// Items of a person that are looked at together.
const ITEMS: usize = 50;
/// People who are counted for the status page; beyond that it says "more".
const COUNTED: usize = 100;

/// A place in the list of people by their last launch.
pub type Place = (Time, UserId);

/// People whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// How many.
    pub number: usize,
    /// Whether there are more.
    pub more: bool,
}

/// Somebody whose time is over, but who owns media that others use: an administrator decides.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The person's number.
    pub id: UserId,
    /// The person.
    pub user: User,
}

impl Privacy {
    /// Erases whoever was last launched longer ago than `kept`. Whoever owns media that others use
    /// waits for an administrator.
    pub async fn retire(&self, kept: Duration) -> Result<(), Error> {
        let end = self.world.now().before(kept);
        let mut after = None;
        loop {
            let page = finding::not_seen_since(&self.store, end, after, BATCH)?;
            let last = page.len() < BATCH;
            after = page.last().copied();
            for (seen, user) in page {
                self.retire_one(seen, user).await?;
            }
            if last {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    async fn retire_one(&self, seen: Time, user: UserId) -> Result<(), Error> {
        let row = self.store.read::<Users>(&user)?;
        let Some(row) = row.filter(|row| row.value.last_seen == seen) else {
            let mut commit = Commit::new();
            commit.delete::<LastSeen>(&(seen, user)).frees();
            return Ok(self.store.commit(commit).await?);
        };
        if row.value.roster_only && self.is_listed(user)? {
            return self.still_there(user, &row).await;
        }
        if self.owns_used(user)? {
            return Ok(());
        }
        match self.begin(user, Media::Remove, MACHINE).await {
            Ok(()) | Err(Error::Unknown) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn is_listed(&self, user: UserId) -> Result<bool, Error> {
        Ok(!self.store.page::<MemberOf>(&(user,), None, 1)?.is_empty())
    }

    /// Whoever was never launched is kept as long as a roster has them.
    async fn still_there(&self, user: UserId, row: &crate::store::Row<User>) -> Result<(), Error> {
        let now = User {
            last_seen: self.world.now(),
            ..row.value.clone()
        };
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Users>(&user, row)
            .put::<Users>(&user, &now)
            .delete::<LastSeen>(&(row.value.last_seen, user))
            .put::<LastSeen>(&(now.last_seen, user), &());
        match self.store.commit(commit).await {
            Ok(()) | Err(crate::store::Error::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a person owns media that others use.
    fn owns_used(&self, user: UserId) -> Result<bool, Error> {
        let mut after: Option<(UserId, Newest, ItemId)> = None;
        loop {
            let page = self.store.page::<Owned>(&(user,), after.as_ref(), ITEMS)?;
            let last = page.len() < ITEMS;
            after = page.last().map(|(key, ())| *key);
            for ((_, _, id), ()) in page {
                let item = self.store.get::<Items>(&id)?;
                if let Some(item) = item
                    && is_used(&self.store, id, &item)?
                {
                    return Ok(true);
                }
            }
            if last {
                return Ok(false);
            }
        }
    }

    /// How many people's time is over.
    pub fn due(&self, kept: Duration) -> Result<Due, Error> {
        let end = self.world.now().before(kept);
        let due = finding::not_seen_since(&self.store, end, None, COUNTED + 1)?;
        Ok(Due {
            number: due.len().min(COUNTED),
            more: due.len() > COUNTED,
        })
    }

    /// At most `limit` people whose time is over, longest ago first, after `after`; and where to go
    /// on, when there are more.
    pub fn waiting(
        &self,
        kept: Duration,
        after: Option<Place>,
        limit: usize,
    ) -> Result<(Vec<Waiting>, Option<Place>), Error> {
        let end = self.world.now().before(kept);
        let due = finding::not_seen_since(&self.store, end, after, limit)?;
        let next = due.last().copied().filter(|_| due.len() == limit);
        let mut people = Vec::with_capacity(due.len());
        for (_, id) in due {
            let user = self.store.get::<Users>(&id)?;
            people.extend(user.map(|user| Waiting { id, user }));
        }
        Ok((people, next))
    }
}
