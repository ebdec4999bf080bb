//! What further rooms lose when somebody is erased. Each adds at most `limit` of what is left to a
//! commit, and nothing when nothing is.

use crate::store::ids::UserId;
use crate::store::trees::{
    AuditOf, Consents, KnownTo, PseudonymOf, Pseudonyms, Received, ReceivedOf,
};
use crate::store::{Commit, Error, Store};

/// What the person allowed tools to know, and by which names these know them.
pub(super) fn told_to_tools(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    limit: usize,
) -> Result<(), Error> {
    for (key, _) in store.page::<Consents>(&(user,), None, limit)? {
        commit.delete::<Consents>(&key);
    }
    for ((_, tool), ()) in store.page::<KnownTo>(&(user,), None, limit)? {
        commit.delete::<KnownTo>(&(user, tool));
        if let Some(pseudonym) = store.get::<PseudonymOf>(&(tool, user))? {
            commit
                .delete::<PseudonymOf>(&(tool, user))
                .delete::<Pseudonyms>(&(tool, pseudonym.id));
        }
    }
    Ok(())
}

/// What tools reported of the person.
pub(super) fn reported_by_tools(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    limit: usize,
) -> Result<(), Error> {
    for (key, ()) in store.page::<ReceivedOf>(&(user,), None, limit)? {
        let (_, tool, course, line) = key;
        commit
            .delete::<ReceivedOf>(&key)
            .delete::<Received>(&(tool, course, line, user));
    }
    Ok(())
}

/// The way from the person to the entries of the audit log that name them. The entries stay: the
/// number in them leads to nobody.
pub(super) fn audited(
    store: &Store,
    commit: &mut Commit,
    user: UserId,
    limit: usize,
) -> Result<(), Error> {
    for (key, ()) in store.page::<AuditOf>(&(user,), None, limit)? {
        commit.delete::<AuditOf>(&key);
    }
    Ok(())
}
