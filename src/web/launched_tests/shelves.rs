//! The library's lists.

use super::*;

#[tokio::test]
async fn people_are_greeted_where_they_are() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let page = ada.get("library").await;
    for text in [
        "Hello, Ada Lovelace!",
        "Course of physics",
        "Teacher",
        "My media",
        "Your shelf is still empty",
        r#"href="upload""#,
    ] {
        assert!(page.text().contains(text), "{text}");
    }
    let nobody = Coming {
        subject: "anon",
        name: None,
        course: None,
        ..ADA
    };
    let nobody = nobody.arrives(&running).await;
    let page = nobody.get("library?view=course").await;
    assert!(page.text().contains("Hello, and welcome!"));
    assert!(!page.text().contains("This course"), "there is none");
    assert!(!page.text().contains("Teacher"), "nor a role in it");
}

#[tokio::test]
async fn each_list_holds_what_it_should() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    ada.uploads("tides.mp4", "private", &film()).await;
    ada.uploads("waves.mp4", "course", &film()).await;
    sam.uploads("homework.mp4", "private", &film()).await;
    for (visitor, view, has, has_not) in [
        (&ada, "", &["tides", "waves"][..], &["homework"][..]),
        (&ada, "?view=course", &["waves"], &["tides", "homework"]),
        (&sam, "", &["waves", "Ada Lovelace"], &["tides", "homework"]),
        (&sam, "?view=mine", &["homework"], &["tides", "waves"]),
    ] {
        let page = visitor.get(&format!("library{view}")).await;
        for text in has {
            assert!(page.text().contains(text), "{view}: {text}");
        }
        for text in has_not {
            assert!(!page.text().contains(text), "{view}: {text}");
        }
    }
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    for index in 0..25 {
        ada.uploads(&format!("film-{index:02}.mp4"), "private", &film())
            .await;
    }
    let first = ada.get("library").await;
    assert_eq!(first.text().matches("<article").count(), 24);
    let more = first
        .attribute("a class=\"button\" href")
        .unwrap()
        .replace("&amp;", "&");
    let second = ada.get(&more).await;
    assert_eq!(second.text().matches("<article").count(), 1);
    assert!(!second.text().contains("rel=\"next\""));

    let answer = ada.get("library?cursor=nonsense").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn students_are_not_asked_who_may_see() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let asks = r#"type="radio""#;
    assert!(ada.get("upload").await.text().contains(asks));
    let page = sam.get("upload").await;
    assert!(!page.text().contains(asks));
    assert!(page.text().contains(r#"data-endpoint="uploads""#));
}
