//! What is done with many grades, a little at a time: whatever happens in between, it is done once.

use serde_json::json;

use super::queue::teacher;
use super::*;
use crate::grades::{What, acts, differs, errands};
use crate::people::Member;
use crate::store::rows::grades::{Counting, Errand, Task};
use crate::store::rows::library::Facts;
use crate::store::rows::watching::{Span, View};
use crate::store::trees::{Errands, Expiry, Views};

const HOUR: Duration = Duration::from_hours(1);
const MANY: u64 = 120;

impl Case {
    /// Until nothing is left to be done, or it is more than it can be.
    async fn works(&self) {
        for _ in 0..200 {
            if !self.queue.errands_round().await {
                return;
            }
        }
        panic!("it never ends");
    }

    fn errand(&self, task: Task) -> Option<Errand> {
        let all = errands(&self.running.app.store, &teacher(self)).unwrap();
        let one = all.into_iter().find(|(what, _)| what.task == task);
        one.map(|(_, errand)| errand)
    }

    async fn resends(&self, who: &Member) -> bool {
        let (store, world) = (&self.running.app.store, &self.running.app.world);
        let resent = acts::resend(store, world, who.manager().unwrap()).await;
        resent.unwrap()
    }

    async fn compares(&self) {
        let (store, world) = (&self.running.app.store, &self.running.app.world);
        let who = teacher(self);
        let begun = acts::compare(store, world, who.manager().unwrap()).await;
        assert_eq!(begun, Ok(true));
    }

    async fn decides(&self, counting: Option<Counting>) {
        let (store, world) = (&self.running.app.store, &self.running.app.world);
        let who = teacher(self);
        let contributor = who.contributor().unwrap();
        let link = key(0).link;
        let decided = acts::decide(store, world, contributor, &link, counting).await;
        assert_eq!(decided, Ok(true));
    }

    /// Everybody watched half of a film that plays for a hundred seconds.
    async fn half_watched(&self, people: u64) {
        let store = &self.running.app.store;
        let mut item = store.get::<Items>(&ITEM).unwrap().unwrap();
        item.facts = Facts {
            duration_ms: Some(100_000),
            ..Facts::default()
        };
        let view = View {
            seen: vec![Span {
                start: 0,
                end: 50_000,
            }],
            counts: true,
            ..View::new(self.now())
        };
        let mut commit = Commit::new();
        commit.put::<Items>(&ITEM, &item);
        for user in (1..=people).map(UserId) {
            commit.put::<Views>(&(COURSE, ITEM, user), &view);
        }
        store.commit(commit).await.unwrap();
    }
}

async fn taken(people: u64) -> Case {
    let case = Case::new().await;
    for user in 1..=people {
        case.learner(user).await;
        case.watches(user, 10_000).await;
    }
    case.queue.round().await;
    assert_eq!(case.book.state().taken.len() as u64, people);
    case
}

#[tokio::test]
async fn a_course_is_sent_again_once_whatever_happens_meanwhile() {
    let case = taken(MANY).await;
    assert!(case.resends(&teacher(&case)).await);
    assert_eq!(case.book.state().asked as u64, MANY, "not in the request");
    let errand = case.errand(Task::Resend).unwrap();
    assert_eq!((errand.done, errand.of), (0, Some(MANY)));
    assert!(case.queue.errands_round().await);
    let errand = case.errand(Task::Resend).unwrap();
    assert_eq!((errand.done, errand.ended), (50, None));
    case.queue.round().await;
    assert!(!case.resends(&teacher(&case)).await, "it runs already");
    assert_eq!(case.errand(Task::Resend).unwrap().done, 50);

    let case = case.restarted();
    case.works().await;
    case.queue.round().await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for score in &case.book.state().taken {
        *times.entry(score.user.clone()).or_default() += 1;
    }
    assert_eq!(times.len() as u64, MANY);
    assert!(times.values().all(|times| *times == 2), "{times:?}");
    let errand = case.errand(Task::Resend).unwrap();
    assert_eq!((errand.done, errand.found), (MANY, MANY));
    assert!(errand.ended.is_some() && errand.link.is_empty() && errand.after.is_none());
    // It is told for a while, and asked for again it begins again.
    assert!(case.resends(&teacher(&case)).await);
    case.works().await;
    case.after(HOUR * 2);
    let now = case.now();
    case.running.app.store.expire(now, 100).await.unwrap();
    assert_eq!(case.errand(Task::Resend), None);
    let store = &case.running.app.store;
    let ends = store.page::<Expiry>(&(), None, 100).unwrap();
    assert!(ends.iter().all(|((_, tree, _), ())| tree != "errands"));
}

