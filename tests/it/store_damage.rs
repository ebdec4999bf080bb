//! Damaged rows and snapshots: they are repaired exactly, and each repair is told.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use lanterna::store::{Condition, Error, Opening, Options, Repair};
use lanterna::world::World;

use crate::store_sample::{copied, cut, files, flip, intact, len, sample};
use crate::store_support::{Random, open, open_clean, options, put, rows, wait};

fn is_rebuilt(repair: &Repair) -> bool {
    matches!(repair, Repair::Rebuilt { aside, .. } if aside.join("db").exists())
}

#[test]
fn flipped_bytes_anywhere_in_sled_are_repaired() {
    let mut random = Random(0xF11B);
    let mut repaired = 0;
    for round in 0..40 {
        let dir = copied();
        let db = dir.path().join("rows/db");
        let at = random.below(len(&db));
        flip(&db, at, if round % 2 == 0 { 1 } else { 64 });
        let repairs = intact(dir.path());
        repaired += usize::from(repairs.iter().any(is_rebuilt));
    }
    assert!(repaired > 10, "{repaired} of 40");
}

#[test]
fn a_cut_sled_is_repaired() {
    let mut random = Random(0x0CC7);
    for round in 0..20 {
        let dir = copied();
        let db = dir.path().join("rows/db");
        let by = random.below(if round % 2 == 0 { 5000 } else { len(&db) }) + 1;
        cut(&db, by);
        intact(dir.path());
    }
    let dir = copied();
    cut(&dir.path().join("rows/db"), u64::MAX);
    assert!(intact(dir.path()).iter().any(is_rebuilt));
}

#[test]
fn sleds_snapshot_files_are_set_aside_when_they_are_in_the_way() {
    let ways: [fn(&Path); 4] = [
        |snap| cut(snap, u64::MAX),
        |snap| cut(snap, 7),
        |snap| flip(snap, 20, 1),
        |snap| flip(snap, len(snap) - 2, 1),
    ];
    for damage in ways {
        let dir = copied();
        let snap = files(&dir.path().join("rows"), "snap.").pop().unwrap();
        damage(&snap);
        let damaged = fs::read(&snap).unwrap();
        let repairs = intact(dir.path());
        let [Repair::SledSnapshot { aside }] = &repairs[..] else {
            panic!("{repairs:?}");
        };
        assert_eq!(fs::read(aside).unwrap(), damaged, "the old file is kept");
    }
}

#[test]
fn a_snapshot_file_that_sled_did_not_finish_is_set_aside() {
    let dir = copied();
    let rows = dir.path().join("rows");
    fs::write(rows.join("snap.FFFFFFFFFFFFFFFF.generating"), b"half").unwrap();
    let repairs = intact(dir.path());
    assert!(
        matches!(&repairs[..], [Repair::SledSnapshot { .. }]),
        "{repairs:?}"
    );
}

#[test]
fn rows_that_vanished_are_made_again() {
    let dir = copied();
    fs::remove_dir_all(dir.path().join("rows")).unwrap();
    let repairs = intact(dir.path());
    assert!(
        matches!(
            &repairs[..],
            [Repair::Rebuilt {
                snapshot: Some(_),
                ..
            }]
        ),
        "{repairs:?}"
    );
}

#[test]
fn without_a_snapshot_the_journal_has_everything() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_clean(dir.path());
    for n in 0..200 {
        wait(store.commit(put(&format!("key {}", n % 50), &vec![1; n]))).unwrap();
    }
    let expected = rows(&store);
    drop(store);
    cut(&dir.path().join("rows/db"), u64::MAX);
    let (store, repairs) = open(dir.path());
    assert_eq!(rows(&store), expected);
    assert!(
        matches!(&repairs[..], [Repair::Rebuilt { snapshot: None, .. }]),
        "{repairs:?}"
    );
}

#[test]
fn a_damaged_snapshot_gives_way_to_the_one_before() {
    let mut random = Random(0x5A4B);
    for round in 0..6 {
        let dir = copied();
        let snapshots = files(&dir.path().join("snapshots"), ".snapshot");
        let [older, newest] = &snapshots[..] else {
            panic!("{snapshots:?}");
        };
        match round {
            0 => cut(newest, u64::MAX),
            1 => cut(newest, 1),
            _ => flip(newest, random.below(len(newest)), 40),
        }
        fs::remove_dir_all(dir.path().join("rows")).unwrap();
        let older = older.file_stem().unwrap().to_str().unwrap().parse().ok();
        match &intact(dir.path())[..] {
            [
                Repair::SnapshotDamaged { aside },
                Repair::Rebuilt { snapshot, .. },
            ] => {
                assert!(aside.exists());
                assert_eq!(*snapshot, older);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn rows_and_sleds_snapshot_file_damaged_together_are_made_again() {
    let mut random = Random(0xB074);
    for round in 0..20 {
        let dir = copied();
        let sled = dir.path().join("rows");
        let snap = files(&sled, "snap.").pop().unwrap();
        cut(&snap, 9);
        let db = sled.join("db");
        if round % 2 == 0 {
            flip(&db, random.below(len(&db)), 64);
        } else {
            cut(&db, random.below(len(&db)));
        }
        intact(dir.path());
    }
}

#[test]
fn a_row_that_changed_by_itself_is_found_by_the_next_snapshot() {
    let dir = copied();
    {
        let sled = sled::open(dir.path().join("rows")).unwrap();
        let tree = sled.open_tree("meta").unwrap();
        let (key, value) = tree.last().unwrap().unwrap();
        let other: Vec<u8> = value.iter().map(|byte| byte ^ 1).collect();
        tree.insert(key, other).unwrap();
        sled.flush().unwrap();
    }
    let store = open_clean(dir.path());
    assert!(rows(&store) != sample().rows);
    assert!(matches!(wait(store.snapshot()), Err(Error::Damaged(_))));
    wait(store.commit(put("new", b"row"))).unwrap();
    assert_eq!(store.stats().rebuilds, 1);
    let mut made_again = rows(&store);
    made_again.remove("new");
    assert!(made_again == sample().rows);
    wait(store.snapshot()).unwrap();
}

#[test]
fn damage_found_while_serving_is_repaired_while_serving() {
    let dir = copied();
    let small_cache = Options {
        cache_bytes: 64 << 10,
        ..options(dir.path())
    };
    let (store, repairs) = Opening::new(small_cache, World::system()).open().unwrap();
    assert_eq!(repairs, []);
    let db = dir.path().join("rows/db");
    let len = usize::try_from(len(&db)).unwrap();
    File::options()
        .write(true)
        .open(&db)
        .unwrap()
        .write_all_at(&vec![0; len], 0)
        .unwrap();
    assert!(rows(&store) == sample().rows);
    assert_eq!(store.stats().condition, Condition::Running);
    assert_eq!(store.stats().rebuilds, 1);
    wait(store.commit(put("new", b"row"))).unwrap();
    wait(store.snapshot()).unwrap();
    assert_eq!(files(&dir.path().join("aside"), "rows").len(), 1);
    drop(store);
    let mut again = rows(&open_clean(dir.path()));
    again.remove("new");
    assert!(again == sample().rows);
}
