//! People and courses of LTI 1.1 that a registration joins, and those that it does not.

use super::*;
use crate::people::arrival::Joins;
use crate::people::sync::{self, Said};
use crate::store::ids::UserId;
use crate::store::trees::{Audit, CourseBy, Users};

/// Ada by LTI 1.1, which has no deployments: connection 2.
async fn of_old(running: &Running) -> Visitor<'_> {
    let old = Coming {
        connection: 2,
        subject: "old-ada",
        ..ADA
    };
    let launch = Launch {
        version: Version::V1p1,
        deployment: String::new(),
        ..old.launch()
    };
    old.comes(running, &launch, None, None).await
}

fn joins() -> Joins {
    Joins {
        consumer: ConnectionId(2),
        user: "old-ada".into(),
        context: Some("physics".into()),
    }
}

async fn by_registration<'a>(
    running: &'a Running,
    who: &Coming,
    joins: Option<Joins>,
) -> Visitor<'a> {
    who.comes_joining(running, &who.launch(), (None, None), joins)
        .await
}

#[tokio::test]
async fn a_proven_launch_keeps_the_library_and_the_course_of_old() {
    let running = running(&[]).await;
    let old = of_old(&running).await;
    let film = old.uploads("Film.mp4", "private", &film()).await;
    old.post(&format!("media/{film}/place"), &[]).await;

    let new = by_registration(&running, &ADA, Some(joins())).await;
    assert_eq!(
        new.get(&format!("media/{film}/edit")).await.status,
        StatusCode::OK
    );
    let noted = audited(&running);
    assert_eq!(noted.len(), 2, "{noted:?}");
    assert!(noted.iter().all(|(who, _)| who.starts_with("user:")));
    // What was placed in the course opens for those who come by the registration.
    let sam = SAM.arrives(&running).await;
    assert_eq!(
        sam.get(&format!("media/{film}")).await.status,
        StatusCode::OK
    );
    // Once joined, it needs no further proof, and both ways lead to the same.
    let again = by_registration(&running, &ADA, None).await;
    assert_eq!(
        again.get(&format!("media/{film}/edit")).await.status,
        StatusCode::OK
    );
    let old = of_old(&running).await;
    assert_eq!(
        old.get(&format!("media/{film}/edit")).await.status,
        StatusCode::OK
    );
    assert_eq!(audited(&running), noted, "once");
}