#[tokio::test]
async fn of_another_course_nothing_is_sent_again() {
    let case = taken(2).await;
    let mut elsewhere = teacher(&case).session().clone();
    elsewhere.course = Some(CourseId(99));
    let elsewhere = Member::for_test(elsewhere);
    assert!(case.resends(&elsewhere).await);
    case.works().await;
    case.queue.round().await;
    assert_eq!(case.book.state().taken.len(), 2);
    assert_eq!(case.errand(Task::Resend), None, "nor told of");
    let (store, world) = (&case.running.app.store, &case.running.app.world);
    let retried = acts::retry(store, world, elsewhere.manager().unwrap(), &key(1)).await;
    assert_eq!(retried, Ok(false));
    // Whoever sees no learners' data is told of nothing.
    assert!(case.resends(&teacher(&case)).await);
    let mut blind = teacher(&case).session().clone();
    blind.sees_learners = false;
    let told = errands(store, &Member::for_test(blind)).unwrap();
    assert_eq!(told, []);
}

#[tokio::test]
async fn a_lost_column_is_made_again_when_all_is_sent_again() {
    let case = taken(1).await;
    case.book.state().columns[0] = None;
    case.change(|column| (column.lost, column.line_item) = (true, None))
        .await;
    case.resends(&teacher(&case)).await;
    case.works().await;
    assert!(!case.column().lost);
    case.queue.round().await;
    assert_eq!(case.book.state().made, 2);
}

const fn enough(threshold: u16) -> Counting {
    Counting {
        maximum: 1_000,
        counts: Counts::Completion,
        threshold,
    }
}

#[tokio::test]
async fn what_counts_otherwise_is_reckoned_a_little_at_a_time_and_through_restarts() {
    let case = Case::new().await;
    for user in 1..=MANY {
        case.learner(user).await;
    }
    case.half_watched(MANY).await;
    let owed = |case: &Case| {
        (1..=MANY)
            .filter(|user| case.grade(*user).is_some())
            .count()
    };
    case.decides(Some(enough(5_000))).await;
    assert_eq!(owed(&case), 0, "not in the request");
    assert_eq!(case.errand(Task::Reckon).unwrap().of, None);
    case.queue.errands_round().await;
    assert_eq!(case.errand(Task::Reckon).unwrap().of, Some(MANY));
    case.queue.errands_round().await;
    assert_eq!(owed(&case), 50);
    let case = case.restarted();
    case.works().await;
    assert_eq!(owed(&case) as u64, MANY);
    let errand = case.errand(Task::Reckon).unwrap();
    assert_eq!((errand.done, errand.found), (MANY, MANY));
    // Nothing is owed twice.
    case.decides(Some(enough(4_000))).await;
    case.works().await;
    assert_eq!(case.errand(Task::Reckon).unwrap().found, 0);
}

#[tokio::test]
async fn what_is_decided_anew_meanwhile_begins_anew_and_what_counts_no_more_ends() {
    let case = Case::new().await;
    for user in 1..=MANY {
        case.learner(user).await;
    }
    case.half_watched(MANY).await;
    case.decides(Some(enough(9_500))).await;
    for _ in 0..2 {
        case.queue.errands_round().await;
    }
    assert_eq!(case.errand(Task::Reckon).unwrap().done, 50);
    case.decides(Some(enough(4_000))).await;
    assert_eq!(case.errand(Task::Reckon).unwrap().done, 0);
    case.works().await;
    assert!((1..=MANY).all(|user| case.standing(user) == Some(Standing::Due)));
    case.decides(Some(enough(3_000))).await;
    case.decides(None).await;
    assert_eq!(case.errand(Task::Reckon), None);
    case.works().await;
}

#[tokio::test]
async fn somebody_who_is_sent_meanwhile_is_no_hindrance() {
    let case = taken(3).await;
    case.resends(&teacher(&case)).await;
    // A commit that expects what another one changes starts over, and loses nothing.
    let (_, ()) = tokio::join!(case.queue.errands_round(), async {
        case.queue.round().await;
    });
    case.works().await;
    case.queue.round().await;
    assert_eq!(case.book.state().taken.len(), 6);
}

