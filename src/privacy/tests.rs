//! What was erased stays erased when an older copy of the store is put back.

use super::*;
use crate::app::testing::Running;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{User, UserRef};
use crate::store::rows::privacy::Media;
use crate::store::trees::{KnownAs, UserBy, Users};
use crate::world::Time;

const SCHOOL: ConnectionId = ConnectionId(1);

async fn known_as(store: &Store, id: u64, subject: &str) {
    let user = UserId(id);
    let mut commit = Commit::new();
    commit
        .put::<Users>(&user, &User::new(SCHOOL, subject, Time(1)))
        .put::<UserBy>(&(SCHOOL, subject.to_owned()), &UserRef { user })
        .put::<KnownAs>(&(user, SCHOOL, subject.to_owned()), &());
    store.commit(commit).await.unwrap();
}

fn is_there(store: &Store, id: u64) -> bool {
    store.get::<Users>(&UserId(id)).unwrap().is_some()
}

/// A copy of the store from before anything was erased.
async fn older_copy(of: &Store) -> Store {
    let copy = Store::temporary();
    let key = of.get::<Meta>(&KEY.to_owned()).unwrap().unwrap();
    let mut commit = Commit::new();
    commit.put::<Meta>(&KEY.to_owned(), &key);
    copy.commit(commit).await.unwrap();
    copy
}

async fn open(running: &Running, store: &Store) -> Privacy {
    let app = &running.app;
    let dir = &app.config.storage.data_dir;
    let media = (&app.folder, &app.uploads);
    let opened = Privacy::open(store, &app.world, media, &app.launches, dir).await;
    opened.unwrap()
}

#[tokio::test]
async fn an_older_copy_erases_again_by_number_and_by_name() {
    let running = Running::with(&[]).await;
    let (app, store) = (&running.app, &running.app.store);
    for (id, subject) in [(5, "ada"), (6, "bob"), (7, "zoe")] {
        known_as(store, id, subject).await;
    }
    for id in [5, 6] {
        let erased = app.privacy.erase(UserId(id), Media::Remove, "admin").await;
        erased.unwrap();
    }

    let copy = older_copy(store).await;
    // Ada had another number then; Bob's platform called him something else.
    for (id, subject) in [(50, "ada"), (6, "robert"), (7, "zoe")] {
        known_as(&copy, id, subject).await;
    }
    open(&running, &copy).await;
    assert!(!is_there(&copy, 50), "by the name");
    assert!(!is_there(&copy, 6), "by the number");
    assert!(is_there(&copy, 7), "whoever was not erased");
    assert_eq!(known(&copy).unwrap(), 2);

    // Whoever comes back is somebody new, and is not erased by the next start.
    known_as(&copy, 51, "ada").await;
    open(&running, &copy).await;
    assert!(is_there(&copy, 51));
}

#[tokio::test]
async fn an_erasure_that_was_only_written_down_comes_true_at_the_next_start() {
    let running = Running::with(&[]).await;
    let (app, store) = (&running.app, &running.app.store);
    known_as(store, 5, "ada").await;
    let line = record::Line {
        number: 1,
        at: app.world.now(),
        user: UserId(5),
        media: Media::Remove,
        traces: Vec::new(),
    };
    let record = Record::within(&app.config.storage.data_dir);
    record.append(&line).unwrap();
    open(&running, store).await;
    assert!(!is_there(store, 5));
}

#[tokio::test]
async fn another_stores_file_erases_nobody_by_name() {
    let running = Running::with(&[]).await;
    let (app, store) = (&running.app, &running.app.store);
    known_as(store, 5, "ada").await;
    app.privacy
        .erase(UserId(5), Media::Remove, "admin")
        .await
        .unwrap();
    let other = Store::temporary();
    known_as(&other, 8, "ada").await;
    open(&running, &other).await;
    assert!(is_there(&other, 8), "its names have other traces");
}

#[tokio::test]
async fn an_older_file_of_erasures_spoils_no_later_one() {
    let running = Running::with(&[]).await;
    let (app, store) = (&running.app, &running.app.store);
    for (id, subject) in [(5, "ada"), (6, "bob"), (7, "zoe")] {
        known_as(store, id, subject).await;
    }
    let erase = async |id| {
        let erased = app.privacy.erase(UserId(id), Media::Remove, "admin").await;
        erased.unwrap();
    };
    erase(5).await;
    let path = app.config.storage.data_dir.join("erasures");
    let older = std::fs::read(&path).unwrap();
    erase(6).await;
    let copy = older_copy(store).await;
    known_as(&copy, 7, "zoe").await;
    let mut commit = Commit::new();
    knows(&mut commit, 2);
    copy.commit(commit).await.unwrap();

    std::fs::write(&path, older).unwrap();
    open(&running, store).await;
    assert_eq!(known(store).unwrap(), 2, "nothing is forgotten");
    erase(7).await;
    let lines = Record::within(&app.config.storage.data_dir).read().unwrap();
    let numbers: Vec<u64> = lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [1, 3], "what is missing stays a gap");
    // So a copy that knew two of them erases the third.
    open(&running, &copy).await;
    assert!(!is_there(&copy, 7));
}
