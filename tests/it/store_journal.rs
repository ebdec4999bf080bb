//! A damaged journal: what is acknowledged is still there, or opening is refused.

use std::fs;

use lanterna::store::{OpenError, Opening, Options, Repair};
use lanterna::world::World;

use crate::store_sample::{copied, cut, files, flip, intact, sample};
use crate::store_support::{Random, Rows, copy, open, open_clean, options, put, rows, wait};

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

#[test]
fn rows_that_alone_held_the_journals_end_are_not_rebuilt_without_it() {
    let dir = copied();
    let mut segments = files(&dir.path().join("journal"), ".log");
    fs::remove_file(segments.pop().unwrap()).unwrap();
    cut(&segments.pop().unwrap(), 3000);
    {
        let sled = sled::open(dir.path().join("rows")).unwrap();
        let tree = sled.open_tree("meta").unwrap();
        tree.insert("changed by itself", b"").unwrap();
        sled.flush().unwrap();
    }
    let opening = Opening::new(options(dir.path()), World::system());
    let error = opening.open().unwrap_err();
    assert!(error.to_string().contains("was acknowledged"), "{error}");
    assert!(
        dir.path().join("rows/db").exists(),
        "nothing was thrown away"
    );
}
