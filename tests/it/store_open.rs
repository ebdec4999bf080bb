//! Opening: the lock, the schema, what a clean stop leaves, expiry.

use std::sync::Arc;
use std::time::Duration;

use lanterna::store::ids::Hash;
use lanterna::store::trees::{Expiry, Meta, Tickets, Used};
use lanterna::store::{Commit, Error, Migration, Migrator, OpenError, Opening, SCHEMA, Store};
use lanterna::world::{ManualClock, Time, World};

use crate::store_support::{open, open_clean, options, put, rows, wait};

#[test]
fn a_second_opening_is_refused_until_the_first_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_clean(dir.path());
    let second = Opening::new(options(dir.path()), World::system()).open();
    let error = second.unwrap_err();
    assert!(matches!(&error, OpenError::Locked(at) if at == dir.path()));
    wait(store.stop());
    open_clean(dir.path());
}

#[test]
fn a_clean_stop_leaves_nothing_to_replay() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_clean(dir.path());
    for n in 0..50 {
        wait(store.commit(put(&format!("key {n}"), b"value"))).unwrap();
    }
    assert!(store.stats().replay_bytes > 0);
    wait(store.stop());
    drop(store);
    let before = journal_bytes(dir.path());
    let store = open_clean(dir.path());
    assert_eq!(store.stats().replay_bytes, 0);
    assert_eq!(rows(&store).len(), 50);
    drop(store);
    assert_eq!(journal_bytes(dir.path()), before, "a start writes nothing");
}

fn journal_bytes(dir: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(dir.join("journal")).unwrap();
    entries.map(|e| e.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn snapshots_shorten_the_journal_and_only_so_many_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_clean(dir.path());
    let mut longest = 0;
    for n in 0..30 {
        for row in 0..10 {
            wait(store.commit(put(&format!("key {row}"), &vec![n; 1000]))).unwrap();
        }
        wait(store.snapshot()).unwrap();
        longest = longest.max(store.stats().journal_bytes);
    }
    let stats = store.stats();
    assert_eq!(stats.snapshots, 3);
    // Three snapshots and the segment in which the oldest began.
    assert!(longest < 100_000, "{longest}");
    assert!(stats.last_snapshot.is_some());
}

fn first(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    migrator.commit(put("first", b"done"))
}

fn second(migrator: &mut Migrator<'_>) -> Result<(), Error> {
    let rows = migrator.page::<Meta>(&(), None, 10)?;
    assert!(rows.iter().any(|(key, _)| key == "first"));
    migrator.commit(put("second", b"done"))
}

fn fails(_: &mut Migrator<'_>) -> Result<(), Error> {
    Err(Error::Conflict)
}

const ONE: &[Migration] = &[Migration {
    number: 1,
    run: first,
}];
const TWO: &[Migration] = &[
    ONE[0],
    Migration {
        number: 2,
        run: second,
    },
];
const BROKEN: &[Migration] = &[
    ONE[0],
    Migration {
        number: 2,
        run: fails,
    },
];

fn open_with(dir: &std::path::Path, migrations: &'static [Migration]) -> Result<Store, OpenError> {
    let opening = Opening::new(options(dir), World::system());
    let (store, _) = opening.migrations(migrations).open()?;
    Ok(store)
}

#[test]
fn migrations_run_once_each_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with(dir.path(), ONE).unwrap();
    assert_eq!(rows(&store).len(), 1);
    wait(store.commit(put("first", b"changed since"))).unwrap();
    drop(store);
    for _ in 0..2 {
        let rows = rows(&open_with(dir.path(), TWO).unwrap());
        assert_eq!(rows["first"], b"changed since");
        assert_eq!(rows["second"], b"done");
    }
}

#[test]
fn a_failed_migration_is_named_and_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    drop(open_with(dir.path(), ONE).unwrap());
    let error = open_with(dir.path(), BROKEN).unwrap_err();
    assert!(
        matches!(error, OpenError::Migration { number: 2, .. }),
        "{error}"
    );
    assert!(rows(&open_with(dir.path(), TWO).unwrap()).contains_key("second"));
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let newest = SCHEMA.iter().map(|m| m.number).max().unwrap();
    drop(open_with(dir.path(), TWO).unwrap());
    let error = open_with(dir.path(), ONE).unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::Newer {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("newer version"));
    assert!(rows(&open_with(dir.path(), TWO).unwrap()).contains_key("second"));
    assert!(newest < 2 || open_with(dir.path(), SCHEMA).is_ok());
}

#[test]
fn what_was_given_a_later_end_does_not_expire_with_the_earlier_one() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let (moved, over) = (Hash::of(b"moved"), Hash::of(b"over"));
    let mut commit = Commit::new();
    commit
        .put_until::<Used>(&moved, &(), Time(10))
        .put_until::<Used>(&over, &(), Time(10));
    wait(store.commit(commit)).unwrap();
    let mut commit = Commit::new();
    commit.put_moving_end::<Used>(&moved, &(), Time(10), Time(20));
    wait(store.commit(commit)).unwrap();

    assert_eq!(wait(store.expire(Time(9), 100)), Ok(0));
    assert_eq!(wait(store.expire(Time(10), 100)), Ok(1));
    assert_eq!(store.get::<Used>(&moved), Ok(Some(())));
    assert_eq!(store.get::<Used>(&over), Ok(None));
    assert_eq!(wait(store.expire(Time(20), 100)), Ok(1));
    assert_eq!(store.get::<Used>(&moved), Ok(None));
    assert!(store.page::<Expiry>(&(), None, 1).unwrap().is_empty());
    assert!(store.page::<Tickets>(&(), None, 1).unwrap().is_empty());
}

#[test]
fn expiry_is_done_in_bounded_batches() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let mut commit = Commit::new();
    for n in 0..25_u8 {
        commit.put_until::<Used>(&Hash::of(&[n]), &(), Time(u64::from(n)));
    }
    wait(store.commit(commit)).unwrap();
    assert_eq!(wait(store.expire(Time(100), 10)), Ok(10));
    let left = store.page::<Expiry>(&(), None, 100).unwrap();
    assert_eq!(left.len(), 15);
    assert!(
        left.iter().all(|((end, ..), ())| end.0 >= 10),
        "earliest first"
    );
}

#[test]
fn checkpoints_and_snapshots_come_due_by_age_and_only_after_changes() {
    let dir = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(Time(0));
    let world = World::with_clock(Arc::new(clock.clone()));
    let (store, _) = Opening::new(options(dir.path()), world.clone())
        .open()
        .unwrap();
    wait(store.snapshot()).unwrap();
    clock.advance(Duration::from_hours(24));
    assert!(!store.checkpoint_due(world.now()) && !store.snapshot_due(world.now()));
    wait(store.commit(put("key", b"value"))).unwrap();
    assert!(store.checkpoint_due(world.now()) && store.snapshot_due(world.now()));
    wait(store.checkpoint()).unwrap();
    assert!(!store.checkpoint_due(world.now()) && store.snapshot_due(world.now()));
    wait(store.snapshot()).unwrap();
    wait(store.commit(put("key", b"other"))).unwrap();
    assert!(!store.checkpoint_due(world.now()) && !store.snapshot_due(world.now()));
}
