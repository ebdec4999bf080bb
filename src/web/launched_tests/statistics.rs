//! Who watched what: who may know it, what it says, and what is noted of the look.

mod enough;

use super::*;
use crate::store::ids::{CourseId, UserId};
use crate::store::rows::library::Item;
use crate::store::rows::watching::{Heat, Span, View};
use crate::store::trees::{
    Audit, CourseBy, Items, Members, PeopleOf, Placed, Placements, Rewatched, UserBy, Viewed, Views,
};
use crate::world::Time;

const DEVELOPER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
const ASSISTANT: &str =
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
const PREVIEW: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
const A_DAY: u64 = 24 * 60 * 60 * 1_000;

fn student(subject: &'static str, name: &'static str) -> Coming {
    Coming {
        subject,
        name: Some(name),
        ..SAM
    }
}

fn user(running: &Running, subject: &str) -> UserId {
    let key = (ConnectionId(1), subject.to_owned());
    running.app.store.get::<UserBy>(&key).unwrap().unwrap().user
}

fn course(running: &Running, context: &str) -> CourseId {
    let key = (ConnectionId(1), "1".to_owned(), context.to_owned());
    let found = running.app.store.get::<CourseBy>(&key).unwrap();
    found.unwrap().course
}

/// A film of 100 seconds that is placed in the teacher's course.
async fn film_of(running: &Running, teacher: &Visitor<'_>) -> ItemId {
    let id = teacher.uploads("a.mp4", "private", &film()).await;
    let mut item: Item = running.app.store.get::<Items>(&id).unwrap().unwrap();
    item.facts.duration_ms = Some(100_000);
    let mut commit = Commit::new();
    commit.put::<Items>(&id, &item);
    running.app.store.commit(commit).await.unwrap();
    let placed = teacher.post(&format!("media/{id}/place"), &[]).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text());
    id
}

/// As if this person had played the first so many seconds of it.
async fn plays(running: &Running, item: ItemId, who: UserId, seconds: u64, day: u64) {
    let course = course(running, "physics");
    let start = running
        .app
        .world
        .now()
        .before(std::time::Duration::from_hours(24 * 30));
    let at = Time(start.0 + day * A_DAY);
    let view = View {
        seen: vec![Span {
            start: 0,
            end: seconds * 1_000,
        }],
        first: Some(at),
        credited: Some(at),
        counts: true,
        opened: 1,
        plays: 2,
        played_ms: seconds * 2_000,
        percent: u16::try_from(seconds * 100).unwrap(),
        tenths: vec![at; usize::try_from(seconds / 10).unwrap()],
        ..View::new(at)
    };
    let heat = Heat {
        length: 100_000,
        parts: (0..100)
            .map(|n| if n < seconds { 200 } else { 0 })
            .collect(),
    };
    let mut commit = Commit::new();
    commit
        .put::<Views>(&(course, item, who), &view)
        .put::<Viewed>(&(who, course, item), &())
        .put::<Rewatched>(&(course, item, who), &heat);
    running.app.store.commit(commit).await.unwrap();
}

/// The names and kinds of what is noted of looks at statistics.
fn noted(running: &Running) -> Vec<(String, String)> {
    let all = running.app.store.page::<Audit>(&(), None, 500).unwrap();
    let all = all.into_iter().map(|(_, entry)| (entry.what, entry.to));
    all.filter(|(what, _)| what.contains("-statistics-"))
        .map(|(what, to)| (what, to.unwrap_or_default()))
        .collect()
}

/// Switches off that teachers see single people.
async fn sums_only(running: &Running) {
    let id = ConnectionId(1);
    let mut row = running.app.store.get::<Connections>(&id).unwrap().unwrap();
    row.settings.sums_only = true;
    let mut commit = Commit::new();
    commit.put::<Connections>(&id, &row);
    running.app.store.commit(commit).await.unwrap();
}

/// The addresses that tell of learners.
fn addresses(item: ItemId, who: UserId) -> [String; 5] {
    [
        format!("media/{item}/viewers"),
        format!("media/{item}/viewers.csv"),
        "course/progress".into(),
        "course/progress.csv".into(),
        format!("course/people/{who}"),
    ]
}

