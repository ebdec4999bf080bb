//! What players tell, and what of it is believed.

mod apart;
mod going_on;

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::store::ids::CourseId;
use crate::store::rows::library::Item;
use crate::store::rows::watching::View;
use crate::store::trees::{
    Expiry, ItemTallies, Items, PersonTallies, Recent, Rewatched, Viewed, Views, WatchedIn,
};

const PREVIEW: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
const MENTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor";

/// Changes what is known of an item.
pub(super) async fn knows(running: &Running, id: ItemId, change: impl FnOnce(&mut Item)) {
    let mut item = running.app.store.get::<Items>(&id).unwrap().unwrap();
    change(&mut item);
    let mut commit = Commit::new();
    commit.put::<Items>(&id, &item);
    running.app.store.commit(commit).await.unwrap();
}

/// A film of an hour that the whole course may see.
async fn hour(running: &Running, owner: &Visitor<'_>) -> ItemId {
    let id = owner.uploads("a.mp4", "course", &film()).await;
    knows(running, id, |item| item.facts.duration_ms = Some(3_600_000)).await;
    id
}

pub(super) async fn tell(visitor: &Visitor<'_>, item: ItemId, fields: &[(&str, &str)]) -> Value {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let headers = [
        ("accept", "application/json"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let to = format!("media/{item}/watched");
    let body = Full::<Bytes>::from(body);
    let answer = visitor.send(Method::POST, &to, &headers, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

async fn credited(visitor: &Visitor<'_>, item: ItemId, played: &str) -> f64 {
    let told = tell(visitor, item, &[("played", played)]).await;
    told["credited"].as_f64().unwrap()
}

async fn opens(visitor: &Visitor<'_>, item: ItemId) -> Answer {
    let page = visitor.get(&format!("media/{item}")).await;
    assert_eq!(page.status, StatusCode::OK);
    page
}

fn views(running: &Running) -> Vec<View> {
    let views = running.app.store.page::<Views>(&(), None, 50).unwrap();
    views.into_iter().map(|(_, view)| view).collect()
}

fn pass(running: &Running, seconds: u64) {
    running.clock.advance(Duration::from_secs(seconds));
}

#[tokio::test]
async fn what_is_played_is_credited_and_shown() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = hour(&running, &ada).await;
    let page = opens(&sam, item).await;
    assert!(page.text().contains("haven’t watched anything"));
    assert!(page.text().contains(r#"role="progressbar""#));
    let to = format!(r#"data-watched-to="{item}/watched""#);
    assert!(page.text().contains(&to));
    pass(&running, 900);
    let told = tell(&sam, item, &[("played", "0-900"), ("position", "900")]).await;
    assert_eq!(told["credited"], 900.0);
    assert_eq!(told["percent"], 25);
    assert_eq!(told["text"], "You have watched 25 %.");
    assert_eq!(told["seen"], serde_json::json!([[0, 250]]));
    assert_eq!(told["counts"], true);
    // The same once more is played again, and seen once.
    pass(&running, 900);
    assert!((credited(&sam, item, "0-900").await - 900.0).abs() < 1e-9);
    let view = &views(&running)[0];
    assert_eq!((view.percent, view.played_ms), (2_500, 1_800_000));
    let page = opens(&sam, item).await;
    assert!(page.text().contains("You have watched 25 %."));
    assert!(page.text().contains(r#"<rect x="0" y="0" width="250""#));
    assert!(page.text().contains("Continue at 15:00"));
    // So does the same in a frame of the platform, and where nobody asks for words.
    let embedded = sam.get(&format!("embed/{item}")).await;
    assert!(embedded.text().contains("You have watched 25 %."));
    pass(&running, 10);
    let to = format!("media/{item}/watched");
    let quiet = sam.post(&to, &[("played", "900-910")]).await;
    assert_eq!(quiet.status, StatusCode::NO_CONTENT);
    assert_eq!(views(&running)[0].seen.len(), 1);
}

#[tokio::test]
async fn nobody_watches_faster_than_time() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = hour(&running, &ada).await;
    // Without opening anything, and right after it, there is nothing to credit.
    let none = |given: f64| assert!(given.abs() < 1e-9, "{given}");
    none(credited(&sam, item, "0-3600").await);
    opens(&sam, item).await;
    none(credited(&sam, item, "0-3600").await);
    // Twice as fast is what the player offers.
    pass(&running, 10);
    let given = credited(&sam, item, "0-3600").await;
    assert!((given - 20.0).abs() < 1e-9, "{given}");
    none(credited(&sam, item, "20-3600").await);
    // Opening the page again and again gives nothing.
    for _ in 0..5 {
        opens(&sam, item).await;
        none(credited(&sam, item, "20-3600").await);
    }
    assert_eq!(views(&running)[0].percent, 55);
}

#[tokio::test]
async fn two_tabs_and_two_items_share_one_time() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let items = [hour(&running, &ada).await, hour(&running, &ada).await];
    let tabs = [SAM.arrives(&running).await, SAM.arrives(&running).await];
    for (tab, item) in tabs.iter().zip(items) {
        opens(tab, item).await;
    }
    let mut given = 0.0;
    for _ in 0..6 {
        pass(&running, 10);
        for (tab, item) in tabs.iter().zip(items) {
            given += credited(tab, item, "0-3600").await;
        }
    }
    assert!((given - 120.0).abs() < 1e-6, "{given} in a minute");
    // Somebody else has a time of their own.
    let kim = Coming {
        subject: "kim",
        ..SAM
    };
    let kim = kim.arrives(&running).await;
    opens(&kim, items[0]).await;
    pass(&running, 10);
    let given = credited(&kim, items[0], "0-10").await;
    assert!((given - 10.0).abs() < 1e-9);
}

#[tokio::test]
async fn the_length_is_the_servers() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = hour(&running, &ada).await;
    opens(&sam, item).await;
    pass(&running, 30);
    let fields = [
        ("played", "0-30,3590-9999"),
        ("duration", "30"),
        ("position", "30"),
    ];
    let told = tell(&sam, item, &fields).await;
    assert_eq!(
        (&told["percent"], &told["credited"]),
        (&1.into(), &40.0.into())
    );
    let view = &views(&running)[0];
    assert!(!view.finished, "nor does it end where a browser says");
    assert_eq!(view.seen.last().unwrap().end, 3_600_000);
    // Where the server does not know it, nothing is ever complete.
    let unknown = ada.uploads("b.mp4", "course", &film()).await;
    knows(&running, unknown, |item| item.facts.duration_ms = None).await;
    opens(&sam, unknown).await;
    pass(&running, 60);
    let fields = [("played", "0-60"), ("duration", "60")];
    let told = tell(&sam, unknown, &fields).await;
    assert_eq!(told["percent"], Value::Null);
    assert_eq!(told["text"], "You have watched 1:00 of it.");
    let page = opens(&sam, unknown).await;
    assert!(!page.text().contains("progressbar"));
}

#[tokio::test]
async fn only_learners_count() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = hour(&running, &ada).await;
    let launched = async |subject: &'static str, roles: &[&str], course| {
        let who = Coming {
            subject,
            course,
            ..SAM
        };
        let mut launch = who.launch();
        launch.roles = roles.iter().map(|role| (*role).into()).collect();
        who.comes(&running, &launch, None, None).await
    };
    let course = Some("physics");
    let preview = launched("preview", &[STUDENT, PREVIEW], course).await;
    let mentor = launched("mentor", &[MENTOR], course).await;
    for who in [&ada, &preview, &mentor] {
        let page = opens(who, item).await;
        assert!(!page.text().contains("data-own"));
        pass(&running, 60);
        let told = tell(who, item, &[("played", "0-60"), ("position", "60")]).await;
        assert_eq!(
            (&told["credited"], &told["counts"]),
            (&0.0.into(), &false.into())
        );
        let page = opens(who, item).await;
        assert!(page.text().contains("Continue at 1:00"), "that is kept");
    }
    // Without a course there is nobody to count for.
    let alone = launched("sam", &[STUDENT], None).await;
    let own = alone.uploads("a.mp4", "private", &film()).await;
    opens(&alone, own).await;
    pass(&running, 60);
    tell(&alone, own, &[("played", "0-60"), ("position", "60")]).await;
    assert_eq!(views(&running).len(), 4);
    assert!(
        views(&running)
            .iter()
            .all(|view| !view.counts && view.seen.is_empty())
    );
    let store = &running.app.store;
    assert!(store.page::<ItemTallies>(&(), None, 1).unwrap().is_empty());
    assert!(store.page::<Rewatched>(&(), None, 1).unwrap().is_empty());
    // Nobody's staff, and a learner once more.
    let sam = SAM.arrives(&running).await;
    opens(&sam, item).await;
    pass(&running, 60);
    let told = tell(&sam, item, &[("played", "0-60")]).await;
    assert_eq!(
        (&told["credited"], &told["counts"]),
        (&60.0.into(), &true.into())
    );
}

#[tokio::test]
async fn a_view_is_ones_own() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let hidden = ada.uploads("a.mp4", "private", &film()).await;
    let to = format!("media/{hidden}/watched");
    let fields = [("played", "0-10")];
    assert_eq!(sam.post(&to, &fields).await.code(), "not-found");
    let item = hour(&running, &ada).await;
    let to = format!("media/{item}/watched");
    assert_eq!(
        sam.post_from("cross-site", &to, &fields).await.code(),
        "cross-site"
    );
    assert_eq!(sam.get(&to).await.status, StatusCode::METHOD_NOT_ALLOWED);
    for wrong in [
        &[][..],
        &[("played", "0")],
        &[("played", "9-1")],
        &[("pages", "0")],
        &[("position", "NaN")],
    ] {
        assert_eq!(
            sam.post(&to, wrong).await.code(),
            "bad-request",
            "{wrong:?}"
        );
    }
    // Whom it is about is no field of the form.
    let user = running.app.store.page::<Viewed>(&(), None, 9).unwrap();
    assert!(user.is_empty());
    opens(&sam, item).await;
    pass(&running, 10);
    tell(
        &sam,
        item,
        &[("played", "0-10"), ("user", "1"), ("course", "2")],
    )
    .await;
    let views = running.app.store.page::<Views>(&(), None, 9).unwrap();
    let [((course, _, user), _)] = &views[..] else {
        panic!("{views:?}")
    };
    assert_ne!((*course, user.0), (CourseId(2), 1));
}

#[tokio::test]
async fn sums_lists_and_ends_follow_the_views() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let kim = Coming {
        subject: "kim",
        ..SAM
    };
    let kim = kim.arrives(&running).await;
    let items = [hour(&running, &ada).await, hour(&running, &ada).await];
    for item in items {
        for who in [&sam, &kim] {
            opens(who, item).await;
        }
        pass(&running, 3_600);
        for who in [&sam, &kim] {
            tell(who, item, &[("played", "0-3600")]).await;
        }
    }
    let store = &running.app.store;
    let of_items = || store.page::<ItemTallies>(&(), None, 9).unwrap();
    let of_people = || store.page::<PersonTallies>(&(), None, 9).unwrap();
    let sums = of_items().into_iter().map(|(_, tally)| tally);
    for tally in sums.chain(of_people().into_iter().map(|(_, tally)| tally)) {
        assert_eq!((tally.begun, tally.complete, tally.percent), (2, 2, 20_000));
        assert_eq!(tally.played_ms, 7_200_000);
    }
    assert_eq!((of_items().len(), of_people().len()), (2, 2));
    assert_eq!(store.page::<Viewed>(&(), None, 9).unwrap().len(), 4);
    assert_eq!(store.page::<Recent>(&(), None, 9).unwrap().len(), 4);
    let heat = store.page::<Rewatched>(&(), None, 9).unwrap();
    let once = |heat: &Vec<u16>| heat.len() == 200 && heat.iter().all(|part| *part == 100);
    assert!(heat.iter().all(|(_, heat)| once(&heat.parts)));

    // What is deleted leaves the sums of those who watched it.
    let ada = ADA.arrives(&running).await;
    ada.post(&format!("media/{}/delete", items[0]), &[]).await;
    ada.post(&format!("media/{}/delete-for-good", items[0]), &[])
        .await;
    assert_eq!((of_items().len(), of_people().len()), (1, 2));
    for (_, tally) in of_people() {
        assert_eq!((tally.begun, tally.percent), (1, 10_000));
    }
    for left in [
        store.page::<Viewed>(&(), None, 9).unwrap().len(),
        store.page::<Recent>(&(), None, 9).unwrap().len(),
        store.page::<Rewatched>(&(), None, 9).unwrap().len(),
    ] {
        assert_eq!(left, 2);
    }

    // Two years later nothing is left, and no end either.
    let world = &running.app.world;
    pass(&running, 730 * 24 * 3_600 - 1);
    store.expire(world.now(), 1_000).await.unwrap();
    assert_eq!(views(&running).len(), 2);
    pass(&running, 24 * 3_600 + 1);
    store.expire(world.now(), 1_000).await.unwrap();
    assert!(views(&running).is_empty() && of_items().is_empty() && of_people().is_empty());
    assert!(store.page::<Viewed>(&(), None, 9).unwrap().is_empty());
    assert!(store.page::<Recent>(&(), None, 9).unwrap().is_empty());
    assert!(store.page::<Rewatched>(&(), None, 9).unwrap().is_empty());
    assert!(store.page::<WatchedIn>(&(), None, 9).unwrap().len() <= 1);
    assert!(store.page::<Expiry>(&(), None, 1).unwrap().is_empty());
}

