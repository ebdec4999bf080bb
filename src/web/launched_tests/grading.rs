//! What counts, as learners and staff meet it.

use super::beacons::{knows, tell};
use super::collections::collected;
use super::*;
use crate::grades::{links, named};
use crate::lti::launch::{Ags, ResourceLink};
use crate::lti::names::scope;
use crate::store::ids::{GradeKey, LinkKey, UserId};
use crate::store::rows::grades::{Grade, Standing};
use crate::store::rows::library::{Counts, Item, Kind};
use crate::store::trees::{Columns, Grades, Placed, Placements, UserBy};

/// A picture: opening it is seeing all of it.
const PICTURE: &[u8] = include_bytes!("../../../tests/fixtures/media/alpha.png");
const ASSISTANT: &str =
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";

/// A picture that Ada placed for her course, worth ten points.
struct Placed10 {
    item: ItemId,
    placement: PlacementId,
}

impl Placed10 {
    async fn new(running: &Running) -> Self {
        let ada = ADA.arrives(running).await;
        let item = ada.uploads("waves.png", "course", PICTURE).await;
        Self::of(running, &ada, item).await
    }

    /// The same of another item.
    async fn of(running: &Running, ada: &Visitor<'_>, item: ItemId) -> Self {
        ada.post(&format!("media/{item}/place"), &[]).await;
        let store = &running.app.store;
        let course = running.app.store.get::<crate::store::trees::CourseBy>(&(
            ConnectionId(1),
            "1".into(),
            "physics".into(),
        ));
        let course = course.unwrap().unwrap().course;
        let placed = store.page::<Placed>(&(course,), None, 2).unwrap();
        let placement = placed[0].0.2;
        let mut row = store.get::<Placements>(&placement).unwrap().unwrap();
        (row.maximum, row.counts) = (Some(1_000), Counts::Completion);
        let mut commit = Commit::new();
        commit.put::<Placements>(&placement, &row);
        store.commit(commit).await.unwrap();
        Self { item, placement }
    }

    /// Somebody comes by the activity.
    async fn opens<'a>(&self, running: &'a Running, who: &Coming) -> Visitor<'a> {
        let launch = Launch {
            resource_link: Some(ResourceLink {
                id: "link-1".into(),
                title: Some("Week one".into()),
                description: None,
            }),
            ags: Some(Ags {
                scopes: vec![scope::LINE_ITEM.into(), scope::SCORE.into()],
                lineitems: "https://lms.example/lineitems".parse().ok(),
                lineitem: None,
            }),
            ..who.launch()
        };
        let came_for = (Some(self.item), Some(self.placement));
        who.comes(running, &launch, came_for.0, came_for.1).await
    }
}

fn link() -> LinkKey {
    LinkKey {
        connection: ConnectionId(1),
        deployment: "1".into(),
        link: "link-1".into(),
    }
}

fn user(running: &Running, subject: &str) -> UserId {
    let found = running
        .app
        .store
        .get::<UserBy>(&(ConnectionId(1), subject.into()));
    found.unwrap().unwrap().user
}

fn grade(running: &Running, subject: &str) -> Option<Grade> {
    let key = GradeKey {
        link: link(),
        user: user(running, subject),
    };
    running.app.store.get::<Grades>(&key).unwrap()
}

#[tokio::test]
async fn a_learner_sees_what_counts_and_earns_it_by_opening_a_picture() {
    let running = running(&[]).await;
    let placed = Placed10::new(&running).await;
    let page = format!("media/{}", placed.item);
    let ada = placed.opens(&running, &ADA).await;
    let shown = ada.get(&page).await;
    assert!(
        shown
            .text()
            .contains("Counts: 10 points for watching 90 %.")
    );
    assert!(shown.text().contains("See everybody’s grades"));
    assert_eq!(grade(&running, "ada"), None, "staff earns nothing");

    let sam = placed.opens(&running, &SAM).await;
    let shown = sam.get(&page).await;
    assert_eq!(shown.status, StatusCode::OK);
    let owed = grade(&running, "sam").unwrap();
    assert_eq!(owed.standing, Standing::Due);
    assert_eq!(owed.value.points(), 1_000);
    let shown = sam.get(&page).await;
    let text = shown.text();
    assert!(
        text.contains("Your 10 of 10 points are on their way to your LMS."),
        "{text}"
    );
    assert!(!text.contains("still missing"));
    assert!(!text.contains("See everybody’s grades"));
    // Somebody who came by another way is told nothing of it.
    let sam = SAM.arrives(&running).await;
    let shown = sam.get(&page).await;
    assert!(!shown.text().contains("Counts:"));
}

