//! The library's lists, and finding things in them.

use std::time::Duration;

use super::*;
use crate::library::items::{self, Words};
use crate::library::{self, Description, Tags, Title};
use crate::people::Member;
use crate::people::sessions::Secret;
use crate::store::trees::{Items, Sessions};

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

/// The person whose session a visitor has.
fn member(visitor: &Visitor<'_>) -> Member {
    let hash = Secret::hash_of(&visitor.token).unwrap();
    let session = visitor.running.app.store.get::<Sessions>(&hash);
    Member::for_test(session.unwrap().unwrap())
}

/// Uploads something and describes it.
async fn described(
    visitor: &Visitor<'_>,
    visibility: &str,
    [title, tags, description]: [&str; 3],
) -> ItemId {
    let id = visitor.uploads("film.mp4", visibility, &film()).await;
    let words = Words {
        title: Some(Title::parse(title).unwrap()),
        tags: Some(Tags::parse(tags).unwrap()),
        description: Some(Description::parse(description).unwrap()),
    };
    let app = &visitor.running.app;
    let item = library::editable(&app.store, &member(visitor), id).unwrap();
    let edited = items::edit(&app.store, &app.world, &item, &words).await;
    edited.unwrap();
    visitor.running.clock.advance(Duration::from_secs(1));
    app.search.index_now().await;
    id
}

/// The titles on a page, in order.
fn titles(page: &Answer) -> Vec<&str> {
    let cards = page.text().split("<article").skip(1);
    cards
        .map(|card| {
            let (_, rest) = card.split_once("<h2>").unwrap();
            let (_, rest) = rest.split_once('>').unwrap();
            rest.split('<').next().unwrap()
        })
        .collect()
}

