//! The process is killed at random moments, and the gradebook refuses, delays, breaks off and sends
//! pages instead of answers: each grade arrives exactly once as its highest value.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lanterna::config::Config;
use lanterna::grades::{Queue, owe};
use lanterna::keys::Keys;
use lanterna::lti::names::scope;
use lanterna::outbound::Outbound;
use lanterna::people::secrets::Secrets;
use lanterna::services::calls::Calls;
use lanterna::services::tokens::Tokens;
use lanterna::store::ids::{
    ConnectionId, CourseId, GradeKey, ItemId, LinkKey, PlacementId, UserId,
};
use lanterna::store::rows::grades::{Column, Service, Target};
use lanterna::store::rows::keys::{Key, Use};
use lanterna::store::rows::library::{Counts, Placement};
use lanterna::store::rows::people::{Connection, Registration, Source};
use lanterna::store::{Commit, Store, trees};
use lanterna::world::{Clock, Time, World};

use crate::harness::fixture;
use crate::harness::gradebook::{Gradebook, Mood};
use crate::store_support::{Random, open};

const DIR: &str = "LANTERNA_TEST_GRADES_DIR";
const BOOK: &str = "LANTERNA_TEST_GRADES_BOOK";
const BEGUN: &str = "LANTERNA_TEST_GRADES_BEGUN";
const PEOPLE: u64 = 24;
/// What everybody watches at a time, in ten-thousandths.
const STEP: u16 = 1_300;
/// So much faster the clock goes, so that pauses of minutes pass.
const HURRY: u64 = 3_000;
const COURSE: CourseId = CourseId(1);
const ITEM: ItemId = ItemId(2);
const PLACEMENT: PlacementId = PlacementId([3; 16]);

/// A clock in a hurry since the test began, which a restart finds later than before.
struct Hurried(u64);

impl Clock for Hurried {
    fn now(&self) -> Time {
        Time(1_800_000_000_000 + (real() - self.0) * HURRY)
    }
}

