//! Bytes that arrive.

use super::*;
use crate::library::bytes;
use crate::store::rows::library::Kind;

/// An MP4 without a track, whose samples go on to its end.
const FILM: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08moov\0\0\0\0mdat";

#[tokio::test]
async fn an_upload_becomes_an_item() {
    let library = Library::new();
    let content = [FILM, &[7; 4000]].concat();
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

/// The checksum of these bytes.
fn sha1(bytes: &[u8]) -> Checksum {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    format!("sha1 {}", STANDARD.encode(digest)).parse().unwrap()
}

#[tokio::test]
async fn what_was_synced_before_a_checksum_failed_does_not_count() {
    let library = Library::new();
    let content = [5; 9000];
    let id = begin(&library, content.len()).await;
    let uploads = &library.uploads;
    let first = uploads.append(&teacher(), id, 0, body(b"it stood")).await;
    assert_eq!(first.unwrap().offset, 8);
    let append = |checksum: Checksum, content: &[u8]| {
        let (content, me) = (body(content), teacher());
        async move {
            let (at, checksum) = (8, Some(checksum));
            uploads.append_checked(&me, id, at, checksum, content).await
        }
    };
    let wrong = append(sha1(b"other"), &content[..8000]).await;
    assert!(matches!(wrong, Err(Error::ChecksumMismatch)));
    // Nor when more comes than was declared, though it hashes right.
    let longer = append(sha1(&content), &content).await;
    assert!(matches!(longer, Err(Error::TooLong)));
    let progress = uploads.status(&teacher(), id).await.unwrap();
    assert_eq!(progress.offset, 8);

    let rest = &content[8..];
    let done = append(sha1(rest), rest).await.unwrap();
    let kept = std::fs::read(library.kept(done.item.unwrap())).unwrap();
    assert_eq!(kept, [b"it stood", rest].concat());
}

#[tokio::test]
async fn a_checked_part_that_breaks_off_is_not_kept() {
    let library = Library::new();
    let id = begin(&library, 3000).await;
    let uploads = &library.uploads;
    let broken = body(&[5; 2000]).chain(stream::once(async { Err(()) }));
    let checksum = Some(sha1(&[5; 3000]));
    let me = teacher();
    let appended = uploads.append_checked(&me, id, 0, checksum, broken);
    assert!(matches!(appended.await, Err(Error::Interrupted)));
    let progress = uploads.status(&teacher(), id).await.unwrap();
    assert_eq!(progress.offset, 0);
}
