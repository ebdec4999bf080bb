use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::library::testing::{Library, person, teacher};
use crate::store::Commit;
use crate::store::rows::library::Visibility;
use crate::store::rows::people::Role;

/// Every page of a list, and the sizes of the pages.
fn walk(
    limit: usize,
    list: impl Fn(Option<Cursor>, usize) -> Result<Page, Error>,
) -> (Vec<ItemId>, Vec<usize>) {
    let (mut ids, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = list(after, limit).unwrap();
        sizes.push(page.items.len());
        ids.extend(page.items.iter().map(|(id, _)| *id));
        let Some(next) = page.next else {
            return (ids, sizes);
        };
        after = Some(next.to_string().parse().unwrap());
    }
}

async fn filled(count: usize) -> (Library, Vec<ItemId>) {
    let library = Library::new();
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(library.item(&teacher(), Visibility::Course, b"x").await);
        library.clock.advance(Duration::from_secs(1));
    }
    ids.reverse();
    (library, ids)
}

#[tokio::test]
async fn pages_are_full_and_newest_first() {
    let (library, ids) = filled(7).await;
    let me = teacher();
    for (limit, expected) in [
        (3, vec![3, 3, 1]),
        (7, vec![7]),
        (6, vec![6, 1]),
        (100, vec![7]),
        (0, vec![1; 7]),
    ] {
        let mine = walk(limit, |after, limit| {
            mine(&library.store, &me, after, limit)
        });
        assert_eq!(mine, (ids.clone(), expected.clone()), "{limit}");
        let course = walk(limit, |after, limit| {
            in_course(&library.store, &me, after, limit)
        });
        assert_eq!(course, (ids.clone(), expected), "{limit}");
    }
}

#[tokio::test]
async fn entries_without_rows_do_not_shorten_pages() {
    let (library, mut ids) = filled(9).await;
    for at in [8, 4, 3, 0] {
        let mut commit = Commit::new();
        commit.delete::<Items>(&ids.remove(at));
        library.store.commit(commit).await.unwrap();
    }
    let me = teacher();
    let found = walk(2, |after, limit| mine(&library.store, &me, after, limit));
    assert_eq!(found, (ids, vec![2, 2, 1]));
}

#[tokio::test]
async fn a_cursor_tells_of_nothing_that_is_not_shown() {
    let (library, ids) = filled(3).await;
    let mut commit = Commit::new();
    commit.delete::<Items>(&ids[1]);
    library.store.commit(commit).await.unwrap();
    let page = mine(&library.store, &teacher(), None, 1).unwrap();
    let Cursor(_, id) = page.next.unwrap();
    assert_eq!(id, ids[0]);
    let page = mine(&library.store, &teacher(), page.next, 1).unwrap();
    assert_eq!((page.items[0].0, page.next), (ids[2], None));
}

#[tokio::test]
async fn a_list_holds_what_opens_and_nothing_else() {
    let library = Library::new();
    let shown = library.item(&teacher(), Visibility::Course, b"x").await;
    library.item(&teacher(), Visibility::Private, b"x").await;
    let learner = person(2, 1, Some(1), Role::Member);
    let own = library.item(&learner, Visibility::Private, b"x").await;
    let ids = |page: Result<Page, Error>| -> Vec<ItemId> {
        page.unwrap().items.iter().map(|(id, _)| *id).collect()
    };
    assert_eq!(ids(in_course(&library.store, &learner, None, 10)), [shown]);
    assert_eq!(ids(mine(&library.store, &learner, None, 10)), [own]);

    let elsewhere = person(3, 1, Some(2), Role::Manager);
    assert_eq!(ids(in_course(&library.store, &elsewhere, None, 10)), []);
    let without = person(4, 1, None, Role::Member);
    assert_eq!(ids(in_course(&library.store, &without, None, 10)), []);
}

#[test]
fn a_cursor_that_is_none_is_refused() {
    for text in ["", "x", "AAAA", "!!!", "AAAAAAAAAAAAAAAAAAAAAAAA", "ä"] {
        assert!(
            matches!(text.parse::<Cursor>(), Err(Error::BadCursor)),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_taken_as_a_cursor_without_panic(text: String) {
        let _ = text.parse::<Cursor>();
    }
}
