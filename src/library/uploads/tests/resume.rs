//! Whatever happens to an upload, its file becomes what was sent, and no acknowledged offset is
//! ever lost.

use std::fs;

use proptest::prelude::*;
use tokio::runtime::{Builder, Runtime};

use super::*;

/// How a request that sends bytes ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// As it should.
    Well,
    /// The connection breaks and the server notices.
    Broken,
    /// The server drops the request.
    Dropped,
    /// The process is killed after so many turns of its scheduler.
    Killed(u8),
    /// The same, and of what was not synced some is lost and some is garbage.
    PowerCut(u8, u16),
}

#[derive(Debug, Clone, Copy)]
struct Request {
    sent: u16,
    piece: u16,
    end: End,
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let end = prop_oneof![
        Just(End::Well),
        Just(End::Broken),
        Just(End::Dropped),
        any::<u8>().prop_map(End::Killed),
        (any::<u8>(), any::<u16>()).prop_map(|(turns, tail)| End::PowerCut(turns, tail)),
    ];
    let request = (0..4000_u16, 1..1500_u16, end);
    let request = request.prop_map(|(sent, piece, end)| Request { sent, piece, end });
    prop::collection::vec(request, 0..8)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn pieces(bytes: &[u8], piece: u16) -> impl Stream<Item = Result<Bytes, ()>> + use<> {
    let pieces: Vec<_> = bytes
        .chunks(piece.into())
        .map(Bytes::copy_from_slice)
        .map(Ok)
        .collect();
    stream::iter(pieces)
}

async fn turns(count: u8) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

/// Sends one request to a process of its own; answers the offset that was acknowledged.
fn send(library: &Library, id: UploadId, offset: u64, bytes: &[u8], request: Request) -> u64 {
    let runtime = runtime();
    let uploads = library.uploads.clone();
    let member = teacher();
    let body = pieces(bytes, request.piece);
    let hanging = stream::once(pending::<Result<Bytes, ()>>());
    runtime.block_on(async move {
        match request.end {
            End::Well => {
                let done = uploads.append(&member, id, offset, body).await;
                return done.unwrap().offset;
            }
            End::Broken => {
                let broken = body.chain(stream::iter([Err(())]));
                let _ = uploads.append(&member, id, offset, broken).await;
            }
            End::Dropped => {
                let dropped = uploads.append(&member, id, offset, body.chain(hanging));
                tokio::select! { _ = dropped => {}, () = turns(50) => {} }
                uploads.settled().await;
            }
            End::Killed(count) | End::PowerCut(count, _) => {
                let killed = uploads.append(&member, id, offset, body.chain(hanging));
                tokio::select! { _ = killed => {}, () = turns(count) => {} }
            }
        }
        offset
    })
}

/// Waits until the store has taken what the killed process handed it: a real one ends with it.
fn quiet(library: &Library) {
    let mut barrier = Commit::new();
    barrier.put::<trees::Meta>(&"barrier".to_owned(), &Vec::new());
    runtime().block_on(library.store.commit(barrier)).unwrap();
}

/// What a power cut may do to bytes that were not synced: cut them, or leave others in their place.
fn lose_tail(library: &Library, id: UploadId, tail: u16) {
    let row = library.store.get::<trees::Uploads>(&id.0).unwrap().unwrap();
    let Ok(mut bytes) = fs::read(library.arriving(id)) else {
        return;
    };
    let synced = usize::try_from(row.offset).unwrap();
    assert!(bytes.len() >= synced);
    bytes[synced..].fill(0xff);
    let unsynced = bytes.len() - synced;
    bytes.truncate(synced + usize::from(tail) % (unsynced + 1));
    fs::write(library.arriving(id), bytes).unwrap();
}

fn status(library: &Library, id: UploadId) -> Progress {
    runtime()
        .block_on(library.uploads.status(&teacher(), id))
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn nothing_acknowledged_is_lost(
        content in prop::collection::vec(any::<u8>(), 1..9000),
        requests in requests(),
    ) {
        let mut library = Library::new();
        let new = new_upload(content.len(), Visibility::Private);
        let (id, _) = runtime().block_on(library.uploads.create(&teacher(), new)).unwrap();
        let mut acknowledged = 0;
        for request in requests {
            let progress = status(&library, id);
            prop_assert!(progress.offset >= acknowledged);
            let rest = &content[usize::try_from(progress.offset).unwrap()..];
            let sent = &rest[..rest.len().min(request.sent.into())];
            acknowledged = send(&library, id, progress.offset, sent, request);
            if let End::Killed(_) | End::PowerCut(..) = request.end {
                quiet(&library);
                if let End::PowerCut(_, tail) = request.end {
                    lose_tail(&library, id, tail);
                }
                library.restart();
                runtime().block_on(library.uploads.recover()).unwrap();
            }
        }
        let progress = status(&library, id);
        prop_assert!(progress.offset >= acknowledged);
        let rest = &content[usize::try_from(progress.offset).unwrap()..];
        let last = Request { sent: u16::MAX, piece: 1000, end: End::Well };
        prop_assert_eq!(send(&library, id, progress.offset, rest, last), content.len() as u64);
        let item = status(&library, id).item.unwrap();
        prop_assert_eq!(fs::read(library.kept(item)).unwrap(), content);
    }
}
