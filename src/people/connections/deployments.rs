//! The deployments of a registration: those that are let in, those that are refused, and those that
//! wait for an administrator. A platform may have very many (one for each course), so that nothing
//! here reads all of them.

use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Deployment};
use crate::store::trees::{Deployments, DeploymentsWaiting};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::World;

/// Deployments that one registration may leave waiting for approval: whoever may make deployments
/// of a platform must not fill the store with them.
pub const MOST_WAITING: usize = 200;
/// Characters of the course that are kept of a deployment.
const LONGEST_COURSE: usize = 200;

/// A deployment's key: its connection, and what the platform calls it.
type Key = (ConnectionId, String);

/// Whether launches of a deployment are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Approved or declared.
    Approved,
    /// Seen, and waiting for an administrator.
    Waiting,
    /// Refused by an administrator.
    Blocked,
}

impl Standing {
    /// What a row says.
    pub const fn of(row: &Deployment) -> Self {
        match (row.blocked, row.approved) {
            (true, _) => Self::Blocked,
            (false, true) => Self::Approved,
            (false, false) => Self::Waiting,
        }
    }
}

/// Writes a deployment, and whether it waits.
pub(super) fn put(commit: &mut Commit, key: &Key, row: &Deployment) {
    commit.put::<Deployments>(key, row);
    if row.waits() {
        commit.put::<DeploymentsWaiting>(key, &());
    } else {
        commit.delete::<DeploymentsWaiting>(key);
    }
}

