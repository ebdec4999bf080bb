//! An item's page, and its owner's forms.

use super::*;
use crate::store::ids::CourseId;
use crate::store::rows::library::Visibility;
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
async fn the_owner_changes_everything_in_one_go() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let page = format!("media/{item}");
    let edit = format!("{page}/edit");
    let fields = [
        ("title", " Waves <&> "),
        ("description", "See https://waves.example/\r\n<b>there</b>"),
        ("tags", "light, \"><i>, Light"),
        ("visibility", "course"),
        ("downloadable", "off"),
        ("downloadable", "on"),
    ];
    let answer = ada.post(&edit, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let to = format!("../{item}?saved");
    assert_eq!(answer.header("location"), Some(to.as_str()));
    let saved = running.app.store.get::<Items>(&item).unwrap().unwrap();
    assert_eq!(saved.tags, ["light", "\"><i>"]);
    assert!(saved.downloadable);

    let answer = ada.get(&format!("{page}?saved")).await;
    for shown in [
        "Your changes are saved.",
        "<h1>Waves &lt;&amp;&gt;</h1>",
        "href=\"https://waves.example/\"",
        "&lt;b&gt;there",
        "href=\"../library?tag=%22%3E%3Ci%3E\"",
        "You and everyone in the course “Course of physics”",
    ] {
        assert!(answer.text().contains(shown), "{shown}: {}", answer.text());
    }
    let seen = sam.get(&page).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.text().contains("Everyone in this course"));

    // The form of somebody without a choice has no visibility: it stays, as does all that is not
    // sent.
    ada.post(&edit, &[("title", "Seas")]).await;
    assert_eq!(sam.get(&page).await.status, StatusCode::OK);
    let saved = running.app.store.get::<Items>(&item).unwrap().unwrap();
    assert_eq!((saved.title.as_str(), saved.tags.len()), ("Seas", 2));
    assert!(saved.downloadable);
    let fields = [
        ("title", "Seas"),
        ("visibility", "private"),
        ("downloadable", "off"),
    ];
    ada.post(&edit, &fields).await;
    assert_eq!(sam.get(&page).await.status, StatusCode::NOT_FOUND);
    let saved = running.app.store.get::<Items>(&item).unwrap().unwrap();
    assert!(!saved.downloadable);
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let edit = format!("media/{item}/edit");
    let (title, description, tag) = ("ü".repeat(201), "d".repeat(5001), "t".repeat(51));
    for (wrong, fields) in [
        (1, [("title", "  "), ("description", "d"), ("tags", "t")]),
        (
            1,
            [("title", "two\u{7}"), ("description", "d"), ("tags", "t")],
        ),
        (
            3,
            [
                ("title", title.as_str()),
                ("description", description.as_str()),
                ("tags", tag.as_str()),
            ],
        ),
    ] {
        let fields = [&fields[..], &[("visibility", "course")]].concat();
        let answer = ada.post(&edit, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let text = answer.text();
        assert_eq!(text.matches(r#"aria-invalid="true""#).count(), wrong);
        assert!(text.contains(&format!("value=\"{}\"", fields[0].1)));
        assert!(text.contains(&format!("\n{}</textarea>", fields[1].1)));
        assert!(text.contains(r#"value="course" checked"#));
        let saved = running.app.store.get::<Items>(&item).unwrap().unwrap();
        assert_eq!(saved.title, "a", "nothing is saved");
    }
    for fields in [&[][..], &[("title", "a"), ("visibility", "everybody")]] {
        let answer = ada.post(&edit, fields).await;
        assert_eq!(answer.code(), "bad-request");
    }
}

#[tokio::test]
async fn who_may_not_show_is_not_offered_to() {
    let running = running(&[]).await;
    let sam = SAM.arrives(&running).await;
    let item = sam.uploads("a.mp4", "private", &film()).await;
    let edit = format!("media/{item}/edit");
    assert!(!sam.get(&edit).await.text().contains(r#"type="radio""#));
    let fields = [("title", "New"), ("visibility", "course")];
    let answer = sam.post(&edit, &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("marked fields"));
    let saved = running.app.store.get::<Items>(&item).unwrap().unwrap();
    assert_eq!(saved.title, "a", "nothing is saved");

    // A teacher, in another course than the item's.
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let edit = format!("media/{item}/edit");
    let elsewhere = Coming {
        course: Some("art"),
        ..ADA
    };
    let elsewhere = elsewhere.arrives(&running).await;
    let form = elsewhere.get(&edit).await;
    assert!(!form.text().contains(r#"value="course""#));
    assert!(form.text().contains(r#"value="school""#));
    let answer = elsewhere.post(&edit, &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let saved = running.app.store.get::<Items>(&item).unwrap().unwrap();
    assert_ne!(saved.course, None::<CourseId>);
    assert_eq!(saved.visibility, Visibility::Private);
}

#[tokio::test]
async fn what_is_deleted_lies_in_the_trash_until_it_is_gone() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = ada.uploads("a.mp4", "course", &film()).await;
    let address = ada.address(item).await;
    let page = format!("media/{item}");
    let form = ada.get(&format!("{page}/edit")).await;
    assert!(form.text().contains("for 30 days"), "{}", form.text());

    let answer = ada.post(&format!("{page}/delete"), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(
        answer.header("location"),
        Some("../../library?view=mine&deleted")
    );
    for visitor in [&ada, &sam] {
        assert_eq!(visitor.get(&page).await.status, StatusCode::NOT_FOUND);
    }
    let bytes = get(&running, &address, &[]).await;
    assert_eq!(bytes.status, StatusCode::NOT_FOUND);
    let library = ada.get("library?view=mine&deleted").await;
    assert!(library.text().contains("It is in your trash now."));

    let restore = format!("{page}/restore");
    assert_eq!(sam.post(&restore, &[]).await.status, StatusCode::NOT_FOUND);
    let answer = ada.post(&restore, &[]).await;
    let trash = "../../library?view=trash";
    let to = answer.header("location").unwrap();
    assert_eq!(to, format!("{trash}&restored"));
    assert_eq!(sam.get(&page).await.status, StatusCode::OK);
    assert_eq!(get(&running, &address, &[]).await.status, StatusCode::OK);

    // Only what is in the trash is deleted for good, and only by its owner.
    let gone = format!("{page}/delete-for-good");
    assert_eq!(ada.post(&gone, &[]).await.status, StatusCode::NOT_FOUND);
    ada.post(&format!("{page}/delete"), &[]).await;
    assert_eq!(sam.post(&gone, &[]).await.status, StatusCode::NOT_FOUND);
    let answer = ada.post(&gone, &[]).await;
    let to = answer.header("location").unwrap();
    assert_eq!(to, format!("{trash}&removed"));
    assert!(running.app.store.get::<Items>(&item).unwrap().is_none());
    assert_eq!(ada.post(&restore, &[]).await.status, StatusCode::NOT_FOUND);
}
