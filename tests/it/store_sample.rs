//! A store to damage, and what damages it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lanterna::store::{Commit, Condition, Repair, trees};

use crate::store_support::{Random, Rows, copy, open, open_clean, put, rows, wait};

/// A store that was opened and closed a few times, with snapshots and with journal after them.
pub struct Sample {
    pub dir: tempfile::TempDir,
    /// What is in it.
    pub rows: Rows,
}

pub fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Random(0x5EED);
        let mut expected = Rows::new();
        for round in 0..3_u8 {
            let store = open_clean(dir.path());
            for _ in 0..60 {
                let mut commit = Commit::new();
                for _ in 0..10 {
                    let key = format!("key {}", random.below(400));
                    let value = vec![round; 80 + random.index(80)];
                    commit.put::<trees::Meta>(&key, &value);
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
pub fn copied() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(sample().dir.path(), dir.path());
    dir
}

pub fn flip(path: &Path, at: u64, bytes: usize) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut piece = vec![0; bytes];
    let read = file.read_at(&mut piece, at).unwrap();
    piece.truncate(read);
    for byte in &mut piece {
        *byte ^= 0x41;
    }
    file.write_all_at(&piece, at).unwrap();
}

pub fn cut(path: &Path, by: u64) {
    let file = File::options().write(true).open(path).unwrap();
    let len = file.metadata().unwrap().len();
    file.set_len(len.saturating_sub(by)).unwrap();
}

pub fn len(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// The files of a directory whose names contain `part`, in order.
pub fn files(dir: &Path, part: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().contains(part);
    let mut files: Vec<_> = entries.filter(named).collect();
    files.sort();
    files
}

/// Opens, and checks that every row is as it was; again after closing, without repairs.
pub fn intact(dir: &Path) -> Vec<Repair> {
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
