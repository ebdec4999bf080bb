//! What opens without a launch: pages, bytes, embed codes and oEmbed.

use super::doors::{RENDITIONS, Scene, VISIBILITIES};
use super::*;
use crate::library::{self, links};
use crate::people::sessions::{self, Shown};
use crate::store::rows::library::Visibility;
use crate::store::trees::Items;

/// Every address of an item outside a launch, with what follows it.
fn addresses(running: &Running, item: ItemId, key: Option<&str>) -> Vec<String> {
    let key = key.map_or(String::new(), |key| format!("?k={key}"));
    let page = running.app.public().join(&format!("/media/{item}{key}"));
    let url: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
    let mut addresses = vec![format!("/oembed?url={url}")];
    for below in ["media/", "embed/"] {
        addresses.push(format!("/{below}{item}{key}"));
    }
    for rendition in RENDITIONS {
        addresses.push(format!("/files/{item}/{rendition}{key}"));
    }
    addresses
}

/// What all of them answer; they agree.
async fn answered(running: &Running, item: ItemId, key: Option<&str>) -> StatusCode {
    let mut answers = Vec::new();
    for address in addresses(running, item, key) {
        answers.push((get(running, &address, &[]).await.status, address));
    }
    let (first, _) = answers[0];
    assert!(
        answers.iter().all(|(status, _)| *status == first),
        "{answers:?}"
    );
    first
}

#[tokio::test]
async fn every_visibility_with_every_key_at_every_door() {
    const OPEN: StatusCode = StatusCode::OK;
    const CLOSED: StatusCode = StatusCode::NOT_FOUND;
    for (unlisted, public) in [(true, true), (false, true), (true, false), (false, false)] {
        let (links, all) = (unlisted.to_string(), public.to_string());
        let running = running(&[
            ("LANTERNA_SHARING__UNLISTED", &links),
            ("LANTERNA_SHARING__PUBLIC", &all),
        ])
        .await;
        let scene = Scene::new(&running, "private").await;
        let keys = keys(&scene).await;
        for visibility in VISIBILITIES {
            set(&running, scene.item, visibility).await;
            let (public, linked) = match visibility {
                "public" => (public, false),
                "unlisted" => (false, unlisted),
                _ => (false, false),
            };
            for (name, key) in &keys {
                let opens = public || linked && *name == "own";
                let expected = if opens { OPEN } else { CLOSED };
                let found = answered(&running, scene.item, key.as_deref()).await;
                assert_eq!(found, expected, "{visibility}, key: {name}");
            }
        }
        let never = ItemId(scene.item.0 ^ 1);
        assert_eq!(answered(&running, never, None).await, CLOSED);
    }
}

/// Sets a visibility as it was before the configuration forbade it.
async fn set(running: &Running, item: ItemId, visibility: &str) {
    let mut row = running.app.store.get::<Items>(&item).unwrap().unwrap();
    row.visibility = match visibility {
        "private" => Visibility::Private,
        "course" => Visibility::Course,
        "school" => Visibility::School,
        "unlisted" => Visibility::Unlisted,
        _ => Visibility::Public,
    };
    let mut commit = Commit::new();
    commit.put::<Items>(&item, &row);
    running.app.store.commit(commit).await.unwrap();
}

/// Makes a link, whatever may be shown at the moment; answers its key.
async fn link(running: &Running, item: ItemId) -> String {
    let app = &running.app;
    let ada = ADA.arrives(running).await;
    let shown = Shown {
        cookies: &[],
        document: false,
    };
    let member = sessions::open(&app.store, &app.world, app.lifetimes(), &ada.token, shown).await;
    let item = library::owned(&app.store, &member.unwrap(), item).unwrap();
    let made = links::make(&app.store, &app.world, app.keys.seal(), &item).await;
    made.unwrap()
}

async fn keys(scene: &Scene<'_>) -> Vec<(&'static str, Option<String>)> {
    let other = scene.ada.uploads("b.mp4", "private", &film()).await;
    set(scene.running, other, "unlisted").await;
    let own = link(scene.running, scene.item).await;
    let file = scene.file(&scene.ada, "original");
    let (_, ticket) = file.split_once("?t=").unwrap();
    vec![
        ("none", None),
        ("empty", Some(String::new())),
        ("longer", Some(format!("{own}A"))),
        ("own", Some(own)),
        ("another item's", Some(link(scene.running, other).await)),
        ("a ticket", Some(ticket.to_owned())),
        ("a session's token", Some(scene.ada.token.clone())),
    ]
}

