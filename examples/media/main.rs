//! Media bytes, out and in, beside nginx and dd on the same machine in the same run:
//!
//! - one client getting one large file that is in memory, over HTTP and HTTPS, from the binary and
//!   from nginx with `sendfile off`;
//! - a large upload by tus, beside `dd` writing and syncing the same file;
//! - the memory of the binary while 200 clients each take 5 Mbit/s over HTTPS, and how far they
//!   fall behind.
//!
//! `cargo build --release && cargo run --release --example media -- target/release/lanterna [DIR]`
//!
//! Files of 2 GiB are written to `DIR`, without one to the system's folder for temporary files.

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

use client::{Target, Visitor, read_head};

/// Bytes of the file.
const LEN: u64 = 2 << 30;
/// How often each is measured; the median counts.
const ROUNDS: usize = 7;
/// Uploads take longer.
const UPLOADS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let binary = std::fs::canonicalize(arguments.next().ok_or("name the binary to measure")?)?;
    let place = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(place)?;
    let source = folder.path().join("source.mp4");
    write_source(&source)?;

    let data = folder.path().join("lanterna");
    std::fs::create_dir(&data)?;
    let server = servers::lanterna(&binary, &data, false)?;
    let item = uploads(&server.target, &source, folder.path())?;
    println!(
        "  most memory while uploading: {:>20} KiB",
        server.most_resident()?
    );
    drop(server);

    for tls in [false, true] {
        downloads(&binary, &data, folder.path(), &item, tls)?;
    }

    let server = servers::lanterna(&binary, &data, true)?;
    let path = Visitor::arrive(&server.target)?.media(&item)?;
    let behind = crowd::watch(&server.target, &path, LEN)?;
    println!(
        "{} clients of 5 Mbit/s for {:?}, over HTTPS",
        crowd::CLIENTS,
        crowd::TIME
    );
    println!(
        "  most memory:                 {:>20} KiB",
        server.most_resident()?
    );
    println!("  furthest behind:             {behind:>20.1?}");
    Ok(())
}

/// A file that begins as an MP4 does, and that no disk can shorten.
fn write_source(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = Vec::with_capacity(1 << 20);
    while block.len() < 1 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        block.extend_from_slice(&state.to_le_bytes());
    }
    let mut file = File::create(path)?;
    for n in 0..LEN >> 20 {
        block[..28].copy_from_slice(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08");
        block[28..36].copy_from_slice(&n.to_le_bytes());
        file.write_all(&block)?;
    }
    Ok(file.sync_all()?)
}

/// Uploads and copies by turns; answers the last upload's item.
fn uploads(target: &Target, source: &Path, folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut visitor = Visitor::arrive(target)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..UPLOADS {
        theirs.push(timed(|| copy(source, &folder.join("copy")))?.1);
        if let Some(item) = last.take() {
            let below = format!("media/{item}/delete");
            visitor.ask("POST", &below, &[], b"")?;
        }
        let (item, took) = timed(|| upload(&mut visitor, target, source))?;
        ours.push(took);
        last = Some(item);
    }
    std::fs::remove_file(folder.join("copy"))?;
    report(
        "2 GiB in: tus, beside dd with conv=fsync",
        &mut ours,
        &mut theirs,
    );
    Ok(last.ok_or("nothing was uploaded")?)
}

fn upload(visitor: &mut Visitor, target: &Target, source: &Path) -> Result<String, Box<dyn Error>> {
    let (tus, len) = (("tus-resumable", "1.0.0"), LEN.to_string());
    let begin = [tus, ("upload-length", len.as_str())];
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
    binary: &Path,
    data: &Path,
    folder: &Path,
    item: &str,
    tls: bool,
) -> Result<(), Box<dyn Error>> {
    let server = servers::lanterna(binary, data, tls)?;
    let ours_path = Visitor::arrive(&server.target)?.media(item)?;
    let kept = data.join("data/media/items").join(&item[..2]).join(item);
    let nginx = servers::nginx(&folder.join("nginx"), &kept, tls)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(timed(|| server.target.download(&ours_path))?.1);
        theirs.push(timed(|| nginx.target.download("/original"))?.1);
    }
    let what = if tls { "HTTPS" } else { "HTTP" };
    report(
        &format!("2 GiB out: {what}, beside nginx"),
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

fn report(what: &str, ours: &mut [Duration], theirs: &mut [Duration]) {
    let speed = |times: &mut [Duration]| {
        times.sort();
        let took = times[times.len() / 2].as_secs_f64();
        // Precise enough for a report.
        #[allow(clippy::cast_precision_loss, reason = "a few GiB are exact")]
        let mib = (LEN >> 20) as f64;
        mib / took
    };
    let (ours, theirs) = (speed(ours), speed(theirs));
    println!("{what}");
    println!("  Lanterna:                    {ours:>20.0} MiB/s");
    println!("  the other:                   {theirs:>20.0} MiB/s");
    println!("  ratio:                       {:>20.2}", ours / theirs);
}
