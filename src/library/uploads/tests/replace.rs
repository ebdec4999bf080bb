//! New files for items that there are.

use super::*;
use crate::library::captions::{self, NewCaptions};
use crate::library::loose::{self, SETTLED};
use crate::library::{access, items, sharing};
use crate::store::ids::UserId;
use crate::store::rows::library::{File, Item, ShareRole};
use crate::store::trees::{Files, Items, Loose};

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/media");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// A library with a video of the teacher's that has captions, shared with user 2 to change and
/// with user 3 to see.
async fn with_video() -> (Library, ItemId) {
    let library = Library::new();
    let content = fixture("lesson-index-last.mp4");
    let id = library
        .item(&teacher(), Visibility::Private, &content)
        .await;
    let (store, world) = (&library.store, &library.world);
    let captions = captions::parse(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n").unwrap();
    let new = NewCaptions {
        language: &"en".parse().unwrap(),
        label: "",
        captions,
        by: UserId(1),
    };
    let item = library.editable(&teacher(), id);
    captions::set(store, world, &library.uploads, &item, new)
        .await
        .unwrap();
    for (user, role) in [(2, ShareRole::Editor), (3, ShareRole::Viewer)] {
        library.knows(1, user).await;
        let item = library.owned(&teacher(), id);
        let done = sharing::share(store, world, &item, UserId(user), role).await;
        done.unwrap();
    }
    (library, id)
}

fn viewer() -> Member {
    person(3, 1, Some(1), Role::Member)
}

fn replacement(item: ItemId, len: usize) -> NewUpload<'static> {
    NewUpload {
        replaces: Some(item),
        visibility: Visibility::School,
        ..new_upload(len, Visibility::Private)
    }
}

async fn replace(
    library: &Library,
    member: &Member,
    item: ItemId,
    content: &[u8],
) -> (UploadId, Result<Progress, Error>) {
    let new = replacement(item, content.len());
    let (id, _) = library.uploads.create(member, new).await.unwrap();
    let done = library.uploads.append(member, id, 0, body(content)).await;
    (id, done)
}

fn row(library: &Library, id: ItemId) -> Item {
    library.store.get::<Items>(&id).unwrap().unwrap()
}

fn files(library: &Library, id: ItemId) -> Vec<(String, File)> {
    let files = library.store.page::<Files>(&(id,), None, 10).unwrap();
    let files = files.into_iter().map(|((_, name), file)| (name, file));
    files.collect()
}

fn original(library: &Library, id: ItemId) -> File {
    let key = (id, "original".to_owned());
    library.store.get::<Files>(&key).unwrap().unwrap()
}

