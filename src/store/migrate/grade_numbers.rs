//! How many grades stand how is counted from now on; those that are there already are counted once.

use std::collections::BTreeMap;

use super::Migrator;
use crate::store::ids::CourseId;
use crate::store::rows::grades::Numbers;
use crate::store::trees::{GradeNumbers, Grades};
use crate::store::{Commit, Error};

/// Rows that are read or written together.
const BATCH: usize = 200;

/// Counts grades by their courses and how they stand. Puts whole numbers, so that running it again
/// changes nothing.
pub(super) fn count(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut counted = BTreeMap::<(CourseId, u8), Numbers>::new();
    let mut after = None;
    loop {
        let grades = migrator.page::<Grades>(&(), after.as_ref(), BATCH)?;
        let Some((last, _)) = grades.last() else {
            break;
        };
        after = Some(last.clone());
        for (key, grade) in grades {
            for row in Numbers::keys(grade.course, key.user) {
                *counted.entry(row).or_default().of_mut(grade.standing) += 1;
            }
        }
    }
    let mut rows = counted.iter().peekable();
    while rows.peek().is_some() {
        let mut commit = Commit::new();
        for (key, numbers) in rows.by_ref().take(BATCH) {
            commit.put::<GradeNumbers>(key, numbers);
        }
        migrator.commit(commit)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ids::{ConnectionId, GradeKey, ItemId, LinkKey, UserId};
    use crate::store::migrate::{Migration, SCHEMA};
    use crate::store::rows::grades::{Grade, Standing, Value};
    use crate::store::{Opening, Options, Store};
    use crate::world::{Time, World};

    fn grade(course: u64, standing: Standing) -> Grade {
        Grade {
            course: CourseId(course),
            item: ItemId(1),
            value: Value {
                part: 1,
                maximum: 1,
            },
            stamp: Time(0),
            standing,
            since: Time(0),
            due: None,
            attempts: 0,
            trouble: None,
            taken: None,
            result: None,
            owed: Time(0),
        }
    }

    fn open(dir: &std::path::Path, migrations: &'static [Migration]) -> Store {
        let options = Options::new(dir.to_owned());
        let opening = Opening::new(options, World::system()).migrations(migrations);
        opening.open().unwrap().0
    }

    #[tokio::test]
    async fn grades_of_an_older_store_are_counted_once_and_rightly() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), &SCHEMA[..4]);
        let mut commit = Commit::new();
        for user in 0..500 {
            let standing = Standing::ALL[usize::try_from(user % 3).unwrap()];
            let key = GradeKey {
                link: LinkKey {
                    connection: ConnectionId(1),
                    deployment: "1".into(),
                    link: "link".into(),
                },
                user: UserId(user),
            };
            commit.put::<Grades>(&key, &grade(5 + user / 400, standing));
        }
        store.commit(commit).await.unwrap();
        drop(store);

        let store = open(dir.path(), SCHEMA);
        let sums = |course: u64| {
            let course = (CourseId(course),);
            let rows = store.page::<GradeNumbers>(&course, None, usize::from(Numbers::ROWS));
            let rows = rows.unwrap();
            let sum = |standing| rows.iter().map(|(_, row)| row.of(standing)).sum::<u64>();
            (rows.len(), Standing::ALL.map(sum))
        };
        assert_eq!(sums(5), (64, [134, 133, 133]));
        assert_eq!(sums(6), (64, [33, 34, 33]));
        assert_eq!(sums(Numbers::ALL.0), (64, [167, 167, 166]));
    }
}
