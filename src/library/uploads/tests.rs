use std::future::pending;
use std::time::Duration;

use ::bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::library::testing::{Library, body, new_upload, person, teacher};
use crate::library::{Viewer, bytes, lists, open};
use crate::store::rows::library::Kind;
use crate::store::rows::people::Role;
use crate::store::trees::InCourse;

fn learner() -> Member {
    person(2, 1, Some(1), Role::Member)
}

fn stranger() -> Member {
    person(3, 2, Some(9), Role::Manager)
}

async fn begin(library: &Library, len: usize) -> UploadId {
    let new = new_upload(len, Visibility::Private);
    library.uploads.create(&teacher(), new).await.unwrap().0
}

async fn refusal(library: &Library, member: &Member, len: u64, visibility: Visibility) -> Error {
    let new = NewUpload {
        len,
        ..new_upload(0, visibility)
    };
    library.uploads.create(member, new).await.unwrap_err()
}

#[test]
fn ids_have_one_spelling() {
    let id = UploadId([0xab; 16]);
    assert_eq!(id.to_string(), "ab".repeat(16));
    assert_eq!(id.to_string().parse(), Ok(id));
    for other in [
        "",
        "ab",
        &"AB".repeat(16),
        &"+b".repeat(16),
        &"ab".repeat(17),
    ] {
        assert_eq!(other.parse::<UploadId>(), Err(NotAnId), "{other}");
    }
}

