//! How many reports of players a second, beside whole launches over HTTP in the same run: a class of
//! pupils is launched, everybody opens the same film, and their players tell what was played as fast
//! as the server answers. Every report is credited something, and durable once it is answered.
//!
//! `cargo run --release --example beacons`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement: it prints, and nothing goes on when something fails"
)]

mod launching;

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use lanterna::lti::key::SigningKey;
use lanterna::store::ids::{ConnectionId, ItemId, UserId};
use lanterna::store::rows::library::{Facts, File, Item, Kind, Location, Visibility};
use lanterna::store::rows::watching::View;
use lanterna::store::trees::{Files, Items, Views};
use lanterna::store::{Commit, Options, Store};
use lanterna::world::World;
use launching::{AT_ONCE, Http, Serving, per_second};

/// The class.
const PUPILS: usize = 2_000;
/// How often each pupil's player reports.
const REPORTS: usize = 10;
const FILM: ItemId = ItemId(1);

/// One pupil, and how often they have reported.
type Pupil = (String, usize);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let key = SigningKey::from_pkcs8(include_bytes!("../tests/fixtures/keys/platform.p8"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let data = folder.path().join("data");
    runtime.block_on(film(&data))?;
    let (launches, opened, reports, worst) = runtime.block_on(async {
        let serving = launching::serve(folder.path(), &key).await?;
        let (launches, sent) = launching::launch(&serving, &key, PUPILS).await?;
        let class: Vec<String> = sent.iter().map(|to| session(&serving, to)).collect();
        let opened = opens(&serving, &class).await?;
        let (reports, worst) = report(&serving, class).await?;
        Ok::<_, Box<dyn Error>>((launches, opened, reports, worst))
    })?;
    drop(runtime);
    println!("launches over HTTP, {AT_ONCE} at once:   {launches:>8.0} per second");
    println!("opened pages, {AT_ONCE} at once:         {opened:>8.0} per second");
    println!("reports, {AT_ONCE} at once:              {reports:>8.0} per second");
    println!(
        "a report costs, of a launch:       {:>8.2}",
        launches / reports
    );
    println!(
        "99 of 100 reports within:          {:>8.1} ms",
        worst.as_secs_f64() * 1e3
    );
    let world = World::system();
    let (store, _) = Store::open(Options::new(data.join("store")), world)?;
    let views = store.page::<Views>(&(), None, PUPILS)?;
    let credited = |view: &View| !view.seen.is_empty() && view.counts;
    assert!(
        views.iter().all(|(_, view)| credited(view)),
        "somebody was forgotten"
    );
    assert_eq!(views.len(), PUPILS);
    Ok(())
}

/// Puts a film of an hour into the store, which the whole school may see.
async fn film(data: &Path) -> Result<(), Box<dyn Error>> {
    let world = World::system();
    let now = world.now();
    std::fs::create_dir_all(data)?;
    let options = Options {
        reserve: 1 << 20,
        ..Options::new(data.join("store"))
    };
    let (store, _) = Store::open(options, world)?;
    let item = Item {
        owner: UserId(1),
        connection: ConnectionId(1),
        course: None,
        title: "Waves".into(),
        kind: Kind::Video,
        visibility: Visibility::School,
        created: now,
        changed: now,
        description: String::new(),
        tags: Vec::new(),
        trashed: None,
        downloadable: false,
        facts: Facts {
            duration_ms: Some(3_600_000),
            ..Facts::default()
        },
        pictures: Vec::new(),
        replaced: 0,
        location: Location::Untold,
        tool: None,
    };
    // Its page opens only where there is a file; nobody reads it here.
    let bytes = b"a film";
    std::fs::create_dir_all(data.join("media"))?;
    std::fs::write(data.join("media/film"), bytes)?;
    let file = File {
        path: "film".into(),
        len: bytes.len() as u64,
        etag: "film".into(),
        media_type: "video/mp4".into(),
        name: "film.mp4".into(),
        sent: None,
    };
    let mut commit = Commit::new();
    commit.put::<Items>(&FILM, &item);
    commit.put::<Files>(&(FILM, "original".into()), &file);
    store.commit(commit).await?;
    store.stop().await;
    Ok(())
}

/// The address of a session, from where a launch was sent.
fn session(serving: &Serving, to: &str) -> String {
    let (_, rest) = to.split_once("/s/").expect("a launch leads into a session");
    let token = rest.split('/').next().expect("a session has a token");
    format!("{}s/{token}", serving.public)
}

async fn ask(client: &Http, request: Request<Full<Bytes>>) -> u16 {
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let _ = response.into_body().collect().await;
    status
}

/// Everybody opens the page.
async fn opens(serving: &Serving, class: &[String]) -> Result<f64, Box<dyn Error>> {
    let waiting = Arc::new(Mutex::new(class.to_vec()));
    let started = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, waiting) = (serving.client.clone(), waiting.clone());
            tokio::spawn(async move {
                loop {
                    let next = waiting.lock().unwrap().pop();
                    let Some(session) = next else { break };
                    let page = Request::get(format!("{session}/media/{FILM}"));
                    let page = page.body(Full::default()).unwrap();
                    assert_eq!(ask(&client, page).await, 200, "a page was refused");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    Ok(per_second(class.len(), started))
}

/// Everybody reports, in turn, again and again.
async fn report(serving: &Serving, class: Vec<String>) -> Result<(f64, Duration), Box<dyn Error>> {
    let pupils: std::collections::VecDeque<Pupil> =
        class.into_iter().map(|session| (session, 0)).collect();
    let number = pupils.len() * REPORTS;
    let waiting = Arc::new(Mutex::new(pupils));
    let started = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, waiting) = (serving.client.clone(), waiting.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                loop {
                    let next = waiting.lock().unwrap().pop_front();
                    let Some((session, told)) = next else { break };
                    let body = format!(
                        "played={}-{}&position={}&duration=3600",
                        told * 10,
                        told * 10 + 10,
                        told * 10 + 10
                    );
                    let request = Request::post(format!("{session}/media/{FILM}/watched"))
                        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                        .header(header::ACCEPT, "application/json")
                        .body(Full::new(Bytes::from(body)))
                        .unwrap();
                    let begun = Instant::now();
                    assert_eq!(ask(&client, request).await, 200, "a report was refused");
                    times.push(begun.elapsed());
                    if told + 1 < REPORTS {
                        waiting.lock().unwrap().push_back((session, told + 1));
                    }
                }
                times
            })
        })
        .collect();
    let mut times = Vec::with_capacity(number);
    for task in tasks {
        times.extend(task.await?);
    }
    let rate = per_second(times.len(), started);
    times.sort_unstable();
    let worst = times[times.len() * 99 / 100];
    Ok((rate, worst))
}
