//! How long a teacher waits to see who watched what: 600 pupils and 200 items, all of them watched by
//! all, over HTTP, beside plainly reading the same rows in the same run.
//!
//! `cargo run --release --example statistics`

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
use lanterna::store::ids::{
    ConnectionId, CourseId, ItemId, PlacementId, Reference, SortKey, UserId,
};
use lanterna::store::key::Newest;
use lanterna::store::rows::library::{Facts, Item, Kind, Placement};
use lanterna::store::rows::people::{Binding, Connection, Member, Role, Source, User};
use lanterna::store::rows::watching::{Heat, Span, View};
use lanterna::store::trees::{
    Connections, Items, Members, PeopleOf, Placed, PlacedHere, PlacedIn, Placements, Rewatched,
    Sessions, UserBy, Users, Viewed, Views,
};
use lanterna::store::{Commit, Options, Store};
use lanterna::web::Start;
use lanterna::world::{Time, World};

const PUPILS: u64 = 600;
const ITEMS: u64 = 200;
/// How often each page is asked for.
const TIMES: usize = 40;
/// Visits that take turns, since requests of one are limited.
const VISITS: usize = 4;
/// An item plays so long, in milliseconds.
const LONG: u64 = 754_000;

const TEACHER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const CONNECTION: ConnectionId = ConnectionId(1);

const PAGES: [(&str, &str); 6] = [
    ("the course, by name", "course/progress"),
    ("the course, most first", "course/progress?order=-percent"),
    ("the course as CSV", "course/progress.csv"),
    ("one item", "media/0000000000000003/viewers"),
    ("one item as CSV", "media/0000000000000003/viewers.csv"),
    ("one pupil", "course/people/0000000000000007"),
];

type Http = Client<HttpConnector, Empty<Bytes>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let school = School::start(folder.path()).await?;
    let plain = school.plain.as_secs_f64();
    println!("{PUPILS} pupils, {ITEMS} items, each watched by each");
    println!(
        "{:<32} {:>9.2?}   1.00",
        "reading all views plainly", school.plain
    );
    for (name, page) in PAGES {
        let mut times = Vec::new();
        let mut size = 0;
        for turn in 0..TIMES {
            let begun = Instant::now();
            size = school.get(turn, page).await?.len();
            times.push(begun.elapsed());
        }
        times.sort();
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "{name:<32} {median:>9.2?}   {:.2}   worst {worst:.2?}, {} kB",
            median.as_secs_f64() / plain,
            size / 1000
        );
    }
    Ok(())
}

/// A running Lanterna with such a course.
struct School {
    client: Http,
    public: String,
    visits: Vec<Opened>,
    plain: Duration,
}

impl School {
    async fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let file = folder.join("config.toml");
        std::fs::write(
            &file,
            "[server]\nlisten = \"127.0.0.1:0\"\n[storage]\nreserve = \"1 MiB\"\n\
             [log]\nlevel = \"warn\"\n[practice]\nenabled = false\n",
        )?;
        let loaded = Config::load(Some(&file), []).map_err(|problems| problems.to_string())?;
        std::fs::create_dir_all(&loaded.config.storage.data_dir)?;
        let options = Options::from(&loaded.config.storage);
        let (visits, plain) = fill(options).await?;
        let (listening, address) = tokio::sync::oneshot::channel();
        let start = Start {
            loaded,
            world: World::system(),
            accept_loss: false,
        };
        tokio::spawn(lanterna::web::run(start, move |greeting| {
            let _ = listening.send(greeting.listening.clone());
        }));
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            public: address.await?,
            visits,
            plain,
        })
    }

    async fn get(&self, turn: usize, page: &str) -> Result<Bytes, Box<dyn Error>> {
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
        Ok(body)
    }
}

/// Writes the course straight to the store. Answers visits of its teacher, and how long it takes to
/// read all views and nothing else.
async fn fill(options: Options) -> Result<(Vec<Opened>, Duration), Box<dyn Error>> {
    let world = World::system();
    let (store, _) = Store::open(options, world.clone())?;
    let mut commit = Commit::new();
    let connection = Connection::new("Bench", Source::Registered, world.now());
    commit.put::<Connections>(&CONNECTION, &connection);
    store.commit(commit).await?;
    let mut visits = Vec::new();
    for _ in 0..VISITS {
        visits.push(visit(&store, &world).await?);
    }
    let teacher = store.get::<UserBy>(&(CONNECTION, "ada".into()))?;
    let teacher = teacher.ok_or("nobody arrived")?.user;
    let session = store.get::<Sessions>(&visits[0].token.hash)?;
    let course = session.and_then(|session| session.course);
    let course = course.ok_or("no course")?;
    let mut commit = Commit::new();
    for pupil in 0..PUPILS {
        enrol(&mut commit, course, pupil, world.now());
    }
    store.commit(commit).await?;
    let items: Vec<u64> = (0..ITEMS).collect();
    for some in items.chunks(20) {
        let commits = some.iter().map(|item| {
            let mut commit = Commit::new();
            place(&mut commit, course, teacher, *item);
            for pupil in 0..PUPILS {
                watch(&mut commit, course, *item, pupil);
            }
            store.commit(commit)
        });
        try_join_all(commits).await?;
    }
    let mut plain = Vec::new();
    for _ in 0..9 {
        let begun = Instant::now();
        let mut rows = 0;
        for item in 0..ITEMS {
            rows += store
                .page::<Views>(&(course, ItemId(item)), None, 10_000)?
                .len();
        }
        plain.push(begun.elapsed());
        assert_eq!(rows as u64, PUPILS * ITEMS);
    }
    plain.sort();
    store.stop().await;
    Ok((visits, plain[plain.len() / 2]))
}

