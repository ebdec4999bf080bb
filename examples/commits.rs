//! Commits per second, beside what the same disk does in the same minute without the store.
//!
//! `cargo run --release --example commits [DIRECTORY]`: measures in a directory of its own below
//! the given one, or below the system's temporary one.

// A program that prints figures.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lanterna::store::{Commit, Options, Store, trees};
use lanterna::world::World;

const ROWS: u32 = 8;
const VALUE: usize = 120;
const WRITERS: [u32; 3] = [1, 16, 64];
/// What the journal writes for a commit of such rows, roughly.
const FRAME: usize = 24 + ROWS as usize * (VALUE + 32);

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let below = std::env::args_os().nth(1).map(PathBuf::from);
    let dir = match &below {
        Some(below) => tempfile::tempdir_in(below)?,
        None => tempfile::tempdir()?,
    };
    // The best of three rounds each: other work on the machine only ever slows down.
    let (mut append, mut flush, mut store) = (0.0_f64, 0.0_f64, [0.0_f64; WRITERS.len()]);
    for round in 0..3 {
        let place = |name: &str| dir.path().join(format!("{name}-{round}"));
        append = append.max(synced_appends(&place("append"), 2000)?);
        flush = flush.max(sled_flushes(&place("sled"), 2000)?);
        for (best, writers) in store.iter_mut().zip(WRITERS) {
            let path = place(&format!("store-{writers}"));
            *best = best.max(commits(&path, writers, (8000 / writers).min(2000))?);
        }
    }
    println!("commits per second, {ROWS} rows of {VALUE} bytes each");
    println!("  append + fdatasync, one thread  {append:>7.0}   1.00");
    let ratio = flush / append;
    println!(
        "  sled insert + flush, one thread {flush:>7.0}   {ratio:.2}   (its flush is no sync)"
    );
    for (rate, writers) in store.iter().zip(WRITERS) {
        let (ratio, of_sled) = (rate / append, rate / flush);
        println!(
            "  store, {writers:>2} writers               {rate:>7.0}   {ratio:.2}   \
             ({of_sled:.2} of sled's)"
        );
    }
    Ok(())
}

fn rate(count: u32, start: Instant) -> f64 {
    f64::from(count) / start.elapsed().as_secs_f64()
}

fn synced_appends(path: &Path, count: u32) -> Outcome<f64> {
    let mut file = File::create(path)?;
    let start = Instant::now();
    for _ in 0..count {
        file.write_all(&[7; FRAME])?;
        file.sync_data()?;
    }
    Ok(rate(count, start))
}

fn sled_flushes(path: &Path, count: u32) -> Outcome<f64> {
    let config = sled::Config::new().path(path).cache_capacity(64 << 20);
    let db = config.flush_every_ms(None).open()?;
    let start = Instant::now();
    for n in 0..count {
        for row in 0..ROWS {
            db.insert(key(0, n, row), vec![7; VALUE])?;
        }
        db.flush()?;
    }
    Ok(rate(count, start))
}

fn commits(path: &Path, writers: u32, each: u32) -> Outcome<f64> {
    let options = Options {
        reserve: 0,
        ..Options::new(path)
    };
    let (store, _) = Store::open(options, World::system())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let start = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..writers)
            .map(|writer| tokio::spawn(write(store.clone(), writer, each)))
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok::<_, Box<dyn Error>>(())
    })?;
    Ok(rate(writers * each, start))
}

async fn write(store: Store, writer: u32, count: u32) -> Result<(), lanterna::store::Error> {
    for n in 0..count {
        let mut commit = Commit::new();
        for row in 0..ROWS {
            commit.put::<trees::Meta>(&key(writer, n, row), &vec![7; VALUE]);
        }
        store.commit(commit).await?;
    }
    Ok(())
}

fn key(writer: u32, n: u32, row: u32) -> String {
    format!("{writer:04} {n:08} {row}")
}
