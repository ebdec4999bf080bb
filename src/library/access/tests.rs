use super::*;
use crate::library::testing::{Library, person, session};
use crate::library::{bytes, items};
use crate::store::Commit;
use crate::store::rows::people::Role;

const OWNER: u64 = 1;
const COURSE: u64 = 1;

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
        Err(Error::VisibilityRefused) => Refused,
        Err(other) => panic!("{other}"),
    }
}

/// What is tried: `[open, bytes, rename, hide, show, delete]`.
const OPERATIONS: usize = 6;

async fn attempt(
    library: &Library,
    operation: usize,
    member: &Member,
    visibility: Visibility,
) -> End {
    let owner = person(OWNER, 1, Some(COURSE), Role::Manager);
    let id = library.item(&owner, visibility, b"content").await;
    let (store, world) = (&library.store, &library.world);
    let opened = open(store, &Viewer::of(member), id);
    let editable = || editable(store, member, id);
    let title = crate::library::Title::parse("New").unwrap();
    let show = |visibility| async move {
        items::set_visibility(store, world, &editable()?, visibility).await
    };
    let rename = async { items::rename(store, world, &editable()?, &title).await };
    let delete = async { items::delete(store, &library.folder, &editable()?).await };
    match operation {
        0 => end(opened),
        1 => end(opened.and_then(|opened| bytes::original(store, &opened))),
        2 => end(rename.await),
        3 => end(show(Visibility::Private).await),
        4 => end(show(Visibility::Course).await),
        _ => end(delete.await),
    }
}

#[tokio::test]
async fn every_kind_of_person_by_visibility_and_operation() {
    let own_staff = [Done; OPERATIONS];
    // Whoever is not staff of the item's course hides but does not show; what is shown already
    // stays as it is.
    let own_hidden = [Done, Done, Done, Done, Refused, Done];
    let sees = [Done, Done, NotYours, NotYours, NotYours, NotYours];
    let nothing = [NotFound; OPERATIONS];
    let (manager, contributor, learner) = (Role::Manager, Role::Contributor, Role::Member);
    let people = [
        (
            "owner",
            person(OWNER, 1, Some(COURSE), manager),
            own_staff,
            own_staff,
        ),
        (
            "owner as assistant",
            person(OWNER, 1, Some(COURSE), contributor),
            own_staff,
            own_staff,
        ),
        (
            "owner as learner",
            person(OWNER, 1, Some(COURSE), learner),
            own_hidden,
            own_staff,
        ),
        (
            "owner elsewhere",
            person(OWNER, 1, Some(2), manager),
            own_hidden,
            own_staff,
        ),
        (
            "owner without course",
            person(OWNER, 1, None, learner),
            own_hidden,
            own_staff,
        ),
        (
            "teacher",
            person(2, 1, Some(COURSE), manager),
            nothing,
            sees,
        ),
        (
            "assistant",
            person(3, 1, Some(COURSE), contributor),
            nothing,
            sees,
        ),
        (
            "learner",
            person(4, 1, Some(COURSE), learner),
            nothing,
            sees,
        ),
        (
            "teacher elsewhere",
            person(5, 1, Some(2), manager),
            nothing,
            nothing,
        ),
        (
            "learner elsewhere",
            person(6, 1, Some(2), learner),
            nothing,
            nothing,
        ),
        (
            "teacher of another connection",
            person(7, 2, Some(3), manager),
            nothing,
            nothing,
        ),
        (
            "without course",
            person(8, 1, None, learner),
            nothing,
            nothing,
        ),
        (
            "role without course",
            person(9, 1, None, manager),
            nothing,
            nothing,
        ),
    ];
    let library = Library::new();
    for (who, member, private, course) in people {
        for operation in 0..OPERATIONS {
            let found = attempt(&library, operation, &member, Visibility::Private).await;
            assert_eq!(found, private[operation], "{who}, private, {operation}");
            let found = attempt(&library, operation, &member, Visibility::Course).await;
            assert_eq!(found, course[operation], "{who}, course, {operation}");
        }
    }
}

#[tokio::test]
async fn a_ticket_opens_its_item_and_no_other() {
    let library = Library::new();
    let owner = person(OWNER, 1, Some(COURSE), Role::Manager);
    let private = library.item(&owner, Visibility::Private, b"one").await;
    let shown = library.item(&owner, Visibility::Course, b"two").await;
    let open = |session: &Session, ticket: ItemId, id: ItemId| {
        end(open(
            &library.store,
            &Viewer::of_ticket(session, ticket),
            id,
        ))
    };

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
    let viewer = Viewer::of(&person(OWNER, 1, Some(COURSE), Role::Manager));
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