#[tokio::test]
async fn whatever_is_taken_back_is_closed_at_the_next_request() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "unlisted").await;
    let key = scene.links().await;
    let kept = scene.links().await;
    let opens = async |key: &str| answered(&running, scene.item, Some(key)).await == StatusCode::OK;
    assert!(opens(&key).await && opens(&kept).await);
    scene.does("unlink", &[("key", &key)]).await;
    assert!(!opens(&key).await && opens(&kept).await);
    scene.shows("school").await;
    assert!(!opens(&kept).await);
    scene.shows("unlisted").await;
    assert!(opens(&kept).await);
    scene.does("delete", &[]).await;
    assert!(!opens(&kept).await);
    scene.does("restore", &[]).await;
    assert!(opens(&kept).await);
}

#[tokio::test]
async fn a_practice_course_that_is_over_shows_nothing() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "public").await;
    let switch = async |source, enabled| {
        let store = &running.app.store;
        let mut row = store.get::<Connections>(&ConnectionId(1)).unwrap().unwrap();
        row.source = source;
        row.enabled = enabled;
        let mut commit = Commit::new();
        commit.put::<Connections>(&ConnectionId(1), &row);
        store.commit(commit).await.unwrap();
        answered(&running, scene.item, None).await
    };
    for (source, enabled, expected) in [
        (Source::Practice, true, StatusCode::OK),
        (Source::Practice, false, StatusCode::NOT_FOUND),
        (Source::File, false, StatusCode::OK),
    ] {
        assert_eq!(switch(source, enabled).await, expected, "{source:?}");
    }
}

#[tokio::test]
async fn what_is_closed_looks_like_what_is_not_there() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    let html = [("accept", "text/html")];
    for page in ["media", "embed"] {
        let mut texts = Vec::new();
        for id in [
            scene.item.to_string(),
            "0000000000000001".into(),
            "x".into(),
        ] {
            let answer = get(&running, &format!("/{page}/{id}"), &html).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            assert_eq!(answer.code(), "not-open-outside");
            let text = answer.text().to_owned();
            let (_, rest) = text.split_once("<main").unwrap();
            // The reference is each request's own.
            let (before, rest) = rest.rsplit_once("<dd><code>").unwrap();
            let (_, after) = rest.split_once("</code>").unwrap();
            texts.push((before.to_owned(), after.to_owned()));
        }
        assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{texts:?}");
    }
    let framed = get(&running, "/embed/x", &html).await;
    assert_eq!(
        framed.header("x-frame-options"),
        None,
        "it is read in place"
    );
    let page = get(&running, "/media/x", &html).await;
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
}

#[tokio::test]
async fn pages_outside_know_nobody() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "unlisted").await;
    let key = scene.links().await;
    for (page, framed) in [("media", false), ("embed", true)] {
        let answer = get(&running, &format!("/{page}/{}?k={key}", scene.item), &[]).await;
        let text = answer.text();
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
        let policy = answer.header("content-security-policy").unwrap();
        assert_eq!(policy.contains("frame-ancestors"), !framed, "{policy}");
        assert_eq!(
            answer.header("x-frame-options"),
            (!framed).then_some("DENY")
        );
        assert!(text.contains("<h1>Waves</h1>"));
        assert!(text.contains(&format!("/files/{}/original?k={key}", scene.item)));
        for absent in ["<form", "method=", "Ada", "?t=", "position", "library"] {
            assert!(!text.contains(absent), "{page}: {absent}");
        }
        assert!(!text.contains("<nav"));
        assert_eq!(text.contains("og:title"), !framed);
    }
    scene.shows("public").await;
    let page = get(&running, &format!("/media/{}?k={key}", scene.item), &[]).await;
    assert!(!page.text().contains(&key), "a public page needs no key");
    assert_eq!(page.header("x-robots-tag"), None);
    assert!(page.text().contains("og:image"));
}

#[tokio::test]
async fn addresses_outside_take_get_alone() {
    let running = running(&[]).await;
    for (path, status) in [
        ("/media/0000000000000001", 405),
        ("/embed/0000000000000001", 405),
        ("/oembed", 405),
        ("/media/1/2", 404),
        ("/oembed/1", 404),
    ] {
        let request = request(Method::POST, path, &[], Full::<Bytes>::default());
        let answer = send(&running, request).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
    }
}
