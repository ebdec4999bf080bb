//! Commits and pages against a model that is too simple to be wrong.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use lanterna::store::ids::{ConnectionId, Reference};
use lanterna::store::trees::{LogBy, Meta};
use lanterna::store::{Commit, Error, Row};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::store_support::{Rows, open, open_clean, put, rows, wait};

/// What one commit of the model expects and changes. Keys are few, so that commits collide.
#[derive(Debug, Clone)]
struct Sketch {
    expects: Vec<(u8, Expectation)>,
    changes: Vec<(u8, Option<u8>)>,
}

#[derive(Debug, Clone, Copy)]
enum Expectation {
    Absent,
    Present,
    /// As it was before the batch.
    Unchanged,
}

#[derive(Debug, Clone)]
enum Step {
    /// Commits queued together.
    Batch(Vec<Sketch>),
    Checkpoint,
    Snapshot,
    Reopen,
}

fn key(key: u8) -> String {
    format!("key {key}")
}

fn sketch() -> impl Strategy<Value = Sketch> {
    use Expectation::{Absent, Present, Unchanged};
    let expectation = prop_oneof![Just(Absent), Just(Present), Just(Unchanged)];
    let expects = vec((0..5_u8, expectation), 0..3);
    let changes = vec((0..5_u8, any::<Option<u8>>()), 0..4);
    (expects, changes).prop_map(|(expects, changes)| Sketch { expects, changes })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => vec(sketch(), 1..12).prop_map(Step::Batch),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Snapshot),
        1 => Just(Step::Reopen),
    ]
}

/// What the model says to a commit; `before` is how things were before the batch.
fn decide(model: &mut Rows, before: &Rows, sketch: &Sketch) -> Result<(), Error> {
    let holds = sketch.expects.iter().all(|(k, expectation)| {
        let (now, then) = (model.get(&key(*k)), before.get(&key(*k)));
        match expectation {
            Expectation::Absent => now.is_none(),
            Expectation::Present => now.is_some(),
            Expectation::Unchanged => now == then,
        }
    });
    if !holds {
        return Err(Error::Conflict);
    }
    for (k, value) in &sketch.changes {
        match value {
            Some(value) => model.insert(key(*k), vec![*value]),
            None => model.remove(&key(*k)),
        };
    }
    Ok(())
}

fn commit(sketch: &Sketch, read: &BTreeMap<String, Row<Vec<u8>>>) -> Commit {
    let mut commit = Commit::new();
    for (k, expectation) in &sketch.expects {
        let key = key(*k);
        match (expectation, read.get(&key)) {
            (Expectation::Absent, _) | (Expectation::Unchanged, None) => {
                commit.expect_absent::<Meta>(&key)
            }
            (Expectation::Present, _) => commit.expect_present::<Meta>(&key),
            (Expectation::Unchanged, Some(row)) => commit.expect_unchanged::<Meta>(&key, row),
        };
    }
    for (k, value) in &sketch.changes {
        match value {
            Some(value) => commit.put::<Meta>(&key(*k), &vec![*value]),
            None => commit.delete::<Meta>(&key(*k)),
        };
    }
    commit
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn commits_are_decided_one_after_another(steps in vec(step(), 1..12)) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open_clean(dir.path());
        let mut model = Rows::new();
        for step in steps {
            match step {
                Step::Batch(sketches) => {
                    let keys = (0..5).map(key);
                    let read = keys
                        .filter_map(|key| Some((key.clone(), store.read::<Meta>(&key).unwrap()?)))
                        .collect();
                    let before = model.clone();
                    let commits = sketches.iter().map(|s| store.commit(commit(s, &read)));
                    // Queued in this order, and so decided in this order.
                    let answers = wait(join_all(commits));
                    let expected: Vec<_> =
                        sketches.iter().map(|s| decide(&mut model, &before, s)).collect();
                    prop_assert_eq!(answers, expected);
                }
                Step::Checkpoint => wait(store.checkpoint()).unwrap(),
                Step::Snapshot => wait(store.snapshot()).unwrap(),
                Step::Reopen => {
                    drop(store);
                    store = open_clean(dir.path());
                }
            }
            prop_assert_eq!(rows(&store), model.clone());
        }
    }

    #[test]
    fn pages_are_slices_of_the_sorted_entries(
        entries in vec((0..4_u8, any::<u8>()), 0..40),
        asked in vec((0..4_u8, any::<Option<u8>>(), 0..4_u8, 0..10_usize), 1..20),
    ) {
        // Connections at the edges, where a prefix ends in bytes that cannot be counted up.
        let connection = |n: u8| ConnectionId([0, 1, u32::MAX - 1, u32::MAX][usize::from(n)]);
        let entry = |c: u8, n: u8| (connection(c), Reference([n; 16]));
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = open(dir.path());
        let mut commit = Commit::new();
        let mut all: Vec<_> = entries.iter().map(|(c, n)| entry(*c, *n)).collect();
        for entry in &all {
            commit.put::<LogBy>(entry, &());
        }
        wait(store.commit(commit)).unwrap();
        all.sort_unstable();
        all.dedup();
        for (prefix, from, from_prefix, limit) in asked {
            let prefix = connection(prefix);
            let from = from.map(|n| entry(from_prefix, n));
            let within: Vec<_> = all.iter().copied().filter(|(c, _)| *c == prefix).collect();
            let forward: Vec<_> = within
                .iter()
                .filter(|e| from.is_none_or(|from| **e > from))
                .take(limit)
                .map(|e| (*e, ()))
                .collect();
            let back: Vec<_> = within
                .iter()
                .rev()
                .filter(|e| from.is_none_or(|from| **e < from))
                .take(limit)
                .map(|e| (*e, ()))
                .collect();
            let page = store.page::<LogBy>(&(prefix,), from.as_ref(), limit).unwrap();
            prop_assert_eq!(page, forward);
            let page = store.page_back::<LogBy>(&(prefix,), from.as_ref(), limit).unwrap();
            prop_assert_eq!(page, back);
        }
    }
}

#[test]
fn of_many_who_read_the_same_row_one_changes_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_clean(dir.path());
    wait(store.commit(put("counter", &[0]))).unwrap();
    let read = store.read::<Meta>(&"counter".into()).unwrap().unwrap();
    let commits = (1..=20_u8).map(|n| {
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Meta>(&"counter".into(), &read)
            .put::<Meta>(&"counter".into(), &vec![n]);
        store.commit(commit)
    });
    let answers = wait(join_all(commits));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(
        answers
            .iter()
            .filter(|a| **a == Err(Error::Conflict))
            .count(),
        19
    );
    assert_eq!(rows(&store)["counter"], [1]);
}
