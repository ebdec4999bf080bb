//! What is owed gets there, once, as its highest value.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::grades::counting;
use crate::store::rows::people::FormerSecret;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_score_is_a_row_before_it_is_sent_and_stays_until_it_is_taken() {
    let case = Case::new().await;
    case.learner(1).await;
    assert!(!case.watches(1, 8_999).await, "not yet enough");
    assert!(case.watches(1, 9_000).await);
    assert_eq!(case.standing(1), Some(Standing::Due));
    assert!(!case.watches(1, 10_000).await, "nothing new");
    case.queue.round().await;
    assert_eq!(case.standing(1), Some(Standing::Taken));
    assert_eq!(case.book.stands("user-1"), Some(100.0));
    let column = case.book.state().columns[0].clone().unwrap();
    assert_eq!(column["resourceLinkId"], "link-1");
    assert_eq!(column["resourceId"], json!(PLACEMENT.to_string()));
    assert_eq!(
        (&column["tag"], &column["label"]),
        (&json!("watching"), &json!("Waves"))
    );
    assert_eq!(column["scoreMaximum"], 10);
    let due = case
        .running
        .app
        .store
        .page::<crate::store::trees::GradeDue>(&(), None, 9);
    assert!(due.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_but_learners_gets_grades_and_nothing_that_does_not_count_is_owed() {
    let case = Case::new().await;
    let preview = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
    case.comes(&launch(1, &[STAFF]), 1, 10_000).await;
    case.comes(&launch(2, &[LEARNER, preview]), 2, 10_000).await;
    let anonymous = Launch {
        subject: None,
        ..launch(3, &[LEARNER])
    };
    case.comes(&anonymous, 3, 10_000).await;
    for user in [1, 2, 3] {
        assert!(!case.watches(user, 10_000).await);
        assert_eq!(case.grade(user), None);
    }
    case.learner(4).await;
    let store = &case.running.app.store;
    let mut placement = store.get::<Placements>(&PLACEMENT).unwrap().unwrap();
    placement.maximum = None;
    let mut commit = Commit::new();
    commit.put::<Placements>(&PLACEMENT, &placement);
    store.commit(commit).await.unwrap();
    assert!(!case.watches(4, 10_000).await);
    // Whoever came by no link that counts is known by none.
    assert!(!case.watches(5, 10_000).await);
}

#[tokio::test]
async fn what_was_watched_before_the_link_was_opened_is_owed_at_the_launch() {
    let case = Case::new().await;
    case.comes(&launch(1, &[LEARNER]), 1, 9_500).await;
    case.queue.round().await;
    assert_eq!(case.standing(1), Some(Standing::Taken));
}

#[tokio::test]
async fn parts_gather_and_a_newer_value_overtakes_an_older_one() {
    let case = Case::counting(Counts::Proportion).await;
    case.learner(1).await;
    assert!(case.watches(1, 1_000).await);
    case.queue.round().await;
    assert_eq!(case.book.state().asked, 0, "a part waits for more");
    assert!(case.watches(1, 4_050).await);
    case.after(Duration::from_secs(10));
    case.queue.round().await;
    assert_eq!(case.book.stands("user-1"), Some(40.0));
    assert!(case.watches(1, 5_000).await);
    case.after(MINUTE / 2);
    case.queue.round().await;
    assert_eq!(case.book.stands("user-1"), Some(40.0), "not too often");
    assert!(case.watches(1, 10_000).await);
    case.queue.round().await;
    assert_eq!(case.book.stands("user-1"), Some(100.0), "all of it at once");
    assert_eq!(case.book.state().taken.len(), 2);
    // What was earned stays earned.
    assert!(!case.watches(1, 3_000).await);
    assert_eq!(case.grade(1).unwrap().value.part, counting::WHOLE);
}

#[tokio::test]
async fn many_scores_make_one_column_and_find_one_that_is_there() {
    let case = Case::new().await;
    for user in 1..=30 {
        case.learner(user).await;
        case.watches(user, 10_000).await;
    }
    case.queue.round().await;
    assert_eq!(case.book.state().made, 1);
    assert_eq!(case.book.state().taken.len(), 30);

    let copied = Case::new().await;
    let other = json!({"label": "x", "scoreMaximum": 1, "resourceLinkId": "other",
        "resourceId": PLACEMENT.to_string(), "tag": "watching"});
    copied.book.column(&other);
    let own = json!({"label": "x", "scoreMaximum": 10,
        "resourceId": PLACEMENT.to_string(), "tag": "watching"});
    copied.book.column(&own);
    copied.learner(1).await;
    copied.watches(1, 10_000).await;
    copied.queue.round().await;
    assert_eq!(copied.book.state().made, 0);
    assert_eq!(copied.book.state().taken[0].item, 1, "not another link's");
}

#[tokio::test]
async fn a_column_follows_its_title_and_its_most_points_and_keeps_the_rest() {
    let case = Case::new().await;
    let named = case
        .book
        .column(&json!({"label": "Waves", "scoreMaximum": 10,
        "resourceLinkId": "link-1", "https://canvas.example/submission_type": "external_tool"}));
    let told = Launch {
        ags: Some(Ags {
            lineitem: Some(named.parse().unwrap()),
            ..launch(1, &[]).ags.unwrap()
        }),
        ..launch(1, &[LEARNER])
    };
    case.comes(&told, 1, 10_000).await;
    case.queue.round().await;
    case.change(|column| {
        column.decided = Some(crate::store::rows::grades::Decided {
            counting: Some(crate::store::rows::grades::Counting {
                maximum: 2_050,
                counts: Counts::Completion,
                threshold: 9_000,
            }),
            by: UserId(1),
            at: Time(0),
        });
    })
    .await;
    case.after(MINUTE);
    assert!(case.watches(1, 10_000).await, "other points are news");
    case.queue.round().await;
    let column = case.book.state().columns[0].clone().unwrap();
    assert_eq!(column["scoreMaximum"], json!(20.5));
    assert_eq!(
        column["https://canvas.example/submission_type"],
        "external_tool"
    );
    let last = case.book.state().taken[1].clone();
    assert_eq!((last.given, last.maximum), (20.5, 20.5));
    assert_eq!(case.book.state().made, 0);
}

#[tokio::test]
async fn what_was_sent_before_a_crash_is_not_there_twice() {
    let case = Case::new().await;
    case.learner(1).await;
    case.watches(1, 10_000).await;
    let before = case.grade(1).unwrap();
    case.queue.round().await;
    // The mark was lost with the crash: the row is as it was.
    let store = case.running.app.store.clone();
    let row = store.read::<Grades>(&key(1)).unwrap().unwrap();
    let mut commit = Commit::new();
    crate::grades::row::put(&store, &mut commit, &key(1), Some(&row), &before).unwrap();
    store.commit(commit).await.unwrap();
    let case = case.restarted();
    case.queue.round().await;
    assert_eq!(case.book.state().asked, 2);
    assert_eq!(case.book.state().taken.len(), 1, "shown once");
    assert_eq!(case.standing(1), Some(Standing::Taken));
}

pub(super) fn teacher(case: &Case) -> crate::people::Member {
    use crate::store::rows::people::{Binding, Role, Session};
    crate::people::Member::for_test(Session {
        user: UserId(1),
        connection: ConnectionId(1),
        deployment: "1".into(),
        course: Some(COURSE),
        role: Role::Manager,
        sees_learners: true,
        link: None,
        item: None,
        binding: Binding::Cookie,
        cookie: crate::store::ids::Hash([0; 32]),
        browser: None,
        frame_origins: Vec::new(),
        return_url: None,
        locale: None,
        launch: crate::store::ids::Reference([0; 16]),
        created: case.now(),
        ends: case.now().after(MINUTE),
        idle_until: case.now().after(MINUTE),
        placement: None,
        selection: None,
        for_user: None,
        kept: BTreeMap::new(),
    })
}

#[tokio::test]
async fn by_basic_outcomes_the_code_of_the_answer_counts() {
    let case = Case::new().await;
    case.comes(&signed_launch(1), 1, 9_000).await;
    case.queue.round().await;
    let sourcedid = json!({"user": 1}).to_string();
    assert_eq!(case.book.state().outcomes[&sourcedid], "1");
}

#[tokio::test]
async fn while_a_secret_changes_grades_are_signed_as_the_platform_still_signs() {
    let case = Case::new().await;
    let store = &case.running.app.store;
    let id = ConnectionId(2);
    let mut connection = store.get::<Connections>(&id).unwrap().unwrap();
    connection.former = Some(FormerSecret {
        secret: "before".into(),
        until: case.now().after(MINUTE),
    });
    for (user, as_before, secret) in [(1, true, "before"), (2, false, SECRET)] {
        connection.signs_as_before = as_before;
        let mut commit = Commit::new();
        commit.put::<Connections>(&id, &connection);
        store.commit(commit).await.unwrap();
        case.book.state().secret = Some(secret);
        case.comes(&signed_launch(user), user, 9_000).await;
        case.queue.round().await;
        let sourcedid = json!({ "user": user }).to_string();
        assert_eq!(case.book.state().outcomes[&sourcedid], "1", "{secret}");
    }
}
