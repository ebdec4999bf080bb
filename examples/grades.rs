//! How fast grades get to a platform: a whole storm of them to one on this machine, beside the same
//! scores posted one after the other by a bare HTTP client; and how long it takes from the moment
//! that the last second is credited to the platform having the score.
//!
//! `cargo run --release --example grades`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement: it prints, and nothing goes on when something fails"
)]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
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
use lanterna::store::{Commit, Options, Store, trees};
use lanterna::world::World;
use tokio::net::TcpListener;

/// Grades of the storm.
const STORM: u64 = 5_000;
/// People whose grades are waited for one by one.
const ONE_BY_ONE: u64 = 100;
/// Posts of the bare client.
const BARE: u64 = 2_000;
const COURSE: CourseId = CourseId(1);
const ITEM: ItemId = ItemId(2);
const PLACEMENT: PlacementId = PlacementId([3; 16]);

fn main() -> Result<(), Box<dyn Error>> {
    lanterna::lti::crypto::install();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let taken = Arc::new(AtomicUsize::new(0));
    let book = serve(taken.clone()).await?;
    let bare = bare(&book).await?;
    taken.store(0, Ordering::SeqCst);
    let folder = tempfile::tempdir()?;
    let world = World::system();
    let mut options = Options::new(folder.path());
    options.reserve = 0;
    let (store, _) = Store::open(options, world.clone())?;
    rows(&store, &world, &book).await?;
    let file = folder.path().join("config.toml");
    std::fs::write(&file, format!("[outbound]\ntrusted_hosts = [\"{book}\"]\n"))?;
    let loaded = Config::load(Some(&file), []).map_err(|problems| problems.to_string())?;
    let outbound = Outbound::new(&loaded.config)?;
    let keys = Keys::open(&store, &world).await?;
    let calls = Calls::new(&outbound);
    let tokens = Tokens::new(&world, &calls, &keys);
    let queue = Queue::new(&store, &world, &calls, &tokens, Secrets::default());

    // A whole school at once: everything is due before the queue begins.
    for user in ONE_BY_ONE..ONE_BY_ONE + STORM {
        watched(&store, &world, user).await?;
    }
    let begun = Instant::now();
    let running = queue.clone();
    tokio::spawn(async move { running.run(std::future::pending()).await });
    wait(&taken, STORM).await;
    let at_once = STORM as f64 / begun.elapsed().as_secs_f64();

    // From the commit that credits the last second to the platform having the score.
    let mut times = Vec::new();
    for user in 0..ONE_BY_ONE {
        taken.store(0, Ordering::SeqCst);
        let begun = Instant::now();
        watched(&store, &world, user).await?;
        queue.wake();
        wait(&taken, 1).await;
        times.push(begun.elapsed());
    }
    times.sort();

    println!("grades delivered, 4 at once:            {at_once:>8.0} per second");
    println!("bare HTTP posts, one after the other:   {bare:>8.0} per second");
    println!(
        "ratio:                                  {:>8.2}",
        at_once / bare
    );
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "last second watched → score taken, median {:>6.1} ms",
        ms(median)
    );
    println!(
        "                                   worst  {:>6.1} ms",
        ms(worst)
    );
    Ok(())
}

async fn wait(taken: &AtomicUsize, number: u64) {
    while (taken.load(Ordering::SeqCst) as u64) < number {
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

async fn watched(store: &Store, world: &World, user: u64) -> Result<(), Box<dyn Error>> {
    let mut commit = Commit::new();
    owe(
        store,
        world,
        &mut commit,
        (COURSE, ITEM, UserId(user)),
        &|_| 10_000,
    )?;
    Ok(store.commit(commit).await?)
}

/// The same scores without anything around them.
async fn bare(book: &str) -> Result<f64, Box<dyn Error>> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let body = r#"{"userId":"user-1","timestamp":"2026-11-30T10:00:00.000Z","activityProgress":"Completed","gradingProgress":"FullyGraded","scoreGiven":10,"scoreMaximum":10}"#;
    let begun = Instant::now();
    for _ in 0..BARE {
        let request = Request::post(format!("{book}/lineitems/0/scores"))
            .header("content-type", "application/vnd.ims.lis.v1.score+json")
            .body(Full::new(Bytes::from_static(body.as_bytes())))?;
        let answer = client.request(request).await?;
        answer.into_body().collect().await?;
    }
    Ok(BARE as f64 / begun.elapsed().as_secs_f64())
}

/// A platform that takes everything.
async fn serve(taken: Arc<AtomicUsize>) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let here = address.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (taken, here) = (taken.clone(), here.clone());
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let (taken, here) = (taken.clone(), here.clone());
                async move {
                    let path = request.uri().path().to_owned();
                    let method = request.method().clone();
                    request.into_body().collect().await?;
                    let body = match (method, path.as_str()) {
                        (_, "/token") => r#"{"access_token":"t","expires_in":3600}"#.to_owned(),
                        (Method::GET, _) => "[]".to_owned(),
                        (_, "/lineitems") => format!(
                            r#"{{"id":"{here}/lineitems/0","label":"x","scoreMaximum":10}}"#
                        ),
                        _ => {
                            taken.fetch_add(1, Ordering::SeqCst);
                            String::new()
                        }
                    };
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(body))))
                }
            });
            tokio::spawn(async move {
                let _ = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    Ok(address)
}

async fn rows(store: &Store, world: &World, book: &str) -> Result<(), Box<dyn Error>> {
    let now = world.now();
    let connection = ConnectionId(1);
    let link = LinkKey {
        connection,
        deployment: "1".into(),
        link: "link".into(),
    };
    let key = Key {
        r#use: Use::Tool,
        secret: include_bytes!("../tests/fixtures/keys/tool.p8").to_vec(),
        made: now,
        signs_from: None,
        ends: None,
    };
    let trust = Connection {
        registration: Some(Registration {
            issuer: book.into(),
            client_id: "client".into(),
            auth_url: format!("{book}/auth"),
            token_url: format!("{book}/token"),
            jwks_url: format!("{book}/jwks"),
        }),
        ..Connection::new("A school", Source::File, now)
    };
    let placement = Placement {
        connection,
        item: ITEM,
        course: COURSE,
        by: UserId(0),
        created: now,
        revoked: None,
        item_created: now,
        title: Some("Waves".into()),
        start_ms: None,
        end_ms: None,
        width: None,
        height: None,
        maximum: Some(1_000),
        counts: Counts::Completion,
        threshold: None,
    };
    let column = Column {
        placement: PLACEMENT,
        item: ITEM,
        course: COURSE,
        decided: None,
        service: Some(Service {
            scopes: [scope::LINE_ITEM, scope::SCORE].map(str::to_owned).to_vec(),
            line_items: Some(format!("{book}/lineitems")),
            line_item: None,
            moved: None,
        }),
        line_item: None,
        compared: None,
        lost: false,
    };
    let mut commit = Commit::new();
    commit
        .put::<trees::Keys>(&"tool".to_owned(), &key)
        .put::<trees::Connections>(&connection, &trust)
        .put::<trees::Placements>(&PLACEMENT, &placement)
        .put::<trees::Columns>(&link, &column);
    store.commit(commit).await?;
    for user in (0..ONE_BY_ONE + STORM).map(UserId) {
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
        let mut commit = Commit::new();
        commit
            .put::<trees::Targets>(&key, &target)
            .put::<trees::TargetOf>(&(user, COURSE, ITEM, link.clone()), &());
        store.commit(commit).await?;
    }
    Ok(())
}