#[tokio::test]
async fn watching_on_keeps_it() {
    let running = running(&[("LANTERNA_PEOPLE__VIEWS_KEPT", "10 days")]).await;
    let ada = ADA.arrives(&running).await;
    let item = hour(&running, &ada).await;
    for day in 0..30 {
        let sam = SAM.arrives(&running).await;
        opens(&sam, item).await;
        pass(&running, 60);
        let start = day * 60;
        let played = format!("{start}-{}", start + 60);
        assert!((credited(&sam, item, &played).await - 60.0).abs() < 1e-9);
        pass(&running, 24 * 3_600);
        let store = &running.app.store;
        store.expire(running.app.world.now(), 1_000).await.unwrap();
        assert_eq!(views(&running).len(), 1);
        assert_eq!(store.page::<Recent>(&(), None, 9).unwrap().len(), 1);
        assert_eq!(store.page::<Rewatched>(&(), None, 9).unwrap().len(), 1);
    }
    assert_eq!(views(&running)[0].percent, 5_000);
    pass(&running, 11 * 24 * 3_600);
    let store = &running.app.store;
    store.expire(running.app.world.now(), 1_000).await.unwrap();
    assert!(views(&running).is_empty());
    assert!(
        store
            .page::<PersonTallies>(&(), None, 9)
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_class_that_tells_at_once_is_written_together() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = hour(&running, &ada).await;
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut class = Vec::new();
    for subject in names {
        let pupil = Coming { subject, ..SAM };
        class.push(pupil.arrives(&running).await);
    }
    for pupil in &class {
        opens(pupil, item).await;
    }
    for round in 0..5 {
        pass(&running, 10);
        let played = format!("{}-{}", round * 10, round * 10 + 10);
        let told = class.iter().map(|pupil| credited(pupil, item, &played));
        for given in futures_util::future::join_all(told).await {
            assert!((given - 10.0).abs() < 1e-9);
        }
    }
    let tallies = running.app.store.page::<ItemTallies>(&(), None, 9).unwrap();
    let (begun, played) = (tallies[0].1.begun, tallies[0].1.played_ms);
    assert_eq!((begun, played), (8, 8 * 50_000));
}

#[tokio::test]
async fn where_teachers_see_sums_only_visits_are_not_counted() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = hour(&running, &ada).await;
    let store = &running.app.store;
    let mut connection = store.get::<Connections>(&ConnectionId(1)).unwrap().unwrap();
    connection.settings.sums_only = true;
    let mut commit = Commit::new();
    commit.put::<Connections>(&ConnectionId(1), &connection);
    store.commit(commit).await.unwrap();
    let sam = SAM.arrives(&running).await;
    opens(&sam, item).await;
    pass(&running, 900);
    let told = tell(&sam, item, &[("played", "0-900")]).await;
    assert_eq!(
        told["percent"], 25,
        "people see their own, and grades rest on it"
    );
    let view = &views(&running)[0];
    assert_eq!((view.opened, view.plays, view.first), (0, 0, None));
}
