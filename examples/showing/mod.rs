//! A film in the library of a Lanterna that serves, and people who open it.

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use lanterna::store::ids::{ConnectionId, ItemId, UserId};
use lanterna::store::rows::library::{Facts, File, Item, Kind, Visibility};
use lanterna::store::trees::{Files, Items};
use lanterna::store::{Commit, Options, Store};
use lanterna::world::World;

use crate::launching::{AT_ONCE, Http, Serving, per_second};

/// The film.
pub(crate) const FILM: ItemId = ItemId(1);

/// Puts a film into the store, which the whole school may see, and what `besides` adds.
pub(crate) async fn film(
    data: &Path,
    length: Duration,
    besides: impl FnOnce(&Store, &mut Commit),
) -> Result<(), Box<dyn Error>> {
    let world = World::system();
    let now = world.now();
    std::fs::create_dir_all(data)?;
    let options = Options {
        reserve: 1 << 20,
        ..Options::new(data.join("store"))
    };
    let (store, _) = Store::open(options, world)?;
    let (owner, connection) = (UserId(1), ConnectionId(1));
    let item = Item {
        visibility: Visibility::School,
        facts: Facts {
            duration_ms: u64::try_from(length.as_millis()).ok(),
            ..Facts::default()
        },
        ..Item::new(owner, connection, Kind::Video, "Waves", now)
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
    besides(&store, &mut commit);
    store.commit(commit).await?;
    store.stop().await;
    Ok(())
}

/// The address of a session, from where a launch was sent.
pub(crate) fn session(serving: &Serving, to: &str) -> String {
    let (_, rest) = to.split_once("/s/").expect("a launch leads into a session");
    let token = rest.split('/').next().expect("a session has a token");
    format!("{}s/{token}", serving.public)
}

/// The status of the answer.
pub(crate) async fn ask(client: &Http, request: Request<Full<Bytes>>) -> u16 {
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let _ = response.into_body().collect().await;
    status
}

/// Everybody opens the page.
pub(crate) async fn opens(serving: &Serving, class: &[String]) -> Result<f64, Box<dyn Error>> {
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
