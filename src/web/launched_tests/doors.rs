//! Every kind of person × every visibility × every door of an item.

use std::time::Duration;

use super::*;
use crate::keys::Purpose;
use crate::people::sessions::Secret;
use crate::store::ids::Hash;
use crate::store::rows::library::Location;
use crate::store::trees::{Files, Items, Placed, UserBy};

pub(super) const VISIBILITIES: [&str; 5] = ["private", "course", "school", "unlisted", "public"];
/// The files of an item that are asked for.
pub(super) const RENDITIONS: [&str; 3] = ["original", "picture-320", "captions-en"];

/// Somebody with whom the item is shared, to see it.
pub(super) const VERA: Coming = Coming {
    subject: "vera",
    name: Some("Vera Rubin"),
    ..SAM
};
/// Somebody with whom the item is shared, to change it.
pub(super) const ED: Coming = Coming {
    subject: "ed",
    name: Some("Ed Hubble"),
    ..SAM
};
/// Another teacher.
const CARL: Coming = Coming {
    subject: "carl",
    name: Some("Carl Gauss"),
    ..ADA
};

/// An item of Ada's, as every door of it can be tried.
pub(super) struct Scene<'a> {
    pub(super) running: &'a Running,
    pub(super) ada: Visitor<'a>,
    pub(super) item: ItemId,
}

impl<'a> Scene<'a> {
    /// With a picture and captions, shared with Vera and Ed, and placed in the course of
    /// chemistry.
    pub(super) async fn new(running: &'a Running, visibility: &str) -> Self {
        let ada = ADA.arrives(running).await;
        let item = ada.uploads("a.mp4", "private", &film()).await;
        let scene = Self { running, ada, item };
        scene.with_renditions().await;
        scene.shows(visibility).await;
        SAM.arrives(running).await;
        for (somebody, role) in [(VERA, "viewer"), (ED, "editor")] {
            let somebody = scene.user(&somebody).await;
            let fields = [("user", somebody.as_str()), ("role", role)];
            scene.does("share", &fields).await;
        }
        let there = in_course(&ADA, "chemistry").arrives(running).await;
        let placed = there.post(&scene.below("place"), &[]).await;
        assert_eq!(placed.status, StatusCode::SEE_OTHER);
        scene
    }

    pub(super) fn below(&self, door: &str) -> String {
        format!("media/{}/{door}", self.item)
    }

