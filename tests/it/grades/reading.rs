//! What stands in a gradebook is read back by Basic Outcomes, by token and signed, from an independent
//! platform over the network.

use std::path::Path;
use std::time::Duration;

use lanterna::config::Config;
use lanterna::grades::{Queue, differs, owe};
use lanterna::keys::Keys;
use lanterna::outbound::Outbound;
use lanterna::people::secrets::Secrets;
use lanterna::services::calls::Calls;
use lanterna::services::tokens::Tokens;
use lanterna::store::ids::{
    ConnectionId, CourseId, GradeKey, ItemId, LinkKey, PlacementId, UserId,
};
use lanterna::store::rows::grades::{Column, Errand, Outcome, Standing, Target, Task};
use lanterna::store::rows::keys::{Key, Use};
use lanterna::store::rows::library::{Counts, Placement};
use lanterna::store::rows::people::{Connection, Consumer, Registration, Source};
use lanterna::store::{Commit, Store, trees};
use lanterna::world::World;

use crate::harness::fixture;
use crate::harness::gradebook::{Gradebook, Mood};
use crate::store_support::open;

const COURSE: CourseId = CourseId(1);
const ITEM: ItemId = ItemId(2);
const PLACEMENT: PlacementId = PlacementId([3; 16]);
/// By token, and signed.
const CONNECTIONS: [ConnectionId; 2] = [ConnectionId(1), ConnectionId(2)];
const PEOPLE: u64 = 12;
const ERRAND: (CourseId, u8, Vec<u8>) = (COURSE, Task::Compare.number(), Vec::new());

fn link(connection: ConnectionId) -> LinkKey {
    LinkKey {
        connection,
        deployment: "1".into(),
        link: "link".into(),
    }
}

fn key(connection: ConnectionId, user: u64) -> GradeKey {
    GradeKey {
        link: link(connection),
        user: UserId(user),
    }
}

fn sourcedid(connection: ConnectionId, user: u64) -> String {
    format!("{connection}:{user}")
}

fn connections(commit: &mut Commit, world: &World, book: &Gradebook) {
    let now = world.now();
    let by_token = Connection {
        registration: Some(Registration {
            issuer: book.url(""),
            client_id: "client".into(),
            auth_url: book.url("/auth"),
            token_url: book.url("/token"),
            jwks_url: book.url("/jwks"),
        }),
        ..Connection::new("By token", Source::File, now)
    };
    let signed = Connection {
        consumer: Some(Consumer {
            key: "key".into(),
            secret: Some("secret".into()),
            window: 300,
            body_only: false,
            guid: None,
        }),
        ..Connection::new("Signed", Source::Registered, now)
    };
    let tool = Key {
        r#use: Use::Tool,
        secret: std::fs::read(fixture("keys/tool.p8")).unwrap(),
        made: now,
        signs_from: None,
        ends: None,
    };
    commit
        .put::<trees::Keys>(&"tool".to_owned(), &tool)
        .put::<trees::Connections>(&CONNECTIONS[0], &by_token)
        .put::<trees::Connections>(&CONNECTIONS[1], &signed);
}

fn activities(commit: &mut Commit, world: &World, book: &Gradebook) {
    let placement = Placement {
        connection: CONNECTIONS[0],
        item: ITEM,
        course: COURSE,
        by: UserId(0),
        created: world.now(),
        revoked: None,
        item_created: world.now(),
        title: Some("Waves".into()),
        start_ms: None,
        end_ms: None,
        width: None,
        height: None,
        maximum: Some(2_000),
        counts: Counts::Completion,
        threshold: None,
    };
    commit.put::<trees::Placements>(&PLACEMENT, &placement);
    let column = Column {
        placement: PLACEMENT,
        item: ITEM,
        course: COURSE,
        decided: None,
        service: None,
        line_item: None,
        compared: None,
        lost: false,
    };
    for connection in CONNECTIONS {
        let link = link(connection);
        commit
            .put::<trees::Columns>(&link, &column)
            .put::<trees::ColumnsIn>(&(COURSE, link.clone()), &());
        for user in 1..=PEOPLE {
            let target = Target {
                subject: format!("user-{user}"),
                learner: true,
                outcome: Some(Outcome {
                    url: book.url("/outcomes"),
                    sourcedid: sourcedid(connection, user),
                }),
                course: COURSE,
                item: ITEM,
                moved: None,
            };
            commit
                .put::<trees::Targets>(&key(connection, user), &target)
                .put::<trees::TargetOf>(&(UserId(user), COURSE, ITEM, link.clone()), &());
        }
    }
}

