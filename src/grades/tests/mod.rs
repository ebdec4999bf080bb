//! The queue against a gradebook in process, under a clock that stands still.

mod book;
mod errands;
mod numbers;
mod queue;
mod refused;
mod telling;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{Queue, Told, owe};
use crate::app::testing::Running;
use crate::lti::launch::{self, Ags, Launch, Message, Outcome, Version};
use crate::lti::names::scope;
use crate::people::secrets::Secrets;
use crate::services::calls::Calls;
use crate::services::tokens::Tokens;
use crate::store::Commit;
use crate::store::ids::{ConnectionId, CourseId, GradeKey, ItemId, LinkKey, PlacementId, UserId};
use crate::store::rows::grades::{Column, Grade, Standing};
use crate::store::rows::library::{Counts, Item, Kind, Placement};
use crate::store::rows::people::{Connection, Consumer, Registration, Source};
use crate::store::trees::{Columns, Connections, Grades, Items, Placements};
use crate::world::Time;
use book::{AT, Book, SECRET};

pub(super) const COURSE: CourseId = CourseId(10);
pub(super) const ITEM: ItemId = ItemId(20);
pub(super) const PLACEMENT: PlacementId = PlacementId([7; 16]);
const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
const STAFF: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";

/// A queue, a gradebook, and a film that counts.
pub(super) struct Case {
    pub(super) running: Running,
    pub(super) book: Book,
    pub(super) queue: Queue,
}

impl Case {
    pub(super) async fn new() -> Self {
        Self::counting(Counts::Completion).await
    }

    pub(super) async fn counting(counts: Counts) -> Self {
        let running = Running::with(&[]).await;
        running.app.keys.prepare(false).await.unwrap();
        let book = Book::default();
        let case = Self {
            queue: queue(&running, &book),
            running,
            book,
        };
        case.rows(counts).await;
        case
    }

    /// The same after a crash: nothing is left but the store.
    pub(super) fn restarted(self) -> Self {
        Self {
            queue: queue(&self.running, &self.book),
            ..self
        }
    }

    async fn rows(&self, counts: Counts) {
        let now = self.now();
        let mut commit = Commit::new();
        let by_token = Connection {
            registration: Some(Registration {
                issuer: AT.into(),
                client_id: "client-1".into(),
                auth_url: format!("{AT}/auth"),
                token_url: format!("{AT}/token"),
                jwks_url: format!("{AT}/jwks"),
            }),
            ..Connection::new("By token", Source::Practice, now)
        };
        let signed = Connection {
            consumer: Some(Consumer {
                key: "key".into(),
                secret: Some(SECRET.into()),
                window: 300,
                body_only: false,
                guid: None,
            }),
            ..Connection::new("Signed", Source::Practice, now)
        };
        let item = Item::new(UserId(1), ConnectionId(1), Kind::Video, "Waves", now);
        let placement = Placement {
            maximum: Some(1_000),
            counts,
            ..Placement::new(ConnectionId(1), (ITEM, now), COURSE, UserId(1), now)
        };
        commit
            .put::<Connections>(&ConnectionId(1), &by_token)
            .put::<Connections>(&ConnectionId(2), &signed)
            .put::<Items>(&ITEM, &item)
            .put::<Placements>(&PLACEMENT, &placement);
        self.running.app.store.commit(commit).await.unwrap();
    }

    pub(super) fn now(&self) -> Time {
        self.running.app.world.now()
    }

    pub(super) fn after(&self, time: Duration) {
        self.running.clock.advance(time);
    }

    /// Somebody comes by the link, having watched this much before.
    pub(super) async fn comes(&self, launch: &Launch, user: u64, part: u16) {
        let (store, world) = (&self.running.app.store, &self.running.app.world);
        let told = Told {
            connection: ConnectionId(if launch.version == Version::V1p3 {
                1
            } else {
                2
            }),
            launch,
            placement: PLACEMENT,
            moved: None,
        };
        let mut commit = Commit::new();
        let who = (UserId(user), Some(COURSE));
        told.remember(store, world, &mut commit, who, &|_, _, _| Ok(part))
            .unwrap();
        store.commit(commit).await.unwrap();
    }

