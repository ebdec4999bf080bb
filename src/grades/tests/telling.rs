//! What launches tell is remembered, and read anew.

use super::*;
use crate::store::trees::{ColumnsIn, TargetOf, Targets};

fn target(case: &Case, user: u64) -> crate::store::rows::grades::Target {
    case.running
        .app
        .store
        .get::<Targets>(&key(user))
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn a_launch_that_tells_nothing_new_writes_nothing() {
    let case = Case::new().await;
    case.learner(1).await;
    let (store, world) = (&case.running.app.store, &case.running.app.world);
    let launch = launch(1, &[LEARNER]);
    let told = Told {
        connection: ConnectionId(1),
        launch: &launch,
        placement: PLACEMENT,
        moved: None,
    };
    let mut commit = Commit::new();
    let who = (UserId(1), Some(COURSE));
    let owed = told.remember(store, world, &mut commit, who, &|_, _, _| Ok(0));
    assert_eq!(owed, Ok(false));
    assert!(commit.is_empty());
    let listed = store.page::<ColumnsIn>(&(COURSE,), None, 9).unwrap();
    assert_eq!(listed.len(), 1);
    let known = store.page::<TargetOf>(&(UserId(1), COURSE, ITEM), None, 9);
    assert_eq!(known.unwrap().len(), 1);
}

#[tokio::test]
async fn a_role_that_changed_counts_at_once() {
    let case = Case::new().await;
    case.learner(1).await;
    assert!(target(&case, 1).learner);
    case.comes(&launch(1, &[STAFF]), 1, 0).await;
    assert!(!target(&case, 1).learner);
    assert!(!case.watches(1, 10_000).await);
}

#[tokio::test]
async fn another_line_item_is_read_from_the_next_launch() {
    let case = Case::new().await;
    let first = case.book.column(&json!({"label": "a", "scoreMaximum": 10}));
    let second = case.book.column(&json!({"label": "b", "scoreMaximum": 10}));
    let naming = |line_item: &str| {
        let mut told = launch(1, &[LEARNER]);
        told.ags.as_mut().unwrap().lineitem = Some(line_item.parse().unwrap());
        told
    };
    case.comes(&naming(&first), 1, 10_000).await;
    case.queue.round().await;
    assert_eq!(case.column().line_item.unwrap().url, first);
    case.comes(&naming(&second), 1, 10_000).await;
    assert_eq!(case.column().line_item, None);
}

#[tokio::test]
async fn results_that_are_named_anew_at_every_launch_are_kept_only_where_they_are_needed() {
    let case = Case::new().await;
    let both = Launch {
        outcome: signed_launch(1).outcome,
        ..launch(1, &[LEARNER])
    };
    case.comes(&both, 1, 0).await;
    assert_eq!(target(&case, 1).outcome, None);
    let mut weak = both.clone();
    weak.ags.as_mut().unwrap().scopes.clear();
    case.comes(&weak, 1, 10_000).await;
    assert!(target(&case, 1).outcome.is_some());
    case.queue.round().await;
    assert_eq!(
        case.book.state().outcomes.len(),
        1,
        "by LTI 1.3 with a token"
    );
}
