//! A full disk: writing is refused or stops, and nothing acknowledged is lost.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use lanterna::store::{
    Commit, Condition, Error, OpenError, Opening, Options, Repair, Store, trees,
};
use lanterna::world::{Time, World};

use crate::store_disks::SmallDisk;
use crate::store_support::{Rows, copy, open, options, put, rows, wait};

fn open_on(dir: &Path, disk: &SmallDisk) -> Store {
    try_open_on(dir, disk).unwrap()
}

fn try_open_on(dir: &Path, disk: &SmallDisk) -> Result<Store, OpenError> {
    let options = Options {
        reserve: 1000,
        ..options(dir)
    };
    let disk = Arc::new(disk.clone());
    let opening = Opening::new(options, World::system()).disk(disk);
    opening.open().map(|(store, _)| store)
}

#[test]
fn below_the_floor_nothing_is_written_until_there_is_space_again() {
    let dir = tempfile::tempdir().unwrap();
    let disk = SmallDisk::new(u64::MAX, 1000);
    let store = open_on(dir.path(), &disk);
    wait(store.commit(put("a", b"1"))).unwrap();

    disk.free.store(999, Ordering::SeqCst);
    assert_eq!(wait(store.commit(put("b", b"2"))), Err(Error::Full));
    assert_eq!(wait(store.snapshot()), Err(Error::Full));
    assert_eq!(store.stats().condition, Condition::Full);
    assert_eq!(rows(&store).len(), 1, "reading goes on");

    disk.free.store(1000, Ordering::SeqCst);
    wait(store.commit(put("b", b"2"))).unwrap();
    assert_eq!(store.stats().condition, Condition::Running);
}

#[test]
fn a_full_store_takes_what_frees_space_down_to_a_lower_floor() {
    let delete = |key: &str| {
        let mut commit = Commit::new();
        commit.delete::<trees::Meta>(&key.into()).frees();
        commit
    };
    let dir = tempfile::tempdir().unwrap();
    let disk = SmallDisk::new(u64::MAX, 1000);
    let store = open_on(dir.path(), &disk);
    wait(store.commit(put("a", b"1"))).unwrap();
    wait(store.commit(put("b", b"2"))).unwrap();

    disk.free.store(250, Ordering::SeqCst);
    // Also when one sync serves both.
    let both = async { tokio::join!(store.commit(put("c", b"3")), store.commit(delete("a"))) };
    assert_eq!(wait(both), (Err(Error::Full), Ok(())));
    assert_eq!(store.stats().condition, Condition::Full);

    disk.free.store(249, Ordering::SeqCst);
    assert_eq!(wait(store.commit(put("c", b"3"))), Err(Error::Full));
    assert_eq!(wait(store.commit(delete("b"))), Err(Error::Full));
    assert_eq!(rows(&store), Rows::from([("b".into(), b"2".to_vec())]));
}

#[test]
fn what_ends_is_deleted_although_the_disk_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let disk = SmallDisk::new(u64::MAX, 1000);
    let store = open_on(dir.path(), &disk);
    let mut commit = Commit::new();
    commit.put_until::<trees::Meta>(&"a".into(), &vec![1], Time(10));
    wait(store.commit(commit)).unwrap();
    disk.free.store(999, Ordering::SeqCst);
    assert_eq!(wait(store.expire(Time(10), 10)), Ok(1));
    assert!(rows(&store).is_empty());
}

#[test]
fn a_write_that_finds_no_space_stops_writing_and_loses_nothing() {
    let mut torn = 0;
    // A new store notes each migration before anything else is written.
    for space in (800..2800).step_by(125) {
        let dir = tempfile::tempdir().unwrap();
        let disk = SmallDisk::new(space, u64::MAX);
        let store = open_on(dir.path(), &disk);
        let mut acknowledged = Rows::new();
        let refused = (0..).find_map(|n: u32| {
            let (key, value) = (format!("key {n}"), vec![7; 100]);
            match wait(store.commit(put(&key, &value))) {
                Ok(()) => {
                    acknowledged.insert(key, value);
                    None
                }
                Err(error) => Some((key, error)),
            }
        });
        let (key, error) = refused.unwrap();
        assert_eq!(error, Error::Stopped);
        assert_eq!(rows(&store), acknowledged, "reading goes on");
        disk.space.store(u64::MAX, Ordering::SeqCst);
        let later = wait(store.commit(put("later", b"")));
        assert_eq!(later, Err(Error::Stopped), "not before a restart");
        assert_eq!(store.stats().condition, Condition::Stopped);
        drop(store);

        let (store, repairs) = open(dir.path());
        let found = rows(&store);
        acknowledged.entry(key.clone()).or_insert(vec![7; 100]);
        let mut without = acknowledged.clone();
        without.remove(&key);
        assert!(found == acknowledged || found == without);
        torn += repairs
            .iter()
            .filter(|repair| matches!(repair, Repair::TornTail { .. }))
            .count();
        wait(store.commit(put("later", b""))).unwrap();
    }
    assert!(
        torn > 5,
        "most of these end in the middle of a frame: {torn}"
    );
}

#[test]
fn a_store_that_was_closed_well_can_be_read_on_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    wait(store.commit(put("a", b"1"))).unwrap();
    wait(store.stop());
    drop(store);

    let disk = SmallDisk::new(0, 0);
    let store = open_on(dir.path(), &disk);
    assert_eq!(store.stats().condition, Condition::Full);
    assert_eq!(wait(store.commit(put("b", b"2"))), Err(Error::Full));
    assert_eq!(rows(&store).len(), 1);

    disk.space.store(u64::MAX, Ordering::SeqCst);
    disk.free.store(u64::MAX, Ordering::SeqCst);
    wait(store.commit(put("b", b"2"))).unwrap();
    assert_eq!(rows(&store).len(), 2);
}

#[test]
fn a_start_after_a_crash_that_finds_no_space_says_so_and_loses_nothing() {
    let from = tempfile::tempdir().unwrap();
    let (store, _) = open(from.path());
    for n in 0..20 {
        wait(store.commit(put(&format!("key {n}"), &[7; 100]))).unwrap();
    }
    let acknowledged = rows(&store);
    let crashed = tempfile::tempdir().unwrap();
    copy(from.path(), crashed.path());
    drop(store);

    let mut refused = 0;
    for space in (0..200).step_by(10) {
        let dir = tempfile::tempdir().unwrap();
        copy(crashed.path(), dir.path());
        for _ in 0..2 {
            match try_open_on(dir.path(), &SmallDisk::new(space, space)) {
                Ok(store) => assert_eq!(rows(&store), acknowledged),
                Err(error) => {
                    assert!(matches!(error, OpenError::Full(_)), "{error}");
                    refused += 1;
                }
            }
        }
        let (store, _) = open(dir.path());
        assert_eq!(rows(&store), acknowledged, "{space}");
        wait(store.commit(put("later", b""))).unwrap();
    }
    assert!(refused > 5, "most of these have too little: {refused}");
}

#[test]
fn a_new_store_on_a_full_disk_says_so() {
    let dir = tempfile::tempdir().unwrap();
    for disk in [SmallDisk::new(0, u64::MAX), SmallDisk::new(u64::MAX, 999)] {
        let error = try_open_on(dir.path(), &disk).unwrap_err();
        assert!(matches!(error, OpenError::Full(_)), "{error}");
        assert!(error.to_string().contains("free some space"));
    }
    drop(open(dir.path()));
}
