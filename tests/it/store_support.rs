//! What the store's tests share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lanterna::store::{Commit, Error, Opening, Options, Repair, Store, trees};
use lanterna::world::World;

/// All rows of `meta`, which is what these tests write.
pub type Rows = BTreeMap<String, Vec<u8>>;

/// A small store without a floor.
pub fn options(dir: &Path) -> Options {
    Options {
        reserve: 0,
        segment_bytes: 16 << 10,
        checkpoint_bytes: 32 << 10,
        ..Options::new(dir)
    }
}

/// Opens the store in `dir`, which must be possible.
pub fn open(dir: &Path) -> (Store, Vec<Repair>) {
    Opening::new(options(dir), World::system()).open().unwrap()
}

/// Opens the store in `dir`, which must need no repair.
pub fn open_clean(dir: &Path) -> Store {
    let (store, repairs) = open(dir);
    assert_eq!(repairs, []);
    store
}

/// Runs a future on this thread.
pub fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// A commit that puts one row.
pub fn put(key: &str, value: &[u8]) -> Commit {
    let mut commit = Commit::new();
    commit.put::<trees::Meta>(&key.into(), &value.to_vec());
    commit
}

/// Every row but the store's own; the store is read again when it answers that its rows are
/// being made again.
pub fn rows(store: &Store) -> Rows {
    loop {
        match try_rows(store) {
            Ok(rows) => return rows,
            // Commits are served in order, so this answers when the rows are there again.
            Err(Error::Damaged(_)) => wait(store.commit(put("after damage", b""))).unwrap(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn try_rows(store: &Store) -> Result<Rows, Error> {
    let mut rows = Rows::new();
    let mut after = None;
    loop {
        let page = store.page::<trees::Meta>(&(), after.as_ref(), 500)?;
        let Some((last, _)) = page.last() else {
            rows.retain(|key, _| key != "schema" && key != "after damage");
            return Ok(rows);
        };
        after = Some(last.clone());
        rows.extend(page);
    }
}

/// Copies a directory with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Small repeatable randomness (xorshift).
pub struct Random(pub u64);

impl Random {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// An index below `len`.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap()
    }
}