/// Looks a verified deployment up; one that was never seen is written down, approved when the
/// connection accepts them and else waiting. `course` is where it was seen.
pub async fn seen(
    store: &Store,
    world: &World,
    (id, connection): (ConnectionId, &Connection),
    deployment: &str,
    course: Option<&str>,
) -> Result<Standing, StoreError> {
    let key = (id, deployment.to_owned());
    if let Some(row) = store.get::<Deployments>(&key)? {
        return Ok(Standing::of(&row));
    }
    let approved = connection.accept_deployments;
    let row = Deployment {
        approved,
        seen_in: course.map(|course| course.chars().take(LONGEST_COURSE).collect()),
        ..Deployment::waiting(world.now())
    };
    if approved || number_waiting(store, id)? < MOST_WAITING {
        let mut commit = Commit::new();
        commit.expect_absent::<Deployments>(&key);
        put(&mut commit, &key, &row);
        match store.commit(commit).await {
            // On a conflict somebody wrote the same at the same time.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Standing::of(&row))
}

/// One deployment.
pub fn one(
    store: &Store,
    id: ConnectionId,
    deployment: &str,
) -> Result<Option<Deployment>, StoreError> {
    store.get::<Deployments>(&(id, deployment.to_owned()))
}

/// At most `limit` deployments of a connection in the order of their names, after the one called
/// `after`.
pub fn page(
    store: &Store,
    id: ConnectionId,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Deployment)>, StoreError> {
    let after = after.map(|name| (id, name.to_owned()));
    let rows = store.page::<Deployments>(&(id,), after.as_ref(), limit)?;
    Ok(rows
        .into_iter()
        .map(|((_, name), row)| (name, row))
        .collect())
}

/// At most `limit` deployments of a connection that wait.
pub fn waiting(
    store: &Store,
    id: ConnectionId,
    limit: usize,
) -> Result<Vec<(String, Deployment)>, StoreError> {
    let mut found = Vec::new();
    for (key, ()) in store.page::<DeploymentsWaiting>(&(id,), None, limit)? {
        if let Some(row) = store.get::<Deployments>(&key)? {
            found.push((key.1, row));
        }
    }
    Ok(found)
}

/// How many deployments of a connection wait.
pub fn number_waiting(store: &Store, id: ConnectionId) -> Result<usize, StoreError> {
    // Two that come at once may both be written, so that there can be a few more than the bound.
    let waiting = store.page::<DeploymentsWaiting>(&(id,), None, 2 * MOST_WAITING)?;
    Ok(waiting.len())
}

/// Whether launches of a deployment are accepted, as far as it was decided about.
pub fn is_approved(store: &Store, id: ConnectionId, deployment: &str) -> Result<bool, StoreError> {
    let row = one(store, id, deployment)?;
    Ok(row.is_some_and(|row| Standing::of(&row) == Standing::Approved))
}

/// Accepts the launches of a deployment from now on, or refuses them; answers whether there is such
/// a one. `besides` adds what must become true with it.
pub async fn judge(
    store: &Store,
    id: ConnectionId,
    deployment: &str,
    approved: bool,
    besides: impl FnOnce(&mut Commit),
) -> Result<bool, StoreError> {
    let key = (id, deployment.to_owned());
    let Some(row) = store.read::<Deployments>(&key)? else {
        return Ok(false);
    };
    let mut commit = Commit::new();
    commit.expect_unchanged::<Deployments>(&key, &row);
    let judged = Deployment {
        approved,
        blocked: !approved,
        ..row.value.clone()
    };
    put(&mut commit, &key, &judged);
    besides(&mut commit);
    store.commit(commit).await.map(|()| true)
}

/// Nothing of a deleted connection waits for anybody any more.
pub(super) fn wait_no_more(
    store: &Store,
    commit: &mut Commit,
    id: ConnectionId,
) -> Result<(), StoreError> {
    for (key, ()) in store.page::<DeploymentsWaiting>(&(id,), None, 2 * MOST_WAITING)? {
        commit.delete::<DeploymentsWaiting>(&key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::people::Source;
    use crate::world::Time;

    const ID: ConnectionId = ConnectionId(7);

    async fn visit(store: &Store, accept: bool, name: &str) -> Standing {
        let connection = Connection {
            accept_deployments: accept,
            ..Connection::new("LMS", Source::Registered, Time(1))
        };
        let known = (ID, &connection);
        let standing = seen(store, &World::system(), known, name, Some("Biology")).await;
        standing.unwrap()
    }

    async fn decide(store: &Store, name: &str, approved: bool) -> bool {
        judge(store, ID, name, approved, |_| {}).await.unwrap()
    }

    #[tokio::test]
    async fn a_new_one_waits_and_is_approved_beside_hundreds_that_are() {
        let store = Store::temporary();
        for number in 0..300 {
            let name = format!("course {number:03}");
            assert_eq!(visit(&store, true, &name).await, Standing::Approved);
        }
        assert_eq!(number_waiting(&store, ID).unwrap(), 0);
        assert_eq!(visit(&store, false, "new").await, Standing::Waiting);
        let waits = waiting(&store, ID, 10).unwrap();
        assert_eq!(waits.len(), 1);
        assert_eq!(waits[0].0, "new");
        assert_eq!(waits[0].1.seen_in.as_deref(), Some("Biology"));
        assert!(decide(&store, "new", true).await);
        assert_eq!(number_waiting(&store, ID).unwrap(), 0);
        assert_eq!(visit(&store, false, "new").await, Standing::Approved);
        assert!(decide(&store, "course 299", false).await);
        assert_eq!(visit(&store, true, "course 299").await, Standing::Blocked);
        assert_eq!(number_waiting(&store, ID).unwrap(), 0);
        assert!(!decide(&store, "never seen", true).await);
    }

    #[tokio::test]
    async fn only_so_many_wait_and_what_is_decided_makes_room() {
        let store = Store::temporary();
        for number in 0..MOST_WAITING + 5 {
            let name = format!("flood {number:03}");
            assert_eq!(visit(&store, false, &name).await, Standing::Waiting);
        }
        assert_eq!(number_waiting(&store, ID).unwrap(), MOST_WAITING);
        assert_eq!(one(&store, ID, "flood 204").unwrap(), None);
        // Neither does the flood keep out what is accepted, nor another connection's.
        assert_eq!(visit(&store, true, "accepted").await, Standing::Approved);
        assert_eq!(number_waiting(&store, ConnectionId(8)).unwrap(), 0);
        assert!(decide(&store, "flood 000", false).await);
        visit(&store, false, "flood 204").await;
        assert!(one(&store, ID, "flood 204").unwrap().is_some());
        let mut commit = Commit::new();
        wait_no_more(&store, &mut commit, ID).unwrap();
        store.commit(commit).await.unwrap();
        assert_eq!(number_waiting(&store, ID).unwrap(), 0);
    }

    #[tokio::test]
    async fn pages_go_through_all_of_them() {
        let store = Store::temporary();
        for number in 0..25 {
            visit(&store, true, &format!("{number:02}")).await;
        }
        let mut seen = Vec::new();
        loop {
            let after: Option<&String> = seen.last();
            let next = page(&store, ID, after.map(String::as_str), 10).unwrap();
            if next.is_empty() {
                break;
            }
            seen.extend(next.into_iter().map(|(name, _)| name));
        }
        assert_eq!(seen.len(), 25);
        assert_eq!(seen[24], "24");
    }
}
