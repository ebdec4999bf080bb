//! People are found by their names, and their erasure knows each of these, from now on; what is
//! there already is noted once. So is what they watched, and so are the entries of the audit log that
//! name people.

use super::Migrator;
use crate::store::names::found_by;
use crate::store::rows::admin::people_in;
use crate::store::trees::{Audit, AuditOf, KnownAs, LastSeen, Named, UserBy, Users, Viewed, Views};
use crate::store::{Commit, Error};

/// Rows that are read together.
const BATCH: usize = 100;

/// Notes everybody. Puts only, so that running it again changes nothing.
pub(super) fn note(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    names(migrator)?;
    users(migrator)?;
    views(migrator)?;
    audit(migrator)
}

fn views(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = migrator.page::<Views>(&(), after.as_ref(), BATCH)?;
        let mut commit = Commit::new();
        for ((course, item, user), _) in &page {
            commit.put::<Viewed>(&(*user, *course, *item), &());
        }
        after = page.last().map(|(key, _)| *key);
        if after.is_none() {
            return Ok(());
        }
        migrator.commit(commit)?;
    }
}

fn names(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = migrator.page::<UserBy>(&(), after.as_ref(), BATCH)?;
        let mut commit = Commit::new();
        for ((connection, subject), found) in &page {
            commit.put::<KnownAs>(&(found.user, *connection, subject.clone()), &());
        }
        after = page.last().map(|(key, _)| key.clone());
        if after.is_none() {
            return Ok(());
        }
        migrator.commit(commit)?;
    }
}

fn users(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = migrator.page::<Users>(&(), after.as_ref(), BATCH)?;
        let mut commit = Commit::new();
        for (id, user) in &page {
            commit.put::<LastSeen>(&(user.last_seen, *id), &());
            for key in found_by(user) {
                commit.put::<Named>(&(user.connection, key, *id), &());
            }
        }
        after = page.last().map(|(id, _)| *id);
        if after.is_none() {
            return Ok(());
        }
        migrator.commit(commit)?;
    }
}

fn audit(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = migrator.page::<Audit>(&(), after.as_ref(), BATCH)?;
        let mut commit = Commit::new();
        for ((time, random), entry) in &page {
            for user in people_in(entry) {
                commit.put::<AuditOf>(&(user, *time, *random), &());
            }
        }
        after = page.last().map(|(key, _)| *key);
        if after.is_none() {
            return Ok(());
        }
        if !commit.is_empty() {
            migrator.commit(commit)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ids::{ConnectionId, UserId};
    use crate::store::migrate::SCHEMA;
    use crate::store::rows::admin::AuditEntry;
    use crate::store::rows::people::{User, UserRef};
    use crate::store::{Opening, Options, Store};
    use crate::world::{Time, World};

    fn open(dir: &std::path::Path, migrations: &'static [super::super::Migration]) -> Store {
        let options = Options::new(dir.to_owned());
        let opening = Opening::new(options, World::system()).migrations(migrations);
        opening.open().unwrap().0
    }

    #[tokio::test]
    async fn whoever_is_there_already_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), &SCHEMA[..1]);
        let (one, other) = (ConnectionId(1), ConnectionId(2));
        let mut commit = Commit::new();
        for id in 1..=150 {
            let user = User {
                name: Some(format!("Ada {id}")),
                ..User::new(one, &id.to_string(), Time(id))
            };
            let found = UserRef { user: UserId(id) };
            commit
                .put::<Users>(&UserId(id), &user)
                .put::<UserBy>(&(one, id.to_string()), &found);
        }
        let joined = UserRef { user: UserId(7) };
        let entry = AuditEntry {
            who: "user:0000000000000007".into(),
            what: "shared".into(),
            to: Some("0000000000000001 user:0000000000000008".into()),
        };
        commit
            .put::<UserBy>(&(other, "seven".into()), &joined)
            .put::<Audit>(&(Time(5), 1), &entry);
        store.commit(commit).await.unwrap();
        drop(store);

        let store = open(dir.path(), SCHEMA);
        let names = store.page::<KnownAs>(&(UserId(7),), None, 9).unwrap();
        assert_eq!(names.len(), 2);
        assert_eq!(store.page::<LastSeen>(&(), None, 999).unwrap().len(), 150);
        assert_eq!(store.page::<Named>(&(one,), None, 999).unwrap().len(), 300);
        let told = store.page::<AuditOf>(&(), None, 9).unwrap();
        let told: Vec<u64> = told.into_iter().map(|((user, ..), ())| user.0).collect();
        assert_eq!(told, [7, 8]);
    }
}