#[tokio::test]
async fn what_is_still_missing_comes_with_what_a_player_is_told() {
    let running = running(&[]).await;
    let placed = Placed10::new(&running).await;
    let length = |item: &mut Item| {
        item.kind = Kind::Video;
        item.facts.duration_ms = Some(1_000_000);
    };
    knows(&running, placed.item, length).await;
    let sam = placed.opens(&running, &SAM).await;
    let page = sam.get(&format!("media/{}", placed.item)).await;
    assert!(
        page.text().contains("90 % still missing."),
        "{}",
        page.text()
    );
    running.clock.advance(std::time::Duration::from_secs(1_000));
    let told = tell(&sam, placed.item, &[("played", "0-600")]).await;
    assert_eq!(told["earned"]["missing"], "30 % still missing.");
    assert_eq!(told["earned"]["stands"], "");
    running.clock.advance(std::time::Duration::from_secs(1_000));
    let told = tell(&sam, placed.item, &[("played", "600-1000")]).await;
    assert_eq!(told["earned"]["missing"], "");
    let stands = told["earned"]["stands"].as_str().unwrap();
    assert!(
        stands.contains("10 of 10 points are on their way"),
        "{stands}"
    );
    // Whoever came by another way, and whoever teaches, is told nothing of it.
    for who in [&SAM, &ADA] {
        let visitor = who.arrives(&running).await;
        let told = tell(&visitor, placed.item, &[("position", "5")]).await;
        assert!(told["earned"].is_null(), "{told}");
    }
    let ada = placed.opens(&running, &ADA).await;
    let told = tell(&ada, placed.item, &[("position", "9")]).await;
    assert!(told["earned"].is_null(), "{told}");
}

#[tokio::test]
async fn of_a_collection_counts_what_is_in_it() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let mut items = Vec::new();
    for name in ["one.png", "two.png"] {
        items.push(ada.uploads(name, "private", PICTURE).await);
    }
    let film = ada.uploads("film.png", "private", PICTURE).await;
    let length = |item: &mut Item| {
        item.kind = Kind::Video;
        item.facts.duration_ms = Some(100_000);
    };
    knows(&running, film, length).await;
    items.push(film);
    let placed = Placed10::of(&running, &ada, collected(&ada, "Waves", &items).await).await;
    let page = format!("media/{}", placed.item);
    let ada = placed.opens(&running, &ADA).await;
    let sentence = "What is in the collection counts, each thing the same.";
    assert!(ada.get(&page).await.text().contains(sentence));
    assert!(ada.get("course/grades").await.text().contains(sentence));

    let sam = placed.opens(&running, &SAM).await;
    for at in 1..=3 {
        sam.get(&format!("{page}?at={at}")).await;
    }
    let shown = sam.get(&page).await;
    assert!(
        shown.text().contains("24 % still missing."),
        "{}",
        shown.text()
    );
    assert_eq!(grade(&running, "sam"), None, "two of three are not enough");
    running.clock.advance(std::time::Duration::from_secs(100));
    let told = tell(&sam, film, &[("played", "0-50")]).await;
    assert_eq!(told["earned"]["missing"], "7 % still missing.");
    running.clock.advance(std::time::Duration::from_secs(100));
    let told = tell(&sam, film, &[("played", "50-90")]).await;
    assert_eq!(told["earned"]["missing"], "", "{told}");
    assert_eq!(grade(&running, "sam").unwrap().value.points(), 1_000);

    // Whoever watched the same by another way has it as soon as they come by this one.
    let kim = Coming {
        subject: "kim",
        ..SAM
    };
    let by_itself = kim.arrives(&running).await;
    for item in &items {
        by_itself.get(&format!("media/{item}")).await;
    }
    running.clock.advance(std::time::Duration::from_secs(100));
    tell(&by_itself, film, &[("played", "0-100")]).await;
    assert_eq!(grade(&running, "kim"), None);
    placed.opens(&running, &kim).await;
    assert!(grade(&running, "kim").is_some());
}

