//! Taking files in, as both the server and the command line do.

use futures_util::stream;

use super::*;
use crate::library::testing::{Library, body};
use crate::library::{Viewer, open};
use crate::store::ids::{ConnectionId, CourseId, UserId};
use crate::store::rows::people::{
    self, Connection, Course, CourseRef, Deployment, Role, Source, User, UserRef,
};
use crate::store::trees::{
    Connections, CourseBy, Courses, Deployments, MemberOf, Members, UserBy, Users,
};

const FILM: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom and more";
const CAPTIONS: &[u8] = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n";

/// Tess (1) teaches course 1 of "moodle"; Stu (2) learns there.
async fn school(library: &Library) {
    let now = library.world.now();
    let connection = Connection::new("moodle", Source::Registered, now);
    let deployment = Deployment {
        approved: true,
        ..Deployment::waiting(now)
    };
    let course = Course {
        title: Some("Biology".into()),
        ..Course::new(ConnectionId(1), "d", "bio", now)
    };
    let mut commit = Commit::new();
    commit
        .put::<Connections>(&ConnectionId(1), &connection)
        .put::<Deployments>(&(ConnectionId(1), "d".into()), &deployment)
        .put::<Courses>(&CourseId(1), &course)
        .put::<CourseBy>(
            &(ConnectionId(1), "d".into(), "bio".into()),
            &CourseRef {
                course: CourseId(1),
            },
        );
    for (id, subject, role) in [(1, "Tess", Role::Manager), (2, "Stu", Role::Member)] {
        let user = User {
            name: Some(format!("{subject} Doe")),
            ..User::new(ConnectionId(1), subject, now)
        };
        let member = people::Member::new(role, now);
        commit
            .put::<Users>(&UserId(id), &user)
            .put::<UserBy>(
                &(ConnectionId(1), subject.into()),
                &UserRef { user: UserId(id) },
            )
            .put::<Members>(&(CourseId(1), UserId(id)), &member)
            .put::<MemberOf>(&(UserId(id), CourseId(1)), &());
    }
    library.store.commit(commit).await.unwrap();
}

fn importer(library: &Library) -> Importer {
    Importer {
        store: library.store.clone(),
        world: library.world.clone(),
        folder: library.folder.clone(),
        uploads: library.uploads.clone(),
    }
}

fn whom(owner: &str, course: Option<&str>, shown: Shown) -> Whom {
    Whom {
        connection: "moodle".into(),
        owner: owner.into(),
        course: course.map(Into::into),
        shown,
    }
}

fn tess() -> Whom {
    whom("Tess", Some("bio"), Shown::Course)
}

fn mark(nth: u8) -> String {
    format!("{nth:02x}").repeat(32)
}

fn film(nth: u8) -> NewFile {
    NewFile {
        mark: mark(nth),
        len: FILM.len() as u64,
        name: "lens.mp4".into(),
        description: "What a lens does".into(),
        tags: "Physics,Optics".into(),
        ignore_quota: false,
    }
}

async fn ask(library: &Library, ask: Ask, follows: &[u8]) -> Reply {
    importer(library).answer(ask, body(follows)).await
}

async fn begin(library: &Library, file: NewFile) -> Reply {
    ask(library, Ask::Begin { whom: tess(), file }, b"").await
}

/// Brings a film in; answers its item.
async fn bring(library: &Library, nth: u8) -> ItemId {
    let Reply::At { upload, offset: 0 } = begin(library, film(nth)).await else {
        panic!("it is there already");
    };
    let bytes = Ask::Bytes {
        whom: tess(),
        upload,
        offset: 0,
        len: FILM.len() as u64,
    };
    let Reply::Known { item } = ask(library, bytes, FILM).await else {
        panic!("it did not come in");
    };
    item.parse().unwrap()
}

