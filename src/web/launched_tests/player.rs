//! Where people stop, and the pictures of videos.

use std::io::Cursor;
use std::time::Duration;

use image::{ImageFormat, RgbImage};

use super::*;
use crate::library::items;
use crate::store::ids::UserId;
use crate::store::rows::library::{Plays, Text};
use crate::store::trees::{Items, Texts, Views};

fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = RgbImage::from_pixel(1280, 720, image::Rgb([200, 120, 40]));
    image.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

async fn tell(visitor: &Visitor<'_>, item: ItemId, seconds: &str) -> StatusCode {
    let fields = [("position", seconds), ("duration", "3600")];
    let to = format!("media/{item}/watched");
    visitor.post(&to, &fields).await.status
}

#[tokio::test]
async fn one_goes_on_where_one_stopped() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = ada.uploads("a.mp4", "course", &film()).await;
    let page = format!("media/{item}");
    assert!(!sam.get(&page).await.text().contains("data-seek"));
    for (seconds, offered) in [
        ("3.5", None),
        ("754.9", Some("12:34")),
        // The end: nothing is left to go on with.
        ("3580", None),
        ("20", Some("0:20")),
    ] {
        assert_eq!(tell(&sam, item, seconds).await, StatusCode::NO_CONTENT);
        let shown = sam.get(&page).await;
        let found = shown.text().contains("data-seek");
        assert_eq!(found, offered.is_some(), "{seconds}");
        if let Some(time) = offered {
            assert!(shown.text().contains(&format!("Continue at {time}")));
        }
        running.clock.advance(Duration::from_secs(2));
    }
    assert!(
        !ada.get(&page).await.text().contains("data-seek"),
        "it is each person's own"
    );
}

#[tokio::test]
async fn a_deleted_item_takes_its_views_along() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let items = [
        ada.uploads("a.mp4", "course", &film()).await,
        ada.uploads("b.mp4", "course", &film()).await,
    ];
    for item in items {
        for viewer in [&ada, &sam] {
            tell(viewer, item, "100").await;
        }
    }
    let app = &running.app;
    let views = || app.store.page::<Views>(&(), None, 10).unwrap();
    assert_eq!(views().len(), 4);
    ada.post(&format!("media/{}/delete", items[0]), &[]).await;
    let trash = Duration::from_hours(24 * 365);
    let end = app.world.now().after(trash);
    items::empty_trash(&app.store, &app.world, &app.folder, end, 10)
        .await
        .unwrap();
    assert!(views().iter().all(|((_, item, _), _)| *item == items[1]));
    assert_eq!(views().len(), 2);
}

#[tokio::test]
async fn a_view_is_not_written_at_every_word() {
    let running = running(&[]).await;
    let sam = SAM.arrives(&running).await;
    let item = sam.uploads("a.mp4", "private", &film()).await;
    let kept = || {
        let views = running.app.store.page::<Views>(&(), None, 10).unwrap();
        views.iter().map(|(_, view)| view.position_ms).max()
    };
    tell(&sam, item, "100").await;
    running.clock.advance(Duration::from_millis(1900));
    tell(&sam, item, "200").await;
    assert_eq!(kept(), Some(100_000));
    running.clock.advance(Duration::from_millis(100));
    tell(&sam, item, "300").await;
    assert_eq!(kept(), Some(300_000));
}

#[tokio::test]
async fn positions_are_for_those_who_may_open_and_in_seconds() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    assert_eq!(tell(&sam, item, "100").await, StatusCode::NOT_FOUND);
    let to = format!("media/{item}/watched");
    let foreign = ada
        .post_from("cross-site", &to, &[("position", "100")])
        .await;
    assert_eq!(foreign.code(), "cross-site");
    for wrong in ["", "-1", "NaN", "soon"] {
        assert_eq!(tell(&ada, item, wrong).await, StatusCode::BAD_REQUEST);
    }
    let long = "1".repeat(9000);
    assert_eq!(tell(&ada, item, &long).await, StatusCode::PAYLOAD_TOO_LARGE);
    let views = running.app.store.page::<Views>(&(), None, 10).unwrap();
    assert!(views.is_empty(), "nothing is written");
    assert_eq!(tell(&ada, item, "100").await, StatusCode::NO_CONTENT);
}

