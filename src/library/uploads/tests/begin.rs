//! What may begin, and what is refused.

use super::*;
use crate::library::{Viewer, open};
use crate::store::trees::InCourse;

async fn refusal(library: &Library, member: &Member, len: u64, visibility: Visibility) -> Error {
    let new = NewUpload {
        len,
        ..new_upload(0, visibility)
    };
    library.uploads.create(member, new).await.unwrap_err()
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_at_the_beginning() {
    let library = Library::with(|options| {
        options.max_upload = 600 << 10;
        options.quota_per_person = 1000 << 10;
        options.max_open_uploads = 3;
    });
    let private = Visibility::Private;
    let refused = refusal(&library, &teacher(), 0, private).await;
    assert!(matches!(refused, Error::Empty));
    let refused = refusal(&library, &teacher(), (600 << 10) + 1, private).await;
    assert!(matches!(refused, Error::TooLarge { max } if max == 600 << 10));

    // Items and what is reserved count together.
    library.item(&teacher(), private, &vec![0; 300 << 10]).await;
    let first = begin(&library, 400 << 10).await;
    let refused = refusal(&library, &teacher(), (300 << 10) + 1, private).await;
    assert!(matches!(refused, Error::Quota { left } if left == 300 << 10));
    begin(&library, 100 << 10).await;
    begin(&library, 100 << 10).await;
    let refused = refusal(&library, &teacher(), 1, private).await;
    assert!(matches!(refused, Error::TooManyUploads { max: 3 }));

    // Another person has a quota of their own; an ended upload gives back what it had.
    library
        .uploads
        .create(&learner(), new_upload(600 << 10, private))
        .await
        .unwrap();
    library.uploads.terminate(&teacher(), first).await.unwrap();
    begin(&library, 500 << 10).await;
}

#[tokio::test]
async fn an_item_of_a_byte_costs_more_than_a_byte() {
    let library = Library::with(|options| options.quota_per_person = 3 * 64 * 1024 - 1);
    library.item(&teacher(), Visibility::Private, b"x").await;
    begin(&library, 1).await;
    let last = begin(&library, 1).await;
    let refused = refusal(&library, &teacher(), 1, Visibility::Private).await;
    assert!(matches!(refused, Error::Quota { left: 0 }));
    assert_eq!(library.uploads.room(&teacher()).await.unwrap(), 0);
    library.uploads.terminate(&teacher(), last).await.unwrap();
    begin(&library, 1).await;
}

#[tokio::test]
async fn the_disks_reserve_is_never_used_up() {
    let library = Library::with(|options| options.reserve = u64::MAX / 2);
    let refused = refusal(&library, &teacher(), 1, Visibility::Private).await;
    assert!(matches!(refused, Error::DiskFull));
}

#[tokio::test]
async fn only_staff_of_a_course_show_uploads_to_it() {
    let library = Library::new();
    let assistant = person(4, 1, Some(1), Role::Contributor);
    library
        .uploads
        .create(&assistant, new_upload(1, Visibility::Course))
        .await
        .unwrap();
    for member in [learner(), person(5, 1, None, Role::Manager)] {
        let refused = refusal(&library, &member, 1, Visibility::Course).await;
        assert!(matches!(refused, Error::VisibilityRefused));
        library
            .uploads
            .create(&member, new_upload(1, Visibility::Private))
            .await
            .unwrap();
    }
}

/// What becomes of an upload that a teacher began for course 1 and `later` finishes.
async fn finished_by(library: &Library, later: &Member) -> ItemId {
    let new = new_upload(4, Visibility::Course);
    let (id, _) = library.uploads.create(&teacher(), new).await.unwrap();
    let done = library.uploads.append(later, id, 0, body(b"late")).await;
    done.unwrap().item.unwrap()
}

#[tokio::test]
async fn an_upload_is_shown_only_by_a_launch_that_may_show_it() {
    let library = Library::new();
    for later in [
        person(1, 1, Some(1), Role::Member),
        person(1, 1, Some(7), Role::Member),
        person(1, 1, Some(7), Role::Manager),
        person(1, 1, None, Role::Manager),
    ] {
        let item = finished_by(&library, &later).await;
        let visibility = library.open(&later, item).item().visibility;
        assert_eq!(visibility, Visibility::Private);
        assert!(open(&library.store, &Viewer::of(&learner()), item).is_err());
        let shown = library.store.page::<InCourse>(&(), None, 1).unwrap();
        assert!(shown.is_empty());
    }
    let still_staff = person(1, 1, Some(1), Role::Contributor);
    let item = finished_by(&library, &still_staff).await;
    library.open(&learner(), item);
}

#[tokio::test]
async fn two_that_begin_at_once_do_not_share_one_place() {
    let library = Library::with(|options| options.max_open_uploads = 1);
    let earlier = begin(&library, 1).await;
    library
        .uploads
        .terminate(&teacher(), earlier)
        .await
        .unwrap();
    let (member, new) = (teacher(), new_upload(1, Visibility::Private));
    let create = || library.uploads.create(&member, new);
    let (one, two, three) = tokio::join!(create(), create(), create());
    assert_eq!(
        [one, two, three]
            .iter()
            .filter(|begun| begun.is_ok())
            .count(),
        1
    );
}