#[tokio::test]
async fn teachers_see_learners_and_nobody_else_does() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    let sam = SAM.arrives(&running).await;
    let who = user(&running, "sam");
    plays(&running, item, who, 60, 1).await;
    let assistant = Coming {
        subject: "tim",
        role: ASSISTANT,
        ..ADA
    };
    let developer = Coming {
        subject: "bea",
        role: DEVELOPER,
        ..ADA
    };
    let other = student("max", "Max");
    let elsewhere = Coming {
        course: None,
        ..ADA
    };
    let (tim, bea) = (
        assistant.arrives(&running).await,
        developer.arrives(&running).await,
    );
    let (max, roaming) = (
        other.arrives(&running).await,
        elsewhere.arrives(&running).await,
    );
    for address in addresses(item, who) {
        for visitor in [&ada, &tim] {
            let answer = visitor.get(&address).await;
            assert_eq!(answer.status, StatusCode::OK, "{address}");
            assert!(answer.text().contains("Sam"), "{address}");
        }
        for visitor in [&sam, &max, &bea, &roaming] {
            let answer = visitor.get(&address).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address}");
            assert_eq!(answer.code(), "learners-data", "{address}");
        }
    }
    // Each sees their own.
    for (visitor, percent) in [(&sam, "60 %"), (&max, "0 %")] {
        let own = visitor.get("progress").await;
        assert_eq!(own.status, StatusCode::OK);
        assert!(own.text().contains(percent), "{}", own.text());
    }
    let post = ada.post("course/progress", &[]).await;
    assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn another_courses_items_and_people_are_not_told_of() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    let sam = SAM.arrives(&running).await;
    let who = user(&running, "sam");
    plays(&running, item, who, 60, 1).await;
    let artist = Coming {
        subject: "art",
        course: Some("art"),
        ..ADA
    };
    let artist = artist.arrives(&running).await;
    let viewers = artist.get(&format!("media/{item}/viewers")).await;
    assert_eq!(viewers.status, StatusCode::NOT_FOUND);
    for stranger in [who, user(&running, "ada"), UserId(12)] {
        let person = artist.get(&format!("course/people/{stranger}")).await;
        assert_eq!(person.status, StatusCode::NOT_FOUND);
    }
    let course = artist.get("course/progress").await;
    assert!(!course.text().contains("Sam"), "{}", course.text());
    // Of an item that opens in both courses, each course has its own.
    let edit = [("title", "Film"), ("visibility", "school")];
    ada.post(&format!("media/{item}/edit"), &edit).await;
    let viewers = artist.get(&format!("media/{item}/viewers")).await;
    assert_eq!(viewers.status, StatusCode::OK);
    assert!(!viewers.text().contains("Sam"), "{}", viewers.text());
    // Staff, and whoever is made up, are no learners of the course either.
    for stranger in [user(&running, "ada"), UserId(12)] {
        let person = ada.get(&format!("course/people/{stranger}")).await;
        assert_eq!(person.status, StatusCode::NOT_FOUND);
    }
    let looked = noted(&running);
    assert!(
        looked
            .iter()
            .all(|(what, _)| what != "person-statistics-seen"),
        "nobody was looked at: {looked:?}"
    );
    drop(sam);
}

#[tokio::test]
async fn the_page_of_an_item_counts_learners_only() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    for (subject, name, seconds) in [
        ("amy", "Amy", 95),
        ("bob", "Bob", 40),
        ("cem", "Cem", 0),
        ("eve", "Eve", 100),
    ] {
        student(subject, name).arrives(&running).await;
        if seconds > 0 {
            plays(&running, item, user(&running, subject), seconds, 3).await;
        }
    }
    // Eve left the course, Dan is a student preview, and Ada teaches.
    let course = course(&running, "physics");
    let eve = user(&running, "eve");
    let row = running.app.store.get::<Members>(&(course, eve)).unwrap();
    let mut commit = Commit::new();
    commit
        .delete::<Members>(&(course, eve))
        .delete::<PeopleOf>(&(course, row.unwrap().listed.unwrap(), eve));
    running.app.store.commit(commit).await.unwrap();
    let preview = student("dan", "Dan");
    let mut launch = preview.launch();
    launch.roles.push(PREVIEW.into());
    preview.comes(&running, &launch, None, None).await;
    plays(&running, item, user(&running, "dan"), 100, 1).await;
    plays(&running, item, user(&running, "ada"), 100, 1).await;

    let page = ada.get(&format!("media/{item}/viewers")).await;
    let text = page.text();
    for shown in [
        "Evidence of playing, not of attention.",
        "2 <small>of 3</small>",
        "1 <small>of 3</small>",
        "40 %",
        "95 %",
        "Not begun yet: 1",
        "No longer in the course",
        "Eve",
        // The first 40 seconds were played twice by both.
        "Played again most: 0:00–0:40, 2 times.",
        "By now 2 of 3 have begun and 1 have finished.",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!text.contains("Dan"), "{text}");
    let people = text.split("id=\"people\"").nth(1).unwrap();
    let people = people.split("</section>").next().unwrap();
    assert!(
        !people.contains("Ada") && !people.contains("Eve"),
        "{people}"
    );

    let all = ada.get("course/progress").await;
    for shown in ["Amy", "Bob", "Cem", "Eve", "Media in this course"] {
        assert!(all.text().contains(shown), "{shown}: {}", all.text());
    }
    assert!(!all.text().contains("Dan"));
    // Who left still has a page, which says so.
    let person = ada.get(&format!("course/people/{eve}")).await;
    assert!(person.text().contains("no longer in the course"));
}