#[tokio::test]
async fn an_errand_of_nothing_ends_at_once() {
    let case = Case::new().await;
    case.resends(&teacher(&case)).await;
    case.works().await;
    assert_eq!(case.errand(Task::Resend).unwrap().found, 0);
}

#[tokio::test]
async fn differences_with_the_gradebook_show() {
    let case = taken(2).await;
    // A teacher changes one.
    case.book.state().taken[1].given = 7.0;
    let other = case.book.state().taken[1].user.clone();
    case.compares().await;
    case.works().await;
    let errand = case.errand(Task::Compare).unwrap();
    assert_eq!((errand.found, errand.unread, errand.done), (1, 0, 2));
    assert!(case.column().compared.is_some());
    for user in [1, 2] {
        let differs = differs(&case.grade(user).unwrap());
        assert_eq!(differs, other == format!("user-{user}"));
    }
}

fn signed_key(user: u64) -> GradeKey {
    GradeKey {
        link: LinkKey {
            connection: ConnectionId(2),
            deployment: String::new(),
            link: "link-1".into(),
        },
        user: UserId(user),
    }
}

async fn taken_by_outcomes(people: u64) -> Case {
    let case = Case::new().await;
    for user in 1..=people {
        case.comes(&signed_launch(user), user, 10_000).await;
    }
    case.queue.round().await;
    assert_eq!(case.book.state().outcomes.len() as u64, people);
    case.book.state().asked = 0;
    case
}

fn sourcedid(user: u64) -> String {
    json!({ "user": user }).to_string()
}

#[tokio::test]
async fn differences_show_where_scores_go_by_basic_outcomes_too() {
    let case = taken_by_outcomes(25).await;
    {
        let mut book = case.book.state();
        book.outcomes.insert(sourcedid(3), "0.7".into());
        book.outcomes.remove(&sourcedid(24));
    }
    case.compares().await;
    assert_eq!(case.book.state().asked, 0, "not in the request");
    for _ in 0..2 {
        case.queue.errands_round().await;
    }
    assert_eq!(case.book.state().asked, 10, "others have their turn");
    let case = case.restarted();
    case.works().await;
    assert_eq!(case.book.state().asked, 25, "each once");
    let errand = case.errand(Task::Compare).unwrap();
    assert_eq!((errand.found, errand.untold, errand.done), (2, 0, 25));
    let store = &case.running.app.store;
    let grade = |user| store.get::<Grades>(&signed_key(user)).unwrap().unwrap();
    assert_eq!(grade(3).result.unwrap().points, Some((700, 1_000)));
    assert_eq!(grade(24).result.unwrap().points, None);
    for user in 1..=25 {
        assert_eq!(differs(&grade(user)), user == 3 || user == 24, "{user}");
    }
    let column = store.get::<Columns>(&signed_key(0).link).unwrap().unwrap();
    assert!(column.compared.is_some());
}

#[tokio::test]
async fn a_platform_that_is_away_is_not_asked_over_and_over() {
    let case = taken_by_outcomes(25).await;
    case.book.state().away = Some((503, ""));
    case.compares().await;
    case.works().await;
    let errand = case.errand(Task::Compare).unwrap();
    assert_eq!((errand.found, errand.unread, errand.done), (0, 1, 0));
    let store = &case.running.app.store;
    let grade = store.get::<Grades>(&signed_key(1)).unwrap().unwrap();
    assert_eq!(grade.result, None, "nothing is known, so nothing differs");
}

#[tokio::test]
async fn whom_the_platform_tells_nothing_of_is_counted() {
    let case = taken_by_outcomes(3).await;
    let failure = book::pox(crate::lti::outcomes::Code::Failure, "no such result");
    let failure: &'static str = Box::leak(failure.into_boxed_str());
    case.book.state().answers.push_back((200, failure));
    case.compares().await;
    case.works().await;
    let errand = case.errand(Task::Compare).unwrap();
    assert_eq!((errand.found, errand.untold, errand.done), (0, 1, 3));
}

#[tokio::test]
async fn a_key_names_what_is_to_be_done() {
    let case = Case::new().await;
    case.learner(1).await;
    case.decides(Some(enough(9_000))).await;
    let store = &case.running.app.store;
    let all = errands(store, &teacher(&case)).unwrap();
    let what = What {
        course: COURSE,
        task: Task::Reckon,
        link: Some(key(0).link),
    };
    assert_eq!(all[0].0, what);
    assert!(store.get::<Errands>(&what.key()).unwrap().is_some());
}
