//! The index is as the store is, whatever happens to it.

use std::fs;
use std::path::Path;

use super::*;
use crate::store::Commit;
use crate::store::rows::library::Item;
use crate::store::trees::Meta;

#[tokio::test]
async fn what_was_changed_and_not_indexed_is_found_after_a_restart() {
    let mut library = Library::new();
    library.search.index_now().await;
    let new = item(&library, "Written before the lights went out", "", "").await;
    library.restart();
    assert!(
        !library
            .store
            .page::<IndexDue>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    assert_eq!(found(&library, "lights").await, [new]);
    assert!(
        library
            .store
            .page::<IndexDue>(&(), None, 1)
            .unwrap()
            .is_empty()
    );
    library.restart();
    assert_eq!(found(&library, "lights").await, [new]);
}

#[tokio::test]
async fn a_restart_keeps_the_index() {
    let mut library = Library::new();
    let id = item(&library, "Waves", "", "").await;
    library.search.index_now().await;
    // A row that the index was not told of shows whether it is made anew.
    let mut row = library.store.get::<Items>(&id).unwrap().unwrap();
    row.title = "Unheard".into();
    let mut commit = Commit::new();
    commit.put::<Items>(&id, &row);
    library.store.commit(commit).await.unwrap();
    library.restart();
    assert_eq!(found(&library, "waves").await, [id]);
    assert!(found(&library, "unheard").await.is_empty());
}

#[tokio::test]
async fn an_index_that_cannot_be_used_is_made_anew() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 6] = [
        ("gone", |dir| fs::remove_dir_all(dir).unwrap()),
        ("empty", |dir| {
            fs::remove_dir_all(dir).unwrap();
            fs::create_dir(dir).unwrap();
        }),
        ("not an index", |dir| {
            fs::write(dir.join("meta.json"), "{}").unwrap();
        }),
        ("a file is gone", |dir| {
            fs::remove_file(segment_file(dir)).unwrap();
        }),
        ("a file is cut", |dir| {
            let file = fs::OpenOptions::new().write(true).open(segment_file(dir));
            file.unwrap().set_len(10).unwrap();
        }),
        ("a bit is wrong", |dir| {
            let path = segment_file(dir);
            let mut bytes = fs::read(&path).unwrap();
            bytes[3] ^= 16;
            fs::write(path, bytes).unwrap();
        }),
    ];
    let mut library = Library::new();
    let id = item(&library, "Waves", "", "").await;
    library.search.index_now().await;
    for (name, damage) in damages {
        library.search.rest().await;
        library.restart();
        damage(&library.index());
        assert_eq!(found(&library, "waves").await, [id], "{name}");
    }
}

/// The largest file of a segment.
fn segment_file(dir: &Path) -> PathBuf {
    let files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|e| e == "fast" || e == "term"));
    files
        .max_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap()
}

#[tokio::test]
async fn an_index_of_another_store_is_made_anew() {
    let mut library = Library::new();
    let id = item(&library, "Waves", "", "").await;
    library.search.index_now().await;
    for bytes in [None, Some(vec![1; 25]), Some(vec![])] {
        let mut row = library.store.get::<Items>(&id).unwrap().unwrap();
        row.title = format!("{bytes:?} now");
        let mut commit = Commit::new();
        commit.put::<Items>(&id, &row);
        match bytes {
            None => commit.delete::<Meta>(&"search".into()),
            Some(bytes) => commit.put::<Meta>(&"search".into(), &bytes),
        };
        library.store.commit(commit).await.unwrap();
        library.restart();
        assert_eq!(found(&library, "now").await, [id]);
    }
}

#[tokio::test]
async fn an_index_that_vanishes_while_it_is_used_comes_back() {
    let library = Library::new();
    let old = item(&library, "Old waves", "", "").await;
    library.search.index_now().await;
    library.search.rest().await;
    fs::remove_dir_all(library.index()).unwrap();
    let new = item(&library, "New waves", "", "").await;
    // The first step fails and lets go; the next one begins again.
    assert!(library.search.step().await.is_err());
    assert_eq!(found(&library, "waves").await, [new, old]);
}

#[tokio::test]
async fn a_search_finds_what_was_changed_just_now() {
    let library = Library::new();
    library.search.index_now().await;
    let id = item(&library, "Fresh waves", "", "").await;
    let (me, wanted) = (teacher(), looking_for("fresh"));
    let found = library.search.find(&me, List::Mine, &wanted, None, 5);
    assert_eq!(found.await.unwrap().items[0].0, id);
}

#[tokio::test]
async fn while_the_index_is_made_a_search_says_so() {
    let library = Library::new();
    let id = item(&library, "Waves", "", "").await;
    let row = library.store.get::<Items>(&id).unwrap().unwrap();
    for batch in 0..25_u64 {
        let mut commit = Commit::new();
        for n in 0..100 {
            let id = ItemId(1 + batch * 100 + n);
            commit.put::<Items>(&id, &Item { ..row.clone() });
        }
        library.store.commit(commit).await.unwrap();
    }
    let me = teacher();
    let find = async || {
        let all = Wanted::default();
        library
            .search
            .find(&me, List::Mine, &all, None, 100)
            .await
            .unwrap()
    };
    let before = find().await;
    assert!(before.unfinished && before.items.is_empty());
    assert!(library.search.step().await.unwrap());
    let meanwhile = find().await;
    assert!(meanwhile.unfinished && meanwhile.items.len() == 100);
    library.search.index_now().await;
    assert!(!find().await.unfinished);
    assert_eq!(
        walk(&library, &me, List::Mine, &Wanted::default(), 100)
            .await
            .len(),
        2501
    );
}

#[tokio::test]
async fn what_changes_while_it_is_indexed_stays_due() {
    let library = Library::new();
    let id = item(&library, "Before", "", "").await;
    let due = due::first(&library.store, 10).unwrap();
    let mut commit = Commit::new();
    changed(&mut commit, &library.world, id);
    library.store.commit(commit).await.unwrap();
    let mark = mark::Mark::new(&library.world);
    due::done(&library.store, mark, &due).await.unwrap();
    assert_eq!(due::first(&library.store, 10).unwrap().len(), 1);
    let due = due::first(&library.store, 10).unwrap();
    due::done(&library.store, mark, &due).await.unwrap();
    assert!(due::first(&library.store, 10).unwrap().is_empty());
}

#[tokio::test]
async fn the_end_of_the_server_ends_the_keeping() {
    let library = Library::new();
    library.search.run(async {}).await;
}