/// The names of the people of a page's table, in its order.
fn order(answer: &Answer) -> Vec<&'static str> {
    let people = answer.text().split("id=\"people\"").nth(1).unwrap();
    let people = people.split("</section>").next().unwrap();
    let mut found: Vec<(usize, &str)> = ["Amy", "Bob", "Cem"]
        .into_iter()
        .filter_map(|name| Some((people.find(&format!(">{name}<"))?, name)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).collect()
}

#[tokio::test]
async fn tables_come_in_the_order_that_is_asked_for() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    for (subject, name, seconds, day) in [
        ("amy", "Amy", 40, 2),
        ("bob", "Bob", 95, 3),
        ("cem", "Cem", 10, 1),
    ] {
        student(subject, name).arrives(&running).await;
        plays(&running, item, user(&running, subject), seconds, day).await;
    }
    for (asked, expected) in [
        ("", ["Amy", "Bob", "Cem"]),
        ("?order=-name", ["Cem", "Bob", "Amy"]),
        ("?order=-percent", ["Bob", "Amy", "Cem"]),
        ("?order=percent", ["Cem", "Amy", "Bob"]),
        ("?order=first", ["Cem", "Amy", "Bob"]),
        ("?order=-last", ["Bob", "Amy", "Cem"]),
        ("?order=nothing", ["Amy", "Bob", "Cem"]),
    ] {
        let page = ada.get(&format!("media/{item}/viewers{asked}")).await;
        assert_eq!(order(&page), expected, "{asked}");
    }
    for (asked, expected) in [
        ("?order=-finished", ["Bob", "Amy", "Cem"]),
        ("?order=-percent", ["Bob", "Amy", "Cem"]),
        ("?order=last", ["Cem", "Amy", "Bob"]),
    ] {
        let page = ada.get(&format!("course/progress{asked}")).await;
        assert_eq!(order(&page), expected, "{asked}");
    }
    let page = ada.get("course/progress?order=-percent").await;
    assert!(page.text().contains("aria-sort=\"descending\""));
    assert!(page.text().contains("progress?order=percent#people"));
    let far = ada.get("course/progress?page=99999999999").await;
    assert_eq!(order(&far), [] as [&str; 0]);
    let wrong = ada.get("course/progress?page=x").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_taken_away_runs_nowhere() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    student("amy", "=HYPERLINK(\"https://evil.example\",\"Amy\")")
        .arrives(&running)
        .await;
    student("zoe", "Zoë, the \"first\"").arrives(&running).await;
    plays(&running, item, user(&running, "amy"), 95, 3).await;
    let edit = [("title", "@SUM(A1)"), ("visibility", "private")];
    ada.post(&format!("media/{item}/edit"), &edit).await;

    let csv = ada.get(&format!("media/{item}/viewers.csv")).await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let name = format!("attachment; filename=\"viewers-{item}.csv\"");
    assert_eq!(csv.header("content-disposition"), Some(name.as_str()));
    assert_eq!(csv.header("cache-control"), Some("no-store"));
    let lines: Vec<&str> = csv.text().trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("\u{feff}\"Name\",\"State\",\"Watched (%)\",\"Seconds seen\""));
    assert!(
        lines[1].starts_with(
            "\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"Amy\"\")\",\"Finished\",\"95.00\",\"95\",\"190\",\"2\",\"20"
        ),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].starts_with("\"Zoë, the \"\"first\"\"\",\"Not begun\",\"0.00\",\"0\""),
        "{}",
        lines[2]
    );
    let csv = ada.get("course/progress.csv").await;
    assert!(csv.text().contains("\"'@SUM(A1)\""), "{}", csv.text());
    assert!(csv.text().contains(",\"95.00\"\r\n"), "{}", csv.text());
}

