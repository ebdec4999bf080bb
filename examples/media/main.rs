//! Media bytes, out and in, beside nginx and dd on the same machine in the same run:
//!
//! - one client getting one large file that is in memory, over HTTP and HTTPS, from the binary and
//!   from nginx with `sendfile off`;
//! - a large upload by tus, beside `dd` writing and syncing the same file;
//! - the memory of the binary while 200 people each take 5 Mbit/s over HTTPS, and how far they fall
//!   behind.
//!
//! `cargo build --release && cargo run --release --example media -- target/release/lanterna`
//!
//! Files of 2 GiB are written to `--dir`, without one to the system's folder for temporary files.
//! `--size 64MiB --rounds 1 --uploads 1 --people 20 --seconds 3` only shows that it works.

#![allow(
    clippy::print_stdout,
    clippy::format_push_string,
    reason = "a measurement: it prints"
)]

mod client;
mod crowd;
mod servers;

use std::error::Error;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use clap::Parser;
use client::{Target, Visitor, read_head};
use crowd::Crowd;

/// What is measured, and how long.
#[derive(Debug, Parser)]
struct Asked {
    /// The binary to measure.
    binary: PathBuf,
    /// Where the files are written.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Bytes of the file.
    #[arg(long, default_value = "2GiB")]
    size: ByteSize,
    /// How often each download is measured; the median counts.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// How often each upload is.
    #[arg(long, default_value_t = 3)]
    uploads: usize,
    /// How many people come at a time.
    #[arg(long, default_value_t = 200)]
    people: u64,
    /// How long they stay.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

impl Asked {
    fn len(&self) -> u64 {
        self.size.as_u64()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::parse();
    let binary = std::fs::canonicalize(&asked.binary)?;
    let place = asked.dir.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::tempdir_in(place)?;
    let source = folder.path().join("source.mp4");
    write_source(&source, asked.len())?;

    let data = folder.path().join("lanterna");
    std::fs::create_dir(&data)?;
    let server = servers::lanterna(&binary, &data, false)?;
    let item = uploads(&server.target, &source, folder.path(), &asked)?;
    println!(
        "  most memory while uploading: {:>20} KiB",
        server.most_resident()?
    );
    drop(server);

    for tls in [false, true] {
        downloads((&binary, &data, folder.path()), &item, tls, &asked)?;
    }

    let server = servers::lanterna(&binary, &data, true)?;
    let crowd = Crowd {
        people: asked.people,
        time: Duration::from_secs(asked.seconds),
    };
    let behind = crowd::watch(&server.target, &item, asked.len(), crowd)?;
    println!(
        "{} people of 5 Mbit/s for {:?}, over HTTPS",
        crowd.people, crowd.time
    );
    println!(
        "  most memory:                 {:>20} KiB",
        server.most_resident()?
    );
    println!("  furthest behind:             {behind:>20.1?}");
    Ok(())
}

/// An MP4 without a track, whose samples no disk can shorten.
fn write_source(path: &Path, len: u64) -> Result<(), Box<dyn Error>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = Vec::with_capacity(1 << 20);
    while block.len() < 1 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        block.extend_from_slice(&state.to_le_bytes());
    }
    let mut file = File::create(path)?;
    for n in 0..len >> 20 {
        block[..40]
            .copy_from_slice(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08moov\0\0\0\0mdat");
        block[40..48].copy_from_slice(&n.to_le_bytes());
        file.write_all(&block)?;
    }
    Ok(file.sync_all()?)
}

/// Uploads and copies by turns; answers the last upload's item.
fn uploads(
    target: &Target,
    source: &Path,
    folder: &Path,
    asked: &Asked,
) -> Result<String, Box<dyn Error>> {
    let mut visitor = Visitor::teacher(target)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..asked.uploads {
        theirs.push(timed(|| copy(source, &folder.join("copy")))?.1);
        if let Some(item) = last.take() {
            let below = format!("media/{item}/delete");
            visitor.ask("POST", &below, &[], b"")?;
        }
        let (item, took) = timed(|| upload(&mut visitor, target, source, asked.len()))?;
        ours.push(took);
        last = Some(item);
    }
    std::fs::remove_file(folder.join("copy"))?;
    report(
        &format!("{} in: tus, beside dd with conv=fsync", asked.size),
        asked.len(),
        &mut ours,
        &mut theirs,
    );
    Ok(last.ok_or("nothing was uploaded")?)
}

fn upload(
    visitor: &mut Visitor,
    target: &Target,
    source: &Path,
    len: u64,
) -> Result<String, Box<dyn Error>> {
    let (tus, len) = (("tus-resumable", "1.0.0"), len.to_string());
    let begin = [
        tus,
        ("upload-length", len.as_str()),
        // For everybody of the LMS.
        ("upload-metadata", "visibility c2Nob29s"),
    ];
    let (answer, _) = visitor.ask("POST", "uploads", &begin, b"")?;
    let upload = answer.get("location").ok_or("no upload began")?.to_owned();
    let headers = [
        tus,
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
        ("content-length", &len),
    ];
    let mut link = target.link()?;
    link.write_all(&visitor.request("PATCH", &upload, &headers))?;
    let mut file = File::open(source)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => link.write_all(&buffer[..read])?,
        }
    }
    let done = read_head(&mut *link)?;
    let item = done.get("lanterna-item").ok_or("no item was made")?;
    Ok(item.to_owned())
}

fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let done = Command::new("dd")
        .arg(format!("if={}", from.display()))
        .arg(format!("of={}", to.display()))
        .args(["bs=1M", "conv=fsync"])
        .stderr(Stdio::null())
        .status()?;
    if done.success() {
        Ok(())
    } else {
        Err("dd failed".into())
    }
}

/// Downloads from Lanterna and from nginx by turns.
fn downloads(
    (binary, data, folder): (&Path, &Path, &Path),
    item: &str,
    tls: bool,
    asked: &Asked,
) -> Result<(), Box<dyn Error>> {
    let server = servers::lanterna(binary, data, tls)?;
    let ours_path = Visitor::teacher(&server.target)?.media(item)?;
    let kept = data.join("data/media/items").join(&item[..2]).join(item);
    let nginx = servers::nginx(&folder.join("nginx"), &kept, tls)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..asked.rounds {
        ours.push(timed(|| server.target.download(&ours_path))?.1);
        theirs.push(timed(|| nginx.target.download("/original"))?.1);
    }
    let what = if tls { "HTTPS" } else { "HTTP" };
    report(
        &format!("{} out: {what}, beside nginx", asked.size),
        asked.len(),
        &mut ours,
        &mut theirs,
    );
    Ok(())
}

fn timed<T>(
    work: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<(T, Duration), Box<dyn Error>> {
    let begun = Instant::now();
    let done = work()?;
    Ok((done, begun.elapsed()))
}

fn report(what: &str, len: u64, ours: &mut [Duration], theirs: &mut [Duration]) {
    let speed = |times: &mut [Duration]| {
        times.sort();
        let took = times[times.len() / 2].as_secs_f64();
        // Precise enough for a report.
        #[allow(clippy::cast_precision_loss, reason = "a few GiB are exact")]
        let mib = (len >> 20) as f64;
        mib / took
    };
    let (ours, theirs) = (speed(ours), speed(theirs));
    println!("{what}");
    println!("  Lanterna:                    {ours:>20.0} MiB/s");
    println!("  the other:                   {theirs:>20.0} MiB/s");
    println!("  ratio:                       {:>20.2}", ours / theirs);
}