#[tokio::test]
async fn things_are_found_filtered_and_ordered() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    described(&ada, "private", ["Tides 10", "Moon, sea", "North Sea"]).await;
    described(&ada, "course", ["Tides 2", "sea", ""]).await;
    described(&ada, "course", ["Äther", "optics", "about light"]).await;
    for (query, expected) in [
        ("view=mine", vec!["Äther", "Tides 2", "Tides 10"]),
        ("view=mine&q=tides", vec!["Tides 2", "Tides 10"]),
        ("view=mine&q=TIDES+north", vec!["Tides 10"]),
        ("view=mine&q=ather", vec!["Äther"]),
        ("view=mine&q=ligt", vec![]),
        (
            "view=mine&q=sea&kind=&visibility=&sort=",
            vec!["Tides 2", "Tides 10"],
        ),
        ("view=mine&sort=best", vec!["Äther", "Tides 2", "Tides 10"]),
        ("view=mine&q=%22about+light%22", vec!["Äther"]),
        ("view=mine&tag=SEA", vec!["Tides 2", "Tides 10"]),
        ("view=mine&tag=sea&q=north", vec!["Tides 10"]),
        ("view=mine&sort=title", vec!["Äther", "Tides 2", "Tides 10"]),
        (
            "view=mine&sort=oldest",
            vec!["Tides 10", "Tides 2", "Äther"],
        ),
        ("view=mine&visibility=private", vec!["Tides 10"]),
        (
            "view=mine&kind=video&sort=largest",
            vec!["Äther", "Tides 2", "Tides 10"],
        ),
        ("view=mine&kind=audio", vec![]),
        (
            "view=mine&kind=nonsense&sort=nonsense",
            vec!["Äther", "Tides 2", "Tides 10"],
        ),
        ("view=course&q=tides", vec!["Tides 2"]),
        ("view=shared&q=tides", vec![]),
        ("view=mine&q=", vec!["Äther", "Tides 2", "Tides 10"]),
    ] {
        let page = ada.get(&format!("library?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        let mut found = titles(&page);
        if query.contains("largest") {
            found.sort_unstable_by_key(|title| expected.iter().position(|one| one == title));
        }
        assert_eq!(found, expected, "{query}");
    }
    let page = ada.get("library?view=mine&q=%3Cb%3E&tag=sea").await;
    for text in [
        "Nothing found for “&lt;b&gt;”",
        r#"value="&lt;b&gt;""#,
        "Tag: sea",
        r#"<option value="" selected>Best match"#,
        r#"href="library?view=mine&amp;q=%3Cb%3E""#,
        r#"href="library?view=mine""#,
    ] {
        assert!(page.text().contains(text), "{text}");
    }
}

#[tokio::test]
async fn results_come_in_pages_that_keep_the_question() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    for index in 0..30 {
        let title = format!("Film {index}");
        described(&ada, "private", [&title, "light", ""]).await;
    }
    for query in [
        "q=film",
        "sort=title",
        "tag=light&sort=changed",
        "kind=video&sort=longest",
    ] {
        let first = ada.get(&format!("library?view=mine&{query}")).await;
        let more = first.attribute("a class=\"button\" href").unwrap();
        let second = ada.get(&more.replace("&amp;", "&")).await;
        let mut all = titles(&first);
        all.extend(titles(&second));
        assert_eq!(titles(&first).len(), 24, "{query}");
        assert!(!second.text().contains("rel=\"next\""), "{query}");
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 30, "{query}");
    }
    for query in ["q=film", "sort=title", "sort=oldest"] {
        let answer = ada.get(&format!("library?{query}&cursor=nonsense")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn nobody_finds_what_does_not_open() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    described(
        &ada,
        "private",
        ["Exam answers", "secret-tag", "hidden words"],
    )
    .await;
    described(&ada, "course", ["Shown", "light", ""]).await;
    let owner = member(&ada).session().user;
    for view in ["mine", "course", "shared", "trash"] {
        for query in [
            "q=exam".to_owned(),
            "q=answers".into(),
            "q=hidden".into(),
            "q=film.mp4".into(),
            "tag=secret-tag".into(),
            "visibility=private&sort=oldest".into(),
            format!("owner={owner}&sort=title"),
            "sort=changed".into(),
        ] {
            let page = sam.get(&format!("library?view={view}&{query}")).await;
            let found = titles(&page);
            assert!(
                found.iter().all(|title| *title == "Shown"),
                "{view} {query}: {found:?}"
            );
            let named = page.text().contains("Ada Lovelace");
            assert_eq!(
                named,
                !found.is_empty(),
                "{view} {query}: names only of what opens"
            );
            assert!(!page.text().contains("hidden words"), "{view} {query}");
        }
    }
    let page = sam.get(&format!("library?view=course&owner={owner}")).await;
    assert_eq!(titles(&page), ["Shown"]);
    assert!(page.text().contains("From: Ada Lovelace"));
}

#[tokio::test]
async fn cards_have_pictures_lengths_and_tags() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let id = described(&ada, "private", ["Waves", "light & lens", ""]).await;
    let store = &running.app.store;
    let mut row = store.get::<Items>(&id).unwrap().unwrap();
    assert!(!ada.get("library").await.text().contains("<img"));
    row.pictures = vec![160, 320, 960];
    row.facts.duration_ms = Some(245_000);
    let mut commit = Commit::new();
    commit.put::<Items>(&id, &row);
    store.commit(commit).await.unwrap();
    let page = ada.get("library").await;
    for text in [
        &format!(r#"<img src="/files/{id}/picture-320?t="#),
        "4:05",
        r#"href="library?view=mine&amp;tag=light+%26+lens">light &amp; lens</a>"#,
        "Only me",
    ] {
        assert!(page.text().contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_search_that_is_not_ready_says_so() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    ada.uploads("waves.mp4", "private", &film()).await;
    let page = ada.get("library?q=waves").await;
    assert!(page.text().contains("The search is being prepared"));
    running.app.search.index_now().await;
    let page = ada.get("library?q=waves").await;
    assert!(!page.text().contains("The search is being prepared"));
    assert_eq!(titles(&page), ["waves"]);
}

#[tokio::test]
async fn the_trash_lists_ones_own_and_offers_the_ways_out() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    assert!(!ada.get("library").await.text().contains("view=trash"));
    let id = described(&ada, "course", ["Old film", "", ""]).await;
    let deleted = ada.post(&format!("media/{id}/delete"), &[]).await;
    assert_eq!(deleted.status, StatusCode::SEE_OTHER);
    let shelf = ada.get("library").await;
    assert!(shelf.text().contains(r#"href="library?view=trash""#));
    assert!(!shelf.text().contains("Old film"));
    let page = ada.get("library?view=trash").await;
    for text in [
        "Old film".to_owned(),
        "30 days".into(),
        format!(r#"action="media/{id}/restore" method="post""#),
        format!(r#"action="media/{id}/delete-for-good" method="post""#),
    ] {
        assert!(page.text().contains(&text), "{text}");
    }
    let others = sam.get("library?view=trash").await;
    assert!(others.text().contains("The trash is empty"));
    let answer = ada.get("library?view=trash&cursor=nonsense").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