fn why(reply: Reply) -> (String, bool) {
    match reply {
        Reply::Refused { why, ends } => (why, ends),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_becomes_an_item_with_all_that_was_told_of_it() {
    let library = Library::new();
    school(&library).await;
    let id = bring(&library, 1).await;
    let member = importer(&library).member(&tess()).unwrap();
    let opened = open(&library.store, &Viewer::of(&member), id).unwrap();
    let item = opened.item();
    assert_eq!((item.owner, item.course), (UserId(1), Some(CourseId(1))));
    assert_eq!(
        (item.title.as_str(), item.visibility),
        ("lens", Visibility::Course)
    );
    assert_eq!(item.description, "What a lens does");
    assert_eq!(item.tags, ["Physics", "Optics"]);
}

#[tokio::test]
async fn nothing_comes_in_twice() {
    let mut library = Library::new();
    school(&library).await;
    let look = || Ask::Look {
        whom: tess(),
        mark: mark(1),
    };
    assert_eq!(ask(&library, look(), b"").await, Reply::New);
    // The connection breaks, and then the process ends.
    let Reply::At { upload, .. } = begin(&library, film(1)).await else {
        panic!();
    };
    let bytes = |offset| Ask::Bytes {
        whom: tess(),
        upload: upload.clone(),
        offset,
        len: FILM.len() as u64 - offset,
    };
    let half = FILM.len() / 2;
    let breaking = body(&FILM[..half]).chain(stream::iter([Err(())]));
    let (broken, ends) = why(importer(&library).answer(bytes(0), breaking).await);
    assert!(broken.contains("broke") && !ends, "{broken}");
    library.restart();
    let expected = Reply::At {
        upload: upload.clone(),
        offset: half as u64,
    };
    assert_eq!(begin(&library, film(1)).await, expected);
    let known = ask(&library, bytes(half as u64), &FILM[half..]).await;
    assert!(matches!(known, Reply::Known { .. }), "{known:?}");
    // Long after the upload itself is forgotten.
    library.clock.advance(std::time::Duration::from_hours(1000));
    library.expire().await;
    assert_eq!(begin(&library, film(1)).await, known);
    assert_eq!(ask(&library, look(), b"").await, known);
    // For somebody else it is another file.
    let own = Ask::Begin {
        whom: whom("Stu", None, Shown::Private),
        file: film(1),
    };
    assert!(matches!(ask(&library, own, b"").await, Reply::At { .. }));
}

#[tokio::test]
async fn captions_come_once_and_damaged_ones_not_at_all() {
    let library = Library::new();
    school(&library).await;
    let id = bring(&library, 1).await;
    let captions = |nth, lang: &str| Ask::Captions {
        whom: tess(),
        item: id.to_string(),
        mark: mark(nth),
        lang: lang.into(),
        len: 10,
    };
    let damaged = b"WEBVTT\n\n00:01.000 --> never\nHello\n";
    let (told, ends) = why(ask(&library, captions(2, "en"), damaged).await);
    assert!(told.contains("line 3") && !ends, "{told}");
    let known = Reply::Known {
        item: id.to_string(),
    };
    assert_eq!(ask(&library, captions(2, "en"), CAPTIONS).await, known);
    assert_eq!(
        ask(&library, captions(2, "en"), b"is not even read").await,
        known
    );
    let member = importer(&library).member(&tess()).unwrap();
    let of = || {
        let opened = open(&library.store, &Viewer::of(&member), id).unwrap();
        captions::of(&library.store, &opened).unwrap()
    };
    assert_eq!(of().len(), 1);
    // Taken away since, they do not come back by themselves.
    let editable = access::editable(&library.store, &member, id).unwrap();
    let (store, world, folder) = (&library.store, &library.world, &library.folder);
    captions::remove(store, world, folder, &editable, "en")
        .await
        .unwrap();
    assert_eq!(ask(&library, captions(2, "en"), CAPTIONS).await, known);
    assert!(of().is_empty());
    let other = Ask::Captions {
        whom: whom("Stu", None, Shown::Private),
        item: id.to_string(),
        mark: mark(3),
        lang: "en".into(),
        len: 10,
    };
    let (told, _) = why(ask(&library, other, CAPTIONS).await);
    assert_eq!(told, "it was deleted", "whether it exists is not told");
}

#[tokio::test]
async fn only_staff_shows_things_to_others() {
    let library = Library::new();
    school(&library).await;
    let check = |whom| ask(&library, Ask::Check { whom }, b"");
    for allowed in [
        whom("Tess", Some("bio"), Shown::Course),
        whom("Tess", Some("bio"), Shown::School),
        whom("Tess", None, Shown::Private),
        whom("Stu", Some("bio"), Shown::Private),
    ] {
        let reply = check(allowed).await;
        assert!(matches!(reply, Reply::Ready { .. }), "{reply:?}");
    }
    for refused in [
        whom("Stu", Some("bio"), Shown::Course),
        whom("Stu", Some("bio"), Shown::School),
        whom("Tess", None, Shown::Course),
        whom("Tess", None, Shown::School),
        whom("Tess", Some("physics"), Shown::Private),
        whom("Nobody", None, Shown::Private),
        Whom {
            connection: "canvas".into(),
            ..tess()
        },
    ] {
        let file = film(1);
        let begin = Ask::Begin {
            whom: refused.clone(),
            file,
        };
        assert!(why(check(refused).await).1);
        assert!(why(ask(&library, begin, b"").await).1);
    }
    let by_number = Whom {
        connection: "1".into(),
        ..tess()
    };
    assert!(matches!(check(by_number).await, Reply::Ready { .. }));
}

#[tokio::test]
async fn those_who_teach_are_listed() {
    let library = Library::new();
    school(&library).await;
    let connection = "moodle".to_owned();
    let reply = ask(&library, Ask::Staff { connection }, b"").await;
    let expected = Reply::Staff {
        people: vec![Teacher {
            subject: "Tess".into(),
            name: Some("Tess Doe".into()),
            courses: vec!["bio (Biology)".into()],
        }],
        more: false,
    };
    assert_eq!(reply, expected);
    let (told, _) = why(ask(
        &library,
        Ask::Staff {
            connection: "x".into(),
        },
        b"",
    )
    .await);
    assert!(told.contains("there are: moodle"), "{told}");
}

#[tokio::test]
async fn the_quota_counts_unless_an_administrator_says_otherwise() {
    let library = Library::with(|options| {
        options.quota_per_person = FILM.len() as u64 + 3;
    });
    school(&library).await;
    bring(&library, 1).await;
    let (told, ends) = why(begin(&library, film(2)).await);
    assert!(told.contains("0 bytes left") && !ends, "{told}");
    let beyond = NewFile {
        ignore_quota: true,
        ..film(2)
    };
    assert!(matches!(begin(&library, beyond).await, Reply::At { .. }));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let library = Library::new();
    school(&library).await;
    for nonsense in ["", "xy", &mark(1)[1..], &"é".repeat(32), &"+1".repeat(32)] {
        let file = NewFile {
            mark: nonsense.into(),
            ..film(1)
        };
        why(begin(&library, file).await);
    }
    let bytes = Ask::Bytes {
        whom: tess(),
        upload: "../x".into(),
        offset: 0,
        len: 1,
    };
    why(ask(&library, bytes, b"x").await);
    let long = NewFile {
        description: "x".repeat(5001),
        ..film(1)
    };
    let (told, ends) = why(begin(&library, long).await);
    assert!(told.contains("description") && !ends);
}
