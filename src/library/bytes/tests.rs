use futures_util::TryStreamExt;

use super::*;
use crate::library::testing::{Library, teacher};
use crate::store::ids::ItemId;
use crate::store::rows::library::Visibility;

/// Three chunks, the last one short.
fn content() -> Vec<u8> {
    (0..2 * CHUNK + 77)
        .map(|i| u8::try_from(i % 251).unwrap())
        .collect()
}

async fn readable(library: &Library, content: &[u8]) -> Readable {
    readable_of(library, content).await.1
}

async fn readable_of(library: &Library, content: &[u8]) -> (ItemId, Readable) {
    let id = library.item(&teacher(), Visibility::Private, content).await;
    let opened = library.open(&teacher(), id);
    (id, original(&library.store, &opened).unwrap())
}

fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (name.clone(), value.parse().unwrap()))
        .collect()
}

#[tokio::test]
async fn streams_are_what_was_uploaded() {
    let library = Library::new();
    let content = content();
    let file = readable(&library, &content).await;
    let len = content.len();
    for (start, count) in [
        (0, len),
        (0, 1),
        (len - 1, 1),
        (CHUNK - 1, 2),
        (CHUNK, CHUNK),
        (5, len - 5),
        (len - 1, 100),
        (len, 0),
    ] {
        let stream = file
            .stream(&library.folder, start as u64, count as u64)
            .await
            .unwrap();
        let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(pieces.iter().all(|piece| piece.len() <= CHUNK));
        assert_eq!(
            pieces.concat(),
            content[start..(start + count).min(len)],
            "{start} {count}"
        );
    }
}

#[tokio::test]
async fn a_cut_or_missing_file_is_told_before_the_first_byte() {
    let library = Library::new();
    let (id, file) = readable_of(&library, b"content").await;
    let path = library.kept(id);
    std::fs::write(&path, b"conten").unwrap();
    let cut = file.stream(&library.folder, 0, 1).await.map(|_| ());
    assert!(matches!(cut, Err(Error::Damaged)));
    std::fs::remove_file(&path).unwrap();
    let missing = file.stream(&library.folder, 0, 1).await.map(|_| ());
    assert!(matches!(missing, Err(Error::Damaged)));
}

#[tokio::test]
async fn requests_get_what_the_standard_says() {
    let library = Library::new();
    let file = readable(&library, &[7; 100]).await;
    let tag = file.etag();
    let weak = format!("W/{tag}");
    let listed = format!("\"other\", {weak}");
    let whole = Plan::Whole { len: 100 };
    let part = Plan::Part {
        start: 10,
        len: 10,
        total: 100,
    };
    let beyond = Plan::Unsatisfiable { total: 100 };
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let (range, if_range, known) = (header::RANGE, header::IF_RANGE, header::IF_NONE_MATCH);
    let ask = (range.clone(), "bytes=10-19");
    let cases = [
        (vec![], whole),
        (vec![ask.clone()], part),
        (vec![(range.clone(), "bytes=100-")], beyond),
        (vec![(range.clone(), "bytes=1-2,5-6")], whole),
        (vec![ask.clone(), ask.clone()], whole),
        (vec![ask.clone(), (if_range.clone(), &tag)], part),
        (vec![ask.clone(), (if_range.clone(), &weak)], whole),
        (vec![ask.clone(), (if_range.clone(), "\"other\"")], whole),
        (vec![ask.clone(), (if_range.clone(), date)], whole),
        (
            vec![ask.clone(), (if_range.clone(), &tag), (if_range, &tag)],
            whole,
        ),
        (vec![(known.clone(), &tag)], Plan::NotModified),
        (vec![(known.clone(), &weak)], Plan::NotModified),
        (vec![(known.clone(), &listed)], Plan::NotModified),
        (vec![(known.clone(), "*")], Plan::NotModified),
        (vec![(known.clone(), &tag), ask.clone()], Plan::NotModified),
        (vec![(known.clone(), "\"other\"")], whole),
        (vec![(known, "\"other\""), ask], part),
    ];
    for (pairs, expected) in cases {
        let headers: HeaderMap = {
            let mut map = HeaderMap::new();
            for (name, value) in &pairs {
                map.append(name.clone(), value.parse().unwrap());
            }
            map
        };
        assert_eq!(file.plan(&Method::GET, &headers), expected, "{pairs:?}");
    }
    let head = file.plan(&Method::HEAD, &headers(&[(range, "bytes=10-19")]));
    assert_eq!(head, whole);
    let head = file.plan(&Method::HEAD, &headers(&[(header::IF_NONE_MATCH, &tag)]));
    assert_eq!(head, Plan::NotModified);
}

#[test]
fn plans_say_status_and_range() {
    let part = Plan::Part {
        start: 10,
        len: 10,
        total: 100,
    };
    let whole = Plan::Whole { len: 100 };
    let beyond = Plan::Unsatisfiable { total: 100 };
    for (plan, status, range, body) in [
        (whole, 200, None, Some((0, 100))),
        (part, 206, Some("bytes 10-19/100"), Some((10, 10))),
        (Plan::NotModified, 304, None, None),
        (beyond, 416, Some("bytes */100"), None),
    ] {
        assert_eq!(plan.status(), status);
        assert_eq!(plan.content_range().as_deref(), range);
        assert_eq!(plan.body(), body);
    }
}
