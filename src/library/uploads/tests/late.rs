//! What a session was when an upload began says nothing about its end.

use super::*;
use crate::library::lists;
use crate::store::ids::{ConnectionId, Hash};
use crate::store::rows::people::Session;
use crate::store::trees::{Connections, Items, Sessions};

/// An upload for the whole course, begun by a teacher with a session of their own.
async fn begun(library: &Library) -> (UploadId, Member, Hash) {
    let (member, hash) = library.signed_in(&teacher()).await;
    let new = new_upload(8, Visibility::Course);
    let (id, _) = library.uploads.create(&member, new).await.unwrap();
    (id, member, hash)
}

async fn change(library: &Library, hash: Hash, change: impl FnOnce(&mut Session)) {
    let mut row = library.store.get::<Sessions>(&hash).unwrap().unwrap();
    change(&mut row);
    let mut commit = Commit::new();
    commit.put::<Sessions>(&hash, &row);
    library.store.commit(commit).await.unwrap();
}

/// Sends all of it in a request that began when `member` was as they are here.
async fn sends(library: &Library, id: UploadId, member: &Member) -> Result<Progress, Error> {
    let content = body(b"all of i");
    library.uploads.append(member, id, 0, content).await
}

fn visibility(library: &Library, item: ItemId) -> Visibility {
    let item = library.store.get::<Items>(&item).unwrap().unwrap();
    item.visibility
}

#[tokio::test]
async fn an_upload_ends_with_the_rights_that_its_session_has_then() {
    let library = Library::new();
    let (id, member, _) = begun(&library).await;
    let done = sends(&library, id, &member).await.unwrap();
    assert_eq!(visibility(&library, done.item.unwrap()), Visibility::Course);

    let (id, member, hash) = begun(&library).await;
    change(&library, hash, |session| session.role = Role::Member).await;
    let done = sends(&library, id, &member).await.unwrap();
    assert_eq!(
        visibility(&library, done.item.unwrap()),
        Visibility::Private
    );
}

#[tokio::test]
async fn what_arrives_after_the_session_waits_for_the_next() {
    let library = Library::new();
    for how in 0..3 {
        let (id, member, hash) = begun(&library).await;
        let mut commit = Commit::new();
        match how {
            0 => commit.delete::<Sessions>(&hash),
            1 => {
                library.clock.advance(Duration::from_hours(2));
                &mut commit
            }
            _ => {
                let connection = ConnectionId(1);
                let mut row = library.store.get::<Connections>(&connection);
                let row = row.as_mut().unwrap().as_mut().unwrap();
                row.enabled = false;
                commit.put::<Connections>(&connection, row)
            }
        };
        library.store.commit(commit).await.unwrap();
        let before = lists::mine(&library.store, &teacher(), None, 10).unwrap();
        let sent = sends(&library, id, &member).await;
        assert!(matches!(sent, Err(Error::SessionEnded)), "{how}: {sent:?}");
        let after = lists::mine(&library.store, &teacher(), None, 10).unwrap();
        assert_eq!(after.items.len(), before.items.len(), "no item is made");

        // Nothing has to be sent again, and the next session's rights decide.
        let (next, _) = library
            .signed_in(&person(1, 1, Some(2), Role::Manager))
            .await;
        let progress = library.uploads.status(&next, id).await.unwrap();
        assert_eq!((progress.offset, progress.len), (8, 8));
        let item = progress.item.unwrap();
        assert_eq!(
            visibility(&library, item),
            Visibility::Private,
            "another course"
        );
    }
}

#[tokio::test]
async fn a_start_asks_whoever_is_still_there() {
    for present in [true, false] {
        let mut library = Library::new();
        let (id, member, hash) = begun(&library).await;
        // All there, and not yet an item.
        let mut row = library.store.get::<trees::Uploads>(&id.0).unwrap().unwrap();
        row.offset = 8;
        std::fs::write(library.arriving(id), b"all of i").unwrap();
        let mut commit = Commit::new();
        commit.put::<trees::Uploads>(&id.0, &row);
        if !present {
            commit.delete::<Sessions>(&hash);
        }
        library.store.commit(commit).await.unwrap();
        library.restart();
        library.uploads.recover().await.unwrap();
        let expected = if present {
            Visibility::Course
        } else {
            Visibility::Private
        };
        assert_eq!(visibility(&library, row.item), expected);
        let progress = library.uploads.status(&member, id).await.unwrap();
        assert_eq!(progress.item, Some(row.item));
    }
}

#[tokio::test]
async fn sending_keeps_a_session_from_its_idle_end() {
    let library = Library::new();
    let (member, hash) = library.signed_in(&teacher()).await;
    let new = new_upload(4000, Visibility::Private);
    let (id, _) = library.uploads.create(&member, new).await.unwrap();
    library.clock.advance(Duration::from_mins(119));
    let content = body(&[7; 4000]);
    library
        .uploads
        .append(&member, id, 0, content)
        .await
        .unwrap();
    library.clock.advance(Duration::from_mins(119));
    let row = library.store.get::<Sessions>(&hash).unwrap().unwrap();
    assert!(row.idle_until > library.world.now());
}
