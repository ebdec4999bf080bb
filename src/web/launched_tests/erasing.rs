//! What is kept about somebody: all of it handed out, and all of it gone.

mod exports;
mod heirs;
mod later;
mod tools;

use std::time::Duration;

use super::*;
use crate::privacy::table::{Erased, named};
use crate::privacy::{self};
use crate::store::ids::{CourseId, GradeKey, Hash, LinkKey, ToolId, UserId};
use crate::store::key::{Key, Newest};
use crate::store::rows::grades::{Grade, Standing, Target, Value};
use crate::store::rows::launchlog::Entry;
use crate::store::rows::library::{Claim, Imported};
use crate::store::rows::people::UserRef;
use crate::store::rows::privacy::Media;
use crate::store::rows::tools::{Consent, Personal, Pseudonym, Received};
use crate::store::rows::watching::{Heat, Tally};
use crate::store::trees::{
    Claims, Consents, Erasures, GradeDue, Grades, GradesBy, GradesIn, Imported as ImportedTree,
    Items, KnownAs, KnownTo, MemberOf, Members, Owned, PersonTallies, Placements, PseudonymOf,
    Pseudonyms, Received as ReceivedTree, ReceivedOf, Rewatched, TargetOf, Targets, Usage, UserBy,
    Users, Views,
};

const SUBJECT: &str = "subject-hermengilde";
const NAME: &str = "Hermengilde Quux";
const EMAIL: &str = "herm@quux.example";
/// Their name under LTI 1.1.
const FORMER: &str = "formerly-hermengilde";

const HERM: Coming = Coming {
    subject: SUBJECT,
    name: Some(NAME),
    ..ADA
};

fn user(running: &Running, who: &Coming) -> UserId {
    let key = (ConnectionId(who.connection), who.subject.to_owned());
    running.app.store.get::<UserBy>(&key).unwrap().unwrap().user
}

/// Launches somebody with an email address that is kept.
async fn arrives_with_email<'a>(running: &'a Running, who: &Coming) -> Visitor<'a> {
    let app = &running.app;
    let mut launch = who.launch();
    launch.person.email = Some(EMAIL.into());
    let reference = Reference::new(&app.world);
    let arrival = Arrival {
        connection: ConnectionId(who.connection),
        launch: &launch,
        reference,
        binding: Binding::Undecided,
        browser: Some(Hash::of(b"a browser")),
        proven: true,
        item: None,
        placement: None,
        frame_origins: vec![PLATFORM.into()],
        roster: None,
        moved: None,
        joins: None,
        keep_email: true,
        names_withheld: false,
        kept: BTreeMap::new(),
        roles: Overrides::default(),
        lifetimes: app.lifetimes(),
    };
    let log = |commit: &mut Commit, user, course| {
        logged(running, commit, &arrival, user, course);
        Ok(())
    };
    let opened = arrive(&app.store, &app.world, &arrival, log).await.unwrap();
    Visitor {
        running,
        token: opened.token.text,
        cookie: Some(format!("lanterna_session={}", opened.cookie.text)),
    }
}

fn logged(
    running: &Running,
    commit: &mut Commit,
    arrival: &Arrival<'_>,
    user: UserId,
    course: Option<CourseId>,
) {
    let entry = Entry {
        at: crate::world::Time::from_seconds(1_800_000_000),
        connection: Some(arrival.connection),
        user: Some(user),
        course,
        step: "launch".into(),
        message: None,
        refusal: None,
        detail: None,
        checks: Vec::new(),
        binding: None,
        parameters: None,
    };
    let log = &running.app.launches;
    log.add(commit, arrival.reference, &entry);
}

/// Rows that no page here makes.
async fn rows_of_others(running: &Running, user: UserId) {
    let now = running.app.world.now();
    let (tool, course, item) = (ToolId(77), CourseId(88), ItemId(99));
    let consent = Consent {
        answered: now,
        agreed: true,
        asked: Personal::default(),
        origin: "https://tool.example".into(),
    };
    let pseudonym = Pseudonym {
        id: "random-name".into(),
        created: now,
    };
    let imported = Imported { item, created: now };
    let claim = Claim {
        placement: PlacementId([5; 16]),
        by: user,
        created: now,
        by_history: false,
        revoked: None,
        through: None,
    };
    let former = (ConnectionId(2), FORMER.to_owned());
    let mut commit = Commit::new();
    commit
        .put::<Consents>(&(user, tool), &consent)
        .put::<PseudonymOf>(&(tool, user), &pseudonym)
        .put::<Pseudonyms>(&(tool, pseudonym.id.clone()), &UserRef { user })
        .put::<KnownTo>(&(user, tool), &())
        .put::<ReceivedTree>(&(tool, course, 1, user), &Received::default())
        .put::<ReceivedOf>(&(user, tool, course, 1), &())
        .put::<ImportedTree>(&(user, Hash::of(b"a file")), &imported)
        .put::<Claims>(&(course, CourseId(89)), &claim)
        .put::<UserBy>(&former, &UserRef { user })
        .put::<KnownAs>(&(user, former.0, former.1.clone()), &());
    running.app.store.commit(commit).await.unwrap();
}

