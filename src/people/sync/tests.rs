use std::sync::Arc;

use super::*;
use crate::lti::launch::Person;
use crate::store::ids::{Hash, Reference};
use crate::store::rows::people::{Binding, Session};
use crate::store::trees::{MemberOf, PeopleOf, Sessions};
use crate::world::ManualClock;

const COURSE: CourseId = CourseId(7);
const CONNECTION: ConnectionId = ConnectionId(1);

struct Bench {
    store: Store,
    world: World,
    clock: ManualClock,
}

fn entry(subject: &str, role: &str, name: Option<&str>) -> Membership {
    Membership {
        subject: subject.into(),
        roles: vec![role.into()],
        status: Status::Active,
        person: Person {
            name: name.map(Into::into),
            email: Some(format!("{subject}@school.example")),
            ..Person::default()
        },
        lis_person: None,
        link: None,
    }
}

fn with(status: Status, entry: Membership) -> Membership {
    Membership { status, ..entry }
}

fn preview() -> Membership {
    let marker = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
    let mut preview = entry("preview", "Learner", Some("Test Student"));
    preview.roles.push(marker.into());
    preview
}

impl Bench {
    async fn new() -> Self {
        let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
        let world = World::with_clock(Arc::new(clock.clone()));
        let store = Store::temporary();
        let course = Course::new(CONNECTION, "1", "bio", world.now());
        let mut commit = Commit::new();
        commit.put::<Courses>(&COURSE, &course);
        store.commit(commit).await.unwrap();
        Self {
            store,
            world,
            clock,
        }
    }

    /// What a sync with this roster added, changed and removed.
    async fn sync(&self, members: &[Membership]) -> (u32, u32, u32) {
        let said = Said {
            connection: CONNECTION,
            members,
            nameless: 0,
            keep_email: false,
        };
        let synced = apply(&self.store, &self.world, COURSE, &said).await;
        let synced = synced.unwrap().unwrap();
        let course = self.store.get::<Courses>(&COURSE).unwrap().unwrap();
        assert_eq!(course.synced.as_ref(), Some(&synced));
        (synced.added, synced.changed, synced.removed)
    }

    fn user(&self, subject: &str) -> UserId {
        let key = (CONNECTION, subject.to_owned());
        self.store.get::<UserBy>(&key).unwrap().unwrap().user
    }

    fn member(&self, subject: &str) -> Option<Member> {
        let key = (COURSE, self.user(subject));
        self.store.get::<Members>(&key).unwrap()
    }

    /// The names of the list, in its order; every index agrees with the rows.
    fn names(&self) -> Vec<String> {
        let listed = self.store.page::<PeopleOf>(&(COURSE,), None, 1000).unwrap();
        let members = self.store.page::<Members>(&(COURSE,), None, 1000).unwrap();
        let in_lists = members.iter().filter(|(_, member)| member.listed.is_some());
        assert_eq!(listed.len(), in_lists.count());
        let name = |(_, key, user): (CourseId, _, UserId)| {
            let member = self.store.get::<Members>(&(COURSE, user)).unwrap().unwrap();
            assert_eq!(member.listed, Some(key));
            let of = self.store.get::<MemberOf>(&(user, COURSE)).unwrap();
            assert!(of.is_some());
            let user = self.store.get::<Users>(&user).unwrap().unwrap();
            user.name.unwrap_or_default()
        };
        listed.into_iter().map(|(key, ())| name(key)).collect()
    }

