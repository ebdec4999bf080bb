//! Single-use tickets: what a new window or tab brings along to become a session of its own.

use std::time::Duration;

use super::Member;
use super::sessions::{self, Secret};
use crate::store::ids::Hash;
use crate::store::rows::people::{Binding, Opens, Session, Ticket};
use crate::store::trees::{Sessions, Tickets};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// How long a ticket for a new tab may be used.
const TAB_LIFETIME: Duration = Duration::from_mins(1);

/// A ticket that can be used.
#[derive(Debug, Clone)]
pub struct Valid {
    hash: Hash,
    ticket: Ticket,
}

impl Valid {
    /// What it opens.
    pub const fn opens(&self) -> &Opens {
        &self.ticket.opens
    }

    /// Whether nobody used it yet.
    pub fn stands(&self, store: &Store) -> Result<bool, StoreError> {
        Ok(store.get::<Tickets>(&self.hash)?.is_some())
    }

    /// Uses the ticket up in `commit`; of two commits that do, one fails.
    pub fn consume(&self, commit: &mut Commit) {
        commit.expect_present::<Tickets>(&self.hash);
        commit.delete_ending::<Tickets>(&self.hash, self.ticket.ends);
    }
}

/// Adds a new ticket to `commit`; answers its text.
pub fn issue(commit: &mut Commit, world: &World, opens: Opens, lifetime: Duration) -> String {
    let secret = Secret::new(world);
    let ticket = Ticket {
        ends: world.now().after(lifetime),
        opens,
    };
    commit.put_until::<Tickets>(&secret.hash, &ticket, ticket.ends);
    secret.text
}

/// Issues a ticket that opens `member`'s session once more.
pub async fn issue_for_tab(
    store: &Store,
    world: &World,
    member: &Member,
) -> Result<String, StoreError> {
    let mut commit = Commit::new();
    let ticket = issue(
        &mut commit,
        world,
        Opens::Session(member.hash()),
        TAB_LIFETIME,
    );
    store.commit(commit).await.map(|()| ticket)
}

/// The ticket with this text, while it can be used.
pub fn find(store: &Store, world: &World, text: &str) -> Result<Option<Valid>, StoreError> {
    let Some(hash) = Secret::hash_of(text) else {
        return Ok(None);
    };
    let ticket = store.get::<Tickets>(&hash)?;
    let valid = ticket.filter(|ticket| world.now() < ticket.ends);
    Ok(valid.map(|ticket| Valid { hash, ticket }))
}

/// A session opened once more: its token and its cookie.
#[derive(Debug, Clone)]
pub struct Tab {
    /// For the path.
    pub token: Secret,
    /// For the cookie, which is required.
    pub cookie: Secret,
    /// What it says.
    pub session: Session,
}

/// Opens the session once more for a new tab, which must keep its cookie; `None` when the session
/// has ended or the ticket was used at the same time.
pub async fn open_tab(
    store: &Store,
    world: &World,
    ticket: &Valid,
    original: Hash,
    browser: Hash,
) -> Result<Option<Tab>, StoreError> {
    for _ in 0..ATTEMPTS {
        let used = store.get::<Tickets>(&ticket.hash)?.is_none();
        let Some(row) = store.read::<Sessions>(&original)?.filter(|_| !used) else {
            return Ok(None);
        };
        if world.now() >= row.value.idle_until {
            return Ok(None);
        }
        let (token, cookie) = (Secret::new(world), Secret::new(world));
        let session = Session {
            binding: Binding::Cookie,
            cookie: cookie.hash,
            browser: Some(browser),
            ..row.value.clone()
        };
        let mut commit = Commit::new();
        ticket.consume(&mut commit);
        // What it copies must still be so: its rights may end at this very moment.
        commit.expect_unchanged::<Sessions>(&original, &row);
        sessions::make_way(store, &mut commit, &session, true)?;
        sessions::add(&mut commit, token.hash, &session);
        match store.commit(commit).await {
            Ok(()) => {
                return Ok(Some(Tab {
                    token,
                    cookie,
                    session,
                }));
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict)
}
