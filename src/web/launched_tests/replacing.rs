//! A new file for an item, as people meet it.

use super::doors::{ED, Scene, VERA};
use super::*;

/// Another small film.
fn other_film() -> Vec<u8> {
    let mut film = film();
    film.resize(1200, 8);
    film
}

fn replaces(item: &str) -> String {
    metadata(&[("filename", "better.mp4"), ("replaces", item)])
}

#[tokio::test]
async fn its_addresses_and_links_have_the_new_file() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "unlisted").await;
    let key = scene.links().await;
    let outside = format!("/files/{}/original?k={key}", scene.item);
    let address = scene.ada.address(scene.item).await;
    let before = get(&running, &outside, &[]).await;
    assert_eq!(before.body, film());
    let there = Coming {
        course: Some("chemistry"),
        ..SAM
    };
    let (new, item) = (other_film(), scene.item.to_string());
    let ed = ED.arrives(&running).await;
    let upload = ed.begin(new.len(), &replaces(&item)).await;
    let answer = ed.patch(&upload, 0, &new).await;
    assert_eq!(answer.header("lanterna-item"), Some(item.as_str()));
    for path in [&outside, &address] {
        let after = get(&running, path, &[]).await;
        assert_eq!(after.body, new, "{path}");
        assert_ne!(after.header("etag"), before.header("etag"));
    }
    // Where it is placed, it still opens.
    let there = there.arrives(&running).await;
    let page = there.get(&format!("media/{item}")).await;
    assert!(page.text().contains("Waves"));
}

#[tokio::test]
async fn only_those_who_may_change_it_begin() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    let item = scene.item.to_string();
    let below = format!("upload?replaces={item}");
    let told = replaces(&item);
    let headers = [
        ("upload-length", "1200"),
        ("upload-metadata", told.as_str()),
    ];
    for (somebody, status) in [(VERA, 403), (SAM, 404), (ED, 201), (ADA, 201)] {
        let visitor = somebody.arrives(&running).await;
        let answer = visitor.tus(Method::POST, "uploads", &headers, b"").await;
        assert_eq!(answer.status.as_u16(), status, "{somebody:?}");
        let page = visitor.get(&below).await;
        let allowed = status == 201;
        assert_eq!(page.status == StatusCode::OK, allowed, "{somebody:?}");
        if !allowed {
            assert_eq!(page.code(), "not-found");
            continue;
        }
        assert!(page.text().contains("New file for “Waves”"));
        assert_eq!(page.attribute("data-replaces"), Some(item.as_str()));
        // What was begun goes on here, and not where new items are made.
        assert!(page.text().contains("data-state=\"left\""));
        let others = visitor.get("upload").await;
        assert!(!others.text().contains("data-state=\"left\""));
    }
    for bad in ["", "x", "0000000000000000"] {
        let page = scene.ada.get(&format!("upload?replaces={bad}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{bad}");
    }
    let told = replaces("x");
    let headers = [
        ("upload-length", "1200"),
        ("upload-metadata", told.as_str()),
    ];
    let answer = scene.ada.tus(Method::POST, "uploads", &headers, b"").await;
    assert_eq!(answer.code(), "bad-request");
}

#[tokio::test]
async fn another_kind_is_refused_in_clear_words() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    let told = metadata(&[
        ("filename", "notes.pdf"),
        ("replaces", &scene.item.to_string()),
    ]);
    let address = scene.ada.address(scene.item).await;
    let upload = scene.ada.begin(8, &told).await;
    let answer = scene.ada.patch(&upload, 0, b"%PDF-1.7").await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.code(), "upload-other-kind");
    let answer = scene.ada.tus(Method::HEAD, &upload, &[], b"").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&running, &address, &[]).await.body, film());

    // The same when the file comes with its creation.
    let headers = [
        PATCHES[1],
        ("upload-length", "8"),
        ("upload-metadata", told.as_str()),
    ];
    let answer = scene
        .ada
        .tus(Method::POST, "uploads", &headers, b"%PDF-1.7")
        .await;
    assert_eq!(answer.code(), "upload-other-kind");
}
