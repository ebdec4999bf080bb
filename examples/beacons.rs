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
mod showing;

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use lanterna::lti::key::SigningKey;
use lanterna::store::rows::watching::View;
use lanterna::store::trees::Views;
use lanterna::store::{Options, Store};
use lanterna::world::World;
use launching::{AT_ONCE, Serving, per_second};
use showing::{FILM, ask, opens, session};

/// The class.
const PUPILS: usize = 2_000;
/// How often each pupil's player reports.
const REPORTS: usize = 10;

/// One pupil, and how often they have reported.
type Pupil = (String, usize);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let key = SigningKey::from_pkcs8(include_bytes!("../tests/fixtures/keys/platform.p8"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let data = folder.path().join("data");
    runtime.block_on(showing::film(&data, Duration::from_hours(1), |_, _| {}))?;
    let (launches, opened, reports, worst) = runtime.block_on(async {
        let issuer = launching::platform(&key, |_, _, _| None).await?;
        let serving = launching::start(folder.path(), issuer, "").await?;
        let (launches, sent) = launching::launch(&serving, &key, PUPILS, |_| {}).await?;
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
