use super::*;
use crate::library::access::{Publishing, Viewer, open, owned};
use crate::library::testing::{Library, person, teacher};
use crate::library::{lists, reach};
use crate::store::rows::library::Visibility;
use crate::store::rows::people::{CourseRef, Role};
use crate::store::trees::{Audit, Withdrawn};

const ORIGIN: u64 = 1;
const COPY: u64 = 2;

struct Case {
    library: Library,
    item: ItemId,
    placement: PlacementId,
}

impl Case {
    /// A private item of a teacher, placed in course 1.
    async fn new() -> Self {
        let library = Library::new();
        let item = library.item(&teacher(), Visibility::Private, b"x").await;
        let opened = library.open(&teacher(), item);
        let teacher = teacher();
        let contributor = teacher.contributor().unwrap();
        let placed = place(&library.store, &library.world, contributor, &opened).await;
        let placement = placed.unwrap();
        Self {
            library,
            item,
            placement,
        }
    }

    async fn arrive(
        &self,
        connection: u32,
        course: Option<u64>,
        staff: bool,
        history: &[&str],
    ) -> Arrived {
        let history: Vec<String> = history.iter().map(ToString::to_string).collect();
        let newcomer = Newcomer {
            connection: ConnectionId(connection),
            deployment: "1",
            course: course.map(CourseId),
            user: UserId(9),
            staff,
            history: &history,
        };
        arrive(
            &self.library.store,
            &self.library.world,
            newcomer,
            self.placement,
        )
        .await
        .unwrap()
    }

    /// Makes a course of connection 1 known by its context.
    async fn context(&self, context: &str, course: u64) {
        let key = (ConnectionId(1), "1".to_owned(), context.to_owned());
        let course = CourseId(course);
        let mut commit = Commit::new();
        commit.put::<CourseBy>(&key, &CourseRef { course });
        self.library.store.commit(commit).await.unwrap();
    }

    fn opens_for_a_learner_of(&self, course: u64) -> bool {
        let viewer = Viewer::of(&person(8, 1, Some(course), Role::Member));
        open(&self.library.store, &viewer, self.item).is_ok()
    }
}

#[tokio::test]
async fn a_placement_opens_in_its_own_course_and_no_other() {
    let case = Case::new().await;
    let opens = Arrived::Opens(case.item);
    assert_eq!(case.arrive(1, Some(ORIGIN), false, &[]).await, opens);
    assert_eq!(
        case.arrive(1, Some(COPY), false, &[]).await,
        Arrived::NeedsStaff
    );
    assert_eq!(case.arrive(1, None, true, &[]).await, Arrived::Nothing);
    assert!(case.opens_for_a_learner_of(ORIGIN));
    assert!(!case.opens_for_a_learner_of(COPY));
    let learner = person(8, 1, Some(ORIGIN), Role::Member);
    let list = lists::in_course(&case.library.store, &learner, None, 9).unwrap();
    assert_eq!(list.items.len(), 1);
}

#[tokio::test]
async fn another_platform_opens_nothing_whoever_comes() {
    let case = Case::new().await;
    case.context("ctx", ORIGIN).await;
    for staff in [false, true] {
        for course in [ORIGIN, COPY] {
            let arrived = case.arrive(2, Some(course), staff, &["ctx"]).await;
            assert_eq!(arrived, Arrived::Nothing);
        }
    }
}

#[tokio::test]
async fn staff_of_a_copy_claims_all_that_was_placed_in_the_course() {
    let case = Case::new().await;
    let store = &case.library.store;
    let other = case
        .library
        .item(&teacher(), Visibility::Private, b"y")
        .await;
    let opened = case.library.open(&teacher(), other);
    let teacher = teacher();
    let contributor = teacher.contributor().unwrap();
    place(store, &case.library.world, contributor, &opened)
        .await
        .unwrap();
    let opens = Arrived::Opens(case.item);
    assert_eq!(case.arrive(1, Some(COPY), true, &[]).await, opens);
    assert_eq!(case.arrive(1, Some(COPY), false, &[]).await, opens);
    assert!(case.opens_for_a_learner_of(COPY));
    let viewer = Viewer::of(&person(8, 1, Some(COPY), Role::Member));
    assert!(open(store, &viewer, other).is_ok());
    assert!(!case.opens_for_a_learner_of(3));
    let claim = store.get::<Claims>(&(CourseId(COPY), CourseId(ORIGIN)));
    let claim = claim.unwrap().unwrap();
    assert_eq!((claim.by, claim.by_history), (UserId(9), false));
    assert_eq!(claim.placement, case.placement);
}