#[tokio::test]
async fn what_the_school_of_old_saw_the_schools_people_see_by_the_registration() {
    let running = running(&[]).await;
    let old = of_old(&running).await;
    let bytes = film();
    let film = old.uploads("Film.mp4", "school", &bytes).await;
    connect(&running, 3, true).await;
    let seen_by = async |who: &Coming| {
        let visitor = who.arrives(&running).await;
        let page = visitor.get(&format!("media/{film}")).await.status;
        let listed = visitor.get("library?view=shared").await;
        assert_eq!(listed.text().contains("Film"), page == StatusCode::OK);
        page
    };
    // Nothing proves that it is the same school; a name alone does not.
    assert_eq!(seen_by(&SAM).await, StatusCode::NOT_FOUND);
    let new = by_registration(&running, &ADA, Some(joins())).await;
    assert_eq!(seen_by(&SAM).await, StatusCode::OK);
    let elsewhere = Coming {
        connection: 3,
        ..SAM
    };
    assert_eq!(seen_by(&elsewhere).await, StatusCode::NOT_FOUND);
    // It is one way: what is shown to the registration's school is not for those of old.
    let later = new.uploads("Later.mp4", "school", &bytes).await;
    let stranger = Coming {
        connection: 2,
        subject: "old-sam",
        ..SAM
    };
    let stranger = stranger.arrives(&running).await;
    let page = stranger.get(&format!("media/{later}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

/// Who joined an account and a course, by the audit log.
fn audited(running: &Running) -> Vec<(String, String)> {
    let entries = running.app.store.page::<Audit>(&(), None, 99).unwrap();
    let entries = entries
        .into_iter()
        .map(|(_, entry)| (entry.who, entry.what));
    let mut joined: Vec<_> = entries
        .filter(|(_, what)| what == "account-joined" || what == "course-joined")
        .collect();
    joined.sort();
    joined
}

#[tokio::test]
async fn without_proof_nothing_is_joined() {
    let running = running(&[]).await;
    let old = of_old(&running).await;
    let film = old.uploads("Film.mp4", "private", &film()).await;
    old.post(&format!("media/{film}/place"), &[]).await;
    let same_name = Coming {
        subject: "old-ada",
        ..ADA
    };
    for who in [&ADA, &same_name, &SAM] {
        let new = by_registration(&running, who, None).await;
        let page = new.get(&format!("media/{film}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{who:?}");
    }
    // Whoever has been here already stays who they are.
    let late = by_registration(&running, &ADA, Some(joins())).await;
    let page = late.get(&format!("media/{film}/edit")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(audited(&running).is_empty());
}

#[tokio::test]
async fn a_roster_before_the_launch_is_in_nobodys_way() {
    let running = running(&[]).await;
    let old = of_old(&running).await;
    let film = old.uploads("Film.mp4", "private", &film()).await;
    let sam = SAM.arrives(&running).await;
    let key = (ConnectionId(1), "1".to_owned(), "physics".to_owned());
    let store = &running.app.store;
    let course = store.get::<CourseBy>(&key).unwrap().unwrap().course;
    let roster = r#"{"members":[{"user_id":"ada","name":"Ada","roles":["Instructor"]},
        {"user_id":"sam","name":"Sam","roles":["Learner"]}]}"#;
    let roster = crate::lti::nrps::read(roster.as_bytes()).unwrap();
    let said = Said {
        connection: ConnectionId(1),
        members: &roster.members,
        nameless: 0,
        keep_email: false,
    };
    sync::apply(store, &running.app.world, course, &said)
        .await
        .unwrap();
    let people = store.page::<Users>(&(), None, 9).unwrap();
    assert_eq!(people.len(), 3);

    let new = by_registration(&running, &ADA, Some(joins())).await;
    assert_eq!(
        new.get(&format!("media/{film}/edit")).await.status,
        StatusCode::OK
    );
    let people: Vec<(UserId, _)> = store.page::<Users>(&(), None, 9).unwrap();
    assert_eq!(people.len(), 2);
    let list = new.get("course").await;
    assert_eq!(list.text().matches("class=\"somebody\"").count(), 2);
    drop(sam);
}

#[tokio::test]
async fn a_review_tells_teachers_how_far_somebody_is_and_students_only_of_themselves() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let film = ada.uploads("Film.mp4", "course", &film()).await;
    let sam = SAM.arrives(&running).await;
    let kim = Coming {
        subject: "kim",
        name: Some("Kim"),
        ..SAM
    };
    let review = |who: &Coming, of: &str| Launch {
        message: Message::SubmissionReview {
            for_user: of.into(),
        },
        ..who.launch()
    };
    for (who, of, told) in [
        (&ADA, "sam", "the submission of Sam"),
        (&SAM, "sam", "the submission of Sam"),
        (&ADA, "stranger", "has not been here yet"),
        (&kim, "sam", "for the course’s teachers to see"),
    ] {
        let visitor = who
            .comes(&running, &review(who, of), Some(film), None)
            .await;
        let page = visitor.get(&format!("media/{film}")).await;
        assert!(page.text().contains(told), "{who:?} {of}: {}", page.text());
        let known = page.text().contains("Nothing watched yet");
        assert_eq!(known, told.contains("Sam"), "{who:?} {of}");
    }
    let page = sam.get(&format!("media/{film}")).await;
    assert!(!page.text().contains("submission"));
}

#[tokio::test]
async fn pages_and_problems_lead_back_to_the_course() {
    let running = running(&[]).await;
    let mut launch = ADA.launch();
    let back = |address: &str| launch::Presentation {
        return_url: url::Url::parse(address).ok(),
        locale: Some("xx-Nowhere".into()),
        ..launch::Presentation::default()
    };
    launch.presentation = back("https://lms.example/return?course=7");
    let ada = ADA.comes(&running, &launch, None, None).await;
    let page = ada.get("library").await;
    assert!(
        page.text()
            .contains("href=\"https://lms.example/return?course=7\"")
    );
    assert!(page.text().contains("<html lang=\"en\""));
    let lost = ada.get("media/0000000000000001").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert!(
        lost.text()
            .contains("https://lms.example/return?course=7&amp;lti_errormsg="),
        "{}",
        lost.text()
    );
    launch.presentation = back("javascript:alert(1)");
    let ada = ADA.comes(&running, &launch, None, None).await;
    for below in ["library", "media/0000000000000001"] {
        assert!(!ada.get(below).await.text().contains("href=\"javascript:"));
    }
}