async fn send_picture(visitor: &Visitor<'_>, item: ItemId, kind: &str, bytes: Vec<u8>) -> Answer {
    let headers = [("content-type", kind), ("sec-fetch-site", "same-origin")];
    let to = format!("media/{item}/poster");
    let body = Full::new(Bytes::from(bytes));
    visitor.send(Method::POST, &to, &headers, body).await
}

#[tokio::test]
async fn a_video_gets_the_picture_that_its_owner_sends() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "course", &film()).await;
    let page = format!("media/{item}");
    assert!(!ada.get(&page).await.text().contains(" poster="));
    let answer = send_picture(&ada, item, "image/jpeg", picture()).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let shown = ada.get(&page).await;
    let poster = shown.attribute(" poster").unwrap();
    assert!(poster.starts_with(&format!("/files/{item}/picture-960?t=")));
}

#[tokio::test]
async fn a_picture_is_taken_from_editors_alone_and_only_as_one() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = ada.uploads("a.mp4", "course", &film()).await;
    let page = sam.get(&format!("media/{item}")).await;
    assert!(!page.text().contains("picture-to"), "nor is it offered");
    let large = vec![0; 2 * 1024 * 1024 + 1];
    let refused = [
        (&sam, "image/jpeg", picture(), "not-yours"),
        (&ada, "image/svg+xml", b"<svg/>".to_vec(), "bad-picture"),
        (&ada, "image/jpeg", b"<svg/>".to_vec(), "bad-picture"),
        (&ada, "image/jpeg", large, "too-large"),
    ];
    for (who, kind, bytes, code) in refused {
        let answer = send_picture(who, item, kind, bytes).await;
        assert_eq!(answer.code(), code, "{kind}");
    }
    let hidden = ada.uploads("b.mp4", "private", &film()).await;
    let answer = send_picture(&sam, hidden, "image/jpeg", picture()).await;
    assert_eq!(answer.code(), "not-found");
    for item in [item, hidden] {
        let row = running.app.store.get::<Items>(&item).unwrap().unwrap();
        assert!(row.pictures.is_empty());
    }
}

#[tokio::test]
async fn a_video_offers_its_captions() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "course", &film()).await;
    let page = format!("media/{item}");
    assert!(!ada.get(&page).await.text().contains("<track"));
    let text = Text {
        label: "Deutsch".into(),
        changed: running.app.world.now(),
        by: UserId(1),
        cues: 3,
    };
    let mut commit = Commit::new();
    for kind in ["captions", "chapters"] {
        commit.put::<Texts>(&(item, "de".into(), kind.into()), &text);
    }
    running.app.store.commit(commit).await.unwrap();
    let shown = ada.get(&page).await;
    let track = format!(r#"<track kind="captions" src="/files/{item}/captions-de?t="#);
    assert_eq!(shown.text().matches(&track).count(), 1);
    assert!(shown.text().contains(r#"srclang="de" label="Deutsch""#));
}

#[tokio::test]
async fn a_video_that_few_browsers_play_says_so() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let id = ada.uploads("a.mp4", "course", &film()).await;
    let page = format!("media/{id}");
    assert!(!sam.get(&page).await.text().contains("HEVC"));
    let mut item = running.app.store.get::<Items>(&id).unwrap().unwrap();
    item.facts.plays = Some(Plays::Somewhere);
    item.facts.video = Some("hvc1.1.6.L93.B0".into());
    let mut commit = Commit::new();
    commit.put::<Items>(&id, &item);
    running.app.store.commit(commit).await.unwrap();
    for (who, told) in [(&ada, "convert it to MP4"), (&sam, "ask whoever added it")] {
        let shown = who.get(&page).await;
        assert!(shown.text().contains("HEVC (H.265)"));
        assert!(shown.text().contains(told), "{told}");
    }
}

#[tokio::test]
async fn only_what_draws_documents_may_run_webassembly() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let policy = async |name: &str, content: &[u8]| {
        let item = ada.uploads(name, "private", content).await;
        let page = ada.get(&format!("media/{item}")).await;
        page.header("content-security-policy").unwrap().to_owned()
    };
    let document = policy("a.pdf", b"%PDF-1.7 paper").await;
    assert!(document.contains("script-src 'self' 'wasm-unsafe-eval';"));
    assert!(document.contains("worker-src 'self';"));
    for policy in [document, policy("a.mp4", &film()).await] {
        assert!(!policy.contains("'unsafe-"), "{policy}");
    }
    assert!(!policy("a.mp4", &film()).await.contains("wasm"));
}
