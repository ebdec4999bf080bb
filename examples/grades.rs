//! How fast grades get to a platform, over HTTP all the way: a school of pupils is launched, everybody's
//! player reports that a short film was played, and a platform on this machine takes the scores; beside
//! the same scores posted one after the other by a bare HTTP client. And how long it takes from the
//! report of the last second to the platform having the score.
//!
//! `cargo run --release --example grades`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement: it prints, and nothing goes on when something fails"
)]

mod launching;
mod showing;

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use lanterna::lti::key::SigningKey;
use lanterna::lti::names::scope;
use lanterna::store::Commit;
use lanterna::store::ids::{ConnectionId, CourseId, PlacementId, UserId};
use lanterna::store::key::Newest;
use lanterna::store::rows::library::Placement;
use lanterna::store::trees::{Courses, Placed, PlacedHere, PlacedIn, Placements};
use lanterna::world::World;
use launching::{AT_ONCE, Http, Serving, per_second};
use serde_json::{Value, json};
use showing::{FILM, ask, opens, session};
use tokio::runtime::Runtime;

/// Pupils who all finish at once.
const STORM: usize = 5_000;
/// Pupils whose scores are waited for one by one.
const ONE_BY_ONE: usize = 100;
/// Posts of the bare client.
const BARE: usize = 2_000;
/// How long the film is: the storm's reports are believed as soon as everybody has opened its page.
const LENGTH: Duration = Duration::from_millis(500);
const PLACEMENT: PlacementId = PlacementId([3; 16]);
const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let key = SigningKey::from_pkcs8(include_bytes!("../tests/fixtures/keys/platform.p8"))?;
    let taken = Arc::new(AtomicUsize::new(0));
    let counting = taken.clone();
    let outside = Runtime::new()?;
    let book = outside.block_on(launching::platform(&key, move |method, path, here| {
        answer(&counting, method, path, here)
    }))?;
    let bare = outside.block_on(bare(&book))?;
    place(folder.path(), &book, &key)?;

    let inside = Runtime::new()?;
    inside.block_on(async {
        let serving = launching::start(folder.path(), book.clone(), &outbound(&book)).await?;
        let (_, sent) = launching::launch(&serving, &key, ONE_BY_ONE + STORM, |claims| {
            grade(claims, &book);
        })
        .await?;
        let school: Vec<String> = sent.iter().map(|to| session(&serving, to)).collect();
        opens(&serving, &school).await?;
        // Nobody is believed to have watched faster than time goes.
        tokio::time::sleep(LENGTH).await;
        let (one_by_one, storm) = school.split_at(ONE_BY_ONE);
        let times = in_turn(&serving, one_by_one, &taken).await;
        let rate = all_at_once(&serving, storm, &taken).await?;
        println!("reported and delivered, {AT_ONCE} at once:   {rate:>8.0} per second");
        println!("bare HTTP posts, one after the other:  {bare:>8.0} per second");
        println!(
            "ratio:                                 {:>8.2}",
            rate / bare
        );
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "report of the last second → score taken, median {:>6.1} ms",
            ms(median)
        );
        println!(
            "                                         worst  {:>6.1} ms",
            ms(worst)
        );
        Ok(())
    })
}