    /// A learner comes by LTI 1.3.
    pub(super) async fn learner(&self, user: u64) {
        self.comes(&launch(user, &[LEARNER]), user, 0).await;
    }

    /// Somebody watches.
    pub(super) async fn watches(&self, user: u64, part: u16) -> bool {
        let (store, world) = (&self.running.app.store, &self.running.app.world);
        let mut commit = Commit::new();
        let watched = (COURSE, ITEM, UserId(user));
        let owed = owe(store, world, &mut commit, watched, &|_| part).unwrap();
        store.commit(commit).await.unwrap();
        owed
    }

    pub(super) fn grade(&self, user: u64) -> Option<Grade> {
        self.running.app.store.get::<Grades>(&key(user)).unwrap()
    }

    pub(super) fn standing(&self, user: u64) -> Option<Standing> {
        self.grade(user).map(|grade| grade.standing)
    }

    pub(super) fn trouble(&self, user: u64) -> String {
        self.grade(user).unwrap().trouble.unwrap().code
    }

    pub(super) fn column(&self) -> Column {
        let found = self.running.app.store.get::<Columns>(&key(0).link);
        found.unwrap().unwrap()
    }

    /// Another column than before, as staff or a launch would make it.
    pub(super) async fn change(&self, change: impl FnOnce(&mut Column)) {
        let mut column = self.column();
        change(&mut column);
        let mut commit = Commit::new();
        commit.put::<Columns>(&key(0).link, &column);
        self.running.app.store.commit(commit).await.unwrap();
    }
}

fn queue(running: &Running, book: &Book) -> Queue {
    let app = &running.app;
    let calls = Calls::new(&app.outbound);
    calls.practice(Arc::new(book.fake()));
    let tokens = Tokens::new(&app.world, &calls, &app.keys);
    Queue::new(&app.store, &app.world, &calls, &tokens, Secrets::default())
}

pub(super) fn key(user: u64) -> GradeKey {
    GradeKey {
        link: LinkKey {
            connection: ConnectionId(1),
            deployment: "1".into(),
            link: "link-1".into(),
        },
        user: UserId(user),
    }
}

/// A launch of the link by LTI 1.3, by somebody with these roles.
pub(super) fn launch(user: u64, roles: &[&str]) -> Launch {
    let url = |text: &str| text.parse().unwrap();
    Launch {
        version: Version::V1p3,
        message: Message::Resource,
        deployment: "1".into(),
        subject: Some(format!("user-{user}")),
        person: launch::Person::default(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        mentored: Vec::new(),
        context: Some(launch::Context {
            id: "course".into(),
            types: Vec::new(),
            label: None,
            title: None,
        }),
        resource_link: Some(launch::ResourceLink {
            id: "link-1".into(),
            title: None,
            description: None,
        }),
        target_link_uri: None,
        platform: launch::Platform::default(),
        presentation: launch::Presentation::default(),
        custom: BTreeMap::new(),
        lis: launch::Lis::default(),
        ags: Some(Ags {
            scopes: [scope::LINE_ITEM, scope::RESULT_READ, scope::SCORE]
                .map(str::to_owned)
                .to_vec(),
            lineitems: Some(url(&format!("{AT}/lineitems?type_id=16"))),
            lineitem: None,
        }),
        nrps: None,
        outcome: None,
        migration: None,
    }
}

/// A launch of the link by LTI 1.1.
pub(super) fn signed_launch(user: u64) -> Launch {
    Launch {
        version: Version::V1p1,
        deployment: String::new(),
        ags: None,
        outcome: Some(Outcome {
            url: format!("{AT}/outcomes?a=b").parse().unwrap(),
            sourcedid: json!({ "user": user }).to_string(),
        }),
        ..launch(user, &["Learner"])
    }
}