/// Everybody has watched all of it, and is owed it.
async fn watched(store: &Store, world: &World) {
    for user in (1..=PEOPLE).map(UserId) {
        let mut commit = Commit::new();
        owe(store, world, &mut commit, (COURSE, ITEM, user), &|_| 10_000).unwrap();
        store.commit(commit).await.unwrap();
    }
}

async fn queue(dir: &Path, store: &Store, world: &World, book: &Gradebook) -> Queue {
    lanterna::lti::crypto::install();
    let config = dir.join("config.toml");
    let trusted = format!("[outbound]\ntrusted_hosts = [\"{}\"]\n", book.url(""));
    std::fs::write(&config, trusted).unwrap();
    let loaded = Config::load(Some(&config), []).unwrap();
    let outbound = Outbound::new(&loaded.config).unwrap();
    let keys = Keys::open(store, world).await.unwrap();
    let calls = Calls::new(&outbound);
    let tokens = Tokens::new(world, &calls, &keys);
    Queue::new(store, world, &calls, &tokens, Secrets::default())
}

/// As the request of a teacher leaves it.
async fn asked(store: &Store, world: &World) {
    let errand = Errand {
        begun: world.now(),
        of: Some(2 * PEOPLE),
        done: 0,
        link: Vec::new(),
        after: None,
        read: false,
        found: 0,
        unread: 0,
        untold: 0,
        ended: None,
        ends: world.now().after(Duration::from_hours(1)),
    };
    let mut commit = Commit::new();
    commit.put::<trees::Errands>(&ERRAND, &errand);
    store.commit(commit).await.unwrap();
}

async fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it takes too long");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_are_found_by_token_and_signed_and_a_platform_that_is_away_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let book = Gradebook::start().await;
    let world = World::system();
    let (store, _) = open(&folder.path().join("store"));
    let mut commit = Commit::new();
    connections(&mut commit, &world, &book);
    activities(&mut commit, &world, &book);
    store.commit(commit).await.unwrap();
    let queue = queue(folder.path(), &store, &world, &book).await;
    let (sending, working) = (queue.clone(), queue.clone());
    tokio::spawn(async move { sending.run(std::future::pending()).await });
    tokio::spawn(async move { working.work(std::future::pending()).await });
    watched(&store, &world).await;
    queue.wake();
    let grade = |connection, user| {
        let found = store.get::<trees::Grades>(&key(connection, user));
        found.unwrap().unwrap()
    };
    let everybody = || {
        CONNECTIONS
            .into_iter()
            .flat_map(|c| (1..=PEOPLE).map(move |u| (c, u)))
    };
    until(|| everybody().all(|(c, u)| grade(c, u).standing == Standing::Taken)).await;

    // Somebody changes one, takes one away, and of one the platform tells nothing.
    let [by_token, signed] = CONNECTIONS;
    {
        let mut pages = book.pages();
        pages.outcomes.insert(sourcedid(by_token, 2), "0.25".into());
        pages.outcomes.remove(&sourcedid(signed, 5));
        pages.outcomes.remove(&sourcedid(signed, 6));
        pages.untold.push(sourcedid(signed, 6));
    }
    asked(&store, &world).await;
    queue.wake_errands();
    let errand = || store.get::<trees::Errands>(&ERRAND).unwrap().unwrap();
    until(|| errand().ended.is_some()).await;
    let ended = errand();
    assert_eq!((ended.found, ended.untold, ended.unread), (2, 1, 0));
    assert_eq!(ended.done, 2 * PEOPLE);
    for (connection, user) in everybody() {
        let other = (connection, user) == (by_token, 2) || (connection, user) == (signed, 5);
        assert_eq!(
            differs(&grade(connection, user)),
            other,
            "{connection} {user}"
        );
    }
    let found = grade(by_token, 2).result.unwrap();
    assert_eq!(found.points, Some((500, 2_000)), "a quarter of twenty");
    assert_eq!(grade(signed, 6).result, None);
    let mut read = book.pages().read.clone();
    read.sort();
    read.dedup();
    assert_eq!(
        read.len(),
        book.pages().read.len(),
        "each was asked for once"
    );
    assert_eq!(read.len() as u64, 2 * PEOPLE);

    book.moody(|| Some(Mood::Status(503)));
    let before = book.pages().tries;
    asked(&store, &world).await;
    queue.wake_errands();
    until(|| errand().ended.is_some()).await;
    assert_eq!((errand().unread, errand().done), (2, 0));
    assert!(book.pages().tries - before <= 2, "once for each connection");
}
