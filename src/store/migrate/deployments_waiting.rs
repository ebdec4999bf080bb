//! Deployments that wait for an administrator are known by an index of their own from now on; those
//! that wait already are noted once.

use super::Migrator;
use crate::store::trees::{Deployments, DeploymentsWaiting};
use crate::store::{Commit, Error};

/// Rows that are read together.
const BATCH: usize = 500;

/// Notes every deployment that waits. Running it again changes nothing.
pub(super) fn note(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let known = migrator.page::<Deployments>(&(), after.as_ref(), BATCH)?;
        after = known.last().map(|(key, _)| key.clone());
        let mut commit = Commit::new();
        for (key, row) in known {
            if row.waits() {
                commit.put::<DeploymentsWaiting>(&key, &());
            }
        }
        if !commit.is_empty() {
            migrator.commit(commit)?;
        }
        if after.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ids::ConnectionId;
    use crate::store::migrate::SCHEMA;
    use crate::store::rows::people::Deployment;
    use crate::store::{Opening, Options, Store};
    use crate::world::{Time, World};

    fn open(dir: &std::path::Path, migrations: &'static [super::super::Migration]) -> Store {
        let options = Options::new(dir.to_owned());
        let opening = Opening::new(options, World::system()).migrations(migrations);
        opening.open().unwrap().0
    }

    #[tokio::test]
    async fn what_waits_in_an_older_store_is_noted_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), &SCHEMA[..3]);
        let mut commit = Commit::new();
        for (name, approved, blocked) in [
            ("approved", true, false),
            ("blocked", false, true),
            ("waits", false, false),
        ] {
            let row = Deployment {
                approved,
                blocked,
                ..Deployment::waiting(Time(1))
            };
            commit.put::<Deployments>(&(ConnectionId(3), name.to_owned()), &row);
        }
        for number in 0..2 * BATCH {
            let key = (ConnectionId(4), format!("{number}"));
            commit.put::<Deployments>(&key, &Deployment::waiting(Time(1)));
        }
        store.commit(commit).await.unwrap();
        drop(store);

        let store = open(dir.path(), SCHEMA);
        let of = |id| {
            let noted = store.page::<DeploymentsWaiting>(&(ConnectionId(id),), None, 5 * BATCH);
            noted.unwrap()
        };
        let noted = of(3);
        assert_eq!(noted.len(), 1);
        assert_eq!(noted[0].0.1, "waits");
        assert_eq!(of(4).len(), 2 * BATCH);
    }
}