#[tokio::test]
async fn grades_are_for_whoever_sees_learners_data_and_acts_for_managers() {
    let running = running(&[]).await;
    let placed = Placed10::new(&running).await;
    let page = format!("media/{}", placed.item);
    placed.opens(&running, &SAM).await.get(&page).await;

    let ada = placed.opens(&running, &ADA).await;
    let shown = ada.get("course/grades").await;
    assert_eq!(shown.status, StatusCode::OK);
    for words in [
        "Sam",
        "10 of 10",
        "On its way",
        "Week one",
        "Send all again",
    ] {
        assert!(shown.text().contains(words), "{words}");
    }
    let name = shown.attribute("name=\"grade\" value").unwrap().to_owned();
    assert_eq!(named(&name).unwrap().user, user(&running, "sam"));
    let answer = ada.post("course/grades/retry", &[("grade", &name)]).await;
    assert_eq!(answer.header("location"), Some("../grades?retried"));
    let answer = ada.post("course/grades/resend", &[]).await;
    assert_eq!(answer.header("location"), Some("../grades?resent"));
    let shown = ada.get("course/grades").await;
    for words in [
        "Everything is being sent again",
        "0 of 1.",
        "data-look-again",
    ] {
        assert!(shown.text().contains(words), "{words}");
    }
    while running.app.grades.errands_round().await {}
    let shown = ada.get("course/grades?resent").await;
    assert!(
        shown.text().contains("There is nothing to send."),
        "it is on its way"
    );
    assert!(!shown.text().contains("data-look-again"));
    assert!(
        !ada.get("course/grades")
            .await
            .text()
            .contains("There is nothing to send.")
    );
    let answer = ada
        .post_from("cross-site", "course/grades/resend", &[])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    let assistant = Coming {
        subject: "tea",
        role: ASSISTANT,
        ..ADA
    };
    let tea = placed.opens(&running, &assistant).await;
    let shown = tea.get("course/grades").await;
    assert!(shown.text().contains("Sam"));
    assert!(!shown.text().contains("Send all again"));
    for act in ["retry", "resend", "compare"] {
        let below = format!("course/grades/{act}");
        let answer = tea.post(&below, &[("grade", &name)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{act}");
    }
    let sam = placed.opens(&running, &SAM).await;
    assert_eq!(sam.get("course/grades").await.status, StatusCode::FORBIDDEN);
    let answer = sam.post("course/grades", &[("link", "x")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    let elsewhere = Coming {
        course: Some("chemistry"),
        ..ADA
    };
    let eve = elsewhere.arrives(&running).await;
    assert!(!eve.get("course/grades").await.text().contains("Sam"));
    eve.post("course/grades/retry", &[("grade", &name)]).await;
    let answer = eve
        .post("course/grades", &[("link", &links::name(&link()))])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let list = "course/grades?list=stopped&after=nonsense";
    assert_eq!(ada.get(list).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn staff_decide_how_an_activity_counts() {
    let running = running(&[]).await;
    let placed = Placed10::new(&running).await;
    let page = format!("media/{}", placed.item);
    let ada = placed.opens(&running, &ADA).await;
    placed.opens(&running, &SAM).await.get(&page).await;
    let name = links::name(&link());
    let fields = |maximum: &'static str, threshold: &'static str| {
        [
            ("link", name.clone()),
            // As browsers send a box that is ticked.
            ("graded", "off".into()),
            ("graded", "on".into()),
            ("maximum", maximum.into()),
            ("counts", "completion".into()),
            ("threshold", threshold.into()),
        ]
    };
    for (maximum, threshold, words) in [
        ("0", "90", "More than 0"),
        ("10", "101", "Between 1 and 100"),
    ] {
        let sent = fields(maximum, threshold);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = ada.post("course/grades", &sent).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text().contains(words), "{words}");
        let typed = format!("value=\"{}\"", if maximum == "0" { "0" } else { "101" });
        assert!(answer.text().contains(&typed));
    }
    let sent = fields("20.5", "80");
    let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = ada.post("course/grades", &sent).await;
    assert_eq!(answer.header("location"), Some("grades?decided#activities"));
    let column = running.app.store.get::<Columns>(&link()).unwrap().unwrap();
    let counting = column.decided.unwrap().counting.unwrap();
    assert_eq!((counting.maximum, counting.threshold), (2_050, 8_000));
    let shown = ada.get("course/grades?decided").await;
    assert!(shown.text().contains("Points are being worked out anew"));
    // What was earned is worth more now.
    while running.app.grades.errands_round().await {}
    assert_eq!(grade(&running, "sam").unwrap().value.points(), 2_050);
    ada.post("course/grades", &[("link", &name), ("graded", "off")])
        .await;
    let shown = ada.get("course/grades").await;
    assert!(shown.text().contains("Doesn’t count towards the grade."));
    let shown = placed.opens(&running, &SAM).await.get(&page).await;
    assert!(!shown.text().contains("Counts:"));

    // What shows a tool by now earns nothing, whoever decides so.
    knows(&running, placed.item, |item| item.kind = Kind::Tool).await;
    let answer = ada.post("course/grades", &sent).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let shown = ada.get("course/grades").await;
    assert!(!shown.text().contains("Change how it counts"));
}

#[tokio::test]
async fn the_queue_of_all_connections_is_for_administrators() {
    let running = running(&[]).await;
    for path in ["/admin/grades", "/admin/grades?list=due"] {
        let answer = get(&running, path, &[("accept", "text/html")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.header("location").unwrap().contains("sign-in"));
    }
}
