//! What a course's items take up is counted from now on; what is there already is counted once.

use std::collections::BTreeMap;

use super::Migrator;
use crate::store::ids::CourseId;
use crate::store::rows::library::{Reserved, Usage};
use crate::store::trees::{CourseUsage, Files, Items, Uploads, UploadsIn};
use crate::store::{Commit, Error};

/// Rows that are read or written together.
const BATCH: usize = 100;

/// Counts items and open uploads by their courses. Puts whole numbers, so that running it again
/// changes nothing.
pub(super) fn count(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let courses = items(migrator)?;
    let mut rows = courses.iter().peekable();
    while rows.peek().is_some() {
        let mut commit = Commit::new();
        for (course, usage) in rows.by_ref().take(BATCH) {
            commit.put::<CourseUsage>(course, usage);
        }
        migrator.commit(commit)?;
    }
    uploads(migrator)
}

fn items(migrator: &Migrator<'_>) -> Result<BTreeMap<CourseId, Usage>, Error> {
    let mut courses = BTreeMap::<CourseId, Usage>::new();
    let mut after = None;
    loop {
        let items = migrator.page::<Items>(&(), after.as_ref(), BATCH)?;
        after = items.last().map(|(id, _)| *id);
        for (id, item) in items {
            let Some(course) = item.course else { continue };
            let file = migrator.read::<Files>(&(id, "original".to_owned()))?;
            let usage = courses.entry(course).or_default();
            usage.items += 1;
            let bytes = file.map_or(0, |file| file.value.len);
            usage.bytes = usage.bytes.saturating_add(bytes);
        }
        if after.is_none() {
            return Ok(courses);
        }
    }
}

fn uploads(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let uploads = migrator.page::<Uploads>(&(), after.as_ref(), BATCH)?;
        after = uploads.last().map(|(id, _)| *id);
        let mut commit = Commit::new();
        for (id, upload) in uploads {
            let course = match upload.replaces {
                Some(item) => migrator
                    .read::<Items>(&item)?
                    .and_then(|row| row.value.course),
                None => upload.course,
            };
            if let Some(course) = course.filter(|_| !upload.complete) {
                let reserved = Reserved { len: upload.len };
                commit.put_until::<UploadsIn>(&(course, id), &reserved, upload.ends);
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
    use crate::store::ids::{ConnectionId, ItemId, UserId};
    use crate::store::migrate::SCHEMA;
    use crate::store::rows::library::{File, Item, Kind, Upload, Visibility};
    use crate::store::{Opening, Options, Store};
    use crate::world::{Time, World};

    fn item(course: Option<u64>) -> Item {
        Item {
            course: course.map(CourseId),
            ..Item::new(UserId(1), ConnectionId(1), Kind::Video, "", Time(0))
        }
    }

    fn file(len: u64) -> File {
        File {
            path: String::new(),
            len,
            etag: String::new(),
            media_type: String::new(),
            name: String::new(),
            sent: None,
        }
    }

    fn upload(course: Option<u64>, replaces: Option<u64>, complete: bool) -> Upload {
        Upload {
            user: UserId(1),
            connection: ConnectionId(1),
            course: course.map(CourseId),
            len: 50,
            offset: 0,
            filename: String::new(),
            title: String::new(),
            visibility: Visibility::Private,
            created: Time(0),
            ends: Time(u64::MAX),
            item: ItemId(9),
            complete,
            metadata: String::new(),
            replaces: replaces.map(ItemId),
            import: None,
        }
    }

    fn open(dir: &std::path::Path, migrations: &'static [super::super::Migration]) -> Store {
        let options = Options::new(dir.to_owned());
        let opening = Opening::new(options, World::system()).migrations(migrations);
        opening.open().unwrap().0
    }

    #[tokio::test]
    async fn an_older_store_is_counted_once_and_rightly() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), &SCHEMA[..1]);
        let mut commit = Commit::new();
        let items = [
            (1, Some(5), 10),
            (2, Some(5), 20),
            (3, Some(6), 40),
            (4, None, 80),
        ];
        for (id, course, len) in items {
            commit
                .put::<Items>(&ItemId(id), &item(course))
                .put::<Files>(&(ItemId(id), "original".to_owned()), &file(len))
                .put::<Files>(&(ItemId(id), "picture-640".to_owned()), &file(7));
        }
        let uploads = [
            upload(Some(6), None, false),
            upload(Some(6), Some(1), false),
            upload(Some(6), None, true),
            upload(None, None, false),
        ];
        for (id, upload) in (0_u8..).zip(uploads) {
            commit.put::<Uploads>(&[id; 16], &upload);
        }
        store.commit(commit).await.unwrap();
        drop(store);

        let store = open(dir.path(), SCHEMA);
        let usages = store.page::<CourseUsage>(&(), None, 10).unwrap();
        let usages: Vec<_> = usages
            .into_iter()
            .map(|(course, usage)| (course.0, usage.items, usage.bytes))
            .collect();
        assert_eq!(usages, [(5, 2, 30), (6, 1, 40)]);
        let reserved = store.page::<UploadsIn>(&(), None, 10).unwrap();
        let reserved: Vec<_> = reserved
            .into_iter()
            .map(|((course, id), reserved)| (course.0, id[0], reserved.len))
            .collect();
        assert_eq!(reserved, [(5, 1, 50), (6, 0, 50)]);
    }
}