    /// Ada does something that works.
    pub(super) async fn does(&self, door: &str, fields: &[(&str, &str)]) {
        let answer = self.ada.post(&self.below(door), fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{door}: {answer:?}");
    }

    pub(super) async fn shows(&self, visibility: &str) {
        let fields = [("title", "Waves"), ("visibility", visibility)];
        self.does("edit", &fields).await;
    }

    /// Makes a link to the item; answers its key, as the page offers it.
    pub(super) async fn links(&self) -> String {
        // The newest is the last.
        self.running.clock.advance(Duration::from_secs(1));
        self.does("link", &[]).await;
        let page = self.ada.get(&self.below("share")).await;
        let (_, rest) = page.text().rsplit_once(r#"name="key" value=""#).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Makes somebody known in the course; answers the id.
    pub(super) async fn user(&self, somebody: &Coming) -> String {
        somebody.arrives(self.running).await;
        let key = (ConnectionId(somebody.connection), somebody.subject.into());
        let row = self.running.app.store.get::<UserBy>(&key).unwrap();
        row.unwrap().user.to_string()
    }

    /// Pictures and captions are made elsewhere; here they only have to be there.
    async fn with_renditions(&self) {
        let store = &self.running.app.store;
        let file = store.get::<Files>(&(self.item, "original".into())).unwrap();
        let mut item = store.get::<Items>(&self.item).unwrap().unwrap();
        item.pictures = vec![320];
        item.facts.width = Some(1920);
        item.facts.height = Some(1080);
        let mut commit = Commit::new();
        commit.put::<Items>(&self.item, &item);
        for (rendition, media_type) in [("picture-320", "image/jpeg"), ("captions-en", "text/vtt")]
        {
            let mut file = file.clone().unwrap();
            file.media_type = media_type.into();
            commit.put::<Files>(&(self.item, rendition.into()), &file);
        }
        store.commit(commit).await.unwrap();
    }

    /// What is known of the item's file is that it may tell a location.
    pub(super) async fn may_tell_a_location(&self) {
        let store = &self.running.app.store;
        let mut item = store.get::<Items>(&self.item).unwrap().unwrap();
        item.location = Location::Unknown;
        let mut commit = Commit::new();
        commit.put::<Items>(&self.item, &item);
        store.commit(commit).await.unwrap();
    }

    /// The address of a rendition, with a ticket of this session.
    pub(super) fn file(&self, visitor: &Visitor<'_>, rendition: &str) -> String {
        let Hash(session) = Secret::hash_of(&visitor.token).unwrap();
        let plain = [&session[..], &self.item.0.to_be_bytes()].concat();
        let ticket = self.running.app.keys.seal().close(Purpose::Media, &plain);
        format!("/files/{}/{rendition}?t={ticket}", self.item)
    }
}

pub(super) fn in_course(somebody: &Coming, course: &'static str) -> Coming {
    Coming {
        course: Some(course),
        ..somebody.clone()
    }
}

/// What somebody may do with the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    Nothing,
    Sees,
    Edits,
    Owns,
}
use Right::{Edits, Nothing, Owns, Sees};

/// Somebody, and what the launch gives by visibility.
struct Person {
    who: Coming,
    right: [Right; 5],
    /// Whether the person may put the item into the launch's course.
    places: [bool; 5],
    /// Whether the person may share with people of the item's course.
    shares: bool,
}

fn people() -> Vec<Person> {
    let person = |who, right, places| Person {
        who,
        right,
        places,
        shares: false,
    };
    let student = |who: &Coming| Coming {
        role: STUDENT,
        ..who.clone()
    };
    let (never, always) = ([false; 5], [true; 5]);
    let school = [false, false, true, false, true];
    let elsewhere = [Nothing, Nothing, Sees, Nothing, Sees];
    let in_course_of_it = [Nothing, Sees, Sees, Nothing, Sees];
    vec![
        Person {
            shares: true,
            ..person(ADA, [Owns; 5], always)
        },
        person(in_course(&ADA, "art"), [Owns; 5], always),
        person(student(&ADA), [Owns; 5], never),
        person(CARL, in_course_of_it, [false, true, true, false, true]),
        person(SAM, in_course_of_it, never),
        person(VERA, [Sees; 5], never),
        person(ED, [Edits; 5], never),
        person(
            Coming {
                role: TEACHER,
                ..in_course(&ED, "art")
            },
            [Edits; 5],
            always,
        ),
        // Where it is placed, everyone sees it; passing it on is not theirs.
        person(in_course(&SAM, "chemistry"), [Sees; 5], never),
        person(in_course(&CARL, "chemistry"), [Sees; 5], school),
        person(in_course(&CARL, "art"), elsewhere, school),
        person(in_course(&SAM, "art"), elsewhere, never),
        person(
            Coming {
                course: None,
                ..CARL
            },
            elsewhere,
            never,
        ),
        // The same names at another platform are other people and another course.
        person(
            Coming {
                connection: 2,
                ..ADA
            },
            [Nothing; 5],
            never,
        ),
    ]
}

/// A status for each right.
const fn by(right: Right, sees: u16, edits: u16, owns: u16) -> u16 {
    match right {
        Nothing => 404,
        Sees => sees,
        Edits => edits,
        Owns => owns,
    }
}

/// What each door answers, in the order in which they are tried.
fn expected(person: &Person, index: usize) -> Vec<(&'static str, u16)> {
    let (right, places) = (person.right[index], person.places[index]);
    let visibility = VISIBILITIES[index];
    let at_once = by(right, 200, 200, 200);
    let code = match visibility {
        "public" => at_once,
        "unlisted" => by(right, 403, 403, 200),
        _ => by(right, 409, 409, 409),
    };
    let placing = if places { 200 } else { 403 };
    let place = if places { 303 } else { 403 };
    let link = if visibility == "unlisted" { 303 } else { 409 };
    let shared = if person.shares { 303 } else { 403 };
    let trashed = if right == Owns { 303 } else { 404 };
    let mut doors = vec![("page", at_once), ("embed", at_once)];
    doors.extend(RENDITIONS.map(|rendition| (rendition, at_once)));
    doors.extend([
        ("embed-code", code),
        ("edit page", by(right, 403, 200, 200)),
        ("share page", by(right, placing, placing, 200)),
        ("edit", by(right, 403, 303, 303)),
        ("share", by(right, 403, 403, shared)),
        ("unshare", by(right, 403, 403, 303)),
        ("link", by(right, 403, 403, link)),
        ("unlink", by(right, 403, 403, 404)),
        ("place", by(right, place, place, place)),
        ("unplace", by(right, 403, 403, 303)),
        ("withdraw", by(right, 403, 403, 404)),
        ("allow", by(right, 403, 403, 404)),
        ("hide", by(right, 403, 403, 303)),
        ("restore too early", 404),
        ("delete for good too early", 404),
        ("delete", by(right, 403, 403, 303)),
        ("restore", trashed),
        ("delete again", by(right, 403, 403, 303)),
        ("delete for good", trashed),
    ]);
    doors
}

async fn seen(scene: &Scene<'_>, visitor: &Visitor<'_>) -> Vec<u16> {
    let id = scene.item;
    let mut seen = Vec::new();
    for below in [format!("media/{id}"), format!("embed/{id}")] {
        seen.push(visitor.get(&below).await.status);
    }
    for rendition in RENDITIONS {
        let address = scene.file(visitor, rendition);
        seen.push(get(scene.running, &address, &[]).await.status);
    }
    for below in [
        format!("embed-code/{id}"),
        scene.below("edit"),
        scene.below("share"),
    ] {
        seen.push(visitor.get(&below).await.status);
    }
    let sam = scene.user(&SAM).await;
    let vera = scene.user(&VERA).await;
    let placement = placement_in_chemistry(scene);
    for (door, fields) in [
        ("edit", &[("title", "Waves")][..]),
        ("share", &[("user", &sam), ("role", "viewer")]),
        ("unshare", &[("user", &vera)]),
        ("link", &[]),
        ("unlink", &[("key", "none")]),
        ("place", &[]),
        ("unplace", &[("placement", &placement)]),
        ("withdraw", &[("course", "0000000000000001")]),
        ("allow", &[("course", "0000000000000001")]),
        ("edit", &[("title", "Waves"), ("visibility", "private")]),
    ] {
        let answer = visitor.post(&scene.below(door), fields).await;
        seen.push(answer.status);
    }
    for door in [
        "restore",
        "delete-for-good",
        "delete",
        "restore",
        "delete",
        "delete-for-good",
    ] {
        seen.push(visitor.post(&scene.below(door), &[]).await.status);
    }
    seen.into_iter().map(|status| status.as_u16()).collect()
}

fn placement_in_chemistry(scene: &Scene<'_>) -> String {
    let store = &scene.running.app.store;
    let placed = store.page::<Placed>(&(), None, 10).unwrap();
    let ((_, _, id), ()) = placed.first().unwrap();
    id.to_string()
}

/// What an item's pages and files answer while its file may tell a location: everything to its owner,
/// to others that it is not ready, and to those who may not see it what they are always answered.
#[tokio::test]
async fn every_person_at_what_may_tell_a_location() {
    for (index, visibility) in VISIBILITIES.into_iter().enumerate() {
        let running = running(&[]).await;
        let scene = Scene::new(&running, visibility).await;
        scene.may_tell_a_location().await;
        for person in people() {
            let right = person.right[index];
            let visitor = person.who.arrives(&running).await;
            for page in ["media", "embed"] {
                let page = visitor.get(&format!("{page}/{}", scene.item)).await;
                assert_eq!(page.status.as_u16(), by(right, 200, 200, 200));
                let waits = page.text().contains("This isn’t ready yet");
                assert_eq!(
                    waits,
                    matches!(right, Sees | Edits),
                    "{visibility}: {:?}",
                    person.who
                );
            }
            for (rendition, others) in RENDITIONS.into_iter().zip([409, 200, 200]) {
                let answer = get(&running, &scene.file(&visitor, rendition), &[]).await;
                let expected = by(right, others, others, 200);
                assert_eq!(
                    answer.status.as_u16(),
                    expected,
                    "{rendition}: {:?}",
                    person.who
                );
                if expected == 409 {
                    assert_eq!(answer.code(), "file-unchecked");
                }
            }
            let notes = visitor.get(&scene.below("notes")).await;
            assert_eq!(notes.status.as_u16(), by(right, 403, 200, 200));
            let told = notes.text().contains("Only you receive this file");
            assert_eq!(told, matches!(right, Edits | Owns));
            for act in ["allow", "withhold"] {
                let fields = [("do", act), ("replaced", "0")];
                let answer = visitor.post(&scene.below("location"), &fields).await;
                assert_eq!(answer.status.as_u16(), by(right, 403, 403, 303), "{act}");
            }
        }
        scene
            .does("location", &[("do", "allow"), ("replaced", "0")])
            .await;
        let vera = VERA.arrives(&running).await;
        let answer = get(&running, &scene.file(&vera, "original"), &[]).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

async fn every_person_at_every_door(index: usize) {
    let visibility = VISIBILITIES[index];
    for person in people() {
        let running = running(&[]).await;
        let scene = Scene::new(&running, visibility).await;
        let visitor = person.who.arrives(&running).await;
        let seen = seen(&scene, &visitor).await;
        let expected = expected(&person, index);
        assert_eq!(seen.len(), expected.len());
        for ((door, expected), seen) in expected.into_iter().zip(seen) {
            assert_eq!(seen, expected, "{door}, {visibility}: {:?}", person.who);
        }
    }
}

/// A test for each visibility, since there are many people and doors.
macro_rules! by_visibility {
    ($($name:ident: $index:literal),*) => {$(
        #[tokio::test]
        async fn $name() {
            every_person_at_every_door($index).await;
        }
    )*};
}
by_visibility!(
    every_person_at_every_door_of_what_is_private: 0,
    every_person_at_every_door_of_what_is_a_courses: 1,
    every_person_at_every_door_of_what_is_the_schools: 2,
    every_person_at_every_door_of_what_is_unlisted: 3,
    every_person_at_every_door_of_what_is_public: 4
);
