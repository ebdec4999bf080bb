//! What is kept about somebody: all of it handed out, and all of it gone.

use std::io::Read;
use std::time::Duration;

use super::*;
use crate::privacy::export::For;
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
use crate::ui::Messages;
use futures_util::StreamExt;

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

#[tokio::test]
async fn what_others_use_is_handed_over_and_the_rest_goes() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let (store, adas) = (&running.app.store, user(&running, &ADA));
    let before = store.get::<Usage>(&adas).unwrap().unwrap();
    let unused = scene.herm.uploads("unused.mp4", "private", &film()).await;
    scene.erase(Media::HandOver(adas)).await;
    scene.is_done().await;
    assert_eq!(scene.left(), Vec::<String>::new());
    for item in [scene.placed, scene.private] {
        let row = store.get::<Items>(&item).unwrap().unwrap();
        assert_eq!(row.owner, adas, "placed, and shared with Ada");
    }
    assert!(store.get::<Items>(&unused).unwrap().is_none());
    let after = store.get::<Usage>(&adas).unwrap().unwrap();
    assert_eq!(after.items, before.items + 2);
    assert_eq!(after.bytes, before.bytes + 2 * film().len() as u64);
    assert_eq!(store.page::<Owned>(&(adas,), None, 9).unwrap().len(), 3);
    for (visitor, status) in [(&scene.ada, 200), (&scene.sam, 200)] {
        let page = visitor.get(&format!("media/{}", scene.placed)).await;
        assert_eq!(page.status.as_u16(), status);
    }
    let edit = scene.ada.get(&format!("media/{}/edit", scene.placed)).await;
    assert_eq!(edit.status, StatusCode::OK);
}

#[tokio::test]
async fn only_somebody_of_the_same_lms_takes_over() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let elsewhere = Coming {
        connection: 2,
        ..ADA
    };
    elsewhere.arrives(&running).await;
    let privacy = &running.app.privacy;
    for heir in [user(&running, &elsewhere), scene.id, UserId(4)] {
        let refused = privacy.erase(scene.id, Media::HandOver(heir), "ada").await;
        assert!(matches!(refused, Err(privacy::Error::NoHeir)), "{heir}");
    }
    assert!(running.app.store.get::<Users>(&scene.id).unwrap().is_some());
}

#[tokio::test]
async fn an_heir_who_goes_too_leaves_media_to_nobody() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let (app, adas) = (&running.app, user(&running, &ADA));
    app.privacy
        .erase(scene.id, Media::HandOver(adas), "ada")
        .await
        .unwrap();
    app.privacy.erase(adas, Media::Remove, "ada").await.unwrap();
    app.privacy.round().await.unwrap();
    scene.is_done().await;
    assert_eq!(scene.left(), Vec::<String>::new());
    let row = app.store.get::<Items>(&scene.placed).unwrap().unwrap();
    assert_eq!(row.owner, crate::library::leaving::NOBODY);
    let page = scene.sam.get(&format!("media/{}", scene.placed)).await;
    assert_eq!(page.status, StatusCode::OK, "courses go on");
}

#[tokio::test]
async fn what_was_written_meanwhile_goes_with_the_second_look() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    scene.erase(Media::Remove).await;
    assert_eq!(
        scene
            .left()
            .iter()
            .filter(|one| !one.starts_with("erasures"))
            .count(),
        0,
        "{:?}",
        scene.left()
    );
    // A request that was under way.
    let member = crate::store::rows::people::Member::new(
        crate::store::rows::people::Role::Member,
        running.app.world.now(),
    );
    let course = CourseId(12);
    let mut commit = Commit::new();
    commit
        .put::<Members>(&(course, scene.id), &member)
        .put::<MemberOf>(&(scene.id, course), &());
    running.app.store.commit(commit).await.unwrap();
    scene.is_done_after_two_looks().await;
    assert_eq!(scene.left(), Vec::<String>::new());
}

impl Scene<'_> {
    async fn is_done_after_two_looks(&self) {
        self.running.clock.advance(Duration::from_mins(16));
        self.running.app.privacy.round().await.unwrap();
        self.is_done().await;
    }
}

/// The files of an export.
async fn exported(running: &Running, user: UserId, media: bool) -> BTreeMap<String, Vec<u8>> {
    let whom = For::Administrator("ada");
    let privacy = &running.app.privacy;
    let chunks = privacy.export(user, media, whom, Messages::default()).await;
    let chunks: Vec<_> = chunks.unwrap().collect().await;
    let whole: Vec<u8> = chunks
        .into_iter()
        .flat_map(|chunk| chunk.unwrap().to_vec())
        .collect();
    unzipped(whole)
}

