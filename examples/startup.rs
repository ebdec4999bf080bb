//! How long a start takes on a data directory that was started before, beside the same binary only
//! printing its example configuration; how much memory it holds when idle; how large it is.
//!
//! `cargo build --release && cargo run --release --example startup -- target/release/lanterna`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement: it prints, and nothing goes on when something fails"
)]

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

const STARTS: usize = 11;

fn main() -> Result<(), Box<dyn Error>> {
    let binary = std::env::args().nth(1);
    let binary = std::fs::canonicalize(binary.ok_or("name the binary to measure")?)?;
    let folder = tempfile::tempdir()?;
    std::fs::write(
        folder.path().join("config.toml"),
        "[server]\nlisten = \"127.0.0.1:0\"\n[storage]\nreserve = \"1 MiB\"\n",
    )?;
    // The first start makes the keys.
    let (child, _) = start(&binary, folder.path())?;
    std::thread::sleep(Duration::from_secs(3));
    stop(child)?;

    let mut starts = Vec::with_capacity(STARTS);
    let mut resident = 0;
    for _ in 0..STARTS {
        let (child, took) = start(&binary, folder.path())?;
        starts.push(took);
        std::thread::sleep(Duration::from_millis(500));
        resident = resident.max(resident_kib(&child)?);
        stop(child)?;
    }
    let mut prints = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let begun = Instant::now();
        Command::new(&binary)
            .arg("config")
            .stdout(Stdio::null())
            .status()?;
        prints.push(begun.elapsed());
    }
    let (start, print) = (median(&mut starts), median(&mut prints));
    println!("from the start to listening, median of {STARTS}:  {start:>8.1?}");
    println!("the same binary printing its configuration: {print:>8.1?}");
    println!(
        "ratio:                                      {:>8.1}",
        start.as_secs_f64() / print.as_secs_f64()
    );
    println!("resident memory when idle, most of {STARTS}:      {resident:>6} KiB");
    println!(
        "size of the binary:                         {:>6} KiB",
        std::fs::metadata(&binary)?.len() / 1024
    );
    Ok(())
}

/// Starts the server; answers it and how long it took until it listened.
fn start(binary: &Path, folder: &Path) -> Result<(Child, Duration), Box<dyn Error>> {
    let begun = Instant::now();
    let mut child = Command::new(binary)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    for line in lines {
        if line?.starts_with("Listening") {
            return Ok((child, begun.elapsed()));
        }
    }
    Err("the server did not start".into())
}

fn stop(mut child: Child) -> Result<(), Box<dyn Error>> {
    let pid = Pid::from_raw(i32::try_from(child.id())?).ok_or("no process")?;
    kill_process(pid, Signal::TERM)?;
    let status = child.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("it ended with {status}").into())
    }
}

fn resident_kib(child: &Child) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmRSS")?;
    Ok(number.parse()?)
}

fn median(durations: &mut [Duration]) -> Duration {
    durations.sort();
    durations[durations.len() / 2]
}