    /// Launches somebody as a manager; answers the session.
    async fn launched(&self, subject: &str, role: Role) -> Hash {
        let (now, user) = (self.world.now(), UserId(u64::from(subject.as_bytes()[0])));
        let key = (CONNECTION, subject.to_owned());
        let known = self.store.get::<UserBy>(&key).unwrap();
        let user = known.map_or(user, |known| known.user);
        let row = User {
            name: Some(subject.to_owned()),
            ..User::new(CONNECTION, subject, now)
        };
        let old = self.store.get::<Members>(&(COURSE, user)).unwrap();
        let member = Member {
            listed: members::listed(&row, role),
            on_roster: old.as_ref().is_some_and(|old| old.on_roster),
            ..Member::new(role, now)
        };
        let session = Session {
            user,
            connection: CONNECTION,
            deployment: "1".into(),
            course: Some(COURSE),
            role,
            sees_learners: role == Role::Manager,
            link: None,
            item: None,
            placement: None,
            selection: None,
            for_user: None,
            kept: BTreeMap::new(),
            binding: Binding::Cookie,
            cookie: Hash([0; 32]),
            browser: None,
            frame_origins: Vec::new(),
            return_url: None,
            locale: None,
            launch: Reference::new(&self.world),
            created: now,
            ends: Time(u64::MAX),
            idle_until: Time(u64::MAX),
        };
        let hash = Hash(self.world.random());
        let mut commit = Commit::new();
        commit
            .put::<UserBy>(&key, &UserRef { user })
            .put::<Users>(&user, &row)
            .put::<Members>(&(COURSE, user), &member);
        members::list(&mut commit, (COURSE, user), old.as_ref(), &member);
        sessions::add(&mut commit, hash, &session);
        self.store.commit(commit).await.unwrap();
        hash
    }

    fn role(&self, session: Hash) -> (Role, bool) {
        let session = self.store.get::<Sessions>(&session).unwrap().unwrap();
        (session.role, session.sees_learners)
    }
}

#[tokio::test]
async fn a_roster_adds_changes_and_removes() {
    let bench = Bench::new().await;
    let teacher = entry("t", "Instructor", Some("Tess Teacher"));
    let (ada, bob) = (
        entry("a", "Learner", Some("Ada")),
        entry("b", "Learner", Some("Bob")),
    );
    let first = [teacher.clone(), ada.clone(), bob.clone(), preview()];
    assert_eq!(bench.sync(&first).await, (3, 0, 0));
    assert_eq!(bench.names(), ["Tess Teacher", "Ada", "Bob"]);
    assert_eq!(bench.sync(&first).await, (0, 0, 0));
    let stored = bench.store.get::<Users>(&bench.user("a")).unwrap().unwrap();
    assert!(stored.roster_only && stored.email.is_none());

    // Bob helps now, Ada has another name, and Cem is new.
    let second = [
        teacher.clone(),
        entry("a", "Learner", Some("Xenia")),
        entry("b", "TeachingAssistant", Some("Bob")),
        entry("c", "Learner", None),
    ];
    assert_eq!(bench.sync(&second).await, (1, 2, 0));
    assert_eq!(bench.names(), ["Tess Teacher", "Bob", "Xenia", ""]);
    assert_eq!(bench.member("b").unwrap().role, Role::Contributor);

    // Gone, inactive, deleted.
    let third = [
        teacher,
        with(Status::Inactive, entry("b", "Learner", Some("Bob"))),
        with(Status::Deleted, entry("c", "Learner", None)),
    ];
    assert_eq!(bench.sync(&third).await, (0, 0, 3));
    assert_eq!(bench.names(), ["Tess Teacher"]);
    assert!(bench.member("a").is_none() && bench.member("b").is_none());
    // The person stays known: whoever comes back is the same.
    let before = bench.user("a");
    assert_eq!(bench.sync(&first).await, (2, 0, 0));
    assert_eq!(bench.user("a"), before);
}

