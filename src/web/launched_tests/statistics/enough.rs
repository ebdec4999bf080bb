//! Who is through with what counts.

use super::super::collections::collected;
use super::*;

/// Lets the film's one placement count as this says, and play no more than this part.
async fn counts(running: &Running, placement: PlacementId, threshold: u16, part: (u64, u64)) {
    let store = &running.app.store;
    let mut row = store.get::<Placements>(&placement).unwrap().unwrap();
    (row.maximum, row.threshold) = (Some(1_000), Some(threshold));
    (row.start_ms, row.end_ms) = (Some(part.0), Some(part.1));
    let mut commit = Commit::new();
    commit.put::<Placements>(&placement, &row);
    store.commit(commit).await.unwrap();
}

/// The line of a table to take away that is about somebody.
async fn line(visitor: &Visitor<'_>, path: &str, name: &str) -> String {
    let answer = visitor.get(path).await;
    let text = answer.text();
    let line = text.lines().find(|line| line.contains(name));
    line.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[tokio::test]
async fn whoever_watched_enough_of_what_counts_is_through() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    SAM.arrives(&running).await;
    student("kim", "Kim").arrives(&running).await;
    plays(&running, item, user(&running, "sam"), 30, 1).await;
    plays(&running, item, user(&running, "kim"), 50, 1).await;
    let viewers = format!("media/{item}/viewers.csv");
    let kim = line(&ada, &viewers, "Kim").await;
    assert!(kim.contains("Begun") && kim.contains("50"), "{kim}");

    let course = course(&running, "physics");
    let placed = running.app.store.page::<Placed>(&(course,), None, 2);
    let placement = placed.unwrap()[0].0.2;
    counts(&running, placement, 5_000, (20_000, 60_000)).await;
    let (sam, kim) = (
        line(&ada, &viewers, "Sam").await,
        line(&ada, &viewers, "Kim").await,
    );
    assert!(sam.contains("Begun") && sam.contains("25"), "{sam}");
    assert!(kim.contains("Finished") && kim.contains("75"), "{kim}");
    let kim = line(&ada, "course/progress.csv", "Kim").await;
    assert!(kim.contains("75"), "{kim}");
    let own = student("kim", "Kim").arrives(&running).await;
    let own = own.get("progress").await;
    assert!(own.text().contains("Finished"), "{}", own.text());

    // Two activities that count differently decide nothing.
    let other = PlacementId([9; 16]);
    let store = &running.app.store;
    let row = store.get::<Placements>(&placement).unwrap().unwrap();
    let mut commit = Commit::new();
    let newest = crate::store::key::Newest(running.app.world.now());
    commit
        .put::<Placements>(&other, &row)
        .put::<Placed>(&(course, newest, other), &());
    store.commit(commit).await.unwrap();
    counts(&running, other, 9_000, (0, 100_000)).await;
    let kim = line(&ada, &viewers, "Kim").await;
    assert!(kim.contains("Begun") && kim.contains("50"), "{kim}");
}

#[tokio::test]
async fn of_a_file_that_was_replaced_the_share_is_of_the_present_one() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    SAM.arrives(&running).await;
    plays(&running, item, user(&running, "sam"), 95, 1).await;
    let viewers = format!("media/{item}/viewers.csv");
    assert!(line(&ada, &viewers, "Sam").await.contains("Finished"));
    let store = &running.app.store;
    let mut row = store.get::<Items>(&item).unwrap().unwrap();
    (row.replaced, row.facts.duration_ms) = (1, Some(190_000));
    let mut commit = Commit::new();
    commit.put::<Items>(&item, &row);
    store.commit(commit).await.unwrap();
    for path in [viewers.as_str(), "course/progress.csv"] {
        let sam = line(&ada, path, "Sam").await;
        assert!(sam.contains("50") && !sam.contains("Finished"), "{sam}");
    }
}

#[tokio::test]
async fn what_is_in_a_placed_collection_stands_in_the_table_and_the_collection_does_not() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let film = film_of(&running, &ada).await;
    let mut items = vec![film];
    for name in ["one.png", "two.png"] {
        items.push(
            ada.uploads(name, "private", b"\x89PNG\r\n\x1a\n picture")
                .await,
        );
    }
    let collection = collected(&ada, "Everything", &items).await;
    ada.post(&format!("media/{collection}/place"), &[]).await;
    plays(&running, film, user(&running, "sam"), 100, 1).await;
    plays(&running, items[1], user(&running, "sam"), 100, 1).await;
    let table = ada.get("course/progress.csv").await;
    let head = table.text().lines().next().unwrap().to_owned();
    assert!(head.contains("one") && head.contains("two"), "{head}");
    assert!(!head.contains("Everything"), "{head}");
    let own = sam.get("progress").await;
    assert!(own.text().contains("66 %"), "{}", own.text());
}