#[tokio::test]
async fn looks_are_noted_once_for_each_thing() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    let sam = SAM.arrives(&running).await;
    let who = user(&running, "sam");
    plays(&running, item, who, 60, 1).await;
    for address in addresses(item, who) {
        for _ in 0..2 {
            ada.get(&format!("{address}?order=-percent")).await;
        }
        sam.get(&address).await;
    }
    sam.get("progress").await;
    let course = course(&running, "physics");
    let mut expected = vec![
        ("course-statistics-saved".to_owned(), course.to_string()),
        ("course-statistics-seen".into(), course.to_string()),
        ("item-statistics-saved".into(), format!("{item} {course}")),
        ("item-statistics-seen".into(), format!("{item} {course}")),
        (
            "person-statistics-seen".into(),
            format!("user:{who} {course}"),
        ),
    ];
    let mut looked = noted(&running);
    looked.sort();
    expected.sort();
    assert_eq!(looked, expected);
    // In another session it is another look.
    let again = ADA.arrives(&running).await;
    again.get("course/progress").await;
    assert_eq!(noted(&running).len(), expected.len() + 1);
}

#[tokio::test]
async fn where_single_people_are_kept_there_are_sums() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = film_of(&running, &ada).await;
    let names = ["amy", "bob", "cem", "dan"];
    for subject in names {
        student(subject, "Learner").arrives(&running).await;
        plays(&running, item, user(&running, subject), 60, 1).await;
    }
    sums_only(&running).await;
    let viewers = format!("media/{item}/viewers");
    let page = ada.get(&viewers).await;
    assert!(page.text().contains("Single students are not shown here"));
    assert!(page.text().contains("Fewer than 5 students have begun"));
    assert!(
        !page.text().contains("<svg class=\"chart"),
        "of four nothing"
    );
    let all = ada.get("course/progress").await;
    assert!(all.text().contains("fewer than 5"), "{}", all.text());

    student("eve", "Learner").arrives(&running).await;
    plays(&running, item, user(&running, "eve"), 100, 1).await;
    let page = ada.get(&viewers).await;
    assert!(
        page.text().contains("5 <small>of 5</small>"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("fewer than 5"), "one has finished");
    assert!(
        page.text()
            .contains("<svg class=\"chart-picture chart-heat")
    );
    let all = ada.get("course/progress").await;
    let amy = user(&running, "amy");
    for answer in [&page, &all] {
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.text().contains("Learner"), "{}", answer.text());
    }
    for address in [
        format!("{viewers}.csv"),
        "course/progress.csv".into(),
        format!("course/people/{amy}"),
    ] {
        let answer = ada.get(&address).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address}");
        assert_eq!(answer.code(), "sums-only", "{address}");
    }
    assert!(!ada.get("course").await.text().contains("course/people/"));
    assert!(noted(&running).is_empty(), "nobody was looked at");
    // What is one's own stays one's own.
    let amy = student("amy", "Learner").arrives(&running).await;
    let own = amy.get("progress").await;
    assert!(own.text().contains("60 %"));
    assert!(own.text().contains("teachers see sums"), "{}", own.text());
}

#[tokio::test]
async fn a_course_without_learners_says_so() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let page = ada.get("course/progress").await;
    assert!(page.text().contains("No students are known here yet"));
    let item = film_of(&running, &ada).await;
    let page = ada.get(&format!("media/{item}/viewers")).await;
    assert!(page.text().contains("Nobody has watched this yet"));
    let own = ada.get("progress").await;
    assert!(own.text().contains("doesn’t count here"));
    let roaming = Coming {
        course: None,
        ..SAM
    };
    let roaming = roaming.arrives(&running).await;
    assert_eq!(roaming.get("progress").await.status, StatusCode::OK);
}
