use futures_util::TryStreamExt;
use http::header;
use proptest::prelude::*;

use super::*;
use crate::library::testing::{Library, person, teacher};
use crate::store::Commit;
use crate::store::ids::ItemId;
use crate::store::rows::library::Visibility;
use crate::store::rows::people::Role;

/// Longer than any chunk.
const LONG: usize = 700 * 1024;

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

async fn readable(library: &Library, content: &[u8]) -> Readable {
    readable_of(library, content).await.1
}

async fn readable_of(library: &Library, content: &[u8]) -> (ItemId, Readable) {
    let id = library.item(&teacher(), Visibility::Private, content).await;
    let opened = library.open(&teacher(), id);
    (id, original(&library.store, &opened).unwrap())
}

async fn body(library: &Library, file: &Readable, plan: &Plan) -> Vec<u8> {
    let stream = file.stream(&library.folder, plan).await.unwrap();
    let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert!(pieces.iter().all(|piece| !piece.is_empty()));
    let body = pieces.concat();
    assert_eq!(plan.body_len().unwrap_or(0), body.len() as u64);
    body
}

fn ranges(file: &Readable, ranges: &str) -> Plan {
    let mut headers = HeaderMap::new();
    headers.insert(header::RANGE, format!("bytes={ranges}").parse().unwrap());
    file.plan(&Method::GET, &headers)
}

/// A file whose sent form is `extents` of it and of `head`.
async fn resent(library: &Library, content: &[u8], head: &[u8], extents: &[Extent]) -> Readable {
    let (id, file) = readable_of(library, content).await;
    let kept = library.kept(id);
    std::fs::write(kept.with_file_name("head"), head).unwrap();
    let path = file.file().path.replace(ORIGINAL, "head");
    let file = File {
        sent: Some(Sent {
            head: path,
            head_len: head.len() as u64,
            len: extents.iter().map(|extent| extent.len).sum(),
            extents: extents.to_vec(),
        }),
        ..file.file().clone()
    };
    put(library, id, ORIGINAL, &file).await;
    original(&library.store, &library.open(&teacher(), id)).unwrap()
}

async fn put(library: &Library, id: ItemId, name: &str, file: &File) {
    let mut commit = Commit::new();
    commit.put::<Files>(&(id, name.to_owned()), file);
    library.store.commit(commit).await.unwrap();
}

fn extent(in_head: bool, start: u64, len: u64) -> Extent {
    Extent {
        in_head,
        start,
        len,
    }
}

#[tokio::test]
async fn streams_are_what_was_uploaded() {
    let library = Library::new();
    let content = content(LONG);
    let file = readable(&library, &content).await;
    let whole = file.plan(&Method::GET, &HeaderMap::new());
    assert_eq!(body(&library, &file, &whole).await, content);
    for (first, last) in [
        (0, 0),
        (LONG - 1, LONG - 1),
        (65_535, 65_536),
        (5, LONG - 2),
    ] {
        let plan = ranges(&file, &format!("{first}-{last}"));
        assert_eq!(body(&library, &file, &plan).await, content[first..=last]);
    }
    for plan in [ranges(&file, "9999999-"), Plan::NotModified, Plan::Another] {
        assert!(body(&library, &file, &plan).await.is_empty());
    }
}

#[tokio::test]
async fn what_is_sent_in_its_place_has_positions_and_a_tag_of_its_own() {
    let library = Library::new();
    let extents = [
        extent(false, 0, 4),
        extent(true, 2, 3),
        extent(false, 10, 5),
        extent(true, 0, 2),
    ];
    let file = resent(&library, &content(20), b"HEADER", &extents).await;
    let expected = [&[0, 1, 2, 3], &b"ADE"[..], &[10, 11, 12, 13, 14], b"HE"].concat();
    assert_eq!(file.sent_len(), 14);
    let whole = file.plan(&Method::GET, &HeaderMap::new());
    assert_eq!(body(&library, &file, &whole).await, expected);
    let part = ranges(&file, "3-7");
    assert_eq!(part.content_range().as_deref(), Some("bytes 3-7/14"));
    assert_eq!(body(&library, &file, &part).await, expected[3..=7]);

    // Its owner has what was uploaded.
    let opened = library.open(&teacher(), id_of(&file));
    let owner = Some(teacher().session().user);
    let exact = rendition(&library.store, &opened, owner, Rendition::Upload).unwrap();
    let whole = exact.plan(&Method::GET, &HeaderMap::new());
    assert_eq!(body(&library, &exact, &whole).await, content(20));
    assert_ne!(exact.etag(), file.etag());
}

/// The item that a file belongs to, by its path.
fn id_of(file: &Readable) -> ItemId {
    file.file().path.split('/').nth(2).unwrap().parse().unwrap()
}

