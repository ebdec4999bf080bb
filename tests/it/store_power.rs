//! The power goes before each single operation of the disk in turn.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lanterna::store::{Commit, OpenError, Opening, Options, Repair, Store, trees};
use lanterna::world::World;

use crate::store_disks::PowerDisk;
use crate::store_support::{Random, Rows, copy, options, rows, wait};

fn open(dir: &Path, disk: &PowerDisk) -> Result<(Store, Vec<Repair>), OpenError> {
    let options = Options {
        segment_bytes: 1 << 10,
        // Only when the script says so: it must know what sled has synced.
        checkpoint_bytes: u64::MAX,
        snapshots_kept: 2,
        ..options(dir)
    };
    Opening::new(options, World::system())
        .disk(Arc::new(disk.clone()))
        .open()
}

/// What the machine that lost power had done.
#[derive(Default)]
struct Past {
    acknowledged: Rows,
    /// The rows if the commit under way took hold.
    in_flight: Rows,
    /// sled's directory as it was last synced.
    synced: Option<PathBuf>,
}

fn change(rows: &mut Rows, random: &mut Random, n: u8) -> Commit {
    let mut commit = Commit::new();
    for _ in 0..3 {
        let key = format!("key {}", random.below(12));
        if random.below(3) == 0 {
            commit.delete::<trees::Meta>(&key);
            rows.remove(&key);
        } else {
            let value = vec![n; 40];
            commit.put::<trees::Meta>(&key, &value);
            rows.insert(key, value);
        }
    }
    commit
}

/// Commits, checkpoints and snapshots until the power goes or the script ends.
fn live(dir: &Path, disk: &PowerDisk, copies: &Path, past: &mut Past, random: &mut Random) {
    let Ok((store, _)) = open(dir, disk) else {
        return;
    };
    for n in 0..24 {
        past.in_flight = past.acknowledged.clone();
        let commit = change(&mut past.in_flight, random, n);
        if wait(store.commit(commit)).is_err() {
            return;
        }
        past.acknowledged = past.in_flight.clone();
        let synced = match n % 6 {
            2 => wait(store.checkpoint()),
            5 => wait(store.snapshot()),
            _ => continue,
        };
        // Of a failed one it is unknown whether its promise was written; sled kept it anyway.
        past.synced = synced.is_ok().then(|| copies.join(n.to_string()));
        match &past.synced {
            Some(to) => copy(&dir.join("rows"), to),
            None => return,
        }
    }
    // The same is true of closing, which makes a checkpoint.
    past.synced = None;
}

/// Puts sled's directory where the machine finds it after the cut.
fn leave_rows(before: &Path, after: &Path, past: &Past, random: &mut Random) {
    let rows = after.join("rows");
    match (random.below(4), &past.synced) {
        (0, _) => {}
        (1 | 2, Some(synced)) => copy(synced, &rows),
        _ if before.join("rows").exists() => copy(&before.join("rows"), &rows),
        _ => {}
    }
}

#[test]
fn nothing_acknowledged_is_lost_whenever_the_power_goes() {
    let mut random = Random(0xBADC_AB1E);
    let mut cut = 0;
    loop {
        let place = tempfile::tempdir().unwrap();
        let (before, copies) = (place.path().join("store"), place.path().join("copies"));
        fs::create_dir_all(&copies).unwrap();
        let disk = PowerDisk::failing_after(cut);
        let mut past = Past::default();
        live(&before, &disk, &copies, &mut past, &mut random);
        let survived = disk.operations() <= cut;

        // The machine's own paths stay the same; sled's real files are put in place.
        let found = disk.after_power_cut(&mut random);
        let after = place.path().join("after");
        fs::create_dir_all(&after).unwrap();
        leave_rows(&before, &after, &past, &mut random);
        fs::remove_dir_all(&before).unwrap();
        fs::rename(&after, &before).unwrap();

        let (store, repairs) = open(&before, &found)
            .unwrap_or_else(|error| panic!("power cut before operation {cut}: {error}"));
        let rows = rows(&store);
        assert!(
            rows == past.acknowledged || rows == past.in_flight,
            "power cut before operation {cut}: {rows:?}\nacknowledged: {:?}\n{repairs:?}",
            past.acknowledged
        );
        drop(store);
        let (again, repairs) = open(&before, &found).unwrap();
        assert_eq!(repairs, [], "power cut before operation {cut}");
        assert_eq!(crate::store_support::rows(&again), rows);
        if survived {
            break;
        }
        cut += 1 + random.below(4);
    }
    assert!(
        cut > 80,
        "the script is long enough to mean something: {cut}"
    );
}
