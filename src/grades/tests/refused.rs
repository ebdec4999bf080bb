//! What platforms answer instead of taking a score.

use std::time::Duration;

use super::book::pox;
use super::*;
use crate::grades::acts;
use crate::lti::outcomes::Code;

/// One learner who has earned everything.
async fn owed() -> Case {
    let case = Case::new().await;
    case.learner(1).await;
    case.watches(1, 10_000).await;
    case
}

#[tokio::test]
async fn refusals_for_good_stop_with_their_reason_and_go_on_when_somebody_asks() {
    for (status, code) in [
        (400, "not-gradable"),
        (422, "not-enrolled"),
        (403, "forbidden"),
        (405, "refused"),
    ] {
        let case = owed().await;
        case.book.state().answers.push_back((status, "no"));
        case.queue.round().await;
        assert_eq!(case.standing(1), Some(Standing::Stopped), "{status}");
        assert_eq!(case.trouble(1), code);
        case.after(Duration::from_hours(100));
        case.queue.round().await;
        assert_eq!(case.book.state().asked, 1, "not over and over");
        let (store, world) = (&case.running.app.store, &case.running.app.world);
        assert_eq!(
            acts::retry_any(store, world, "ada", &key(1)).await,
            Ok(true)
        );
        case.queue.round().await;
        assert_eq!(case.standing(1), Some(Standing::Taken));
        assert_eq!(
            acts::retry_any(store, world, "ada", &key(1)).await,
            Ok(false)
        );
    }
}

#[tokio::test]
async fn a_launch_revives_what_was_refused() {
    let case = owed().await;
    case.book.state().answers.push_back((400, ""));
    case.queue.round().await;
    case.learner(1).await;
    assert_eq!(case.standing(1), Some(Standing::Stopped), "just refused");
    case.after(Duration::from_hours(2));
    case.learner(1).await;
    case.queue.round().await;
    assert_eq!(case.standing(1), Some(Standing::Taken));
}

#[tokio::test]
async fn a_platform_that_is_away_is_asked_by_one_at_a_time_and_gets_everything_once() {
    for away in [(503, ""), (200, "<html>Down for maintenance"), (401, "")] {
        let case = Case::new().await;
        for user in 1..=20 {
            case.learner(user).await;
            case.watches(user, 10_000).await;
        }
        case.book.state().away = Some(away);
        for _ in 0..10 {
            case.queue.round().await;
            case.after(Duration::from_mins(40));
        }
        assert!(case.book.state().taken.is_empty());
        case.book.state().away = None;
        case.queue.round().await;
        let state = case.book.state();
        assert_eq!(state.taken.len(), 20, "{away:?}");
        assert_eq!(state.asked, 20);
    }
}

#[tokio::test]
async fn one_platform_that_is_away_holds_up_no_other() {
    let case = owed().await;
    case.comes(&signed_launch(2), 2, 10_000).await;
    // The first platform takes no scores at all; the other's are by Basic Outcomes.
    case.book.state().answers.push_back((503, ""));
    case.queue.round().await;
    assert_eq!(case.standing(1), Some(Standing::Due));
    assert_eq!(case.trouble(1), "busy");
    assert_eq!(case.book.state().outcomes.len(), 1);
    assert!(case.queue.paused(ConnectionId(1)).is_some());
    assert_eq!(case.queue.paused(ConnectionId(2)), None);
}

#[tokio::test]
async fn one_score_that_always_fails_holds_up_no_other() {
    let case = owed().await;
    case.book.state().answers.push_back((500, "oops"));
    case.queue.round().await;
    assert_eq!(case.trouble(1), "failed");
    case.learner(2).await;
    case.watches(2, 10_000).await;
    case.queue.round().await;
    assert_eq!(case.standing(2), Some(Standing::Taken));
    assert_eq!(case.standing(1), Some(Standing::Due));
    case.after(Duration::from_mins(1));
    case.queue.round().await;
    assert_eq!(case.standing(1), Some(Standing::Taken));
}

#[tokio::test]
async fn a_lost_column_is_looked_for_and_not_made_again_by_itself() {
    let case = owed().await;
    case.queue.round().await;
    case.book.state().columns[0] = None;
    case.learner(2).await;
    case.watches(2, 10_000).await;
    case.queue.round().await;
    assert_eq!(case.trouble(2), "no-line-item");
    assert_eq!(case.book.state().made, 1);
    let (store, world) = (&case.running.app.store, &case.running.app.world);
    acts::retry_any(store, world, "ada", &key(2)).await.unwrap();
    case.queue.round().await;
    assert_eq!(case.standing(2), Some(Standing::Taken));
    assert_eq!(case.book.state().made, 2, "somebody asked for it");
}

