use super::*;
use crate::library::access::Viewer;
use crate::library::testing::{Library, person, teacher};
use crate::library::uploads::NewUpload;
use crate::library::{Examination, bytes, editable, open, owned, sharing, testing};
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::{Location, ShareRole, Visibility};
use crate::store::rows::people::Role;
use crate::store::trees::{Audit, Files, Items, Loose};

/// The beginning of a raw picture, which is not looked into.
const RAW: &[u8] = b"FUJIFILMCCD-RAW 0201 and its picture";

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/media");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// A library in which nothing can be examined.
fn blind() -> Library {
    Library::with(|options| {
        options.examination = Examination::Process("/nowhere/at/all".into());
    })
}

fn location(library: &Library, id: ItemId) -> Location {
    library.store.get::<Items>(&id).unwrap().unwrap().location
}

/// Whether the owner, an editor and a learner of the course receive the file.
async fn receivers(library: &Library, id: ItemId) -> [bool; 3] {
    let (store, world) = (&library.store, &library.world);
    library.knows(1, 21).await;
    let item = library.owned(&teacher(), id);
    sharing::share(store, world, &item, UserId(21), ShareRole::Editor)
        .await
        .unwrap();
    let editor = person(21, 1, Some(1), Role::Manager);
    editable(store, &editor, id).unwrap();
    let learner = person(4, 1, Some(1), Role::Member);
    [teacher(), editor, learner].map(|member| {
        // Each of them opens the item: only the file is kept.
        let opened = open(store, &Viewer::of(&member), id).unwrap();
        match bytes::original(store, &opened) {
            Ok(_) => true,
            Err(Error::Unchecked) => false,
            Err(other) => panic!("{other}"),
        }
    })
}

#[tokio::test]
async fn what_may_tell_a_location_is_its_owners_until_that_is_known() {
    let library = Library::new();
    let blind = blind();
    let video = fixture("location.mp4");
    for (library, content, known) in [
        (&library, &video[..], true),
        (&library, b"notes", true),
        (&library, b"PK\x03\x04 an archive", true),
        (&library, RAW, false),
        (&library, b"\0\0\0\x18ftypisom\0\0\0\0isommp42", false),
        (&blind, &video[..], false),
        (&blind, &fixture("three-pages.pdf")[..], false),
        (&blind, b"notes", true),
    ] {
        let id = library.item(&teacher(), Visibility::Course, content).await;
        assert_eq!(location(library, id) == Location::Untold, known);
        let others = [true, known, known];
        assert_eq!(receivers(library, id).await, others, "{content:.8?}");
    }
}

#[tokio::test]
async fn its_owner_shows_it_anyway_and_takes_that_back() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let id = library.item(&teacher(), Visibility::Course, RAW).await;
    let item = library.owned(&teacher(), id);
    assert_eq!(receivers(&library, id).await, [true, false, false]);
    withhold(store, world, &item).await.unwrap();
    allow(store, world, &item).await.unwrap();
    allow(store, world, &item).await.unwrap();
    assert_eq!(receivers(&library, id).await, [true; 3]);
    withhold(store, world, &item).await.unwrap();
    assert_eq!(receivers(&library, id).await, [true, false, false]);
    let audit = store.page::<Audit>(&(), None, 99).unwrap();
    for what in ["location-allowed", "location-withheld"] {
        let recorded = audit.iter().filter(|(_, entry)| entry.what == what);
        assert_eq!(recorded.count(), 1, "{what}");
    }
    // Nobody else decides it.
    let editor = person(21, 1, Some(1), Role::Manager);
    assert!(matches!(owned(store, &editor, id), Err(Error::NotYours)));
}

#[tokio::test]
async fn what_is_allowed_of_one_file_is_not_of_the_next() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let id = library.item(&teacher(), Visibility::Course, RAW).await;
    let before = library.owned(&teacher(), id);
    allow(store, world, &before).await.unwrap();
    let new = NewUpload {
        replaces: Some(id),
        ..testing::new_upload(RAW.len(), Visibility::Private)
    };
    let (upload, _) = library.uploads.create(&teacher(), new).await.unwrap();
    let teacher = teacher();
    let sent = library
        .uploads
        .append(&teacher, upload, 0, testing::body(RAW));
    sent.await.unwrap();
    assert_eq!(location(&library, id), Location::Unknown);
    let late = allow(store, world, &before).await;
    assert!(matches!(late, Err(Error::NotFound)));
}

#[tokio::test]
async fn what_could_not_be_examined_is_examined_again() {
    let mut library = blind();
    let content = fixture("lesson-index-last.mp4");
    let id = library.item(&teacher(), Visibility::Course, &content).await;
    let item = library.owned(&teacher(), id);
    let still = library.uploads.examine_again(&item).await.unwrap();
    assert_eq!(still, Location::Unknown);
    let tag = |library: &Library| {
        let file = library.store.get::<Files>(&(id, "original".into()));
        file.unwrap().unwrap().etag
    };
    let before = tag(&library);
    library.sees();
    for _ in 0..2 {
        let known = library.uploads.examine_again(&item).await.unwrap();
        assert_eq!(known, Location::Untold);
        let found = library.store.get::<Items>(&id).unwrap().unwrap();
        assert_eq!(found.facts.duration_ms, Some(8000));
        let file = library.store.get::<Files>(&(id, "original".into()));
        let file = file.unwrap().unwrap();
        let sent = file.sent.unwrap();
        library
            .folder
            .open(&sent.head, sent.head_len)
            .await
            .unwrap();
        assert_ne!(tag(&library), before);
        // The file, and what is sent in its place: nothing of before is left.
        let folder = library.kept(id).parent().unwrap().to_owned();
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
        assert!(
            library
                .store
                .page::<Loose>(&(), None, 1)
                .unwrap()
                .is_empty()
        );
    }
    assert_eq!(receivers(&library, id).await, [true; 3]);
}

#[tokio::test]
async fn what_its_owner_allowed_stays_allowed_when_examined_again() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Course, RAW).await;
    let item = library.owned(&teacher(), id);
    allow(&library.store, &library.world, &item).await.unwrap();
    let found = library.uploads.examine_again(&item).await.unwrap();
    assert_eq!(found, Location::Allowed);
}