/// A grade that the platform has not taken yet.
fn owed(commit: &mut Commit, running: &Running, (user, course, item): (UserId, CourseId, ItemId)) {
    let now = running.app.world.now();
    let link = LinkKey {
        connection: ConnectionId(1),
        deployment: "1".into(),
        link: "a link".into(),
    };
    let key = GradeKey { link, user };
    let target = Target {
        subject: SUBJECT.into(),
        learner: true,
        outcome: None,
        course,
        item,
        moved: None,
    };
    let grade = Grade {
        course,
        item,
        value: Value {
            part: 10_000,
            maximum: 1_000,
        },
        stamp: now,
        standing: Standing::Due,
        since: now,
        due: Some(now),
        attempts: 0,
        trouble: None,
        taken: None,
        result: None,
        owed: now,
    };
    commit
        .put::<Targets>(&key, &target)
        .put::<TargetOf>(&(user, course, item, key.link.clone()), &())
        .put::<Grades>(&key, &grade)
        .put::<GradeDue>(&(key.link.connection, now, key.clone()), &())
        .put::<GradesIn>(&(course, 1, Newest(now), key.clone()), &())
        .put::<GradesBy>(&(1, Newest(now), key), &());
}

/// What watching that counts would have left.
async fn sums(running: &Running, user: UserId, item: ItemId) {
    let store = &running.app.store;
    let course = store.page::<MemberOf>(&(user,), None, 1).unwrap()[0].0.1;
    let heat = Heat {
        length: 1,
        parts: vec![100],
    };
    let mut commit = Commit::new();
    commit
        .put::<Rewatched>(&(course, item, user), &heat)
        .put::<PersonTallies>(&(course, user), &Tally::default());
    owed(&mut commit, running, (user, course, item));
    store.commit(commit).await.unwrap();
}

/// Somebody who used everything, and others around them.
struct Scene<'a> {
    running: &'a Running,
    herm: Visitor<'a>,
    ada: Visitor<'a>,
    sam: Visitor<'a>,
    id: UserId,
    /// Only theirs.
    private: ItemId,
    /// Placed in the course.
    placed: ItemId,
    /// Ada's, which Hermengilde changes and placed.
    borrowed: ItemId,
}

impl<'a> Scene<'a> {
    async fn new(running: &'a Running) -> Self {
        let herm = arrives_with_email(running, &HERM).await;
        let ada = ADA.arrives(running).await;
        let sam = SAM.arrives(running).await;
        let (id, adas) = (user(running, &HERM), user(running, &ADA));
        let private = herm.uploads("private.mp4", "private", &film()).await;
        let placed = herm.uploads("placed.mp4", "private", &film()).await;
        let trashed = herm.uploads("trashed.mp4", "private", &film()).await;
        let borrowed = ada.uploads("borrowed.mp4", "private", &film()).await;
        herm.begin(5_000, &metadata(&[("filename", "half.mp4")]))
            .await;
        let own = format!("media/{placed}");
        for (visitor, below, fields) in [
            (&herm, format!("{own}/place"), vec![]),
            (&herm, format!("media/{trashed}/delete"), vec![]),
            (
                &herm,
                format!("media/{private}/share"),
                vec![("user", adas.to_string()), ("role", "viewer".into())],
            ),
            (
                &ada,
                format!("media/{borrowed}/share"),
                vec![("user", id.to_string()), ("role", "editor".into())],
            ),
            (&herm, format!("media/{borrowed}/place"), vec![]),
            (
                &herm,
                format!("media/{borrowed}/watched"),
                vec![("position", "7".into())],
            ),
            (
                &sam,
                format!("media/{placed}/watched"),
                vec![("position", "7".into())],
            ),
        ] {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let answer = visitor.post(&below, &fields).await;
            assert!(answer.status.as_u16() < 400, "{below}: {}", answer.text());
        }
        rows_of_others(running, id).await;
        sums(running, id, borrowed).await;
        Self::reviewed(running).await;
        Self {
            running,
            herm,
            ada,
            sam,
            id,
            private,
            placed,
            borrowed,
        }
    }

    /// A teacher looks at something that they handed in.
    async fn reviewed(running: &Running) {
        let mut launch = ADA.launch();
        launch.message = Message::SubmissionReview {
            for_user: SUBJECT.into(),
        };
        ADA.comes(running, &launch, None, None).await;
    }

    async fn erase(&self, media: Media) {
        let privacy = &self.running.app.privacy;
        privacy.erase(self.id, media, "ada").await.unwrap();
        privacy.round().await.unwrap();
    }

