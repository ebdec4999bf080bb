use std::time::Duration;

use super::*;
use crate::keys::Keys;
use crate::library::testing::{Library, person, teacher};
use crate::library::{Viewer, access, links, lists, open, placements, sharing};
use crate::store::ids::UserId;
use crate::store::rows::admin::AuditEntry;
use crate::store::rows::library::{self as rows, ShareRole};
use crate::store::rows::people::Role;
use crate::store::trees;

fn listed(library: &Library) -> usize {
    let page = lists::in_course(&library.store, &teacher(), None, 10).unwrap();
    page.items.len()
}

fn usage(library: &Library) -> rows::Usage {
    let user = teacher().session().user;
    library.store.get::<trees::Usage>(&user).unwrap().unwrap()
}

const EVERYTHING: Publishing = Publishing {
    unlisted: true,
    public: true,
};

/// Lets the owner show an item to others, or try to.
async fn show(library: &Library, item: &Owned, visibility: Visibility) -> Result<(), Error> {
    let rules = Rules {
        visibility: Some(visibility),
        ..Rules::default()
    };
    let words = Words::default();
    update(
        &library.store,
        &library.world,
        EVERYTHING,
        item,
        &words,
        rules,
    )
    .await
}

async fn delete_for_good(library: &Library, id: ItemId) -> Result<(), Error> {
    trash(
        &library.store,
        &library.world,
        &library.owned(&teacher(), id),
    )
    .await?;
    let item = access::trashed(&library.store, &teacher(), id)?;
    delete(&library.store, &library.world, &library.folder, &item).await
}

#[tokio::test]
async fn an_edited_item_has_its_new_words_and_a_time_of_change() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    library.clock.advance(Duration::from_secs(5));
    let words = Words {
        title: Some(Title::parse("Another").unwrap()),
        description: Some(Description::parse("What it is").unwrap()),
        tags: Some(Tags::parse("light, lens").unwrap()),
    };
    let editable = library.editable(&teacher(), id);
    edit(&library.store, &library.world, &editable, &words)
        .await
        .unwrap();
    edit(&library.store, &library.world, &editable, &Words::default())
        .await
        .unwrap();

    let opened = library.open(&teacher(), id);
    let item = opened.item();
    assert_eq!(
        (item.title.as_str(), item.description.as_str()),
        ("Another", "What it is")
    );
    assert_eq!(item.tags, ["light", "lens"]);
    assert_eq!(item.changed, library.world.now());
    assert!(item.created < item.changed);
}

#[tokio::test]
async fn a_list_has_an_item_while_it_is_shown_there() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    let learner = person(2, 1, Some(1), Role::Member);
    let lists = || {
        let in_course = lists::in_course(&library.store, &learner, None, 10).unwrap();
        let shared = lists::shared(&library.store, &learner, None, 10).unwrap();
        (in_course.items.len(), shared.items.len())
    };
    let owned = library.owned(&teacher(), id);
    for (visibility, expected) in [
        (Visibility::Private, (0, 0)),
        (Visibility::Course, (1, 0)),
        (Visibility::Course, (1, 0)),
        (Visibility::School, (0, 1)),
        (Visibility::Unlisted, (0, 0)),
        (Visibility::Public, (0, 1)),
        (Visibility::Private, (0, 0)),
    ] {
        show(&library, &owned, visibility).await.unwrap();
        assert_eq!(lists(), expected, "{visibility:?}");
    }
}

#[tokio::test]
async fn the_configuration_forbids_showing_without_a_launch() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    let owned = library.owned(&teacher(), id);
    let nothing = Publishing {
        unlisted: false,
        public: false,
    };
    assert_eq!(
        may_become(&owned, nothing),
        [Visibility::Private, Visibility::Course, Visibility::School]
    );
    assert_eq!(may_become(&owned, EVERYTHING).len(), 5);
    for visibility in [Visibility::Unlisted, Visibility::Public] {
        let rules = Rules {
            visibility: Some(visibility),
            ..Rules::default()
        };
        let (store, world) = (&library.store, &library.world);
        let refused = update(store, world, nothing, &owned, &Words::default(), rules).await;
        assert!(matches!(refused, Err(Error::VisibilityRefused)));
    }
}

