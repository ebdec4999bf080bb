//! What one may not open is not found: by no word, tag, order or cursor.

use super::*;
use crate::library::{placements, sharing};
use crate::store::Commit;
use crate::store::ids::{CourseId, UserId};
use crate::store::rows::library::{Claim, ShareRole};
use crate::store::trees::Claims;

const WORDS: [&str; 3] = ["Secret lantern", "hidden", "glow"];

/// Everything that `member` finds of an item with [`WORDS`], however asked: the lists it is in.
async fn finds(library: &Library, member: &Member) -> Vec<List> {
    let mut lists = Vec::new();
    for list in [List::Mine, List::Course, List::Shared] {
        let mut answers = Vec::new();
        let asked = [
            "secret",
            "lantern",
            "hidden",
            "glow",
            "secre",
            "sceret",
            "\"secret lantern\"",
        ];
        for text in asked {
            answers.push(walk(library, member, list, &looking_for(text), 10).await);
        }
        for sort in Sort::ALL {
            let all = Wanted {
                sort,
                ..Wanted::default()
            };
            answers.push(walk(library, member, list, &all, 1).await);
        }
        for wanted in [
            Wanted {
                tag: Some("hidden".into()),
                ..Wanted::default()
            },
            Wanted {
                owner: Some(UserId(1)),
                ..Wanted::default()
            },
            Wanted {
                kind: Some(Kind::Document),
                ..Wanted::default()
            },
        ] {
            answers.push(walk(library, member, list, &wanted, 10).await);
        }
        answers.dedup();
        assert_eq!(
            answers.len(),
            1,
            "found by some questions only: {answers:?}"
        );
        if !answers[0].is_empty() {
            lists.push(list);
        }
    }
    lists
}

#[tokio::test]
async fn each_visibility_is_found_by_those_who_may_open_it() {
    use List::{Course, Mine, Shared};
    let here = person(2, 1, Some(1), Role::Member);
    let beside = person(3, 1, Some(2), Role::Manager);
    let outside = person(4, 1, None, Role::Member);
    let foreign = person(5, 2, Some(3), Role::Manager);
    for (visibility, owner, in_course, elsewhere) in [
        (Visibility::Private, vec![Mine], vec![], vec![]),
        (Visibility::Unlisted, vec![Mine], vec![], vec![]),
        (Visibility::Course, vec![Mine, Course], vec![Course], vec![]),
        (
            Visibility::School,
            vec![Mine, Shared],
            vec![Shared],
            vec![Shared],
        ),
        (
            Visibility::Public,
            vec![Mine, Shared],
            vec![Shared],
            vec![Shared],
        ),
    ] {
        let library = Library::new();
        item_of(&library, &teacher(), visibility, WORDS).await;
        assert_eq!(finds(&library, &teacher()).await, owner, "{visibility:?}");
        assert_eq!(finds(&library, &here).await, in_course, "{visibility:?}");
        for member in [&beside, &outside] {
            assert_eq!(finds(&library, member).await, elsewhere, "{visibility:?}");
        }
        assert!(finds(&library, &foreign).await.is_empty(), "{visibility:?}");
    }
}

#[tokio::test]
async fn what_is_taken_back_is_not_found_any_more() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let id = item_of(&library, &teacher(), Visibility::Private, WORDS).await;
    let viewer = person(2, 1, Some(2), Role::Member);
    let pupil = person(3, 1, Some(5), Role::Member);
    let copied = person(4, 1, Some(6), Role::Member);
    library.knows(1, 2).await;
    let owned = library.owned(&teacher(), id);
    for member in [&viewer, &pupil, &copied] {
        assert!(finds(&library, member).await.is_empty());
    }

    sharing::share(store, world, &owned, UserId(2), ShareRole::Viewer)
        .await
        .unwrap();
    let there = person(1, 1, Some(5), Role::Manager);
    let place = placements::place(store, world, there.contributor().unwrap(), owned.opened());
    let placement = place.await.unwrap();
    let claim = Claim {
        placement,
        by: UserId(9),
        created: world.now(),
        by_history: false,
        through: None,
        revoked: None,
    };
    let mut commit = Commit::new();
    commit.put::<Claims>(&(CourseId(6), CourseId(5)), &claim);
    store.commit(commit).await.unwrap();
    assert_eq!(finds(&library, &viewer).await, [List::Shared]);
    assert_eq!(finds(&library, &pupil).await, [List::Course]);
    assert_eq!(finds(&library, &copied).await, [List::Course]);

    sharing::unshare(store, world, &owned, UserId(2))
        .await
        .unwrap();
    placements::revoke(store, world, &owned, placement)
        .await
        .unwrap();
    for member in [&viewer, &pupil, &copied] {
        assert!(finds(&library, member).await.is_empty());
    }
    assert_eq!(finds(&library, &teacher()).await, [List::Mine]);
}

#[tokio::test]
async fn the_index_alone_opens_nothing() {
    let library = Library::new();
    let id = item_of(&library, &teacher(), Visibility::School, WORDS).await;
    let other = person(3, 1, Some(2), Role::Manager);
    assert_eq!(finds(&library, &other).await, [List::Shared]);
    // The index is not told, as when it lags behind.
    let mut row = library.store.get::<Items>(&id).unwrap().unwrap();
    row.visibility = Visibility::Private;
    let mut commit = Commit::new();
    commit.put::<Items>(&id, &row);
    library.store.commit(commit).await.unwrap();
    assert!(finds(&library, &other).await.is_empty());
}

#[tokio::test]
async fn the_trash_is_not_searched() {
    let library = Library::new();
    let (store, world) = (&library.store, &library.world);
    let me = teacher();
    let id = item_of(&library, &me, Visibility::Course, WORDS).await;
    items::trash(store, world, &library.owned(&me, id))
        .await
        .unwrap();
    assert!(finds(&library, &me).await.is_empty());
    let trashed = crate::library::trashed(store, &me, id).unwrap();
    items::restore(store, world, &trashed).await.unwrap();
    assert_eq!(finds(&library, &me).await, [List::Mine, List::Course]);
    let rules = Rules {
        visibility: Some(Visibility::Private),
        ..Rules::default()
    };
    let owned = library.owned(&me, id);
    items::update(
        store,
        world,
        EVERYTHING,
        &owned,
        &NewWords::default(),
        rules,
    )
    .await
    .unwrap();
    assert_eq!(finds(&library, &me).await, [List::Mine]);
    items::trash(store, world, &library.owned(&me, id))
        .await
        .unwrap();
    let trashed = crate::library::trashed(store, &me, id).unwrap();
    items::delete(store, &library.world, &library.folder, &trashed)
        .await
        .unwrap();
    assert!(finds(&library, &me).await.is_empty());
}