/// A platform that takes everything.
fn answer(taken: &AtomicUsize, method: &Method, path: &str, here: &str) -> Option<String> {
    Some(match (method, path) {
        (_, "/jwks") => return None,
        (_, "/token") => {
            r#"{"access_token":"t","token_type":"Bearer","expires_in":3600}"#.to_owned()
        }
        (&Method::GET, _) => "[]".to_owned(),
        (_, "/lineitems") => {
            format!(r#"{{"id":"{here}/lineitems/0","label":"x","scoreMaximum":10}}"#)
        }
        _ => {
            taken.fetch_add(1, Ordering::SeqCst);
            String::new()
        }
    })
}

fn outbound(book: &str) -> String {
    format!("[outbound]\ntrusted_hosts = [\"{book}\"]\n")
}

/// What the launch says of the placement and of grades.
fn grade(claims: &mut Value, book: &str) {
    claims[format!("{LTI}custom")] = json!({ "placement": PLACEMENT.to_string() });
    claims[format!("{LTI}resource_link")] = json!({ "id": "link", "title": "Waves" });
    claims[format!("{LTI}context")] = json!({ "id": "course", "title": "Physics" });
    claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = json!({
        "scope": [scope::LINE_ITEM, scope::SCORE],
        "lineitems": format!("{book}/lineitems"),
    });
}

/// The same scores without anything around them.
async fn bare(book: &str) -> Result<f64, Box<dyn Error>> {
    let client: Http = Client::builder(TokioExecutor::new()).build_http();
    let body = r#"{"userId":"user-1","timestamp":"2026-11-30T10:00:00.000Z","activityProgress":"Completed","gradingProgress":"FullyGraded","scoreGiven":10,"scoreMaximum":10}"#;
    let begun = Instant::now();
    for _ in 0..BARE {
        let request = Request::post(format!("{book}/lineitems/0/scores"))
            .header(
                header::CONTENT_TYPE,
                "application/vnd.ims.lis.v1.score+json",
            )
            .body(Full::new(Bytes::from_static(body.as_bytes())))?;
        client.request(request).await?.into_body().collect().await?;
    }
    Ok(per_second(BARE, begun))
}

/// The first launch makes the course; then the film is placed in it.
fn place(folder: &Path, book: &str, key: &SigningKey) -> Result<(), Box<dyn Error>> {
    let first = Runtime::new()?;
    first.block_on(async {
        let serving = launching::start(folder, book.to_owned(), &outbound(book)).await?;
        launching::launch(&serving, key, 1, |claims| grade(claims, book)).await
    })?;
    drop(first);
    let placing = Runtime::new()?;
    placing.block_on(showing::film(
        &folder.join("data"),
        LENGTH,
        |store, commit| {
            let courses = store.page::<Courses>(&(), None, 1).unwrap();
            let (course, _) = courses.first().expect("a launch makes its course");
            put(commit, *course);
        },
    ))
}

fn put(commit: &mut Commit, course: CourseId) {
    let now = World::system().now();
    let placement = Placement {
        maximum: Some(1_000),
        ..Placement::new(ConnectionId(1), (FILM, now), course, UserId(1), now)
    };
    commit
        .put::<Placements>(&PLACEMENT, &placement)
        .put::<PlacedIn>(&(FILM, PLACEMENT), &())
        .put::<PlacedHere>(&(course, FILM, PLACEMENT), &())
        .put::<Placed>(&(course, Newest(now), PLACEMENT), &());
}

/// A player reports that all of the film was played.
async fn watch(client: &Http, session: &str) {
    let length = LENGTH.as_secs_f64();
    let body = format!("played=0-{length}&position={length}&duration={length}&ended=1");
    let request = Request::post(format!("{session}/media/{FILM}/watched"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    assert_eq!(ask(client, request).await, 200, "a report was refused");
}

async fn wait(taken: &AtomicUsize, number: usize) {
    while taken.load(Ordering::SeqCst) < number {
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

/// One after the other; answers how long each took, the shortest first.
async fn in_turn(serving: &Serving, class: &[String], taken: &AtomicUsize) -> Vec<Duration> {
    let mut times = Vec::new();
    for session in class {
        taken.store(0, Ordering::SeqCst);
        let begun = Instant::now();
        watch(&serving.client, session).await;
        wait(taken, 1).await;
        times.push(begun.elapsed());
    }
    times.sort();
    times
}

/// Everybody at once; answers how many a second.
async fn all_at_once(
    serving: &Serving,
    school: &[String],
    taken: &AtomicUsize,
) -> Result<f64, Box<dyn Error>> {
    taken.store(0, Ordering::SeqCst);
    let waiting = Arc::new(Mutex::new(school.to_vec()));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, waiting) = (serving.client.clone(), waiting.clone());
            tokio::spawn(async move {
                loop {
                    let next = waiting.lock().unwrap().pop();
                    let Some(session) = next else { break };
                    watch(&client, &session).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    wait(taken, school.len()).await;
    Ok(per_second(school.len(), begun))
}
