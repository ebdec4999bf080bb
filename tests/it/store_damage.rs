//! Damaged files: whatever is damaged is repaired exactly, or opening is refused; and each repair
//! is told.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lanterna::store::{Condition, Error, OpenError, Opening, Options, Repair};
use lanterna::world::World;

use crate::store_support::{Random, Rows, copy, open, open_clean, options, put, rows, wait};

/// A store that was opened and closed a few times, with snapshots and with journal after them.
struct Sample {
    dir: tempfile::TempDir,
    rows: Rows,
}

fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Random(0x5EED);
        let mut expected = Rows::new();
        for round in 0..3_u8 {
            let store = open_clean(dir.path());
            for _ in 0..60 {
                let mut commit = lanterna::store::Commit::new();
                for _ in 0..10 {
                    let key = format!("key {}", random.below(400));
                    let value = vec![round; 80 + random.index(80)];
                    commit.put::<lanterna::store::trees::Meta>(&key, &value);
                    expected.insert(key, value);
                }
                wait(store.commit(commit)).unwrap();
            }
            if round < 2 {
                wait(store.snapshot()).unwrap();
            }
        }
        let rows = expected;
        Sample { dir, rows }
    })
}

/// A copy of the sample to damage.
fn copied() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(sample().dir.path(), dir.path());
    dir
}

fn flip(path: &Path, at: u64, bytes: usize) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut piece = vec![0; bytes];
    let read = file.read_at(&mut piece, at).unwrap();
    piece.truncate(read);
    for byte in &mut piece {
        *byte ^= 0x41;
    }
    file.write_all_at(&piece, at).unwrap();
}

fn cut(path: &Path, by: u64) {
    let file = File::options().write(true).open(path).unwrap();
    let len = file.metadata().unwrap().len();
    file.set_len(len.saturating_sub(by)).unwrap();
}

