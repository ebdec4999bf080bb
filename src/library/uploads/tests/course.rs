//! What a course may have together.

use super::*;
use crate::library::items;
use crate::store::ids::CourseId;
use crate::store::rows::library::Usage as Row;
use crate::store::trees::CourseUsage;

const KIB: usize = 1024;

fn library() -> Library {
    Library::with(|options| options.quota_per_course = 1000 * KIB as u64)
}

async fn create(library: &Library, member: &Member, len: usize) -> Result<UploadId, Error> {
    let new = new_upload(len, Visibility::Private);
    let begun = library.uploads.create(member, new).await;
    begun.map(|(id, _)| id)
}

fn usage(library: &Library, course: u64) -> Row {
    let row = library.store.get::<CourseUsage>(&CourseId(course));
    row.unwrap().unwrap_or_default()
}

fn open_in(library: &Library, course: u64) -> usize {
    let open = library
        .store
        .page::<UploadsIn>(&(CourseId(course),), None, 10);
    open.unwrap().len()
}

#[tokio::test]
async fn what_all_its_people_upload_counts_together() {
    let library = library();
    let first = create(&library, &teacher(), 600 * KIB).await.unwrap();
    let refused = create(&library, &learner(), 600 * KIB).await;
    let Err(Error::CourseQuota { left }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(left, 400 * KIB as u64);
    assert_eq!(library.uploads.room(&learner()).await.unwrap(), left);
    create(&library, &learner(), 400 * KIB).await.unwrap();
    let full = create(&library, &learner(), 1).await;
    assert!(matches!(full, Err(Error::CourseQuota { left: 0 })));

    // Another course, and a launch without one, are not concerned.
    let elsewhere = person(2, 1, Some(2), Role::Member);
    create(&library, &elsewhere, 600 * KIB).await.unwrap();
    let nowhere = person(4, 1, None, Role::Member);
    create(&library, &nowhere, 2000 * KIB).await.unwrap();

    // What ends gives its room back, by itself or by time.
    library.uploads.terminate(&teacher(), first).await.unwrap();
    let second = create(&library, &teacher(), 600 * KIB).await.unwrap();
    library.clock.advance(Duration::from_hours(48));
    library.expire().await;
    assert_eq!(open_in(&library, 1), 0);
    create(&library, &learner(), 1000 * KIB).await.unwrap();
    assert!(library.uploads.status(&teacher(), second).await.is_err());
}

#[tokio::test]
async fn two_at_once_do_not_share_the_same_room() {
    let library = library();
    let (teacher, learner) = (teacher(), learner());
    let (one, other) = tokio::join!(
        create(&library, &teacher, 600 * KIB),
        create(&library, &learner, 600 * KIB)
    );
    assert_ne!(one.is_ok(), other.is_ok());
}

#[tokio::test]
async fn items_are_counted_until_they_are_deleted_for_good() {
    let library = library();
    let teacher = teacher();
    let item = library
        .item(&teacher, Visibility::Private, b"eight by")
        .await;
    library.item(&learner(), Visibility::Private, b"four").await;
    let now = usage(&library, 1);
    assert_eq!((now.bytes, now.items), (12, 2));
    assert_eq!(open_in(&library, 1), 0);

    let new = NewUpload {
        replaces: Some(item),
        ..new_upload(20, Visibility::Private)
    };
    // From another course's launch: it counts where the item belongs.
    let elsewhere = person(1, 1, Some(2), Role::Manager);
    let (id, _) = library.uploads.create(&elsewhere, new).await.unwrap();
    assert_eq!((open_in(&library, 1), open_in(&library, 2)), (1, 0));
    let content = body(b"twenty bytes, surely");
    library
        .uploads
        .append(&elsewhere, id, 0, content)
        .await
        .unwrap();
    assert_eq!(open_in(&library, 1), 0);
    assert_eq!(
        (usage(&library, 1).bytes, usage(&library, 2).bytes),
        (24, 0)
    );

    let (store, world) = (&library.store, &library.world);
    let owned = library.owned(&teacher, item);
    items::trash(store, world, &owned).await.unwrap();
    assert_eq!(usage(&library, 1).items, 2, "the trash takes room");
    let trashed = crate::library::trashed(store, &teacher, item).unwrap();
    items::delete(store, world, &library.folder, &trashed)
        .await
        .unwrap();
    let now = usage(&library, 1);
    assert_eq!((now.bytes, now.items), (4, 1));
}

#[tokio::test]
async fn many_small_items_fill_a_course_as_well() {
    let library = Library::with(|options| options.quota_per_course = 200 * KIB as u64);
    for _ in 0..4 {
        library.item(&teacher(), Visibility::Private, b"x").await;
    }
    let full = create(&library, &learner(), 1).await;
    assert!(matches!(full, Err(Error::CourseQuota { left: 0 })));
}