fn unzipped(whole: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(whole)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let name = file.name().unwrap().into_owned();
        let twice = files.insert(name.clone(), bytes);
        assert!(twice.is_none(), "{name}");
    }
    files
}

fn json(files: &BTreeMap<String, Vec<u8>>, name: &str) -> serde_json::Value {
    serde_json::from_slice(&files[name]).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
async fn an_export_has_what_is_there_and_names_nobody_else() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let files = exported(&running, scene.id, true).await;
    let person = json(&files, "person.json");
    assert_eq!(person["name"], NAME);
    assert_eq!(person["email"], EMAIL);
    assert_eq!(person["known_as"].as_array().unwrap().len(), 2);
    for (name, number) in [
        ("courses.json", 1),
        ("items.json", 3),
        ("placements.json", 2),
        ("shares.json", 1),
        ("uploads.json", 1),
        ("views.json", 1),
        ("grades.json", 1),
        ("launches.json", 1),
        ("sessions.json", 1),
    ] {
        let array = json(&files, name);
        assert_eq!(array.as_array().unwrap().len(), number, "{name}: {array}");
    }
    let tools = json(&files, "tools.json");
    for part in ["answers", "names", "results"] {
        assert_eq!(tools[part].as_array().unwrap().len(), 1, "{part}");
    }
    assert!(!json(&files, "audit.json").as_array().unwrap().is_empty());
    let table = std::str::from_utf8(&files["views.csv"]).unwrap();
    assert_eq!(table.lines().count(), 2, "{table}");
    let media: Vec<_> = files
        .keys()
        .filter(|name| name.starts_with("media/"))
        .collect();
    assert_eq!(media.len(), 3, "{media:?}");
    let name = format!("media/{}/private.mp4", scene.private);
    assert_eq!(files[&name], film());
    let readme = std::str::from_utf8(&files["README.txt"]).unwrap();
    assert!(readme.contains(NAME) && readme.contains("views.csv"));
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        for other in ["Ada Lovelace", "Sam"] {
            assert!(!text.contains(other), "{name} names {other}");
        }
    }
    let without = exported(&running, scene.id, false).await;
    assert!(!without.keys().any(|name| name.starts_with("media/")));
}

#[tokio::test]
async fn every_file_of_the_table_is_in_an_export() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let files = exported(&running, scene.id, false).await;
    for treatment in privacy::table::TREES {
        if let privacy::table::Exported::In(name) = treatment.exported {
            assert!(files.contains_key(name), "{name}");
        }
    }
}

#[tokio::test]
async fn people_export_themselves_and_nobody_else() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let page = scene.sam.get("me").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("What is kept about you"));
    for visitor in [&scene.sam, &scene.ada] {
        // Whatever is asked for: there is nobody to choose.
        let fields = [("user", scene.id.to_string()), ("media", "on".into())];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let answer = visitor.post("me/export", &fields).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), Some("application/zip"));
        let files = unzipped(answer.body.to_vec());
        for (name, bytes) in &files {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains("Hermengilde"), "{name}");
        }
        assert!(!files.keys().any(|name| name.starts_with("media/")));
    }
    let other_site = scene.sam.post_from("cross-site", "me/export", &[]).await;
    assert_eq!(other_site.status, StatusCode::FORBIDDEN);
    assert_eq!(
        scene.sam.get("me/export").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    // Nobody makes the server write the same again and again.
    for _ in 0..3 {
        scene.sam.post("me/export", &[]).await;
    }
    let answer = scene.sam.post("me/export", &[]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn whoever_comes_no_more_is_erased_in_time_but_for_media_that_others_use() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let (app, kept) = (&running.app, Duration::from_hours(24 * 100));
    running.clock.advance(Duration::from_hours(24 * 99));
    ADA.arrives(&running).await;
    app.privacy.retire(kept).await.unwrap();
    assert_eq!(app.privacy.due(kept).unwrap().number, 0);
    running.clock.advance(Duration::from_hours(48));
    assert_eq!(app.privacy.due(kept).unwrap().number, 2, "all but Ada");
    let sams = user(&running, &SAM);
    app.privacy.retire(kept).await.unwrap();
    assert!(app.store.get::<Users>(&sams).unwrap().is_none());
    assert!(app.store.get::<Users>(&scene.id).unwrap().is_some());
    let (waiting, more) = app.privacy.waiting(kept, None, 10).unwrap();
    assert_eq!(
        waiting.iter().map(|one| one.id).collect::<Vec<_>>(),
        [scene.id]
    );
    assert!(more.is_none());
}
