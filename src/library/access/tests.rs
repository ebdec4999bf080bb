use super::*;
use crate::keys::Keys;
use crate::library::items::{Rules, Words};
use crate::library::testing::{Library, person, session};
use crate::library::{bytes, items, sharing};
use crate::store::Commit;
use crate::store::rows::people::Role;

const OWNER: u64 = 1;
const COURSE: u64 = 1;
/// With whom the item is shared, to see it and to change it.
const VIEWER: u64 = 20;
const EDITOR: u64 = 21;
/// A course where the item is placed.
const PLACED: u64 = 5;

const EVERYTHING: Publishing = Publishing {
    unlisted: true,
    public: true,
};
const NOTHING: Publishing = Publishing {
    unlisted: false,
    public: false,
};
const VISIBILITIES: [Visibility; 5] = [
    Visibility::Private,
    Visibility::Course,
    Visibility::School,
    Visibility::Unlisted,
    Visibility::Public,
];

fn owner() -> Member {
    person(OWNER, 1, Some(COURSE), Role::Manager)
}

/// How an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    NotFound,
    NotYours,
    Refused,
}
use End::{Done, NotFound, NotYours, Refused};

fn end<T>(result: Result<T, Error>) -> End {
    match result {
        Ok(_) => Done,
        Err(Error::NotFound) => NotFound,
        Err(Error::NotYours) => NotYours,
        Err(Error::VisibilityRefused | Error::SharingRefused) => Refused,
        Err(other) => panic!("{other}"),
    }
}

/// An item of the owner, shared with two people and placed in a course.
async fn prepared(library: &Library, visibility: Visibility) -> ItemId {
    let (store, world) = (&library.store, &library.world);
    let id = library.item(&owner(), visibility, b"content").await;
    let owned = library.owned(&owner(), id);
    for (user, role) in [(VIEWER, ShareRole::Viewer), (EDITOR, ShareRole::Editor)] {
        library.knows(COURSE, user).await;
        sharing::share(store, world, &owned, UserId(user), role)
            .await
            .unwrap();
    }
    let there = person(OWNER, 1, Some(PLACED), Role::Manager);
    placements::place(store, world, there.contributor().unwrap(), owned.opened())
        .await
        .unwrap();
    id
}

/// What is tried, in this order: open, bytes, edit, hide, show to the course, share, trash.
async fn attempts(library: &Library, member: &Member, visibility: Visibility) -> [End; 7] {
    let (store, world) = (&library.store, &library.world);
    let id = prepared(library, visibility).await;
    let opened = open(store, &Viewer::of(member), id);
    let bytes = opened
        .as_ref()
        .map_err(|_| Error::NotFound)
        .and_then(|opened| bytes::original(store, opened));
    let words = Words::default();
    let edit = async { items::edit(store, world, &editable(store, member, id)?, &words).await };
    let set = |visibility| {
        let words = &words;
        async move {
            let rules = Rules {
                visibility: Some(visibility),
                ..Rules::default()
            };
            let item = owned(store, member, id)?;
            items::update(store, world, EVERYTHING, &item, words, rules).await
        }
    };
    let share = async {
        let item = owned(store, member, id)?;
        sharing::share(store, world, &item, UserId(VIEWER), ShareRole::Viewer).await
    };
    let trash = async { items::trash(store, world, &owned(store, member, id)?).await };
    [
        end(opened),
        end(bytes),
        end(edit.await),
        end(set(Visibility::Private).await),
        end(set(Visibility::Course).await),
        end(share.await),
        end(trash.await),
    ]
}