fn enrol(commit: &mut Commit, course: CourseId, pupil: u64, now: Time) {
    let id = UserId(pupil);
    let name = format!("Pupil {pupil:03} of the School");
    let mut key = [0; 32];
    key[0] = 2;
    for (place, byte) in key[1..].iter_mut().zip(name.to_lowercase().bytes()) {
        *place = byte;
    }
    let listed = SortKey(key);
    let user = User {
        name: Some(name),
        ..User::new(CONNECTION, &format!("pupil-{pupil}"), now)
    };
    let member = Member {
        listed: Some(listed),
        ..Member::new(Role::Member, now)
    };
    commit
        .put::<Users>(&id, &user)
        .put::<Members>(&(course, id), &member)
        .put::<PeopleOf>(&(course, listed, id), &());
}

fn place(commit: &mut Commit, course: CourseId, teacher: UserId, number: u64) {
    let id = ItemId(number);
    let created = Time::from_seconds(1_700_000_000 + number);
    let placement = PlacementId(u128::from(number).to_be_bytes());
    let item = Item {
        course: Some(course),
        facts: Facts {
            duration_ms: Some(LONG),
            ..Facts::default()
        },
        ..Item::new(
            teacher,
            CONNECTION,
            Kind::Video,
            format!("Lesson {number}: waves and light"),
            created,
        )
    };
    let row = Placement::new(CONNECTION, (id, created), course, teacher, created);
    commit
        .put::<Items>(&id, &item)
        .put::<Placements>(&placement, &row)
        .put::<Placed>(&(course, Newest(created), placement), &())
        .put::<PlacedHere>(&(course, id, placement), &())
        .put::<PlacedIn>(&(id, placement), &());
}

/// A pupil watches an item in three parts, and some of it again.
fn watch(commit: &mut Commit, course: CourseId, item: u64, pupil: u64) {
    let at = Time::from_seconds(1_750_000_000 + pupil * 997 + item * 86_400);
    let third = LONG / 3;
    let long = third * (1 + (pupil + item) % 9) / 10;
    let span = |n: u64| Span {
        start: n * third,
        end: n * third + long,
    };
    let percent = u16::try_from(3 * long * 10_000 / LONG).unwrap_or(10_000);
    let view = View {
        position_ms: long,
        seen: vec![span(0), span(1), span(2)],
        first: Some(at),
        opened: 3,
        plays: 3,
        played_ms: 4 * long,
        opened_at: Some(at),
        credited: Some(at),
        counts: true,
        percent,
        tenths: vec![at; usize::from(percent / 1_000)],
        ..View::new(at)
    };
    let key = (course, ItemId(item), UserId(pupil));
    commit
        .put::<Views>(&key, &view)
        .put::<Viewed>(&(UserId(pupil), course, ItemId(item)), &());
    // Only one item's page is measured, and only there it is read.
    if item == 3 {
        let heat = Heat {
            length: LONG,
            parts: (0..200).map(|part| 100 + part % 150).collect(),
        };
        commit.put::<Rewatched>(&key, &heat);
    }
}

async fn visit(store: &Store, world: &World) -> Result<Opened, Box<dyn Error>> {
    let arrival = Arrival {
        connection: CONNECTION,
        launch: &launch(),
        reference: Reference::new(world),
        binding: Binding::Undecided,
        browser: None,
        proven: true,
        joins: None,
        moved: None,
        item: None,
        placement: None,
        frame_origins: Vec::new(),
        keep_email: false,
        kept: BTreeMap::new(),
        names_withheld: false,
        roster: None,
        roles: Overrides::default(),
        lifetimes: Lifetimes {
            idle: Duration::from_hours(2),
            absolute: Duration::from_hours(12),
        },
    };
    Ok(arrive(store, world, &arrival, |_, _, _| Ok(())).await?)
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
