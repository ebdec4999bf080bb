//! How long it takes to hand out everything that is kept about a person, and in how much memory: a
//! person with a lot and one with ten times as much, beside plainly reading the same rows in the same
//! run.
//!
//! `cargo run --release --example export`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement: it prints, and nothing goes on when something fails"
)]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use lanterna::app::App;
use lanterna::config::Config;
use lanterna::library::Examination;
use lanterna::outbound::Outbound;
use lanterna::privacy::export::For;
use lanterna::store::ids::{ConnectionId, CourseId, ItemId, Reference, UserId};
use lanterna::store::key::Newest;
use lanterna::store::rows::launchlog::{Check, Entry};
use lanterna::store::rows::library::{Item, Kind};
use lanterna::store::rows::people::{Connection, Course, Source, User};
use lanterna::store::rows::watching::{Heat, Span, View};
use lanterna::store::trees::{
    Connections, Courses, Items, Log, LogOf, Owned, Rewatched, Users, Viewed, Views,
};
use lanterna::store::{Commit, Options, Store};
use lanterna::ui::Messages;
use lanterna::world::{Time, World};

/// How often each is done; the median counts.
const TIMES: usize = 5;
/// Items that the person watched; the views beyond are in further courses.
const WATCHED: u64 = 200;
/// Rows of one commit.
const TOGETHER: u64 = 100;
/// An item plays so long, in milliseconds.
const LONG: u64 = 754_000;
const CONNECTION: ConnectionId = ConnectionId(1);
const PERSON: UserId = UserId(7);

/// How much is kept of somebody.
#[derive(Clone, Copy)]
struct Amount {
    views: u64,
    items: u64,
    launches: u64,
}

const MUCH: Amount = Amount {
    views: 5_000,
    items: 200,
    launches: 1_000,
};
const TEN_TIMES: Amount = Amount {
    views: 50_000,
    items: 2_000,
    launches: 10_000,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    lanterna::lti::crypto::install();
    for amount in [MUCH, TEN_TIMES] {
        let folder = tempfile::tempdir()?;
        measure(folder.path(), amount).await?;
    }
    Ok(())
}

async fn measure(folder: &Path, amount: Amount) -> Result<(), Box<dyn Error>> {
    let Amount {
        views,
        items,
        launches,
    } = amount;
    let app = filled(folder, amount).await?;
    println!("{views} views, {items} items, {launches} launches");
    let mut plain = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        let rows = read(&app.store)?;
        plain.push(begun.elapsed());
        assert_eq!(rows, views + items + launches);
    }
    let plain = median(plain);
    println!(
        "{:<34} {plain:>9.2?}   1.00",
        "reading the same rows plainly"
    );
    let (mut exports, mut bytes) = (Vec::new(), 0);
    let before = peak_begins_anew();
    for _ in 0..TIMES {
        let begun = Instant::now();
        bytes = export(&app).await?;
        exports.push(begun.elapsed());
    }
    let grown = peak().saturating_sub(before);
    let took = median(exports);
    let ratio = took.as_secs_f64() / plain.as_secs_f64();
    println!("{:<34} {took:>9.2?}   {ratio:.2}", "the whole export");
    println!(
        "its ZIP {} kB, the memory's peak grew by {grown} kB\n",
        bytes / 1_000
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// All of it, as whoever downloads it takes it; answers its length.
async fn export(app: &App) -> Result<usize, Box<dyn Error>> {
    let whom = For::Administrator("bench");
    let export = app.privacy.export(PERSON, false, whom, Messages::default());
    let (mut chunks, mut bytes) = (export.await?, 0);
    while let Some(chunk) = chunks.next().await {
        bytes += chunk?.len();
    }
    Ok(bytes)
}

/// The rows that make up nearly all of it; answers how many.
fn read(store: &Store) -> Result<u64, Box<dyn Error>> {
    let mut rows = 0;
    for ((user, course, item), ()) in store.page::<Viewed>(&(PERSON,), None, usize::MAX)? {
        let key = (course, item, user);
        rows += u64::from(store.get::<Views>(&key)?.is_some());
        store.get::<Rewatched>(&key)?;
    }
    for ((_, _, item), ()) in store.page::<Owned>(&(PERSON,), None, usize::MAX)? {
        rows += u64::from(store.get::<Items>(&item)?.is_some());
    }
    for ((_, reference), ()) in store.page::<LogOf>(&(PERSON,), None, usize::MAX)? {
        rows += u64::from(store.get::<Log>(&reference)?.is_some());
    }
    Ok(rows)
}

/// What the process used at most since the last time, in kilobytes; from here on that is counted anew.
fn peak_begins_anew() -> u64 {
    // Linux alone can do so; elsewhere no growth is told.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak()
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().split(' ').next());
    number.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Lanterna with such a person.
async fn filled(folder: &Path, amount: Amount) -> Result<App, Box<dyn Error>> {
    let file = folder.join("config.toml");
    std::fs::write(
        &file,
        "[storage]\nreserve = \"1 MiB\"\n[practice]\nenabled = false\n",
    )?;
    let loaded = Config::load(Some(&file), []).map_err(|problems| problems.to_string())?;
    std::fs::create_dir_all(&loaded.config.storage.data_dir)?;
    let world = World::system();
    let (store, _) = Store::open(Options::from(&loaded.config.storage), world.clone())?;
    let now = world.now();
    let mut commit = Commit::new();
    let person = User {
        name: Some("Somebody".into()),
        ..User::new(CONNECTION, "somebody", now)
    };
    let connection = Connection::new("Bench", Source::Registered, now);
    commit
        .put::<Connections>(&CONNECTION, &connection)
        .put::<Users>(&PERSON, &person);
    for number in 0..=amount.views / WATCHED {
        commit.put::<Courses>(&CourseId(1 + number), &course(number, now));
    }
    for number in 0..WATCHED {
        let title = format!("Lesson {number}: waves and light");
        let item = Item::new(UserId(1), CONNECTION, Kind::Video, title, now);
        commit.put::<Items>(&ItemId(number), &item);
    }
    store.commit(commit).await?;
    put(&store, amount.views, watch).await?;
    put(&store, amount.items, own).await?;
    let references = world.clone();
    put(&store, amount.launches, |commit, number| {
        launch(commit, Reference::new(&references), number);
    })
    .await?;
    let outbound = Outbound::new(&loaded.config)?;
    let app = App::new(
        loaded.config,
        String::new(),
        world,
        store,
        outbound,
        Examination::Here,
    );
    Ok(app.await?)
}

/// Writes so many rows, in commits of a few.
async fn put(
    store: &Store,
    number: u64,
    row: impl Fn(&mut Commit, u64),
) -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u64> = (0..number).collect();
    for some in numbers.chunks(20 * usize::try_from(TOGETHER)?) {
        let commits = some.chunks(usize::try_from(TOGETHER)?).map(|few| {
            let mut commit = Commit::new();
            for number in few {
                row(&mut commit, *number);
            }
            store.commit(commit)
        });
        try_join_all(commits).await?;
    }
    Ok(())
}