/// Each kind of person, and how every attempt ends by visibility.
fn people() -> Vec<(&'static str, Member, [[End; 7]; 5])> {
    let owns = [Done; 7];
    let sees = [Done, Done, NotYours, NotYours, NotYours, NotYours, NotYours];
    let edits = [Done, Done, Done, NotYours, NotYours, NotYours, NotYours];
    let nothing = [NotFound; 7];
    // Without a staff launch from the item's course an owner hides, but does not show or share
    // here; after hiding, not even to the course that saw it before.
    let owns_elsewhere = [Done, Done, Done, Done, Refused, Refused, Done];

    let (manager, contributor, learner) = (Role::Manager, Role::Contributor, Role::Member);
    let here = Some(COURSE);
    let always = |end: [End; 7]| [end; 5];
    let by_visibility = |course: bool, school: bool| {
        let [course, school] = [course, school].map(|opens| if opens { sees } else { nothing });
        [nothing, course, school, nothing, school]
    };
    let at = |user, course, role| person(user, 1, course, role);
    vec![
        ("owner", at(OWNER, here, manager), always(owns)),
        (
            "owner as assistant",
            at(OWNER, here, contributor),
            always(owns),
        ),
        (
            "owner as learner",
            at(OWNER, here, learner),
            always(owns_elsewhere),
        ),
        (
            "owner elsewhere",
            at(OWNER, Some(2), manager),
            always(owns_elsewhere),
        ),
        (
            "owner without course",
            at(OWNER, None, learner),
            always(owns_elsewhere),
        ),
        ("viewer", at(VIEWER, Some(2), learner), always(sees)),
        (
            "viewer without course",
            at(VIEWER, None, learner),
            always(sees),
        ),
        ("editor", at(EDITOR, Some(2), manager), always(edits)),
        (
            "editor as learner",
            at(EDITOR, here, learner),
            always(edits),
        ),
        (
            "learner where it is placed",
            at(4, Some(PLACED), learner),
            always(sees),
        ),
        (
            "teacher where it is placed",
            at(5, Some(PLACED), manager),
            always(sees),
        ),
        ("teacher", at(2, here, manager), by_visibility(true, true)),
        (
            "assistant",
            at(3, here, contributor),
            by_visibility(true, true),
        ),
        ("learner", at(4, here, learner), by_visibility(true, true)),
        (
            "teacher elsewhere",
            at(5, Some(2), manager),
            by_visibility(false, true),
        ),
        (
            "learner elsewhere",
            at(6, Some(2), learner),
            by_visibility(false, true),
        ),
        (
            "without course",
            at(8, None, learner),
            by_visibility(false, true),
        ),
        (
            "role without course",
            at(9, None, manager),
            by_visibility(false, true),
        ),
        (
            "teacher of another connection",
            person(7, 2, Some(3), manager),
            always(nothing),
        ),
        (
            "learner of another connection",
            person(7, 2, None, learner),
            always(nothing),
        ),
    ]
}

#[tokio::test]
async fn every_kind_of_person_by_visibility_and_door() {
    let library = Library::new();
    for (who, member, expected) in people() {
        for (visibility, expected) in VISIBILITIES.into_iter().zip(expected) {
            let found = attempts(&library, &member, visibility).await;
            assert_eq!(found, expected, "{who}, {visibility:?}");
        }
    }
}

#[tokio::test]
async fn what_opens_without_a_launch() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let keys = Keys::open(store, world).await.unwrap();
    for visibility in VISIBILITIES {
        let id = prepared(&library, visibility).await;
        let item = library.owned(&owner(), id);
        let key = links::make(store, world, keys.seal(), &item).await.unwrap();
        let opens = |key: Option<&str>, publishing| {
            end(open(store, &Viewer::outside(key, publishing), id)) == Done
        };
        let public = visibility == Visibility::Public;
        let unlisted = visibility == Visibility::Unlisted;
        assert_eq!(opens(None, EVERYTHING), public, "{visibility:?}");
        assert_eq!(
            opens(Some(&key), EVERYTHING),
            public || unlisted,
            "{visibility:?}"
        );
        assert_eq!(opens(Some("x"), EVERYTHING), public, "{visibility:?}");
        assert!(
            !opens(Some(&key), NOTHING) && !opens(None, NOTHING),
            "{visibility:?}"
        );
        items::trash(store, world, &item).await.unwrap();
        assert!(!opens(Some(&key), EVERYTHING), "{visibility:?}");
    }
}

