//! The process is killed at random moments: everything acknowledged is there, and every commit
//! is there entirely or not at all.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use lanterna::store::{Commit, OpenError, Opening, Store, trees};
use lanterna::world::World;

use crate::store_support::{Random, open, options, rows, wait};

const DIR: &str = "LANTERNA_TEST_KILL_DIR";
const WRITERS: u8 = 4;
/// A commit deletes the rows of the one this many before it.
const WINDOW: u64 = 10;
const ROWS: u64 = 3;

/// What [`acknowledged_commits_survive_kills`] starts and kills; by itself it does nothing.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let (store, _) = open(Path::new(&dir));
    let store = Arc::new(store);
    let threads: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || wait(write_for_ever(&store, writer)))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

async fn write_for_ever(store: &Store, writer: u8) {
    let counter = format!("counter {writer}");
    let stored = store.get::<trees::Meta>(&counter).unwrap();
    let start = stored.map_or(0, |bytes| number(&bytes));
    for n in start + 1.. {
        let mut commit = Commit::new();
        commit.put::<trees::Meta>(&counter, &n.to_be_bytes().to_vec());
        for row in 0..ROWS {
            commit.put::<trees::Meta>(&key(writer, n, row), &vec![0; 100]);
            if n > WINDOW {
                commit.delete::<trees::Meta>(&key(writer, n - WINDOW, row));
            }
        }
        store.commit(commit).await.unwrap();
        println!("acknowledged {writer} {n}");
        if n % 64 == 0 {
            store.snapshot().await.unwrap();
        }
    }
}

fn key(writer: u8, n: u64, row: u64) -> String {
    format!("row {writer} {n:08} {row}")
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().unwrap())
}

fn start(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store_kill::child", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn acknowledged_commits_survive_kills() {
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random(0x00C0_FFEE);
    let mut acknowledged = vec![0; usize::from(WRITERS)];
    for round in 0..25 {
        let mut child = start(dir.path());
        let mut left = random.below(150);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while left > 0 {
            let line = lines.next().unwrap().unwrap();
            left -= u64::from(note(&line, &mut acknowledged));
        }
        if round == 1 {
            while !note(&lines.next().unwrap().unwrap(), &mut acknowledged) {}
            refused(dir.path());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had printed by then was acknowledged, too. The last line may be cut.
        for line in lines.map_while(Result::ok) {
            note(&line, &mut acknowledged);
        }
        check(dir.path(), &acknowledged);
    }
    assert!(acknowledged.iter().all(|n| *n > WINDOW));
}

/// Notes what a line acknowledges; answers whether it does.
fn note(line: &str, acknowledged: &mut [u64]) -> bool {
    // libtest may have put its own words in front.
    let Some((_, said)) = line.split_once("acknowledged ") else {
        return false;
    };
    let Some((writer, n)) = said.split_once(' ') else {
        return false;
    };
    let (Ok(writer), Ok(n)) = (writer.parse::<usize>(), n.parse()) else {
        return false;
    };
    acknowledged[writer] = acknowledged[writer].max(n);
    true
}

/// A second process is refused while the first runs.
fn refused(dir: &Path) {
    let error = Opening::new(options(dir), World::system())
        .open()
        .unwrap_err();
    assert!(matches!(error, OpenError::Locked(_)), "{error}");
    assert!(error.to_string().contains(dir.to_str().unwrap()), "{error}");
}

fn check(dir: &Path, acknowledged: &[u64]) {
    let (store, _) = open(dir);
    let rows = rows(&store);
    let mut expected = 0;
    for (writer, acknowledged) in (0..).zip(acknowledged) {
        let stored = rows.get(&format!("counter {writer}"));
        let stored = stored.map_or(0, |bytes| number(bytes));
        assert!(
            stored >= *acknowledged,
            "writer {writer}: {stored} < {acknowledged}"
        );
        expected += u64::from(stored > 0);
        for n in stored.saturating_sub(WINDOW) + 1..=stored {
            for row in 0..ROWS {
                assert!(
                    rows.contains_key(&key(writer, n, row)),
                    "{writer} {n} {row}"
                );
                expected += 1;
            }
        }
    }
    assert_eq!(
        rows.len() as u64,
        expected,
        "rows of commits that are not there"
    );
}