#[tokio::test]
async fn an_item_without_course_becomes_that_of_the_course_it_is_shown_to() {
    let library = Library::new();
    let elsewhere = person(1, 1, None, Role::Member);
    let id = library.item(&elsewhere, Visibility::Private, b"x").await;
    show(&library, &library.owned(&teacher(), id), Visibility::Course)
        .await
        .unwrap();
    assert_eq!(listed(&library), 1);
    assert_eq!(
        library.open(&teacher(), id).item().course,
        teacher().session().course
    );
}

#[tokio::test]
async fn the_trash_keeps_an_item_until_it_is_restored() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Course, b"x").await;
    let owned = library.owned(&teacher(), id);
    trash(&library.store, &library.world, &owned).await.unwrap();
    let in_trash = |member| {
        lists::trash(&library.store, &member, None, 10)
            .unwrap()
            .items
            .len()
    };
    assert_eq!((listed(&library), in_trash(teacher())), (0, 1));
    assert_eq!(in_trash(person(2, 1, Some(1), Role::Manager)), 0);
    let opened = open(&library.store, &Viewer::of(&teacher()), id);
    assert!(matches!(opened, Err(Error::NotFound)));
    // Nothing that was opened before changes it there.
    let again = show(&library, &owned, Visibility::Private).await;
    assert!(matches!(again, Err(Error::NotFound)));
    let another = access::trashed(&library.store, &person(2, 1, Some(1), Role::Manager), id);
    assert!(matches!(another, Err(Error::NotFound)));

    let trashed = access::trashed(&library.store, &teacher(), id).unwrap();
    restore(&library.store, &library.world, &trashed)
        .await
        .unwrap();
    assert_eq!((listed(&library), in_trash(teacher())), (1, 0));
    library.open(&teacher(), id);
    let late = delete(&library.store, &library.world, &library.folder, &trashed).await;
    assert!(matches!(late, Err(Error::NotFound)));
}

#[tokio::test]
async fn the_trash_is_emptied_of_what_was_there_long_enough() {
    let library = Library::new();
    let old = library.item(&teacher(), Visibility::Private, b"old").await;
    let new = library.item(&teacher(), Visibility::Private, b"new").await;
    for id in [old, new] {
        trash(
            &library.store,
            &library.world,
            &library.owned(&teacher(), id),
        )
        .await
        .unwrap();
        library.clock.advance(Duration::from_mins(1));
    }
    let end = library.world.now().before(Duration::from_mins(1));
    let empty = || empty_trash(&library.store, &library.world, &library.folder, end, 10);
    assert_eq!(empty().await.unwrap(), 1);
    assert_eq!(empty().await.unwrap(), 0);
    assert!(access::trashed(&library.store, &teacher(), old).is_err());
    assert!(access::trashed(&library.store, &teacher(), new).is_ok());
    assert_eq!(
        (library.kept(old).exists(), library.kept(new).exists()),
        (false, true)
    );
    assert_eq!(usage(&library).items, 1);
}

#[tokio::test]
async fn a_deleted_item_leaves_nothing_behind() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let kept = library.item(&teacher(), Visibility::Course, b"kept").await;
    let id = library
        .item(&teacher(), Visibility::Course, b"deleted")
        .await;
    assert_eq!((usage(&library).bytes, usage(&library).items), (11, 2));
    let file = library.kept(id);
    assert!(file.exists());
    let keys = Keys::open(store, world).await.unwrap();
    let owned = library.owned(&teacher(), id);
    library.knows(1, 2).await;
    sharing::share(store, world, &owned, UserId(2), ShareRole::Viewer)
        .await
        .unwrap();
    links::make(store, world, keys.seal(), &owned)
        .await
        .unwrap();
    let teacher_here = teacher();
    let contributor = teacher_here.contributor().unwrap();
    placements::place(store, world, contributor, owned.opened())
        .await
        .unwrap();

    delete_for_good(&library, id).await.unwrap();
    assert!(!file.exists() && !file.parent().unwrap().exists());
    assert_eq!(listed(&library), 1);
    assert_eq!((usage(&library).bytes, usage(&library).items), (4, 1));
    assert!(store.page::<Removals>(&(), None, 1).unwrap().is_empty());
    assert!(store.page::<Files>(&(id,), None, 1).unwrap().is_empty());
    assert!(
        store
            .page::<trees::Shares>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .page::<trees::SharedWith>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .page::<trees::ShareLinks>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .page::<trees::Placements>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    assert!(store.page::<PlacedHere>(&(), None, 1).unwrap().is_empty());
    assert!(store.page::<Trash>(&(), None, 1).unwrap().is_empty());
    assert_eq!(store.page::<InCourse>(&(), None, 9).unwrap().len(), 1);
    library.open(&teacher(), kept);
}

