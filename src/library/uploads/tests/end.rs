//! What ends, and what a crash leaves over.

use super::*;
use crate::library::lists;

#[tokio::test]
async fn an_ended_upload_is_forgotten() {
    let library = Library::new();
    let id = begin(&library, 8).await;
    library
        .uploads
        .append(&teacher(), id, 0, body(b"half"))
        .await
        .unwrap();
    library.uploads.terminate(&teacher(), id).await.unwrap();
    assert!(!library.arriving(id).exists());
    assert!(matches!(
        library.uploads.status(&teacher(), id).await,
        Err(Error::NotFound)
    ));
    assert!(
        library
            .store
            .page::<trees::Expiry>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    assert!(
        library
            .store
            .page::<UploadsOf>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_expired_upload_gives_back_what_it_had() {
    let library = Library::with(|options| options.quota_per_person = 10);
    let id = begin(&library, 8).await;
    library
        .uploads
        .append(&teacher(), id, 0, body(b"half"))
        .await
        .unwrap();
    library.clock.advance(Duration::from_hours(48));
    assert!(matches!(
        library.uploads.status(&teacher(), id).await,
        Err(Error::NotFound)
    ));
    let other = begin(&library, 10).await;
    library
        .uploads
        .append(&teacher(), other, 0, body(b"other"))
        .await
        .unwrap();

    library.expire().await;
    library.uploads.sweep().await.unwrap();
    assert!(!library.arriving(id).exists());
    assert!(library.arriving(other).exists());
}

#[tokio::test]
async fn an_upload_that_expires_while_it_is_written_leaves_nothing() {
    let library = Library::new();
    let id = begin(&library, 4).await;
    let writing = hang(&library, id, b"all.").await;
    library.clock.advance(Duration::from_hours(48));
    library.expire().await;
    writing.abort();
    library.uploads.settled().await;
    library.uploads.sweep().await.unwrap();
    assert!(!library.arriving(id).exists());
    let page = lists::mine(&library.store, &teacher(), None, 10).unwrap();
    assert!(page.items.is_empty());
}

/// An upload whose bytes are all counted and whose item was not made, as a crash leaves it; then
/// the file is where `moved` says.
async fn broken_off(library: &mut Library, moved: bool) -> (UploadId, ItemId) {
    let id = begin(library, 8).await;
    library
        .uploads
        .append(&teacher(), id, 0, body(b"half"))
        .await
        .unwrap();
    let mut row = library.store.get::<trees::Uploads>(&id.0).unwrap().unwrap();
    row.offset = 8;
    std::fs::write(library.arriving(id), b"halfhalf").unwrap();
    if moved {
        std::fs::create_dir_all(library.kept(row.item).parent().unwrap()).unwrap();
        std::fs::rename(library.arriving(id), library.kept(row.item)).unwrap();
    }
    let mut commit = Commit::new();
    commit.put::<trees::Uploads>(&id.0, &row);
    library.store.commit(commit).await.unwrap();
    library.restart();
    (id, row.item)
}

#[tokio::test]
async fn a_broken_off_completion_is_repaired_at_the_start() {
    for moved in [false, true] {
        let mut library = Library::new();
        let (id, item) = broken_off(&mut library, moved).await;
        library.uploads.recover().await.unwrap();
        library.open(&teacher(), item);
        assert_eq!(std::fs::read(library.kept(item)).unwrap(), b"halfhalf");
        let progress = library.uploads.status(&teacher(), id).await.unwrap();
        assert_eq!(progress.item, Some(item));
        library.uploads.recover().await.unwrap();
    }
}

#[tokio::test]
async fn a_broken_off_completion_is_repaired_by_asking_or_sending_again() {
    for moved in [false, true] {
        let mut library = Library::new();
        let (id, item) = broken_off(&mut library, moved).await;
        let progress = library.uploads.status(&teacher(), id).await.unwrap();
        assert_eq!(progress.item, Some(item));

        let (id, item) = broken_off(&mut library, moved).await;
        let progress = library
            .uploads
            .append(&teacher(), id, 8, body(b""))
            .await
            .unwrap();
        assert_eq!(progress.item, Some(item));
    }
}

#[tokio::test]
async fn one_damaged_upload_does_not_keep_others_from_repair() {
    let mut library = Library::new();
    let (damaged, _) = broken_off(&mut library, false).await;
    std::fs::write(library.arriving(damaged), b"").unwrap();
    let (_, item) = broken_off(&mut library, false).await;
    library.uploads.recover().await.unwrap();
    library.open(&teacher(), item);
    let refused = library.uploads.status(&teacher(), damaged).await;
    assert!(matches!(refused, Err(Error::Damaged)));
    // What cannot become an item can still be ended.
    library
        .uploads
        .terminate(&teacher(), damaged)
        .await
        .unwrap();
}

#[tokio::test]
async fn files_of_others_in_the_folder_are_left_alone() {
    let library = Library::new();
    let foreign = library
        .arriving(UploadId([0; 16]))
        .with_file_name("readme.txt");
    let orphan = library.arriving(UploadId([0; 16]));
    std::fs::write(&foreign, b"x").unwrap();
    std::fs::write(&orphan, b"x").unwrap();
    library.uploads.recover().await.unwrap();
    assert!(foreign.exists() && !orphan.exists());
}
