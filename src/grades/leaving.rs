//! What is lost of grades when somebody is erased: what the platform told of them, and what is owed to
//! it. A score that was not taken yet is dropped.

use super::row;
use crate::store::ids::{GradeKey, UserId};
use crate::store::trees::{Grades, TargetOf, Targets};
use crate::store::{Commit, Error, Store};

/// Adds the end of at most `limit` grades of a person to `commit`.
pub fn grades(store: &Store, commit: &mut Commit, user: UserId, limit: usize) -> Result<(), Error> {
    for (place, ()) in store.page::<TargetOf>(&(user,), None, limit)? {
        let key = GradeKey {
            link: place.3.clone(),
            user,
        };
        commit.delete::<TargetOf>(&place).delete::<Targets>(&key);
        if let Some(row) = store.read::<Grades>(&key)? {
            row::remove(store, commit, &key, &row)?;
        }
    }
    Ok(())
}
