//! The page of a course, its roster, and who may sync it.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::outbound::Response;
use crate::services::testing::{Fake, response};
use crate::store::ids::CourseId;
use crate::store::rows::people::{Course, RosterAt};
use crate::store::trees::{CourseBy, Courses, Sessions};

const DEVELOPER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
const ASSISTANT: &str =
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
const BEA: Coming = Coming {
    subject: "bea",
    name: Some("Bea Builder"),
    role: DEVELOPER,
    ..ADA
};
const TIM: Coming = Coming {
    subject: "tim",
    name: Some("Tim"),
    role: ASSISTANT,
    ..ADA
};

/// Whoever is asked in process: connection 1 becomes one of the practice course's kind.
async fn answered_by(running: &Running, answer: impl FnMut() -> Response + Send + 'static) -> Fake {
    use crate::store::rows::people::Registration;
    running.app.keys.prepare(false).await.unwrap();
    let url = |path: &str| format!("https://lms.example/{path}");
    let connection = Connection {
        registration: Some(Registration {
            issuer: url(""),
            client_id: "client".into(),
            auth_url: url("auth"),
            token_url: url("token"),
            jwks_url: url("jwks"),
        }),
        ..Connection::new("Practice", Source::Practice, running.app.world.now())
    };
    let mut commit = Commit::new();
    commit.put::<Connections>(&ConnectionId(1), &connection);
    running.app.store.commit(commit).await.unwrap();
    let mut answer = answer;
    let platform = Fake::new(move |request| match request.url.path() {
        "/token" => response(200, r#"{"access_token":"t"}"#),
        _ => answer(),
    });
    running.app.calls.practice(Arc::new(platform.clone()));
    platform
}

fn course(running: &Running) -> (CourseId, Course) {
    let key = (ConnectionId(1), "1".to_owned(), "physics".to_owned());
    let id = running
        .app
        .store
        .get::<CourseBy>(&key)
        .unwrap()
        .unwrap()
        .course;
    let row = running.app.store.get::<Courses>(&id).unwrap().unwrap();
    (id, row)
}

/// As a launch that tells where the roster is.
async fn tell_roster(running: &Running) {
    let (id, row) = course(running);
    let told = Course {
        roster: Some(RosterAt {
            connection: ConnectionId(1),
            url: "https://lms.example/roster".into(),
            versions: vec!["2.0".into()],
            moved: None,
        }),
        ..row
    };
    let mut commit = Commit::new();
    commit.put::<Courses>(&id, &told);
    running.app.store.commit(commit).await.unwrap();
}

fn roster(members: &[(&str, &str, &str)]) -> Response {
    let members: Vec<_> = members
        .iter()
        .map(|(id, name, role)| json!({"user_id": id, "name": name, "roles": [role]}))
        .collect();
    response(200, json!({"members": members}).to_string())
}

#[tokio::test]
async fn staff_see_the_people_and_students_do_not() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let bea = BEA.arrives(&running).await;
    let tim = TIM.arrives(&running).await;
    for (visitor, staff, learners) in [
        (&ada, true, true),
        (&tim, true, true),
        (&bea, true, false),
        (&sam, false, false),
    ] {
        let page = visitor.get("course").await;
        assert_eq!(page.status, StatusCode::OK);
        let text = page.text();
        assert_eq!(text.contains("<span>Bea Builder</span>"), staff, "{text}");
        assert_eq!(text.contains(">Sam</"), learners, "{text}");
        assert!(text.contains("Placed in the course"));
        assert!(!text.contains("course/sync"), "no roster was told");
    }
    // A part of a name, without case and accents, and only of whom one may see.
    let found = |text: &str| text.matches("class=\"somebody\"").count();
    assert_eq!(found(ada.get("course?q=B%C3%89A").await.text()), 1);
    assert_eq!(found(bea.get("course?q=sam").await.text()), 0);
    assert_eq!(
        ada.get("course?after=nonsense").await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        ada.get("course?placed=nonsense").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn without_a_course_there_are_no_people() {
    let running = running(&[]).await;
    let nowhere = Coming {
        course: None,
        ..ADA
    }
    .arrives(&running)
    .await;
    let page = nowhere.get("course").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("class=\"somebody\""));
    let refused = nowhere.post("course/sync", &[]).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::FORBIDDEN, "only-managers")
    );
}

