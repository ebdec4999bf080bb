mod begin;
mod course;
mod end;
mod examined;
mod late;
mod replace;
mod resume;
mod space;
mod write;

use std::future::pending;

use ::bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::library::Examination;
use crate::library::testing::{Library, body, new_upload, person, teacher};
use crate::store::rows::library::{Facts, Plays};
use crate::store::rows::people::Role;

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
