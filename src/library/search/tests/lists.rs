//! Filters, orders and pages.

use super::*;
use crate::store::Commit;
use crate::store::ids::{CourseId, UserId};
use crate::store::rows::library::File;
use crate::store::trees::Files;

/// Changes an item's row as no handler does.
async fn changed_row(library: &Library, id: ItemId, change: impl FnOnce(&mut Item)) {
    let mut row = library.store.get::<Items>(&id).unwrap().unwrap();
    change(&mut row);
    let mut commit = Commit::new();
    commit.put::<Items>(&id, &row);
    changed(&mut commit, &library.world, id);
    library.store.commit(commit).await.unwrap();
}

async fn sized(library: &Library, id: ItemId, len: u64) {
    let key = (id, "original".to_owned());
    let file = library.store.get::<Files>(&key).unwrap().unwrap();
    let mut commit = Commit::new();
    commit.put::<Files>(&key, &File { len, ..file });
    changed(&mut commit, &library.world, id);
    library.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn every_order_and_every_page() {
    let library = Library::new();
    let me = teacher();
    let ten = item(&library, "Lecture 10", "", "").await;
    let low = item(&library, "lecture 2", "", "").await;
    let echo = item(&library, "Écho", "", "").await;
    let two = item(&library, "Lecture 2", "", "").await;
    let zebra = item(&library, "Zebra", "", "").await;
    for (id, seconds, len) in [
        (ten, 10, 5),
        (low, 300, 1),
        (echo, 0, 900),
        (two, 20, 30),
        (zebra, 300, 2),
    ] {
        let duration = (seconds > 0).then_some(seconds * 1000);
        changed_row(&library, id, |row| row.facts.duration_ms = duration).await;
        sized(&library, id, len).await;
    }
    let edit = library.editable(&me, low);
    let (store, world) = (&library.store, &library.world);
    items::edit(store, world, &edit, &NewWords::default())
        .await
        .unwrap();
    let alike = |x: ItemId, y: ItemId| if x < y { [x, y] } else { [y, x] };
    let [low_or_two, two_or_low] = alike(low, two);
    let [low_or_zebra, zebra_or_low] = alike(low, zebra);
    for (sort, expected) in [
        (Sort::Newest, [zebra, two, echo, low, ten]),
        (Sort::Best, [zebra, two, echo, low, ten]),
        (Sort::Oldest, [ten, low, echo, two, zebra]),
        (Sort::Changed, [low, zebra, two, echo, ten]),
        (Sort::Title, [echo, low_or_two, two_or_low, ten, zebra]),
        (Sort::Longest, [low_or_zebra, zebra_or_low, two, ten, echo]),
        (Sort::Largest, [echo, two, ten, zebra, low]),
    ] {
        let wanted = Wanted {
            sort,
            ..Wanted::default()
        };
        for limit in [1, 2, 3, 5, 100] {
            let ids = walk(&library, &me, List::Mine, &wanted, limit).await;
            assert_eq!(ids, expected, "{sort:?} by {limit}");
        }
    }
}

#[tokio::test]
async fn pages_go_on_where_they_stood_although_titles_come_and_go() {
    let library = Library::new();
    let me = teacher();
    let mut ids = Vec::new();
    for title in ["a", "b", "c", "d"] {
        ids.push(item(&library, title, "", "").await);
    }
    let wanted = Wanted {
        sort: Sort::Title,
        ..Wanted::default()
    };
    library.search.index_now().await;
    let find = |after| library.search.find(&me, List::Mine, &wanted, after, 2);
    let first = find(None).await.unwrap();
    // The title at which the page ended is gone, and others came on both sides.
    items::trash(&library.store, &library.world, &library.owned(&me, ids[1]))
        .await
        .unwrap();
    item(&library, "aa", "", "").await;
    let new = item(&library, "bb", "", "").await;
    let second = find(first.next).await.unwrap();
    let second: Vec<_> = second.items.iter().map(|(id, _)| *id).collect();
    assert_eq!(second, [new, ids[2]]);
}

#[tokio::test]
async fn filters_leave_what_they_say() {
    let library = Library::new();
    let me = teacher();
    let shown = item_of(
        &library,
        &me,
        Visibility::Course,
        ["Shown", "Wave Optics, light", ""],
    )
    .await;
    let own = item_of(
        &library,
        &me,
        Visibility::Private,
        ["Own", "wave optics", ""],
    )
    .await;
    let sound = item_of(&library, &me, Visibility::Course, ["Sound", "wave", ""]).await;
    changed_row(&library, sound, |row| row.kind = Kind::Audio).await;
    changed_row(&library, shown, |row| row.kind = Kind::Video).await;
    let colleague = person(2, 1, Some(1), Role::Manager);
    let theirs = item_of(&library, &colleague, Visibility::Course, ["Theirs", "", ""]).await;
    let only = |change: fn(&mut Wanted)| {
        let mut wanted = Wanted::default();
        change(&mut wanted);
        wanted
    };
    let tag = |tag: &str| Wanted {
        tag: Some(tag.into()),
        ..Wanted::default()
    };
    let everything = only(|_| {});
    let private = only(|wanted| wanted.visibility = Some(Visibility::Private));
    let several = Wanted {
        words: Some(Words::parse("sho")),
        kind: Some(Kind::Video),
        ..tag("light")
    };
    let (mine, course) = (List::Mine, List::Course);
    for (list, wanted, expected) in [
        (mine, everything.clone(), vec![sound, own, shown]),
        (course, everything, vec![theirs, sound, shown]),
        (mine, only(|w| w.kind = Some(Kind::Audio)), vec![sound]),
        (mine, only(|w| w.kind = Some(Kind::Pdf)), vec![]),
        (mine, private.clone(), vec![own]),
        (course, private, vec![]),
        (mine, tag("WAVE optics"), vec![own, shown]),
        (mine, tag("optics"), vec![]),
        (course, only(|w| w.owner = Some(UserId(2))), vec![theirs]),
        (
            course,
            only(|w| w.owner = Some(UserId(1))),
            vec![sound, shown],
        ),
        (mine, several, vec![shown]),
    ] {
        let ids = walk(&library, &me, list, &wanted, 2).await;
        assert_eq!(ids, expected, "{list:?} {wanted:?}");
    }
}

#[tokio::test]
async fn what_does_not_open_does_not_shorten_pages_nor_show_in_cursors() {
    let library = Library::new();
    let me = teacher();
    let mut ids = Vec::new();
    for _ in 0..9 {
        ids.push(item(&library, "x", "", "").await);
    }
    ids.reverse();
    library.search.index_now().await;
    for at in [8, 4, 3, 0] {
        let mut commit = Commit::new();
        commit.delete::<Items>(&ids.remove(at));
        library.store.commit(commit).await.unwrap();
    }
    for sort in Sort::ALL {
        let wanted = Wanted {
            sort,
            ..Wanted::default()
        };
        let mut found = walk(&library, &me, List::Mine, &wanted, 2).await;
        let mut expected = ids.clone();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{sort:?}");
    }
    let wanted = Wanted::default();
    let page = library
        .search
        .find(&me, List::Mine, &wanted, None, 2)
        .await
        .unwrap();
    assert_eq!(page.next.unwrap().place().item(), ids[1]);
}

#[test]
fn a_cursor_of_another_order_or_of_nobody_is_refused() {
    let place = Place {
        by: vec![0; 8],
        id: 7,
    };
    let cursor = Cursor::new(Sort::Newest, place).to_string();
    assert!(Cursor::parse(&cursor, Sort::Newest).is_ok());
    for sort in [Sort::Best, Sort::Title, Sort::Oldest] {
        assert!(matches!(
            Cursor::parse(&cursor, sort),
            Err(Error::BadCursor)
        ));
    }
    let short = Cursor::new(
        Sort::Newest,
        Place {
            by: vec![0; 7],
            id: 7,
        },
    )
    .to_string();
    for text in ["", "x", "AAAA", "ä", &short] {
        for sort in Sort::ALL {
            assert!(Cursor::parse(text, sort).is_err(), "{text}");
        }
    }
}

#[tokio::test]
async fn any_cursor_gives_a_page_of_ones_own_list() {
    let library = Library::new();
    let me = teacher();
    item(&library, "mine", "", "").await;
    let other = person(2, 1, Some(1), Role::Manager);
    item_of(&library, &other, Visibility::Private, ["theirs", "", ""]).await;
    library.search.index_now().await;
    for by in [
        vec![],
        vec![0; 8],
        vec![255; 8],
        b"m".to_vec(),
        b"~~".to_vec(),
        vec![255],
    ] {
        for sort in Sort::ALL {
            for id in [0, u64::MAX] {
                let cursor = Cursor::new(sort, Place { by: by.clone(), id });
                let wanted = Wanted {
                    sort,
                    ..Wanted::default()
                };
                let found = library
                    .search
                    .find(&me, List::Mine, &wanted, Some(cursor), 5);
                for (_, item) in found.await.unwrap().items {
                    assert_eq!(item.title, "mine");
                }
            }
        }
    }
}

#[test]
fn orders_have_names() {
    for sort in Sort::ALL {
        assert_eq!(Sort::named(sort.name()), Some(sort));
    }
    assert_eq!(Sort::named("x"), None);
    assert_eq!(
        CourseId(1).to_string().len(),
        16,
        "terms of scopes never run together"
    );
}