#[tokio::test]
async fn a_removal_ends_the_staff_rights_of_older_sessions() {
    let bench = Bench::new().await;
    let teachers = [
        entry("t", "Instructor", Some("Tess")),
        entry("u", "Instructor", Some("Uli")),
    ];
    bench.sync(&teachers).await;
    let (stays, leaves) = (
        bench.launched("t", Role::Manager).await,
        bench.launched("u", Role::Manager).await,
    );
    assert_eq!(
        bench.sync(&teachers).await,
        (0, 2, 0),
        "the launches told other names"
    );
    assert_eq!(bench.role(leaves), (Role::Manager, true));
    assert_eq!(bench.sync(&teachers[..1]).await, (0, 0, 1));
    assert_eq!(bench.role(stays), (Role::Manager, true));
    assert_eq!(bench.role(leaves), (Role::Member, false));
}

#[tokio::test]
async fn a_roster_gives_no_rights() {
    let bench = Bench::new().await;
    let session = bench.launched("s", Role::Member).await;
    bench.sync(&[entry("s", "Instructor", Some("Sam"))]).await;
    assert_eq!(bench.member("s").unwrap().role, Role::Manager);
    assert_eq!(bench.role(session), (Role::Member, false));
}

#[tokio::test]
async fn a_visitor_stays_for_a_day_and_loses_nothing_meanwhile() {
    let bench = Bench::new().await;
    let visit = bench.launched("v", Role::Manager).await;
    let teacher = [entry("t", "Instructor", Some("Tess"))];
    assert_eq!(bench.sync(&teacher).await, (1, 0, 0));
    assert_eq!(bench.role(visit), (Role::Manager, true));
    assert_eq!(bench.names(), ["Tess", "v"]);
    bench.clock.advance(VISITS);
    assert_eq!(bench.sync(&teacher).await, (0, 0, 1));
    assert_eq!(bench.names(), ["Tess"]);
    assert_eq!(bench.role(visit), (Role::Member, false));
}

#[tokio::test]
async fn a_student_preview_is_neither_listed_nor_removed() {
    let bench = Bench::new().await;
    let teacher = entry("t", "Instructor", Some("Tess"));
    assert_eq!(bench.sync(&[preview(), teacher.clone()]).await, (1, 0, 0));
    let key = (CONNECTION, "preview".to_owned());
    assert!(bench.store.get::<UserBy>(&key).unwrap().is_none());
    let said = Said {
        connection: CONNECTION,
        members: &[preview()],
        nameless: 3,
        keep_email: true,
    };
    assert!(!said.has_people());
    let report = apply(&bench.store, &bench.world, COURSE, &said).await;
    assert_eq!(report.unwrap().unwrap().left_out, 4);
}

#[tokio::test]
async fn a_course_of_ten_thousand_is_one_commit() {
    let bench = Bench::new().await;
    let many: Vec<Membership> = (0..10_000)
        .map(|n| {
            entry(
                &format!("user-{n}"),
                "Learner",
                Some(&format!("Person {n}")),
            )
        })
        .collect();
    assert_eq!(bench.sync(&many).await, (10_000, 0, 0));
    assert_eq!(bench.sync(&many).await, (0, 0, 0));
    assert_eq!(bench.sync(&many[..9_000]).await, (0, 0, 1_000));
}

#[tokio::test]
async fn a_course_that_is_gone_is_left_alone() {
    let bench = Bench::new().await;
    let said = Said {
        connection: CONNECTION,
        members: &[entry("a", "Learner", None)],
        nameless: 0,
        keep_email: false,
    };
    let nowhere = apply(&bench.store, &bench.world, CourseId(1), &said).await;
    assert_eq!(nowhere, Ok(None));
}

#[tokio::test]
async fn a_failure_is_noted_and_the_next_success_clears_it() {
    let bench = Bench::new().await;
    let failure = SyncFailed {
        at: bench.world.now(),
        code: "refused".into(),
        status: Some(403),
    };
    failed(&bench.store, COURSE, &failure).await.unwrap();
    let course = || bench.store.get::<Courses>(&COURSE).unwrap().unwrap();
    assert_eq!(course().sync_failed, Some(failure));
    bench.sync(&[entry("a", "Learner", None)]).await;
    assert_eq!(course().sync_failed, None);
}