/// Milliseconds since 1970 by the machine's clock.
fn real() -> u64 {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

/// What the test below starts and kills; by itself it does nothing.
#[test]
fn child() {
    let (Some(dir), Ok(book)) = (std::env::var_os(DIR), std::env::var(BOOK)) else {
        return;
    };
    lanterna::lti::crypto::install();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(watch_and_send(Path::new(&dir), &book));
}

async fn watch_and_send(dir: &Path, book: &str) {
    let (store, _) = open(&dir.join("store"));
    let begun = std::env::var(BEGUN).unwrap().parse().unwrap();
    let world = World::with_clock(Arc::new(Hurried(begun)));
    rows(&store, &world, book).await;
    let config = dir.join("config.toml");
    std::fs::write(
        &config,
        format!("[outbound]\ntrusted_hosts = [\"{book}\"]\n"),
    )
    .unwrap();
    let loaded = Config::load(Some(&config), []).unwrap();
    let outbound = Outbound::new(&loaded.config).unwrap();
    let keys = Keys::open(&store, &world).await.unwrap();
    let calls = Calls::new(&outbound);
    let tokens = Tokens::new(&world, &calls, &keys);
    let queue = Queue::new(&store, &world, &calls, &tokens, Secrets::default());
    let waking = queue.clone();
    tokio::spawn(async move {
        // The queue's own pauses are by the slow clock of the machine.
        loop {
            tokio::time::sleep(Duration::from_millis(3)).await;
            waking.wake();
        }
    });
    let watching = async {
        loop {
            for user in 0..PEOPLE {
                watch(&store, &world, user).await;
                queue.wake();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::join!(queue.run(std::future::pending()), watching);
}

/// Somebody watches a little more: what they watched, and what is owed for it, in one commit.
async fn watch(store: &Store, world: &World, user: u64) {
    loop {
        let name = format!("watched {user}");
        let before = store.read::<trees::Meta>(&name).unwrap();
        let part = before.as_ref().map_or(0, |row| {
            u16::from_be_bytes(row.value.clone().try_into().unwrap())
        });
        if part == 10_000 {
            return;
        }
        let part = (part + STEP).min(10_000);
        let mut commit = Commit::new();
        match &before {
            Some(row) => commit.expect_unchanged::<trees::Meta>(&name, row),
            None => commit.expect_absent::<trees::Meta>(&name),
        };
        commit.put::<trees::Meta>(&name, &part.to_be_bytes().to_vec());
        let watched = (COURSE, ITEM, UserId(user));
        owe(store, world, &mut commit, watched, &|_| part).unwrap();
        if store.commit(commit).await.is_ok() {
            return;
        }
    }
}

async fn rows(store: &Store, world: &World, book: &str) {
    if store
        .get::<trees::Placements>(&PLACEMENT)
        .unwrap()
        .is_some()
    {
        return;
    }
    let now = world.now();
    let connection = ConnectionId(1);
    let mut commit = Commit::new();
    let link = LinkKey {
        connection,
        deployment: "1".into(),
        link: "link".into(),
    };
    commit
        .put::<trees::Keys>(
            &"tool".to_owned(),
            &Key {
                r#use: Use::Tool,
                secret: std::fs::read(fixture("keys/tool.p8")).unwrap(),
                made: now,
                signs_from: None,
                ends: None,
            },
        )
        .put::<trees::Connections>(
            &connection,
            &Connection {
                registration: Some(Registration {
                    issuer: book.into(),
                    client_id: "client".into(),
                    auth_url: format!("{book}/auth"),
                    token_url: format!("{book}/token"),
                    jwks_url: format!("{book}/jwks"),
                }),
                ..Connection::new("A school", Source::File, now)
            },
        )
        .put::<trees::Placements>(
            &PLACEMENT,
            &Placement {
                title: Some("Waves".into()),
                maximum: Some(1_000),
                counts: Counts::Proportion,
                ..Placement::new(connection, (ITEM, now), COURSE, UserId(0), now)
            },
        )
        .put::<trees::Columns>(
            &link,
            &Column {
                placement: PLACEMENT,
                item: ITEM,
                course: COURSE,
                decided: None,
                service: Some(Service {
                    scopes: [scope::LINE_ITEM, scope::RESULT_READ, scope::SCORE]
                        .map(str::to_owned)
                        .to_vec(),
                    line_items: Some(format!("{book}/lineitems?kept=a%20b")),
                    line_item: None,
                    moved: None,
                }),
                line_item: None,
                compared: None,
                lost: false,
            },
        );
    for user in (0..PEOPLE).map(UserId) {
        let key = GradeKey {
            link: link.clone(),
            user,
        };
        let target = Target {
            subject: format!("user-{}", user.0),
            learner: true,
            outcome: None,
            course: COURSE,
            item: ITEM,
            moved: None,
        };
        commit
            .put::<trees::Targets>(&key, &target)
            .put::<trees::TargetOf>(&(user, COURSE, ITEM, link.clone()), &());
    }
    store.commit(commit).await.unwrap();
}

fn start(dir: &Path, book: &Gradebook, begun: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "grades::kills::child", "--nocapture"])
        .env(DIR, dir)
        .env(BOOK, book.url(""))
        .env(BEGUN, begun.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_grade_arrives_once_as_its_highest_value_through_kills_and_bad_moods() {
    let folder = tempfile::tempdir().unwrap();
    let book = Gradebook::start().await;
    let began = real();
    let mut random = Random(0x6772_6164_6573);
    let mut moods = Random(0x006d_6f6f_6473);
    book.moody(move || {
        let moods = match moods.below(16) {
            0 => Mood::Status(503),
            1 => Mood::Status(500),
            2 => Mood::Status(401),
            3 => Mood::Html,
            4 => Mood::Closed,
            5 => Mood::ClosedAfter,
            6 => Mood::Late(Duration::from_millis(15)),
            _ => return None,
        };
        Some(moods)
    });
    for _ in 0..10 {
        let mut child = start(folder.path(), &book, began);
        let while_it_runs = Duration::from_millis(150 + random.below(350));
        tokio::time::sleep(while_it_runs).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut child = start(folder.path(), &book, began);
    let waiting = Instant::now();
    let everybody = |standings: &BTreeMap<String, f64>| {
        let full = standings.values().filter(|percent| **percent > 99.999);
        full.count() as u64 == PEOPLE
    };
    while !everybody(&book.standings()) {
        assert!(
            waiting.elapsed() < Duration::from_mins(2),
            "{:?}",
            book.standings()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Whatever is sent once more now would show as well.
    tokio::time::sleep(Duration::from_millis(300)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let pages = book.pages();
    assert_eq!(pages.columns.len(), 1, "never two columns for one link");
    let mut last: BTreeMap<&str, (f64, &str)> = BTreeMap::new();
    for taken in &pages.taken {
        let now = (taken.percent, taken.at.as_str());
        if let Some(before) = last.insert(&taken.user, now) {
            assert!(before.0 < now.0, "{}: once, and only ever more", taken.user);
            assert!(before.1 < now.1);
        }
    }
    assert!(pages.at_once.1 <= 4, "no herd: {}", pages.at_once.1);
    println!(
        "{} scores taken of {} tries, for {PEOPLE} people",
        pages.taken.len(),
        pages.tries
    );
}