/// The names of an item's files on the disk, in order.
fn on_disk(library: &Library, id: ItemId) -> Vec<String> {
    let dir = std::fs::read_dir(library.kept(id).parent().unwrap()).unwrap();
    let names = dir.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn notes(library: &Library) -> usize {
    library.store.page::<Loose>(&(), None, 10).unwrap().len()
}

fn usage(library: &Library, user: u64) -> (u64, u64) {
    let row = library.store.get::<trees::Usage>(&UserId(user)).unwrap();
    row.map_or((0, 0), |row| (row.bytes, row.items))
}

/// The bytes of the item's file, as its row tells where they are.
fn content(library: &Library, id: ItemId) -> Vec<u8> {
    let path = original(library, id).path;
    let (_, name) = path.rsplit_once('/').unwrap();
    std::fs::read(library.kept(id).with_file_name(name)).unwrap()
}

#[tokio::test]
async fn whoever_may_change_an_item_gives_it_a_new_file() {
    let (library, id) = with_video().await;
    let before = row(&library, id);
    let mut old = original(&library, id);
    let new = fixture("rotated.mp4");
    for (turn, member) in [(1, teacher()), (2, learner())] {
        library.clock.advance(Duration::from_secs(1));
        let (upload, done) = replace(&library, &member, id, &new).await;
        assert_eq!(done.unwrap().item, Some(id));
        let status = library.uploads.status(&member, upload).await.unwrap();
        assert_eq!(status.item, Some(id));

        let item = row(&library, id);
        assert_eq!(item.replaced, turn);
        assert_eq!(item.changed, library.world.now());
        assert_ne!(item.facts, before.facts);
        assert_eq!(
            (item.owner, &item.title, item.visibility, item.created),
            (
                UserId(1),
                &before.title,
                Visibility::Private,
                before.created
            )
        );
        let file = original(&library, id);
        assert_ne!((&file.path, &file.etag), (&old.path, &old.etag));
        assert_eq!(content(&library, id), new);
        // The captions, the file and what goes before it; nothing of the file before.
        assert_eq!(on_disk(&library, id).len(), files(&library, id).len() + 1);
        let (_, name) = old.path.rsplit_once('/').unwrap();
        assert!(!on_disk(&library, id).iter().any(|found| found == name));
        assert!(file.sent.as_ref().is_some_and(|sent| sent.head_len > 0));
        assert_eq!(notes(&library), 0);
        assert_eq!(usage(&library, 1), (new.len() as u64, 1));
        assert_eq!(usage(&library, 2), (0, 0));
        old = file;
    }
    let opened = library.open(&teacher(), id);
    assert_eq!(captions::of(&library.store, &opened).unwrap().len(), 1);
    let open = library.store.page::<UploadsOf>(&(), None, 1).unwrap();
    assert!(open.is_empty());
}

#[tokio::test]
async fn pictures_of_the_file_before_go_with_it() {
    let library = Library::new();
    let content = fixture("location.jpg");
    let id = library
        .item(&teacher(), Visibility::Private, &content)
        .await;
    assert_eq!(row(&library, id).pictures, [90]);
    let (_, done) = replace(&library, &teacher(), id, &fixture("alpha.png")).await;
    done.unwrap();
    let names: Vec<_> = files(&library, id).into_iter().map(|(n, _)| n).collect();
    let pictures = row(&library, id).pictures;
    assert_eq!(names.len(), 1 + pictures.len());
    assert!(!on_disk(&library, id).contains(&"original.picture-90".to_owned()));
    assert!(!on_disk(&library, id).contains(&"original".to_owned()));
}

#[tokio::test]
async fn nobody_else_does() {
    let (library, id) = with_video().await;
    let create = async |member: Member, item| {
        let new = replacement(item, 8);
        library.uploads.create(&member, new).await.map(drop)
    };
    assert!(matches!(create(viewer(), id).await, Err(Error::NotYours)));
    let far = person(9, 2, Some(9), Role::Manager);
    assert!(matches!(create(far, id).await, Err(Error::NotFound)));
    let nothing = create(teacher(), ItemId(7)).await;
    assert!(matches!(nothing, Err(Error::NotFound)));
    assert_eq!(usage(&library, 3), (0, 0));
}

#[tokio::test]
async fn rights_that_are_taken_back_meanwhile_count() {
    let (mut library, id) = with_video().await;
    let before = original(&library, id);
    let new = fixture("rotated.mp4");
    let asked = replacement(id, new.len());
    let (upload, _) = library.uploads.create(&learner(), asked).await.unwrap();
    let owned = library.owned(&teacher(), id);
    let done = sharing::unshare(&library.store, &library.world, &owned, UserId(2)).await;
    done.unwrap();
    let refused = library
        .uploads
        .append(&learner(), upload, 0, body(&new))
        .await;
    assert!(matches!(refused, Err(Error::NotFound)));
    // Nor does the next start make up for it.
    library.restart();
    library.uploads.recover().await.unwrap();
    assert_eq!(original(&library, id), before);
    assert_eq!(content(&library, id), fixture("lesson-index-last.mp4"));
    assert!(library.arriving(upload).exists());
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_forgotten() {
    let (library, id) = with_video().await;
    let (before, disk) = (original(&library, id), on_disk(&library, id));
    let (upload, refused) = replace(&library, &teacher(), id, &fixture("location.jpg")).await;
    assert!(matches!(refused, Err(Error::OtherKind)));
    assert_eq!(original(&library, id), before);
    assert_eq!(on_disk(&library, id), disk);
    assert!(!library.arriving(upload).exists());
    let gone = library.uploads.status(&teacher(), upload).await;
    assert!(matches!(gone, Err(Error::NotFound)));
    let open = library.store.page::<UploadsOf>(&(), None, 1).unwrap();
    assert!(open.is_empty());
}

#[tokio::test]
async fn a_file_for_what_is_in_the_trash_waits() {
    let (library, id) = with_video().await;
    let new = fixture("rotated.mp4");
    let asked = replacement(id, new.len());
    let (upload, _) = library.uploads.create(&teacher(), asked).await.unwrap();
    let owned = library.owned(&teacher(), id);
    let (store, world) = (&library.store, &library.world);
    items::trash(store, world, &owned).await.unwrap();
    let refused = library
        .uploads
        .append(&teacher(), upload, 0, body(&new))
        .await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert!(library.arriving(upload).exists());

    let trashed = access::trashed(store, &teacher(), id).unwrap();
    items::restore(store, world, &trashed).await.unwrap();
    let progress = library.uploads.status(&teacher(), upload).await.unwrap();
    assert_eq!(progress.item, Some(id));
    assert_eq!(content(&library, id), new);
}

#[tokio::test]
async fn a_file_for_what_was_deleted_leaves_nothing() {
    let (library, id) = with_video().await;
    let new = fixture("rotated.mp4");
    let asked = replacement(id, new.len());
    let (upload, _) = library.uploads.create(&teacher(), asked).await.unwrap();
    let owned = library.owned(&teacher(), id);
    let (store, world) = (&library.store, &library.world);
    items::trash(store, world, &owned).await.unwrap();
    let trashed = access::trashed(store, &teacher(), id).unwrap();
    items::delete(store, &library.world, &library.folder, &trashed)
        .await
        .unwrap();
    let refused = library
        .uploads
        .append(&teacher(), upload, 0, body(&new))
        .await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert!(!library.kept(id).parent().unwrap().exists());
    assert_eq!((notes(&library), usage(&library, 1)), (0, (0, 0)));
}

/// A replacement whose bytes are all there and moved beside the item's file, as a crash before the
/// commit leaves it.
async fn broken_off(library: &mut Library, id: ItemId, new: &[u8]) -> UploadId {
    let asked = replacement(id, new.len());
    let (upload, _) = library.uploads.create(&teacher(), asked).await.unwrap();
    let mut row = library
        .store
        .get::<trees::Uploads>(&upload.0)
        .unwrap()
        .unwrap();
    row.offset = row.len;
    let name = format!("original-{}", row.item);
    let moved = library.kept(id).with_file_name(&name);
    std::fs::write(&moved, new).unwrap();
    std::fs::write(moved.with_file_name(format!("{name}.head")), b"head").unwrap();
    let original = original(library, id).path;
    let (dir, _) = original.rsplit_once('/').unwrap();
    let mut commit = Commit::new();
    commit
        .put::<trees::Uploads>(&upload.0, &row)
        .put::<Loose>(&(row.ends, format!("{dir}/{name}")), &());
    library.store.commit(commit).await.unwrap();
    library.restart();
    upload
}

#[tokio::test]
async fn a_replacement_that_broke_off_is_finished_at_the_start() {
    let (mut library, id) = with_video().await;
    let new = fixture("rotated.mp4");
    let upload = broken_off(&mut library, id, &new).await;
    // However long it took: the sweep waits for the upload's end.
    library.clock.advance(SETTLED * 3);
    let (store, world) = (library.store.clone(), library.world.clone());
    loose::sweep(&store, &world, &library.folder).await.unwrap();
    library.uploads.recover().await.unwrap();
    assert_eq!(content(&library, id), new);
    assert_eq!(row(&library, id).replaced, 1);
    let progress = library.uploads.status(&teacher(), upload).await.unwrap();
    assert_eq!(progress.item, Some(id));
    library.clock.advance(Duration::from_hours(100));
    loose::sweep(&store, &world, &library.folder).await.unwrap();
    assert_eq!((content(&library, id), notes(&library)), (new, 0));
}

#[tokio::test]
async fn a_replacement_that_is_never_finished_is_swept() {
    let (mut library, id) = with_video().await;
    let disk = on_disk(&library, id);
    broken_off(&mut library, id, &fixture("rotated.mp4")).await;
    assert_eq!(on_disk(&library, id).len(), disk.len() + 2);
    library
        .clock
        .advance(Duration::from_hours(48) + SETTLED * 2);
    library.expire().await;
    loose::sweep(&library.store, &library.world, &library.folder)
        .await
        .unwrap();
    assert_eq!((on_disk(&library, id), notes(&library)), (disk, 0));
    assert_eq!(content(&library, id), fixture("lesson-index-last.mp4"));
}

#[tokio::test]
async fn what_a_crash_left_of_the_file_before_is_swept() {
    let (library, id) = with_video().await;
    let (_, done) = replace(&library, &teacher(), id, &fixture("rotated.mp4")).await;
    done.unwrap();
    let disk = on_disk(&library, id);
    let path = original(&library, id).path;
    let (dir, _) = path.rsplit_once('/').unwrap();
    for name in ["original", "original.head"] {
        std::fs::write(library.kept(id).with_file_name(name), b"x").unwrap();
    }
    let mut commit = Commit::new();
    commit.put::<Loose>(&(library.world.now(), format!("{dir}/original")), &());
    library.store.commit(commit).await.unwrap();
    library.clock.advance(SETTLED * 2);
    loose::sweep(&library.store, &library.world, &library.folder)
        .await
        .unwrap();
    assert_eq!((on_disk(&library, id), notes(&library)), (disk, 0));
}