fn course(number: u64, now: Time) -> Course {
    Course {
        title: Some(format!("Physics {number}")),
        ..Course::new(CONNECTION, "1", &format!("physics-{number}"), now)
    }
}

fn watch(commit: &mut Commit, number: u64) {
    let at = Time::from_seconds(1_750_000_000 + number * 997);
    let third = LONG / 3;
    let span = |part: u64| Span {
        start: part * third,
        end: part * third + third / 2,
    };
    let view = View {
        position_ms: third,
        seen: vec![span(0), span(1), span(2)],
        first: Some(at),
        opened: 3,
        plays: 3,
        played_ms: LONG,
        counts: true,
        percent: 5_000,
        ..View::new(at)
    };
    let heat = Heat {
        length: LONG,
        parts: (0..200).map(|part| 100 + part % 150).collect(),
    };
    let (course, item) = (CourseId(1 + number / WATCHED), ItemId(number % WATCHED));
    let key = (course, item, PERSON);
    commit
        .put::<Views>(&key, &view)
        .put::<Rewatched>(&key, &heat)
        .put::<Viewed>(&(PERSON, course, item), &());
}

fn own(commit: &mut Commit, number: u64) {
    let (id, at) = (
        ItemId(WATCHED + number),
        Time::from_seconds(1_700_000_000 + number),
    );
    let title = format!("My recording {number}");
    let item = Item::new(PERSON, CONNECTION, Kind::Video, title, at);
    commit
        .put::<Items>(&id, &item)
        .put::<Owned>(&(PERSON, Newest(at), id), &());
}

fn launch(commit: &mut Commit, reference: Reference, number: u64) {
    let check = |name: &str| Check {
        name: name.into(),
        passed: true,
        detail: None,
    };
    let entry = Entry {
        at: Time::from_seconds(1_750_000_000 + number),
        connection: Some(CONNECTION),
        user: Some(PERSON),
        course: Some(CourseId(1)),
        step: "launch".into(),
        message: Some("LtiResourceLinkRequest".into()),
        refusal: None,
        detail: None,
        checks: ["signature", "nonce", "deployment", "binding"]
            .map(check)
            .into(),
        binding: Some("cookie".into()),
        parameters: None,
    };
    commit
        .put::<Log>(&reference, &entry)
        .put::<LogOf>(&(PERSON, reference), &());
}