#[tokio::test]
async fn only_managers_sync_and_are_told_what_changed() {
    let running = running(&[]).await;
    let platform = answered_by(&running, || {
        roster(&[
            ("ada", "Ada Lovelace", "Instructor"),
            ("new", "Newton", "Learner"),
        ])
    })
    .await;
    let ada = ADA.arrives(&running).await;
    tell_roster(&running).await;
    for other in [&SAM, &BEA, &TIM] {
        let visitor = other.arrives(&running).await;
        assert!(!visitor.get("course").await.text().contains("course/sync"));
        let refused = visitor.post("course/sync", &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{other:?}");
    }
    assert!(platform.asked().is_empty());
    let page = ada.get("course").await;
    assert!(page.text().contains("course/sync"));
    let refused = ada.post_from("cross-site", "course/sync", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(platform.asked().is_empty());

    let synced = ada.post("course/sync", &[]).await;
    assert_eq!(synced.status, StatusCode::SEE_OTHER);
    assert_eq!(synced.header("location"), Some("../course?synced"));
    let page = ada.get("course?synced").await;
    assert!(
        page.text().contains("2 people are on the roster"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("1 added"));
    assert!(page.text().contains(">Newton</"));
    assert_eq!(platform.asked().len(), 2);
    // Pressed twice, it is asked once.
    ada.post("course/sync", &[]).await;
    assert_eq!(platform.asked().len(), 2);
}

#[tokio::test]
async fn a_failure_is_said_in_words_and_changes_nothing() {
    let running = running(&[]).await;
    let mut answers = vec![
        roster(&[]),
        response(200, "<html>"),
        response(403, "{}"),
        response(500, "{}"),
    ];
    answered_by(&running, move || answers.pop().unwrap()).await;
    let ada = ADA.arrives(&running).await;
    SAM.arrives(&running).await;
    tell_roster(&running).await;
    for (code, words) in [
        ("answer", "could not give the roster"),
        ("refused", "Names and Roles"),
        ("not-a-roster", "is no roster"),
        ("empty", "The roster is empty"),
    ] {
        ada.post("course/sync", &[]).await;
        let (_, row) = course(&running);
        assert_eq!(row.sync_failed.unwrap().code, code);
        let page = ada.get("course").await;
        assert!(page.text().contains(words), "{code}");
        assert!(page.text().contains(">Sam</"), "{code}");
        // Pressed again at once, nobody is asked, and it says so.
        let paused = ada.post("course/sync", &[]).await;
        assert_eq!(paused.header("location"), Some("../course?paused"));
        let page = ada.get("course?paused").await;
        assert!(page.text().contains(words) && page.text().contains("less than a minute ago"));
        running.clock.advance(std::time::Duration::from_mins(1));
    }
}

#[tokio::test]
async fn what_a_platform_told_before_it_moved_is_not_asked_for() {
    let running = running(&[]).await;
    let platform = answered_by(&running, || roster(&[("ada", "Ada", "Instructor")])).await;
    let ada = ADA.arrives(&running).await;
    tell_roster(&running).await;
    let moved = running.app.world.now();
    let store = &running.app.store;
    let connection = store.get::<Connections>(&ConnectionId(1)).unwrap().unwrap();
    let connection = Connection {
        moved: Some(moved),
        ..connection
    };
    let mut commit = Commit::new();
    commit.put::<Connections>(&ConnectionId(1), &connection);
    store.commit(commit).await.unwrap();
    ada.post("course/sync", &[]).await;
    assert!(platform.asked().is_empty(), "neither for a token");
    let page = ada.get("course?synced").await;
    assert!(
        page.text().contains("Your LMS has moved"),
        "{}",
        page.text()
    );

    // As a launch that tells anew, at whatever address.
    let (id, mut row) = course(&running);
    row.roster.as_mut().unwrap().moved = Some(moved);
    let mut commit = Commit::new();
    commit.put::<Courses>(&id, &row);
    store.commit(commit).await.unwrap();
    running.clock.advance(std::time::Duration::from_mins(1));
    ada.post("course/sync", &[]).await;
    let page = ada.get("course?synced").await;
    assert!(page.text().contains("One person is on the roster"));
}

#[tokio::test]
async fn the_next_roster_ends_the_rights_of_whoever_left() {
    let running = running(&[]).await;
    let mut rosters = vec![
        roster(&[("ada", "Ada Lovelace", "Instructor")]),
        roster(&[
            ("ada", "Ada Lovelace", "Instructor"),
            ("kim", "Kim", "Instructor"),
        ]),
    ];
    answered_by(&running, move || rosters.pop().unwrap()).await;
    let ada = ADA.arrives(&running).await;
    let kim = Coming {
        subject: "kim",
        name: Some("Kim"),
        ..ADA
    }
    .arrives(&running)
    .await;
    tell_roster(&running).await;
    ada.post("course/sync", &[]).await;
    assert!(kim.get("course").await.text().contains("course/sync"));
    running.clock.advance(std::time::Duration::from_mins(1));
    ada.post("course/sync", &[]).await;
    let page = kim.get("course").await;
    assert!(!page.text().contains("course/sync") && !page.text().contains("class=\"somebody\""));
    assert_eq!(
        kim.post("course/sync", &[]).await.status,
        StatusCode::FORBIDDEN
    );
    let sessions = running.app.store.page::<Sessions>(&(), None, 9).unwrap();
    let staff = sessions.iter().filter(|(_, session)| session.sees_learners);
    assert_eq!(staff.count(), 1);
}

#[tokio::test]
async fn a_large_course_is_shown_in_pages() {
    let running = running(&[]).await;
    answered_by(&running, || {
        let names: Vec<(String, String)> = (0..120)
            .map(|n| (format!("s{n}"), format!("Student {n:03}")))
            .collect();
        let mut all = vec![("ada", "Ada Lovelace", "Instructor")];
        all.extend(
            names
                .iter()
                .map(|(id, name)| (id.as_str(), name.as_str(), "Learner")),
        );
        roster(&all)
    })
    .await;
    let ada = ADA.arrives(&running).await;
    tell_roster(&running).await;
    ada.post("course/sync", &[]).await;
    let (mut address, mut seen) = ("course".to_owned(), Vec::new());
    loop {
        let page = ada.get(&address).await;
        let names = page.text().match_indices(">Student ");
        seen.extend(names.map(|(at, found)| page.text()[at + found.len()..][..3].to_owned()));
        let Some((before, _)) = page.text().split_once("#people\" rel=\"next\"") else {
            break;
        };
        address = before.rsplit('"').next().unwrap().to_owned();
    }
    let expected: Vec<String> = (0..120).map(|n| format!("{n:03}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_is_placed_is_shown_with_where_it_comes_from() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let waves = ada.uploads("Waves.mp4", "private", &film()).await;
    let page = ada.get("course").await;
    assert!(page.text().contains("Nothing is placed yet"));
    ada.post(&format!("media/{waves}/place"), &[]).await;
    let link = format!("href=\"media/{waves}\"");
    for who in [&ADA, &SAM] {
        let page = who.arrives(&running).await.get("course").await;
        assert!(page.text().contains(&link), "{who:?}");
        assert!(!page.text().contains("data-column=\"From\""));
    }
    // Another course sees nothing of it.
    let art = Coming {
        course: Some("art"),
        ..ADA
    }
    .arrives(&running)
    .await;
    assert!(!art.get("course").await.text().contains(&link));
}
