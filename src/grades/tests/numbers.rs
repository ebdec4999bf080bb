//! The numbers of pages are those that counting would give.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::grades::{acts, counts, leaving};
use crate::store::rows::grades::Numbers;
use crate::store::{Error, Store};

/// What a count of all rows gives, of the course and of all.
fn counted(store: &Store) -> BTreeMap<CourseId, Numbers> {
    let mut counted = BTreeMap::<CourseId, Numbers>::new();
    for (_, grade) in store.page::<Grades>(&(), None, 1_000).unwrap() {
        for course in [grade.course, Numbers::ALL] {
            *counted.entry(course).or_default().of_mut(grade.standing) += 1;
        }
    }
    counted
}

fn assert_counted(case: &Case) {
    let store = &case.running.app.store;
    let counted = counted(store);
    for course in [COURSE, Numbers::ALL] {
        let expected = counted.get(&course).copied().unwrap_or_default();
        assert_eq!(counts::of(store, course), Ok(expected), "{course:?}");
    }
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Act {
    Comes(u64, u16),
    Watches(u64, u16),
    Sends(Option<(u16, &'static str)>),
    Retries(u64),
    Leaves(u64),
    Waits(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let answers = prop_oneof![
        3 => Just(None),
        1 => Just(Some((400, "[]"))),
        1 => Just(Some((503, ""))),
        1 => Just(Some((409, "[]"))),
        1 => Just(Some((500, ""))),
    ];
    prop_oneof![
        2 => (1..9_u64, 0..=10_000_u16).prop_map(|(user, part)| Act::Comes(user, part)),
        4 => (1..9_u64, 0..=10_000_u16).prop_map(|(user, part)| Act::Watches(user, part)),
        4 => answers.prop_map(Act::Sends),
        1 => (1..9_u64).prop_map(Act::Retries),
        1 => (1..9_u64).prop_map(Act::Leaves),
        2 => (1..90_u64).prop_map(Act::Waits),
    ]
}

async fn happens(case: &Case, act: Act) {
    let (store, world) = (&case.running.app.store, &case.running.app.world);
    match act {
        Act::Comes(user, part) => case.comes(&launch(user, &[LEARNER]), user, part).await,
        Act::Watches(user, part) => {
            case.watches(user, part).await;
        }
        Act::Sends(answer) => {
            case.book.state().answers.extend(answer);
            case.queue.round().await;
        }
        Act::Retries(user) => {
            acts::retry_any(store, world, "admin", &key(user))
                .await
                .unwrap();
        }
        Act::Leaves(user) => {
            let mut commit = Commit::new();
            leaving::grades(store, &mut commit, UserId(user), 10).unwrap();
            store.commit(commit).await.unwrap();
        }
        Act::Waits(minutes) => case.after(Duration::from_secs(minutes * 60)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_the_numbers_are_right(acts in proptest::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let case = Case::counting(Counts::Proportion).await;
            for act in acts {
                happens(&case, act).await;
                assert_counted(&case);
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_change_numbers_at_the_same_time_lose_none() {
    let case = Case::new().await;
    for user in 1..=60 {
        case.learner(user).await;
    }
    let mut watching = tokio::task::JoinSet::new();
    for user in (1..=60).map(UserId) {
        let (store, world) = (
            case.running.app.store.clone(),
            case.running.app.world.clone(),
        );
        watching.spawn(async move {
            loop {
                let mut commit = Commit::new();
                let watched = (COURSE, ITEM, user);
                owe(&store, &world, &mut commit, watched, &|_| 10_000).unwrap();
                match store.commit(commit).await {
                    Err(Error::Conflict) => {}
                    done => return done.unwrap(),
                }
            }
        });
    }
    let (_, ()) = tokio::join!(watching.join_all(), case.queue.round());
    assert_counted(&case);
    case.queue.round().await;
    assert_counted(&case);
    let numbers = counts::of(&case.running.app.store, COURSE).unwrap();
    assert_eq!((numbers.taken, numbers.all()), (60, 60));
}

#[tokio::test]
async fn several_in_one_commit_are_counted_each() {
    let case = Case::new().await;
    let mut commit = Commit::new();
    let (store, world) = (&case.running.app.store, &case.running.app.world);
    for user in [1, 65, 129] {
        case.learner(user).await;
        let watched = (COURSE, ITEM, UserId(user));
        owe(store, world, &mut commit, watched, &|_| 10_000).unwrap();
    }
    store.commit(commit).await.unwrap();
    assert_eq!(counts::of(store, COURSE).unwrap().due, 3);
    assert_counted(&case);
}
