//! How the time of a page depends on the size of the library: an item's page and the first page of
//! each list, plain and searched, over HTTP, at 100 and at 100,000 items in the same run.
//!
//! `cargo run --release --example library`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement: it prints, and nothing goes on when something fails"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::try_join_all;
use http::{Request, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use lanterna::config::Config;
use lanterna::lti::launch::{self, Launch, Message, Version};
use lanterna::lti::roles::Overrides;
use lanterna::people::arrival::{Arrival, Opened, arrive};
use lanterna::people::sessions::Lifetimes;
use lanterna::store::ids::{ConnectionId, CourseId, ItemId, Reference, UserId};
use lanterna::store::key::Newest;
use lanterna::store::rows::library::{Facts, File, Item, Kind, Visibility};
use lanterna::store::rows::people::{Binding, Connection, Source};
use lanterna::store::trees::{
    Connections, Files, InCourse, Items, Owned, School, Sessions, UserBy,
};
use lanterna::store::{Commit, Options, Store};
use lanterna::web::Start;
use lanterna::world::{Time, World};

const FEW: u64 = 100;
const MANY: u64 = 100_000;
/// How often each page is asked for.
const TIMES: usize = 300;
/// Visits that take turns, since requests of one are limited.
const VISITS: usize = 12;
/// Items of one commit, and commits under way at a time.
const BATCH: u64 = 25;
const AT_ONCE: u64 = 32;
/// So many items of the teacher have the rare word and the rare tag, in either library.
const RARE: u64 = 10;

const TEACHER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const CONNECTION: ConnectionId = ConnectionId(1);
const COLLEAGUE: UserId = UserId(1);

/// What is asked for, and whether it may take no longer in a large library.
const PAGES: [(&str, &str, bool); 9] = [
    ("an item", "media/0000000000000003", true),
    ("my media, first page", "library?view=mine", true),
    ("this course, first page", "library?view=course", true),
    ("shared with me, first page", "library?view=shared", true),
    ("search: a rare word", "library?view=mine&q=lantern", true),
    ("search: a tag", "library?view=mine&tag=rare", true),
    (
        "search: a word in every item",
        "library?view=mine&q=wave",
        false,
    ),
    ("all by title", "library?view=mine&sort=title", false),
    (
        "all, longest first",
        "library?view=mine&sort=longest",
        false,
    ),
];

type Http = Client<HttpConnector, Empty<Bytes>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (few, many) = (folder.path().join("few"), folder.path().join("many"));
    let few = Library::start(&few, FEW).await?;
    let many = Library::start(&many, MANY).await?;
    println!(
        "the index of {MANY} items was made in {:.1} s",
        many.indexed.as_secs_f64()
    );
    println!("{:<32} {FEW:>8} {MANY:>8}   ratio", "items:");
    let mut worst: f64 = 0.0;
    for (name, page, bounded) in PAGES {
        let mut times = [Vec::new(), Vec::new()];
        for turn in 0..TIMES {
            // By turns, so that whatever else the machine does meets both alike.
            for (library, times) in [&few, &many].into_iter().zip(&mut times) {
                let begun = Instant::now();
                library.get(turn, page).await?;
                times.push(begun.elapsed());
            }
        }
        let [few, many] = times.map(median);
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        println!("{name:<32} {few:>8.2?} {many:>8.2?}   {ratio:.2}");
        if bounded {
            worst = worst.max(ratio);
        }
    }
    println!("the most among those that must not depend on the size: {worst:.2}");
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// A running Lanterna with so many items.
struct Library {
    client: Http,
    public: String,
    visits: Vec<Opened>,
    indexed: Duration,
}

impl Library {
    async fn start(folder: &Path, items: u64) -> Result<Self, Box<dyn Error>> {
        std::fs::create_dir(folder)?;
        let file = folder.join("config.toml");
        std::fs::write(
            &file,
            "[server]\nlisten = \"127.0.0.1:0\"\n[storage]\nreserve = \"1 MiB\"\n\
             [log]\nlevel = \"warn\"\n[practice]\nenabled = false\n",
        )?;
        let loaded = Config::load(Some(&file), []).map_err(|problems| problems.to_string())?;
        std::fs::create_dir_all(&loaded.config.storage.data_dir)?;
        let options = Options::from(&loaded.config.storage);
        let visits = fill(options, items).await?;
        let (listening, address) = tokio::sync::oneshot::channel();
        let start = Start {
            loaded,
            world: World::system(),
            accept_loss: false,
        };
        tokio::spawn(lanterna::web::run(start, move |greeting| {
            let _ = listening.send(greeting.listening.clone());
        }));
        let mut library = Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            public: address.await?,
            visits,
            indexed: Duration::ZERO,
        };
        let begun = Instant::now();
        let mut turn = 0;
        while library
            .get(turn, "library?q=wave")
            .await?
            .contains("being prepared")
        {
            turn += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        library.indexed = begun.elapsed();
        Ok(library)
    }

    async fn get(&self, turn: usize, page: &str) -> Result<String, Box<dyn Error>> {
        let visit = &self.visits[turn % self.visits.len()];
        let cookie = format!("lanterna_session={}", visit.cookie.text);
        let request = Request::get(format!("{}s/{}/{page}", self.public, visit.token.text))
            .header(header::COOKIE, cookie)
            .header(header::ACCEPT, "text/html")
            .body(Empty::new())?;
        let response = self.client.request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status != 200 {
            return Err(format!("{page} answered {status}").into());
        }
        Ok(String::from_utf8(body.to_vec())?)
    }
}

/// Writes a library straight to the store; answers visits of a teacher to whom every other item
/// belongs. The rest is a colleague's, for the whole school.
async fn fill(options: Options, items: u64) -> Result<Vec<Opened>, Box<dyn Error>> {
    let world = World::system();
    let (store, _) = Store::open(options, world.clone())?;
    let mut commit = Commit::new();
    commit.put::<Connections>(&CONNECTION, &connection(world.now()));
    store.commit(commit).await?;
    let launch = launch();
    let mut visits = Vec::new();
    for _ in 0..VISITS {
        let arrival = Arrival {
            connection: CONNECTION,
            launch: &launch,
            reference: Reference::new(&world),
            binding: Binding::Undecided,
            browser: None,
            proven: true,
            joins: None,
            moved: None,
            item: None,
            placement: None,
            frame_origins: Vec::new(),
            keep_email: false,
            names_withheld: false,
            kept: BTreeMap::new(),
            roster: None,
            roles: Overrides::default(),
            lifetimes: Lifetimes {
                idle: Duration::from_hours(2),
                absolute: Duration::from_hours(12),
            },
        };
        visits.push(arrive(&store, &world, &arrival, |_, _, _| Ok(())).await?);
    }
    let teacher = store.get::<UserBy>(&(CONNECTION, "ada".into()))?;
    let teacher = teacher.ok_or("nobody arrived")?.user;
    let session = store.get::<Sessions>(&visits[0].token.hash)?;
    let course = session.and_then(|session| session.course);
    let course = course.ok_or("no course")?;
    let batches: Vec<u64> = (0..items).step_by(usize::try_from(BATCH)?).collect();
    for some in batches.chunks(usize::try_from(AT_ONCE)?) {
        let commits = some.iter().map(|first| {
            let mut commit = Commit::new();
            for number in *first..(first + BATCH).min(items) {
                let rare = number % (items / RARE) == 1;
                add(&mut commit, number, rare, teacher, course);
            }
            store.commit(commit)
        });
        try_join_all(commits).await?;
    }
    store.stop().await;
    Ok(visits)
}

fn add(commit: &mut Commit, number: u64, rare: bool, teacher: UserId, course: CourseId) {
    let id = ItemId(number);
    let own = number % 2 == 1;
    let created = Time::from_seconds(1_700_000_000 + number);
    let item = Item {
        course: Some(course),
        visibility: if own {
            Visibility::Course
        } else {
            Visibility::School
        },
        description: format!("Recorded in lesson {}, room {}.", number % 97, number % 31),
        tags: vec![
            "physics".into(),
            if rare { "rare" } else { "common" }.into(),
        ],
        facts: Facts {
            duration_ms: Some(number % 7_200 * 1_000),
            ..Facts::default()
        },
        pictures: vec![320],
        ..Item::new(
            if own { teacher } else { COLLEAGUE },
            CONNECTION,
            Kind::Video,
            format!(
                "Wave {number} {}",
                if rare { "lantern" } else { "on a string" }
            ),
            created,
        )
    };
    let file = File {
        path: format!("items/{id}"),
        len: 1_000_000 + number,
        etag: format!("{number:032x}"),
        media_type: "video/mp4".into(),
        name: format!("recording-{number}.mp4"),
        sent: None,
    };
    commit
        .put::<Items>(&id, &item)
        .put::<Files>(&(id, "original".into()), &file)
        .put::<Owned>(&(item.owner, Newest(created), id), &());
    if own {
        commit.put::<InCourse>(&(course, Newest(created), id), &());
    } else {
        commit.put::<School>(&(CONNECTION, Newest(created), id), &());
    }
}

fn connection(created: Time) -> Connection {
    Connection::new("Bench", Source::Registered, created)
}

fn launch() -> Launch {
    Launch {
        version: Version::V1p3,
        message: Message::Resource,
        deployment: "1".into(),
        subject: Some("ada".into()),
        person: launch::Person::default(),
        roles: vec![TEACHER.into()],
        mentored: Vec::new(),
        context: Some(launch::Context {
            id: "physics".into(),
            types: Vec::new(),
            label: None,
            title: Some("Physics".into()),
        }),
        resource_link: None,
        target_link_uri: None,
        platform: launch::Platform::default(),
        presentation: launch::Presentation::default(),
        custom: BTreeMap::new(),
        lis: launch::Lis::default(),
        ags: None,
        nrps: None,
        outcome: None,
        migration: None,
    }
}