fn len(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// The files of a directory whose names contain `part`, in order.
fn files(dir: &Path, part: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().contains(part);
    let mut files: Vec<_> = entries.filter(named).collect();
    files.sort();
    files
}

/// Opens, and checks that every row is as it was; again after closing, without repairs.
fn intact(dir: &Path) -> Vec<Repair> {
    let (store, repairs) = open(dir);
    assert!(
        rows(&store) == sample().rows,
        "rows differ after {repairs:?}"
    );
    wait(store.commit(put("new", b"row"))).unwrap();
    assert_eq!(store.stats().condition, Condition::Running);
    drop(store);
    let mut rows = rows(&open_clean(dir));
    rows.remove("new");
    assert!(rows == sample().rows, "rows differ at the second start");
    repairs
}

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
fn snapshots_without_their_journal_are_not_taken_for_everything() {
    let dir = copied();
    fs::remove_dir_all(dir.path().join("rows")).unwrap();
    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    let opening = Opening::new(options(dir.path()), World::system());
    let error = opening.open().unwrap_err();
    assert!(matches!(error, OpenError::Unrecoverable { .. }), "{error}");

    let accepting = Options {
        accept_loss: true,
        ..options(dir.path())
    };
    let opening = Opening::new(accepting, World::system());
    let (store, repairs) = opening.open().unwrap();
    let accepted = |repair: &Repair| matches!(repair, Repair::LossAccepted { .. });
    assert!(repairs.iter().any(accepted), "{repairs:?}");
    assert!(rows(&store).len() > 300, "the snapshot's rows");
    drop(store);
    open_clean(dir.path());
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

#[test]
fn a_torn_tail_of_the_journal_is_cut_off() {
    let dir = copied();
    let newest = files(&dir.path().join("journal"), ".log").pop().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    bytes.extend_from_slice(&[9; 33]);
    fs::write(&newest, bytes).unwrap();
    match &intact(dir.path())[..] {
        [Repair::TornTail { bytes: 33, aside }] => assert_eq!(fs::read(aside).unwrap(), [9; 33]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_journal_that_lost_its_end_is_no_loss_while_the_rows_have_it() {
    let mut random = Random(0x7A11);
    for _ in 0..5 {
        let dir = copied();
        let mut segments = files(&dir.path().join("journal"), ".log");
        // The newest may hold no more than the last checkpoint.
        fs::remove_file(segments.pop().unwrap()).unwrap();
        cut(&segments.pop().unwrap(), 100 + random.below(8000));
        let repairs = intact(dir.path());
        let behind = |repair: &Repair| matches!(repair, Repair::JournalBehind { .. });
        assert!(repairs.iter().any(behind), "{repairs:?}");
    }
}

#[test]
fn a_lost_journal_is_no_loss_while_the_rows_are_sound() {
    let dir = copied();
    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    let repairs = intact(dir.path());
    assert!(
        matches!(&repairs[..], [Repair::JournalBehind { .. }]),
        "{repairs:?}"
    );
    fs::remove_dir_all(dir.path().join("rows")).unwrap();
    let (store, _) = open(dir.path());
    assert!(
        rows(&store).len() >= sample().rows.len(),
        "a new snapshot had been taken"
    );
}

/// The sample as if it had not been closed: without the last checkpoint, so that the journal's
/// last frames are needed.
fn unclosed() -> (tempfile::TempDir, Rows) {
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lazy = Options {
        checkpoint_bytes: u64::MAX,
        segment_bytes: 1 << 20,
        ..options(dir.path())
    };
    let (store, _) = Opening::new(lazy, World::system()).open().unwrap();
    for n in 0..20 {
        wait(store.commit(put(&format!("key {n}"), &[7; 200]))).unwrap();
    }
    let rows = rows(&store);
    copy(dir.path(), copies.path());
    drop(store);
    (copies, rows)
}

#[test]
fn a_damaged_frame_in_the_middle_is_repaired_or_refused_but_never_dropped() {
    let (original, expected) = unclosed();
    let segment = files(&original.path().join("journal"), ".log")
        .pop()
        .unwrap();
    let segment = segment.strip_prefix(original.path()).unwrap();
    for keeps_rows in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        flip(&dir.path().join(segment), 2000, 1);
        if keeps_rows {
            // sled as a clean end leaves it, of which the journal does not know.
            let closed = tempfile::tempdir().unwrap();
            copy(original.path(), closed.path());
            drop(open(closed.path()));
            fs::remove_dir_all(dir.path().join("rows")).unwrap();
            copy(&closed.path().join("rows"), &dir.path().join("rows"));
            let (store, repairs) = open(dir.path());
            assert_eq!(rows(&store), expected);
            assert!(
                matches!(&repairs[..], [Repair::JournalDamaged { .. }]),
                "{repairs:?}"
            );
            continue;
        }
        fs::remove_dir_all(dir.path().join("rows")).unwrap();
        let error = Opening::new(options(dir.path()), World::system())
            .open()
            .unwrap_err();
        let OpenError::Unrecoverable { why, .. } = &error else {
            panic!("{error}");
        };
        assert!(why.contains("unreadable at"), "{why}");

        let accepting = Options {
            accept_loss: true,
            ..options(dir.path())
        };
        let (store, repairs) = Opening::new(accepting, World::system()).open().unwrap();
        let accepted = |repair: &Repair| matches!(repair, Repair::LossAccepted { .. });
        assert!(repairs.iter().any(accepted), "{repairs:?}");
        assert_eq!(
            rows(&store).len(),
            expected.len() - 1,
            "the other frames are used"
        );
        drop(store);
        open_clean(dir.path());
    }
}

#[test]
fn a_journal_segment_without_a_header_is_refused() {
    let (original, _) = unclosed();
    let segment = files(&original.path().join("journal"), ".log")
        .pop()
        .unwrap();
    flip(&segment, 0, 32);
    let error = Opening::new(options(original.path()), World::system())
        .open()
        .unwrap_err();
    assert!(matches!(error, OpenError::Unrecoverable { .. }), "{error}");
}
