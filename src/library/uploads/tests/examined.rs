//! What an upload becomes once it is known what it is.

use std::fs;

use super::*;
use crate::library::{access, items};
use crate::store::rows::library::{File, Item, Kind};
use crate::store::trees::{Files, Items};

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/media");
    fs::read(format!("{folder}/{name}")).unwrap()
}

async fn uploaded(library: &Library, name: &str) -> (ItemId, Item, Vec<(String, File)>) {
    let content = fixture(name);
    let id = library
        .item(&teacher(), Visibility::Private, &content)
        .await;
    let item = library.store.get::<Items>(&id).unwrap().unwrap();
    let files = library.store.page::<Files>(&(id,), None, 10).unwrap();
    let files = files.into_iter().map(|((_, name), file)| (name, file));
    (id, item, files.collect())
}

#[tokio::test]
async fn a_video_is_born_with_its_facts_and_its_index_in_front() {
    let library = Library::new();
    let (id, item, files) = uploaded(&library, "lesson-index-last.mp4").await;
    assert_eq!(item.kind, Kind::Video);
    assert_eq!(item.facts.video.as_deref(), Some("avc1.42C016"));
    let [(name, file)] = &files[..] else {
        panic!("{files:?}")
    };
    assert_eq!(name, "original");
    let sent = file.sent.as_ref().unwrap();
    let original = library.kept(id);
    let head = fs::read(original.with_file_name("original.head")).unwrap();
    assert!(sent.head.ends_with("/original.head"));
    assert_eq!(head.len() as u64, sent.head_len);
    assert_eq!(sent.len, file.len);
    assert_eq!(
        fs::read(original).unwrap(),
        fixture("lesson-index-last.mp4")
    );
}

#[tokio::test]
async fn a_picture_has_small_ones_that_go_with_it() {
    let library = Library::new();
    let (id, item, files) = uploaded(&library, "location.jpg").await;
    assert_eq!((item.kind, &item.pictures[..]), (Kind::Image, &[90][..]));
    let (name, file) = &files[1];
    assert_eq!(name, "picture-90");
    assert_eq!(file.media_type, "image/jpeg");
    let folder = library.kept(id).parent().unwrap().to_owned();
    let picture = fs::read(folder.join("original.picture-90")).unwrap();
    assert_eq!(picture.len() as u64, file.len);

    let item = library.owned(&teacher(), id);
    let trashed = items::trash(&library.store, &library.world, &item).await;
    trashed.unwrap();
    let item = access::trashed(&library.store, &teacher(), id).unwrap();
    let deleted = items::delete(&library.store, &library.world, &library.folder, &item).await;
    deleted.unwrap();
    assert!(!folder.exists());
    let files = library.store.page::<Files>(&(id,), None, 10).unwrap();
    assert!(files.is_empty());
}

#[tokio::test]
async fn what_cannot_be_examined_becomes_an_item_all_the_same() {
    let library = Library::with(|options| {
        options.examination = Examination::Process("/nowhere/at/all".into());
    });
    let (_, item, files) = uploaded(&library, "lesson-index-last.mp4").await;
    assert_eq!(item.kind, Kind::Video);
    assert_eq!(item.facts, Facts::default());
    assert_eq!(files[0].1.sent, None);
}

#[tokio::test]
async fn what_no_browser_plays_says_so() {
    let library = Library::new();
    let (_, item, _) = uploaded(&library, "prores.mov").await;
    assert_eq!(item.facts.plays, Some(Plays::Nowhere));
    let content = b"RIFF\0\0\0\0AVI LIST";
    let id = library.item(&teacher(), Visibility::Private, content).await;
    let item = library.store.get::<Items>(&id).unwrap().unwrap();
    assert_eq!(item.facts.plays, Some(Plays::Nowhere));
}

#[tokio::test]
async fn an_upload_that_cannot_become_an_item_is_one_again() {
    let library = Library::new();
    let content = fixture("location.jpg");
    let new = new_upload(content.len(), Visibility::Private);
    let (id, _) = library.uploads.create(&teacher(), new).await.unwrap();
    let item = library.store.get::<trees::Uploads>(&id.0).unwrap();
    let kept = library.kept(item.unwrap().item);
    // In the way of the file that is to be sent in its place.
    let in_the_way = kept.with_file_name("original.head.new");
    fs::create_dir_all(&in_the_way).unwrap();
    let ada = teacher();
    let done = library.uploads.append(&ada, id, 0, body(&content)).await;
    assert!(done.is_err());
    assert!(!kept.exists());

    fs::remove_dir(&in_the_way).unwrap();
    let progress = library.uploads.status(&teacher(), id).await.unwrap();
    assert!(progress.item.is_some());
    assert!(kept.with_file_name("original.head").exists());
}
