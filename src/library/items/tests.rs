use super::*;
use crate::library::Viewer;
use crate::library::testing::{Library, person, teacher};
use crate::library::{lists, open};
use crate::store::rows::library as rows;
use crate::store::rows::people::Role;
use crate::store::trees;
use std::time::Duration;

fn listed(library: &Library) -> usize {
    let page = lists::in_course(&library.store, &teacher(), None, 10).unwrap();
    page.items.len()
}

fn usage(library: &Library) -> rows::Usage {
    let user = teacher().session().user;
    library.store.get::<trees::Usage>(&user).unwrap().unwrap()
}

#[tokio::test]
async fn a_renamed_item_has_its_new_title_and_a_time_of_change() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    library.clock.advance(Duration::from_secs(5));
    let title = Title::parse("Another").unwrap();
    let editable = library.editable(&teacher(), id);
    rename(&library.store, &library.world, &editable, &title)
        .await
        .unwrap();

    let item = library.open(&teacher(), id);
    assert_eq!(item.item().title, "Another");
    assert_eq!(item.item().changed, library.world.now());
    assert!(item.item().created < item.item().changed);
}

#[tokio::test]
async fn a_course_lists_an_item_while_it_is_shown() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    assert_eq!(listed(&library), 0);
    let editable = library.editable(&teacher(), id);
    for (visibility, count) in [
        (Visibility::Course, 1),
        (Visibility::Course, 1),
        (Visibility::Private, 0),
    ] {
        set_visibility(&library.store, &library.world, &editable, visibility)
            .await
            .unwrap();
        assert_eq!(listed(&library), count);
    }
}

#[tokio::test]
async fn an_item_without_course_becomes_that_of_the_course_it_is_shown_to() {
    let library = Library::new();
    let elsewhere = person(1, 1, None, Role::Member);
    let id = library.item(&elsewhere, Visibility::Private, b"x").await;
    let editable = library.editable(&teacher(), id);
    set_visibility(
        &library.store,
        &library.world,
        &editable,
        Visibility::Course,
    )
    .await
    .unwrap();
    assert_eq!(listed(&library), 1);
    assert_eq!(
        library.open(&teacher(), id).item().course,
        teacher().session().course
    );
}

#[tokio::test]
async fn a_deleted_item_leaves_nothing_behind() {
    let library = Library::new();
    let kept = library.item(&teacher(), Visibility::Course, b"kept").await;
    let id = library
        .item(&teacher(), Visibility::Course, b"deleted")
        .await;
    assert_eq!((usage(&library).bytes, usage(&library).items), (11, 2));
    let file = library.kept(id);
    assert!(file.exists());

    let editable = library.editable(&teacher(), id);
    delete(&library.store, &library.folder, &editable)
        .await
        .unwrap();
    assert!(!file.exists() && !file.parent().unwrap().exists());
    assert!(open(&library.store, &Viewer::of(&teacher()), id).is_err());
    assert_eq!(listed(&library), 1);
    assert_eq!((usage(&library).bytes, usage(&library).items), (4, 1));
    assert!(
        library
            .store
            .page::<Removals>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    assert!(
        library
            .store
            .page::<Files>(&(id,), None, 1)
            .unwrap()
            .is_empty()
    );
    library.open(&teacher(), kept);

    // What was opened before cannot be changed or deleted again.
    let again = delete(&library.store, &library.folder, &editable).await;
    assert!(matches!(again, Err(Error::NotFound)));
    let title = Title::parse("Another").unwrap();
    let again = rename(&library.store, &library.world, &editable, &title).await;
    assert!(matches!(again, Err(Error::NotFound)));
    assert_eq!(usage(&library).items, 1);
}

#[tokio::test]
async fn files_that_a_power_cut_left_are_swept() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    let file = library.kept(id);
    let editable = library.editable(&teacher(), id);
    delete(&library.store, &library.folder, &editable)
        .await
        .unwrap();
    // As it was between the commit and the removal.
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, b"x").unwrap();
    let mut commit = Commit::new();
    commit.put::<Removals>(&id, &());
    library.store.commit(commit).await.unwrap();

    library.uploads.sweep().await.unwrap();
    assert!(!file.exists());
    assert!(
        library
            .store
            .page::<Removals>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
}