#[tokio::test]
async fn nothing_is_given_of_an_item_that_is_gone() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let keys = Keys::open(store, world).await.unwrap();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    library.knows(1, 2).await;
    let owned = library.owned(&teacher(), id);
    delete_for_good(&library, id).await.unwrap();
    let given = sharing::share(store, world, &owned, UserId(2), ShareRole::Viewer).await;
    assert!(matches!(given, Err(Error::NotFound)));
    let made = links::make(store, world, keys.seal(), &owned).await;
    assert!(matches!(made, Err(Error::NotFound)));
    let shares = store.page::<trees::Shares>(&(), None, 1).unwrap();
    let links = store.page::<trees::ShareLinks>(&(), None, 1).unwrap();
    assert!(shares.is_empty() && links.is_empty());
}

#[tokio::test]
async fn what_an_owner_gives_and_takes_is_recorded() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let keys = Keys::open(store, world).await.unwrap();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    let owned = library.owned(&teacher(), id);
    let recorded = || {
        let entries = store.page::<trees::Audit>(&(), None, 10).unwrap();
        let told = |(_, entry): (_, AuditEntry)| (entry.who, entry.what, entry.to.unwrap());
        entries.into_iter().map(told).next_back()
    };
    let entry = |by: &str, what: &str, to: String| Some((by.into(), what.into(), to));
    let who = format!("user:{}", teacher().session().user);
    let later = || library.clock.advance(Duration::from_secs(1));

    show(&library, &owned, Visibility::Private).await.unwrap();
    assert_eq!(recorded(), None);
    show(&library, &owned, Visibility::School).await.unwrap();
    let change = format!("{id} private school");
    assert_eq!(recorded(), entry(&who, "visibility-changed", change));
    later();
    let key = links::make(store, world, keys.seal(), &owned)
        .await
        .unwrap();
    assert_eq!(recorded(), entry(&who, "link-made", id.to_string()));
    later();
    let link = links::hash(&key);
    links::revoke(store, world, &owned, link).await.unwrap();
    assert_eq!(recorded(), entry(&who, "link-revoked", id.to_string()));
    later();
    let me = teacher();
    let placed = placements::place(store, world, me.contributor().unwrap(), owned.opened());
    let placement = placed.await.unwrap();
    let course = me.session().course.unwrap();
    let to = format!("{placement} {id} {course}");
    assert_eq!(recorded(), entry(&who, "placed", to));
    later();
    delete_for_good(&library, id).await.unwrap();
    assert_eq!(recorded(), entry(&who, "item-deleted", id.to_string()));
    later();
    let other = library.item(&me, Visibility::Private, b"y").await;
    trash(store, world, &library.owned(&me, other))
        .await
        .unwrap();
    later();
    let emptied = empty_trash(store, world, &library.folder, world.now(), 10).await;
    assert_eq!(emptied.unwrap(), 1);
    assert_eq!(
        recorded(),
        entry("machine", "item-deleted", other.to_string())
    );
}

#[tokio::test]
async fn files_that_a_power_cut_left_are_swept() {
    let library = Library::new();
    let id = library.item(&teacher(), Visibility::Private, b"x").await;
    let file = library.kept(id);
    delete_for_good(&library, id).await.unwrap();
    // As it was between the commit and the removal.
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, b"x").unwrap();
    let mut commit = Commit::new();
    commit.put::<Removals>(&id, &());
    library.store.commit(commit).await.unwrap();

    library.uploads.sweep().await.unwrap();
    assert!(!file.exists());
    assert!(
        library
            .store
            .page::<Removals>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_item_that_comes_to_a_course_counts_there() {
    let library = Library::new();
    let nowhere = person(1, 1, None, Role::Member);
    let item = library
        .item(&nowhere, Visibility::Private, b"eight by")
        .await;
    let course = CourseId(1);
    let counted = || library.store.get::<trees::CourseUsage>(&course).unwrap();
    assert_eq!(counted(), None);
    let owned = library.owned(&teacher(), item);
    show(&library, &owned, Visibility::Course).await.unwrap();
    let now = counted().unwrap();
    assert_eq!((now.bytes, now.items), (8, 1));
    let owned = library.owned(&teacher(), item);
    show(&library, &owned, Visibility::School).await.unwrap();
    assert_eq!(counted().unwrap().items, 1, "it belongs there from now on");
}