#[tokio::test]
async fn an_upload_becomes_an_item() {
    let library = Library::new();
    let content = [&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..], &[7; 4000]].concat();
    let title = Title::parse("Week one").unwrap();
    let new = NewUpload {
        title: Some(&title),
        filename: "C:\\my videos\\one.txt",
        ..new_upload(content.len(), Visibility::Course)
    };
    let (id, begun) = library.uploads.create(&teacher(), new).await.unwrap();
    assert_eq!(
        (begun.offset, begun.len, begun.item),
        (0, content.len() as u64, None)
    );
    let done = library
        .uploads
        .append(&teacher(), id, 0, body(&content))
        .await
        .unwrap();
    assert_eq!(done.offset, done.len);
    let item = done.item.unwrap();

    let opened = library.open(&learner(), item);
    let row = opened.item();
    assert_eq!((row.title.as_str(), row.kind), ("Week one", Kind::Video));
    assert_eq!(row.owner, teacher().session().user);
    assert_eq!(row.course, teacher().session().course);
    let readable = bytes::original(&library.store, &opened).unwrap();
    let file = readable.file();
    assert_eq!(
        (file.media_type.as_str(), file.name.as_str()),
        ("video/mp4", "one.txt")
    );
    assert_eq!(file.etag.len(), 32);
    assert_eq!(std::fs::read(library.kept(item)).unwrap(), content);
    assert!(!library.arriving(id).exists());

    // It tells its item for a day, and cannot be ended.
    assert_eq!(library.uploads.status(&teacher(), id).await.unwrap(), done);
    let ended = library.uploads.terminate(&teacher(), id).await;
    assert!(matches!(ended, Err(Error::Complete)));
    let again = library
        .uploads
        .append(&teacher(), id, done.len, body(b""))
        .await;
    assert_eq!(again.unwrap(), done);
    library.clock.advance(KEPT_COMPLETE);
    let later = library.uploads.status(&teacher(), id).await;
    assert!(matches!(later, Err(Error::NotFound)));
    library.expire().await;
    library.open(&learner(), item);
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_at_the_beginning() {
    let library = Library::with(|options| {
        options.max_upload = 600;
        options.quota_per_person = 1000;
        options.max_open_uploads = 3;
    });
    let private = Visibility::Private;
    let refused = refusal(&library, &teacher(), 0, private).await;
    assert!(matches!(refused, Error::Empty));
    let refused = refusal(&library, &teacher(), 601, private).await;
    assert!(matches!(refused, Error::TooLarge { max: 600 }));

    // Items and what is reserved count together.
    library.item(&teacher(), private, &[0; 300]).await;
    let first = begin(&library, 400).await;
    let refused = refusal(&library, &teacher(), 301, private).await;
    assert!(matches!(refused, Error::Quota { left: 300 }));
    begin(&library, 100).await;
    begin(&library, 100).await;
    let refused = refusal(&library, &teacher(), 1, private).await;
    assert!(matches!(refused, Error::TooManyUploads { max: 3 }));

    // Another person has a quota of their own; an ended upload gives back what it had.
    library
        .uploads
        .create(&learner(), new_upload(600, private))
        .await
        .unwrap();
    library.uploads.terminate(&teacher(), first).await.unwrap();
    begin(&library, 500).await;
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

#[tokio::test]
async fn staff_who_became_learners_show_nothing_new() {
    let library = Library::new();
    let new = new_upload(4, Visibility::Course);
    let (id, _) = library.uploads.create(&teacher(), new).await.unwrap();
    let now_learner = person(1, 1, Some(1), Role::Member);
    let done = library
        .uploads
        .append(&now_learner, id, 0, body(b"late"))
        .await
        .unwrap();
    let item = done.item.unwrap();
    assert_eq!(
        library.open(&now_learner, item).item().visibility,
        Visibility::Private
    );
    assert!(open(&library.store, &Viewer::of(&learner()), item).is_err());
    assert!(
        library
            .store
            .page::<InCourse>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_upload_belongs_to_its_person() {
    let library = Library::new();
    let id = begin(&library, 8).await;
    // Another session of the same person goes on, from whichever course.
    let later = person(1, 1, Some(7), Role::Member);
    let progress = library
        .uploads
        .append(&later, id, 0, body(b"half"))
        .await
        .unwrap();
    assert_eq!(progress.offset, 4);

    for other in [learner(), stranger()] {
        let uploads = &library.uploads;
        assert!(matches!(
            uploads.status(&other, id).await,
            Err(Error::NotFound)
        ));
        let written = uploads.append(&other, id, 4, body(b"more")).await;
        assert!(matches!(written, Err(Error::NotFound)));
        assert!(matches!(
            uploads.terminate(&other, id).await,
            Err(Error::NotFound)
        ));
    }
    let unknown = UploadId([0; 16]);
    assert!(matches!(
        library.uploads.status(&teacher(), unknown).await,
        Err(Error::NotFound)
    ));
    library
        .uploads
        .append(&teacher(), id, 4, body(b"half"))
        .await
        .unwrap();
}

#[tokio::test]
async fn bytes_must_continue_where_the_upload_stands() {
    let library = Library::new();
    let id = begin(&library, 8).await;
    library
        .uploads
        .append(&teacher(), id, 0, body(b"half"))
        .await
        .unwrap();
    for offset in [0, 3, 5, 8, 9] {
        let refused = library
            .uploads
            .append(&teacher(), id, offset, body(b"x"))
            .await;
        assert!(
            matches!(refused, Err(Error::WrongOffset { offset: 4 })),
            "{offset}"
        );
    }
}

#[tokio::test]
async fn more_than_declared_is_refused() {
    let library = Library::new();
    let id = begin(&library, 1500).await;
    let refused = library
        .uploads
        .append(&teacher(), id, 0, body(&[7; 1501]))
        .await;
    assert!(matches!(refused, Err(Error::TooLong)));
    // The piece that still fitted is kept.
    let progress = library.uploads.status(&teacher(), id).await.unwrap();
    assert_eq!((progress.offset, progress.item), (1000, None));
}

#[tokio::test]
async fn what_arrived_before_a_connection_broke_is_kept() {
    let library = Library::new();
    let content: Vec<u8> = (0..=u8::MAX).cycle().take(5000).collect();
    let id = begin(&library, content.len()).await;
    let broken = body(&content[..3210]).chain(stream::iter([Err(())]));
    let refused = library.uploads.append(&teacher(), id, 0, broken).await;
    assert!(matches!(refused, Err(Error::Interrupted)));
    let progress = library.uploads.status(&teacher(), id).await.unwrap();
    assert_eq!(progress.offset, 3210);

    let done = library
        .uploads
        .append(&teacher(), id, 3210, body(&content[3210..]))
        .await;
    assert_eq!(
        std::fs::read(library.kept(done.unwrap().item.unwrap())).unwrap(),
        content
    );
}

/// A body that says something, tells that it was taken, and then hangs.
fn hanging(content: &[u8], taken: &Arc<Notify>) -> impl Stream<Item = Result<Bytes, ()>> + use<> {
    let taken = Arc::clone(taken);
    let end = async move {
        taken.notify_one();
        pending().await
    };
    body(content).chain(stream::once(end))
}

/// A request in a task of its own, whose client hangs after `content`.
async fn hang(library: &Library, id: UploadId, content: &'static [u8]) -> JoinHandle<()> {
    let taken = Arc::new(Notify::new());
    let body = hanging(content, &taken);
    let uploads = library.uploads.clone();
    let request = tokio::spawn(async move {
        let _ = uploads.append(&teacher(), id, 0, body).await;
    });
    taken.notified().await;
    request
}

#[tokio::test]
async fn a_second_writer_is_told_that_the_upload_is_busy() {
    let library = Library::new();
    let id = begin(&library, 8).await;
    let first = hang(&library, id, b"half").await;
    let second = library
        .uploads
        .append(&teacher(), id, 0, body(b"half"))
        .await;
    assert!(matches!(second, Err(Error::Locked)));
    assert!(matches!(
        library.uploads.terminate(&teacher(), id).await,
        Err(Error::Locked)
    ));
    // To others it is not even busy.
    let other = library
        .uploads
        .append(&learner(), id, 0, body(b"half"))
        .await;
    assert!(matches!(other, Err(Error::NotFound)));

    // The server drops a request whose connection broke: what had arrived is kept.
    first.abort();
    library.uploads.settled().await;
    let progress = library.uploads.status(&teacher(), id).await.unwrap();
    assert_eq!(progress.offset, 4);
    library
        .uploads
        .append(&teacher(), id, 4, body(b"half"))
        .await
        .unwrap();
}

#[tokio::test]
async fn bytes_that_were_never_acknowledged_are_cut_off() {
    let mut library = Library::new();
    let id = begin(&library, 8).await;
    library
        .uploads
        .append(&teacher(), id, 0, body(b"half"))
        .await
        .unwrap();
    std::fs::write(library.arriving(id), b"half and unsynced").unwrap();
    library.restart();
    let done = library
        .uploads
        .append(&teacher(), id, 4, body(b"half"))
        .await
        .unwrap();
    assert_eq!(
        std::fs::read(library.kept(done.item.unwrap())).unwrap(),
        b"halfhalf"
    );
}

#[tokio::test]
async fn a_file_that_lost_synced_bytes_is_damaged() {
    let library = Library::new();
    let id = begin(&library, 8).await;
    library
        .uploads
        .append(&teacher(), id, 0, body(b"half"))
        .await
        .unwrap();
    std::fs::write(library.arriving(id), b"hal").unwrap();
    let refused = library
        .uploads
        .append(&teacher(), id, 4, body(b"half"))
        .await;
    assert!(matches!(refused, Err(Error::Damaged)));
    std::fs::remove_file(library.arriving(id)).unwrap();
    let refused = library
        .uploads
        .append(&teacher(), id, 4, body(b"half"))
        .await;
    assert!(matches!(refused, Err(Error::Damaged)));
    // It can be ended, and begun anew.
    library.uploads.terminate(&teacher(), id).await.unwrap();
}

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
async fn two_that_begin_at_once_do_not_share_one_place() {
    let library = Library::with(|options| options.max_open_uploads = 1);
    let (member, new) = (teacher(), new_upload(1, Visibility::Private));
    let begin = || library.uploads.create(&member, new);
    let (one, two, three) = tokio::join!(begin(), begin(), begin());
    assert_eq!(
        [one, two, three]
            .iter()
            .filter(|begun| begun.is_ok())
            .count(),
        1
    );
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
