//! Uploads that run side by side share the disk.

use super::*;

/// A library without quotas, and a length of which the disk holds one but not two.
async fn half_full() -> (Library, usize) {
    let library = Library::with(|options| {
        options.max_upload = u64::MAX;
        options.quota_per_person = u64::MAX;
        options.quota_per_course = u64::MAX;
    });
    let free = library.folder.free().await.unwrap();
    // Other processes write to this disk too: far from both ends.
    (library, usize::try_from(free / 10 * 7).unwrap())
}

async fn create(library: &Library, len: usize) -> Result<UploadId, Error> {
    let new = new_upload(len, Visibility::Private);
    let begun = library.uploads.create(&teacher(), new).await;
    begun.map(|(id, _)| id)
}

async fn go_on(library: &Library, id: UploadId) -> Result<Progress, Error> {
    let uploads = &library.uploads;
    uploads.append(&teacher(), id, 0, body(b"on")).await
}

fn claimed(library: &Library) -> u64 {
    library.uploads.claims.total(library.world.now())
}

#[tokio::test]
async fn the_same_free_space_is_not_given_twice() {
    let (library, len) = half_full().await;
    let first = create(&library, len).await.unwrap();
    let refused = create(&library, len).await;
    assert!(matches!(refused, Err(Error::DiskFull)));
    assert_eq!(claimed(&library), len as u64, "a refusal claims nothing");
    // The first one still counts on itself once only.
    let written = go_on(&library, first).await.unwrap();
    assert_eq!(written.offset, 2);
    assert_eq!(claimed(&library), len as u64 - 2);

    library.uploads.terminate(&teacher(), first).await.unwrap();
    assert_eq!(claimed(&library), 0);
    create(&library, len).await.unwrap();
}

#[tokio::test]
async fn claims_outlive_a_restart() {
    let (mut library, len) = half_full().await;
    create(&library, len).await.unwrap();
    library.restart();
    assert_eq!(claimed(&library), 0);
    library.uploads.recover().await.unwrap();
    assert_eq!(claimed(&library), len as u64);
    assert!(matches!(create(&library, len).await, Err(Error::DiskFull)));
}

#[tokio::test]
async fn an_upload_that_was_left_gives_way_until_it_goes_on() {
    let (library, len) = half_full().await;
    let left = create(&library, len).await.unwrap();
    library.clock.advance(Duration::from_hours(1));
    let other = create(&library, len).await.unwrap();
    assert!(matches!(go_on(&library, left).await, Err(Error::DiskFull)));
    library.uploads.terminate(&teacher(), other).await.unwrap();
    go_on(&library, left).await.unwrap();
}

#[tokio::test]
async fn a_complete_upload_claims_nothing() {
    let library = Library::new();
    library.item(&teacher(), Visibility::Private, b"all").await;
    assert_eq!(claimed(&library), 0);
}

#[tokio::test]
async fn an_ended_upload_claims_nothing() {
    let library = Library::with(|options| options.upload_lifetime = Duration::from_secs(9));
    begin(&library, 8).await;
    assert_eq!(claimed(&library), 8);
    library.clock.advance(Duration::from_secs(9));
    assert_eq!(claimed(&library), 0);
}