    /// Until it is done, and what ends by itself has ended.
    async fn is_done(&self) {
        let app = &self.running.app;
        self.running.clock.advance(Duration::from_mins(16));
        app.privacy.round().await.unwrap();
        let left = app.store.page::<Erasures>(&(), None, 1).unwrap();
        assert!(left.is_empty(), "{left:?}");
        crate::jobs::round(&app.store, &app.world).await.unwrap();
    }

    /// Where anything of them is left that the table does not allow.
    fn left(&self) -> Vec<String> {
        let number = self.id.bytes();
        let in_words = self.id.to_string();
        let mut cbor = vec![0x1b];
        cbor.extend_from_slice(&number);
        let names = [SUBJECT, NAME, "Hermengilde", EMAIL, FORMER];
        let holds = |bytes: &[u8], wanted: &[u8]| {
            bytes.windows(wanted.len()).any(|window| window == wanted)
        };
        let mut left = Vec::new();
        for (tree, key, value) in self.running.app.store.everything() {
            let both = [&key[..], &[0xff][..], &value[..]].concat();
            let lower = both.to_ascii_lowercase();
            for name in names {
                if holds(&lower, name.to_ascii_lowercase().as_bytes()) {
                    left.push(format!("{tree}: {name}"));
                }
            }
            let nameless = named(tree).unwrap().erased == Erased::Nameless;
            if !nameless && (holds(&both, &number) || holds(&both, in_words.as_bytes())) {
                left.push(format!("{tree}: the number"));
            }
        }
        left
    }
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let before = scene.left();
    for tree in [
        "users",
        "user_by",
        "known_as",
        "named",
        "last_seen",
        "members",
        "member_of",
        "people_of",
        "sessions",
        "sessions_of",
        "items",
        "owned",
        "trash_of",
        "shares",
        "shared_with",
        "uploads",
        "uploads_of",
        "imported",
        "usage",
        "views",
        "viewed",
        "recent",
        "rewatched",
        "person_tallies",
        "targets",
        "target_of",
        "grades",
        "grade_due",
        "grades_in",
        "grades_by",
        "consents",
        "pseudonym",
        "pseudonym_of",
        "known_to",
        "received",
        "received_of",
        "log",
        "log_of",
        "audit_of",
        "expiry",
    ] {
        let found = before
            .iter()
            .any(|one| one.starts_with(&format!("{tree}: ")));
        assert!(found, "the scene has nothing in {tree}");
    }
    scene.erase(Media::Remove).await;
    scene.is_done().await;
    assert_eq!(scene.left(), Vec::<String>::new());
    let media = running.app.config.storage.media();
    for item in [scene.private, scene.placed] {
        let id = item.to_string();
        assert!(!media.join("items").join(&id[..2]).join(&id).exists());
    }
    assert_eq!(std::fs::read_dir(media.join("uploads")).unwrap().count(), 0);
}

#[tokio::test]
async fn others_keep_what_is_theirs() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    scene.erase(Media::Remove).await;
    scene.is_done().await;
    let store = &running.app.store;
    for who in [&ADA, &SAM] {
        let id = user(&running, who);
        assert!(store.get::<Users>(&id).unwrap().is_some());
    }
    let adas = user(&running, &ADA);
    assert_eq!(store.get::<Usage>(&adas).unwrap().unwrap().items, 1);
    let borrowed = store.get::<Items>(&scene.borrowed).unwrap().unwrap();
    assert_eq!(borrowed.owner, adas);
    let placed = store.page::<Placements>(&(), None, 9).unwrap();
    let still: Vec<_> = placed.iter().map(|(_, row)| row.item).collect();
    assert_eq!(still, [scene.borrowed], "what they placed of others stays");
    let views = store.page::<Views>(&(), None, 9).unwrap();
    assert!(views.is_empty(), "views of what is removed go with it");
    // It opens in the course as before, and its page names nobody who is gone.
    let page = scene.sam.get(&format!("media/{}", scene.borrowed)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("Hermengilde"));
    let share = scene
        .ada
        .get(&format!("media/{}/share", scene.borrowed))
        .await;
    assert!(!share.text().contains("Hermengilde"), "{}", share.text());
}

#[tokio::test]
async fn sessions_end_at_once_and_whoever_comes_back_is_somebody_new() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let privacy = &running.app.privacy;
    privacy.erase(scene.id, Media::Remove, "ada").await.unwrap();
    // Nothing was removed in the background yet.
    let ended = scene.herm.get("library").await;
    assert_eq!(ended.status, StatusCode::FORBIDDEN);
    let again = HERM.arrives(&running).await;
    let new = user(&running, &HERM);
    assert_ne!(new, scene.id);
    let library = again.get("library").await;
    assert_eq!(library.status, StatusCode::OK);
    privacy.round().await.unwrap();
    scene.is_done().await;
    let store = &running.app.store;
    assert!(store.get::<Users>(&new).unwrap().is_some());
    assert_eq!(again.get("library").await.status, StatusCode::OK);
    let twice = privacy.erase(scene.id, Media::Remove, "ada").await;
    assert!(matches!(twice, Err(privacy::Error::Unknown)));
}