#[tokio::test]
async fn several_ranges_come_as_parts() {
    let library = Library::new();
    let content = content(3000);
    let file = readable(&library, &content).await;
    let plan = ranges(&file, "2000-2009,0-4");
    let Plan::Parts(parts) = &plan else {
        panic!("{plan:?}")
    };
    let boundary = parts
        .content_type()
        .split("boundary=")
        .nth(1)
        .unwrap()
        .to_owned();
    let part = |start: usize, end: usize| {
        let head = format!(
            "--{boundary}\r\nContent-Type: application/octet-stream\r\n\
             Content-Range: bytes {start}-{}/3000\r\n\r\n",
            end - 1
        );
        [head.as_bytes(), &content[start..end]].concat()
    };
    let end = format!("\r\n--{boundary}--\r\n");
    let expected = [&part(0, 5), &b"\r\n"[..], &part(2000, 2010), end.as_bytes()].concat();
    assert_eq!(body(&library, &file, &plan).await, expected);
}

#[tokio::test]
async fn a_cut_or_missing_file_is_told_before_the_first_byte() {
    let library = Library::new();
    let (id, file) = readable_of(&library, b"content").await;
    let plan = ranges(&file, "0-0");
    let path = library.kept(id);
    std::fs::write(&path, b"conten").unwrap();
    let cut = file.stream(&library.folder, &plan).await.map(|_| ());
    assert!(matches!(cut, Err(Error::Damaged)));
    std::fs::remove_file(&path).unwrap();
    let missing = file.stream(&library.folder, &plan).await.map(|_| ());
    assert!(matches!(missing, Err(Error::Damaged)));

    let file = resent(&library, b"content", b"head", &[extent(true, 0, 4)]).await;
    std::fs::remove_file(library.kept(id_of(&file)).with_file_name("head")).unwrap();
    let missing = file.stream(&library.folder, &plan).await.map(|_| ());
    assert!(matches!(missing, Err(Error::Damaged)));
}

#[tokio::test]
async fn a_row_that_promises_more_than_its_extents_is_damaged() {
    let library = Library::new();
    let mut file = resent(&library, b"content", b"head", &[extent(true, 0, 4)]).await;
    file.file.sent.as_mut().unwrap().len = 5;
    let whole = file.plan(&Method::GET, &HeaderMap::new());
    let refused = file.stream(&library.folder, &whole).await.map(|_| ());
    assert!(matches!(refused, Err(Error::Damaged)));
}

#[tokio::test]
async fn a_file_that_is_cut_while_it_is_read_ends_in_an_error() {
    let library = Library::new();
    let (id, file) = readable_of(&library, &content(LONG)).await;
    let whole = file.plan(&Method::GET, &HeaderMap::new());
    let stream = file.stream(&library.folder, &whole).await.unwrap();
    std::fs::write(library.kept(id), b"short").unwrap();
    assert!(stream.try_collect::<Vec<Bytes>>().await.is_err());
}

#[tokio::test]
async fn renditions_go_to_whom_they_are_for() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Course, b"film").await;
    let learner = person(2, 1, Some(1), Role::Member);
    let opened = library.open(&learner, id);
    let beside = |media_type: &str| File {
        media_type: media_type.to_owned(),
        ..original(&library.store, &opened).unwrap().file().clone()
    };
    put(&library, id, "picture-320", &beside("image/jpeg")).await;
    put(&library, id, "picture-640", &beside("image/svg+xml")).await;
    put(&library, id, "captions-en", &beside("text/vtt")).await;
    let ask = |member: Option<&crate::people::Member>, name: &str| {
        let user = member.map(|member| member.session().user);
        let rendition = rendition(&library.store, &opened, user, Rendition::named(name)?);
        rendition.ok().map(|file| file.media_type())
    };
    let (teacher, learner) = (teacher(), learner);
    for (name, told) in [
        ("original", Some("application/octet-stream")),
        ("picture-320", Some("image/jpeg")),
        ("picture-640", Some("application/octet-stream")),
        ("picture-0320", None),
        ("captions-en", Some("text/vtt; charset=utf-8")),
        ("captions-de", None),
        ("head", None),
        ("", None),
    ] {
        assert_eq!(ask(Some(&learner), name), told, "{name}");
        assert_eq!(ask(None, name), told, "{name}");
    }
    assert!(ask(Some(&teacher), "upload").is_some());
    assert!(ask(Some(&learner), "upload").is_none());
    assert!(ask(None, "upload").is_none());
}

/// Extents of a file of 2,000 bytes and a head of 100.
fn extents() -> impl Strategy<Value = Vec<Extent>> {
    let one = prop_oneof![
        (0_u64..1900, 1_u64..100).prop_map(|(start, len)| extent(false, start, len)),
        (0_u64..90, 1_u64..10).prop_map(|(start, len)| extent(true, start, len)),
    ];
    prop::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_part_of_any_extents_is_that_part_of_their_sum(
        extents in extents(),
        first in 0_usize..3000,
        more in 0_usize..3000,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let library = Library::new();
            let (film, head) = (content(2000), content(100));
            let file = resent(&library, &film, &head, &extents).await;
            let sum: Vec<u8> = extents
                .iter()
                .flat_map(|extent| {
                    let from = if extent.in_head { &head } else { &film };
                    let start = usize::try_from(extent.start).unwrap();
                    from[start..].iter().take(usize::try_from(extent.len).unwrap())
                })
                .copied()
                .collect();
            let plan = ranges(&file, &format!("{first}-{}", first + more));
            let expected = sum.get(first..).unwrap_or_default();
            let expected = &expected[..expected.len().min(more + 1)];
            assert_eq!(body(&library, &file, &plan).await, expected);
        });
    }
}
