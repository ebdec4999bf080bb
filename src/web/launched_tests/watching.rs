//! An item's page, and its owner's forms.

use super::*;
use crate::store::ids::CourseId;
use crate::store::trees::Items;

#[tokio::test]
async fn each_kind_is_shown_as_browsers_can() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    for (name, content, shown) in [
        ("a.mp4", film(), "<video controls"),
        ("a.mp3", b"ID3\x04 sound".to_vec(), "<audio controls"),
        ("a.png", b"\x89PNG\r\n\x1a\n picture".to_vec(), "<img src="),
        ("a.pdf", b"%PDF-1.7 paper".to_vec(), "data-pdf"),
        ("a.svg", b"<svg onload=alert(1)>".to_vec(), "Download a.svg"),
    ] {
        let item = ada.uploads(name, "private", &content).await;
        let page = ada.get(&format!("media/{item}")).await;
        assert!(page.text().contains(shown), "{name}: {}", page.text());
        assert!(page.text().contains(&format!("/files/{item}/original?t=")));
    }
}

#[tokio::test]
async fn the_owner_changes_title_and_visibility() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let page = format!("media/{item}");
    let fields = [("title", " Waves <&> "), ("visibility", "course")];
    let answer = ada.post(&page, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), Some("?saved"));
    let answer = ada.get(&format!("{page}?saved")).await;
    assert!(answer.text().contains("Your changes are saved."));
    assert!(answer.text().contains("<h1>Waves &lt;&amp;&gt;</h1>"));
    assert_eq!(sam.get(&page).await.status, StatusCode::OK);

    // The form of somebody without a choice has no visibility: it stays.
    ada.post(&page, &[("title", "Seas")]).await;
    assert_eq!(sam.get(&page).await.status, StatusCode::OK);
    ada.post(&page, &[("title", "Seas"), ("visibility", "private")])
        .await;
    assert_eq!(sam.get(&page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let page = format!("media/{item}");
    let long = "ü".repeat(201);
    for title in ["  ", &long, "two\u{7}"] {
        let answer = ada
            .post(&page, &[("title", title), ("visibility", "course")])
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text().contains(r#"aria-invalid="true""#));
        assert!(answer.text().contains(&format!("value=\"{title}\"")));
        assert!(answer.text().contains(r#"value="course" checked"#));
        let saved = running.app.store.get::<Items>(&item).unwrap().unwrap();
        assert_eq!(saved.title, "a", "nothing is saved");
    }
    for fields in [&[][..], &[("title", "a"), ("visibility", "everybody")]] {
        let answer = ada.post(&page, fields).await;
        assert_eq!(answer.code(), "bad-request");
    }
}

#[tokio::test]
async fn who_may_not_show_is_not_offered_to() {
    let running = running(&[]).await;
    let sam = SAM.arrives(&running).await;
    let item = sam.uploads("a.mp4", "private", &film()).await;
    let page = format!("media/{item}");
    assert!(!sam.get(&page).await.text().contains(r#"type="radio""#));
    let fields = [("title", "New"), ("visibility", "course")];
    let answer = sam.post(&page, &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let saved = running.app.store.get::<Items>(&item).unwrap().unwrap();
    assert_eq!(saved.title, "a", "nothing is saved");

    // A teacher, in another course than the item's.
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let page = format!("media/{item}");
    let elsewhere = Coming {
        course: Some("art"),
        ..ADA
    };
    let elsewhere = elsewhere.arrives(&running).await;
    assert!(
        !elsewhere
            .get(&page)
            .await
            .text()
            .contains(r#"type="radio""#)
    );
    let answer = elsewhere.post(&page, &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let course = running
        .app
        .store
        .get::<Items>(&item)
        .unwrap()
        .unwrap()
        .course;
    assert_ne!(course, None::<CourseId>);
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let address = ada.address(item).await;
    let page = format!("media/{item}");
    let answer = ada.post(&format!("{page}/delete"), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(
        answer.header("location"),
        Some("../../library?view=mine&deleted")
    );
    assert_eq!(ada.get(&page).await.status, StatusCode::NOT_FOUND);
    let bytes = get(&running, &address, &[]).await;
    assert_eq!(bytes.status, StatusCode::NOT_FOUND);
    let library = ada.get("library?view=mine&deleted").await;
    assert!(library.text().contains("It is deleted."));
}