#[tokio::test]
async fn the_course_history_claims_without_staff() {
    let case = Case::new().await;
    case.context("origin", ORIGIN).await;
    case.context("copy", COPY).await;
    assert_eq!(
        case.arrive(1, Some(COPY), false, &["unknown", "copy"])
            .await,
        Arrived::NeedsStaff
    );
    let opens = Arrived::Opens(case.item);
    assert_eq!(
        case.arrive(1, Some(COPY), false, &["unknown", "origin"])
            .await,
        opens
    );
    // A copy of the copy.
    assert_eq!(case.arrive(1, Some(3), false, &["copy"]).await, opens);
}

#[tokio::test]
async fn a_claim_that_was_revoked_is_not_made_again() {
    let case = Case::new().await;
    let store = &case.library.store;
    case.arrive(1, Some(COPY), true, &[]).await;
    let key = (CourseId(COPY), CourseId(ORIGIN));
    let mut claim = store.get::<Claims>(&key).unwrap().unwrap();
    claim.revoked = Some(case.library.world.now());
    let mut commit = Commit::new();
    commit.put::<Claims>(&key, &claim);
    store.commit(commit).await.unwrap();
    assert_eq!(
        case.arrive(1, Some(COPY), true, &[]).await,
        Arrived::Nothing
    );
    assert!(!case.opens_for_a_learner_of(COPY));
    assert!(case.opens_for_a_learner_of(ORIGIN));
}

#[tokio::test]
async fn an_owner_withdraws_the_own_item_from_a_copy() {
    let case = Case::new().await;
    let (store, world) = (&case.library.store, &case.library.world);
    let carl = person(5, 1, Some(ORIGIN), Role::Manager);
    let other = case.library.item(&carl, Visibility::Private, b"y").await;
    let opened = case.library.open(&carl, other);
    place(store, world, carl.contributor().unwrap(), &opened)
        .await
        .unwrap();
    let item = case.library.owned(&teacher(), case.item);
    let copy = CourseId(COPY);
    let early = withdraw(store, world, &item, copy).await;
    assert!(matches!(early, Err(Error::NotFound)), "no claim yet");
    case.arrive(1, Some(COPY), true, &[]).await;
    let learner = person(8, 1, Some(COPY), Role::Member);
    let listed = || {
        lists::in_course(store, &learner, None, 9)
            .unwrap()
            .items
            .len()
    };
    let rows = || store.page::<InCourse>(&(copy,), None, 9).unwrap().len();
    assert_eq!((listed(), rows()), (1, 1));

    withdraw(store, world, &item, copy).await.unwrap();
    assert!(!case.opens_for_a_learner_of(COPY));
    assert!(case.opens_for_a_learner_of(ORIGIN));
    assert!(
        open(store, &Viewer::of(&learner), other).is_ok(),
        "another owner's"
    );
    assert_eq!((listed(), rows()), (0, 0));
    for staff in [false, true] {
        let arrived = case.arrive(1, Some(COPY), staff, &[]).await;
        assert_eq!(arrived, Arrived::Nothing);
    }
    assert_eq!(withdrawn(store, &item, 9).unwrap(), [copy]);

    allow(store, world, &item, copy).await.unwrap();
    assert!(case.opens_for_a_learner_of(COPY));
    assert_eq!((listed(), rows()), (1, 1));
    let again = allow(store, world, &item, copy).await;
    assert!(matches!(again, Err(Error::NotFound)));
    let audit = store.page::<Audit>(&(), None, 99).unwrap();
    for what in ["copy-withdrawn", "copy-allowed"] {
        let recorded = audit.iter().filter(|(_, entry)| entry.what == what);
        assert_eq!(recorded.count(), 1, "{what}");
    }

    // What is placed in the copy itself is not a claim's.
    withdraw(store, world, &item, copy).await.unwrap();
    let there = person(1, 1, Some(COPY), Role::Manager);
    place(store, world, there.contributor().unwrap(), item.opened())
        .await
        .unwrap();
    assert!(case.opens_for_a_learner_of(COPY));

    items::trash(store, world, &item).await.unwrap();
    let trashed = crate::library::trashed(store, &teacher(), case.item).unwrap();
    items::delete(store, world, &case.library.folder, &trashed)
        .await
        .unwrap();
    assert!(store.page::<Withdrawn>(&(), None, 1).unwrap().is_empty());
}