#[tokio::test]
async fn what_is_taken_back_is_gone_at_once() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let id = prepared(&library, Visibility::Private).await;
    let item = library.owned(&owner(), id);
    let viewer = person(VIEWER, 1, Some(2), Role::Member);
    let placed = person(4, 1, Some(PLACED), Role::Member);
    let opens = |member: &Member| end(open(store, &Viewer::of(member), id));
    assert_eq!((opens(&viewer), opens(&placed)), (Done, Done));

    sharing::unshare(store, world, &item, UserId(VIEWER))
        .await
        .unwrap();
    assert_eq!((opens(&viewer), opens(&placed)), (NotFound, Done));
    let (placement, _) = placements::of_item(store, &item, 1).unwrap().remove(0);
    placements::revoke(store, world, &item, placement)
        .await
        .unwrap();
    assert_eq!((opens(&viewer), opens(&placed)), (NotFound, NotFound));
    assert_eq!(opens(&owner()), Done);
}

#[tokio::test]
async fn placing_shows_an_item_to_nobody_its_owner_did_not_choose() {
    let library = Library::new();
    let store = &library.store;
    let teacher = person(2, 1, Some(COURSE), Role::Manager);
    let colleague = person(2, 1, Some(2), Role::Manager);
    let editor = person(EDITOR, 1, Some(2), Role::Contributor);
    let viewer = person(VIEWER, 1, Some(2), Role::Manager);
    let owner_there = person(OWNER, 1, Some(2), Role::Manager);
    for visibility in VISIBILITIES {
        let id = prepared(&library, visibility).await;
        let opened = library.open(&owner(), id);
        let may =
            |member: &Member| may_place(store, member.contributor().unwrap(), &opened).unwrap();
        let school = matches!(visibility, Visibility::School | Visibility::Public);
        let course = school || visibility == Visibility::Course;
        assert!(may(&owner_there) && may(&editor), "{visibility:?}");
        assert_eq!(may(&viewer), school, "{visibility:?}");
        assert_eq!(may(&teacher), course, "{visibility:?}");
        assert_eq!(may(&colleague), school, "{visibility:?}");
    }
}

#[tokio::test]
async fn a_ticket_opens_its_item_and_no_other() {
    let library = Library::new();
    let private = library.item(&owner(), Visibility::Private, b"one").await;
    let shown = library.item(&owner(), Visibility::Course, b"two").await;
    let open = |session: &Session, ticket: ItemId, id: ItemId| {
        end(open(
            &library.store,
            &Viewer::of_ticket(session, ticket),
            id,
        ))
    };

    let owner = owner();
    let owner = owner.session();
    assert_eq!(open(owner, private, private), Done);
    assert_eq!(open(owner, private, shown), NotFound);

    let learner = session(2, 1, Some(COURSE), Role::Member);
    assert_eq!(open(&learner, shown, shown), Done);
    assert_eq!(open(&learner, private, private), NotFound);
    assert_eq!(open(&learner, private, shown), NotFound);
}

#[test]
fn what_does_not_exist_looks_like_what_may_not_be_opened() {
    let library = Library::new();
    let viewer = Viewer::of(&owner());
    assert_eq!(end(open(&library.store, &viewer, ItemId(1))), NotFound);
    let viewer = Viewer::outside(None, EVERYTHING);
    assert_eq!(end(open(&library.store, &viewer, ItemId(1))), NotFound);
}

#[tokio::test]
async fn no_course_is_not_a_course_in_common() {
    let library = Library::new();
    let owner = person(OWNER, 1, None, Role::Member);
    let id = library.item(&owner, Visibility::Private, b"x").await;
    let mut item = library.open(&owner, id).item().clone();
    item.visibility = Visibility::Course;
    let mut commit = Commit::new();
    commit.put::<Items>(&id, &item);
    library.store.commit(commit).await.unwrap();
    for course in [None, Some(COURSE)] {
        let viewer = Viewer::of(&person(2, 1, course, Role::Manager));
        assert_eq!(end(open(&library.store, &viewer, id)), NotFound);
    }
}