#[tokio::test]
async fn without_the_right_to_a_score_it_says_so() {
    let case = Case::new().await;
    let mut told = launch(1, &[LEARNER]);
    told.ags.as_mut().unwrap().scopes = vec![scope::LINE_ITEM.to_owned()];
    case.comes(&told, 1, 10_000).await;
    case.queue.round().await;
    assert_eq!(case.trouble(1), "scope-missing");
    // The next launch tells of the right.
    case.learner(1).await;
    assert_eq!(case.standing(1), Some(Standing::Due), "a launch revives it");
    case.queue.round().await;
    assert_eq!(case.standing(1), Some(Standing::Taken));
}

#[tokio::test]
async fn a_newer_score_of_the_platforms_own_is_overtaken_when_it_is_less() {
    let case = owed().await;
    case.queue.round().await;
    // Somebody else reported less, later.
    {
        let mut state = case.book.state();
        state.taken[0].given = 3.0;
        state.taken[0].at = "2099-01-01T00:00:00.000Z".into();
    }
    case.change(|column| column.decided = None).await;
    let (store, world) = (&case.running.app.store, &case.running.app.world);
    let row = store.read::<Grades>(&key(1)).unwrap().unwrap();
    let again = crate::grades::owing::due_again(world.now(), &row.value, row.value.value);
    let mut commit = Commit::new();
    crate::grades::row::put(store, &mut commit, &key(1), Some(&row), &again).unwrap();
    store.commit(commit).await.unwrap();
    for _ in 0..10 {
        case.queue.round().await;
        case.after(Duration::from_hours(1));
    }
    assert_eq!(case.standing(1), Some(Standing::Stopped), "not for ever");
    assert_eq!(case.trouble(1), "superseded");
}

#[tokio::test]
async fn basic_outcomes_that_fail_are_tried_again_and_then_stop() {
    let case = Case::new().await;
    case.comes(&signed_launch(1), 1, 10_000).await;
    let key = GradeKey {
        link: LinkKey {
            connection: ConnectionId(2),
            deployment: String::new(),
            link: "link-1".into(),
        },
        user: UserId(1),
    };
    let failure: &'static str = pox(Code::Failure, "Message signature not valid").leak();
    for _ in 0..30 {
        case.book.state().answers.push_back((200, failure));
        case.queue.round().await;
        case.after(Duration::from_hours(6));
    }
    let grade = case.running.app.store.get::<Grades>(&key).unwrap().unwrap();
    assert_eq!(grade.standing, Standing::Stopped);
    let trouble = grade.trouble.unwrap();
    assert_eq!(trouble.code, "outcome-refused");
    assert_eq!(trouble.said.as_deref(), Some("Message signature not valid"));
    assert!(case.book.state().outcomes.is_empty());
}

#[tokio::test]
async fn a_connection_that_is_off_gone_or_elsewhere_sends_nothing() {
    let change = async |case: &Case, change: fn(&mut Connection)| {
        let store = &case.running.app.store;
        let mut row = store.get::<Connections>(&ConnectionId(1)).unwrap().unwrap();
        change(&mut row);
        let mut commit = Commit::new();
        commit.put::<Connections>(&ConnectionId(1), &row);
        store.commit(commit).await.unwrap();
    };
    let case = owed().await;
    change(&case, |row| row.enabled = false).await;
    case.queue.round().await;
    assert_eq!(
        (case.standing(1), case.trouble(1).as_str()),
        (Some(Standing::Due), "switched-off")
    );
    assert!(!case.watches(1, 10_000).await);
    change(&case, |row| row.enabled = true).await;
    case.after(Duration::from_hours(2));
    case.queue.round().await;
    assert_eq!(case.standing(1), Some(Standing::Taken));

    let case = owed().await;
    change(&case, |row| row.deleted = Some(Time(1))).await;
    case.queue.round().await;
    assert_eq!(case.trouble(1), "connection-gone");

    let case = owed().await;
    change(&case, |row| row.moved = Some(Time(1))).await;
    case.queue.round().await;
    assert_eq!(case.trouble(1), "moved");
    assert_eq!(case.book.state().asked, 0);
}