#[tokio::test]
async fn what_is_withdrawn_from_a_copy_is_withdrawn_from_its_copies() {
    let case = Case::new().await;
    let (store, world) = (&case.library.store, &case.library.world);
    for (context, course) in [
        ("origin", ORIGIN),
        ("copy", COPY),
        ("third", 3),
        ("fourth", 4),
    ] {
        case.context(context, course).await;
    }
    let opens = Arrived::Opens(case.item);
    let item = case.library.owned(&teacher(), case.item);
    let copy = CourseId(COPY);
    assert_eq!(case.arrive(1, Some(COPY), true, &["origin"]).await, opens);
    assert_eq!(
        case.arrive(1, Some(3), false, &["copy", "origin"]).await,
        opens
    );

    withdraw(store, world, &item, copy).await.unwrap();
    assert!(!case.opens_for_a_learner_of(3), "a copy of the copy");
    // One that comes only now, by the copy or by a copy of that, staff or not.
    for (history, staff) in [(["copy"], false), (["third"], false), (["third"], true)] {
        let arrived = case.arrive(1, Some(4), staff, &history).await;
        assert_eq!(arrived, Arrived::Nothing);
    }
    let everything = Publishing {
        unlisted: true,
        public: true,
    };
    let reach = reach::of(store, everything, &item).unwrap();
    assert!(reach.copies.is_empty());
    // A copy of the original itself is none of these.
    assert_eq!(case.arrive(1, Some(5), false, &["origin"]).await, opens);
    assert!(case.opens_for_a_learner_of(5) && case.opens_for_a_learner_of(ORIGIN));

    allow(store, world, &item, copy).await.unwrap();
    assert!(case.opens_for_a_learner_of(3));
    assert_eq!(case.arrive(1, Some(4), false, &["third"]).await, opens);
}

#[tokio::test]
async fn a_revoked_or_guessed_placement_opens_nothing() {
    let mut case = Case::new().await;
    let store = &case.library.store;
    let item = owned(store, &teacher(), case.item).unwrap();
    revoke(store, &case.library.world, &item, case.placement)
        .await
        .unwrap();
    assert_eq!(
        case.arrive(1, Some(ORIGIN), true, &[]).await,
        Arrived::Nothing
    );
    assert!(!case.opens_for_a_learner_of(ORIGIN));
    let list = lists::in_course(store, &teacher(), None, 9).unwrap();
    assert!(list.items.is_empty());
    case.placement = PlacementId([7; 16]);
    assert_eq!(
        case.arrive(1, Some(ORIGIN), true, &[]).await,
        Arrived::Nothing
    );
}

#[tokio::test]
async fn what_is_in_the_trash_does_not_open_where_it_is_placed() {
    let case = Case::new().await;
    let item = owned(&case.library.store, &teacher(), case.item).unwrap();
    items::trash(&case.library.store, &case.library.world, &item)
        .await
        .unwrap();
    assert_eq!(
        case.arrive(1, Some(ORIGIN), true, &[]).await,
        Arrived::Nothing
    );
    assert!(!case.opens_for_a_learner_of(ORIGIN));
}

#[tokio::test]
async fn the_owner_is_told_of_copies() {
    let case = Case::new().await;
    let store = &case.library.store;
    let everything = Publishing {
        unlisted: true,
        public: true,
    };
    let item = case.library.owned(&teacher(), case.item);
    let copies = || reach::of(store, everything, &item).unwrap().copies;
    assert!(copies().is_empty());
    case.arrive(1, Some(COPY), true, &[]).await;
    assert_eq!(copies(), [(CourseId(COPY), CourseId(ORIGIN))]);

    let key = (CourseId(COPY), CourseId(ORIGIN));
    let claim = store.get::<Claims>(&key).unwrap().unwrap();
    for (revoked, told) in [(Some(case.library.world.now()), 0), (None, 1)] {
        let mut commit = Commit::new();
        commit.put::<Claims>(
            &key,
            &Claim {
                revoked,
                ..claim.clone()
            },
        );
        store.commit(commit).await.unwrap();
        assert_eq!(copies().len(), told);
    }
    revoke(store, &case.library.world, &item, case.placement)
        .await
        .unwrap();
    assert!(copies().is_empty(), "it is in none any more");
}

#[tokio::test]
async fn several_are_placed_at_once_or_none() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let owner = teacher();
    let contributor = owner.contributor().unwrap();
    let colleague = person(9, 1, Some(ORIGIN), Role::Manager);
    let mut own = Vec::new();
    for _ in 0..3 {
        let id = library.item(&owner, Visibility::Private, b"x").await;
        own.push(library.open(&owner, id));
    }
    let foreign = library.item(&colleague, Visibility::Private, b"x").await;
    let foreign = library.open(&colleague, foreign);
    let count = || store.page::<Placements>(&(), None, 10).unwrap().len();
    let plain = |opened| (opened, Details::default());

    let with_foreign = [plain(&own[0]), plain(&foreign)];
    let refused = place_all(store, world, contributor, &with_foreign).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    let trashed = library.owned(&owner, own[2].id());
    items::trash(store, world, &trashed).await.unwrap();
    let with_trashed = [plain(&own[0]), plain(&own[2])];
    let refused = place_all(store, world, contributor, &with_trashed).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(count(), 0);

    let details = Details {
        title: Some("Part one".into()),
        start_ms: Some(1),
        ..Details::default()
    };
    let both = [plain(&own[0]), (&own[1], details)];
    let placed = place_all(store, world, contributor, &both).await.unwrap();
    assert_eq!((placed.len(), count()), (2, 2));
    let second = store.get::<Placements>(&placed[1]).unwrap().unwrap();
    assert_eq!((second.item, second.start_ms), (own[1].id(), Some(1)));
    assert_eq!(second.title.as_deref(), Some("Part one"));

    let many = vec![plain(&own[0]); MOST_AT_ONCE + 1];
    let placed = place_all(store, world, contributor, &many).await.unwrap();
    assert_eq!(placed.len(), MOST_AT_ONCE);
}

#[tokio::test]
async fn a_placement_shows_its_item_to_whoever_came_by_it() {
    let case = Case::new().await;
    let store = &case.library.store;
    let learner = |connection, placement| {
        let mut session =
            crate::library::testing::session(8, connection, Some(ORIGIN), Role::Member);
        session.placement = placement;
        Member::for_test(session)
    };
    let opened = case.library.open(&teacher(), case.item);
    let shown = |member: &Member| shown(store, member, &opened).unwrap().is_some();
    assert!(shown(&learner(1, Some(case.placement))));
    assert!(!shown(&learner(1, None)));
    assert!(!shown(&learner(1, Some(PlacementId([7; 16])))));
    assert!(
        !shown(&learner(2, Some(case.placement))),
        "another platform"
    );
    let other = case
        .library
        .item(&teacher(), Visibility::Private, b"y")
        .await;
    let other = case.library.open(&teacher(), other);
    let elsewise = super::shown(store, &learner(1, Some(case.placement)), &other);
    assert!(elsewise.unwrap().is_none(), "another item");
    let owned = case.library.owned(&teacher(), case.item);
    revoke(store, &case.library.world, &owned, case.placement)
        .await
        .unwrap();
    assert!(!shown(&learner(1, Some(case.placement))), "taken back");
}

#[tokio::test]
async fn what_its_owner_closed_meanwhile_is_not_placed() {
    let library = Library::new();
    let item = library.item(&teacher(), Visibility::Course, b"x").await;
    let colleague = person(2, 1, Some(ORIGIN), Role::Manager);
    let contributor = colleague.contributor().unwrap();
    let opened = library.open(&colleague, item);
    let mut row = opened.item().clone();
    row.visibility = Visibility::Private;
    let mut commit = Commit::new();
    commit.put::<Items>(&item, &row);
    library.store.commit(commit).await.unwrap();
    let placed = place(&library.store, &library.world, contributor, &opened).await;
    assert!(matches!(placed, Err(Error::NotFound)));
    let all = library.store.page::<Placements>(&(), None, 1);
    assert!(all.unwrap().is_empty());
}
