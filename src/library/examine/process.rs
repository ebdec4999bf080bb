//! Examining in a process of its own, whose end is nobody else's.
//!
//! The process is this program, called with `examine`: the file is its standard input, the answer
//! goes to its standard output. It has no environment, and limits that it sets itself before it
//! reads a byte. Whatever happens to it, the file is only less well known.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use minicbor::Decoder;
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::source::Source;
use super::{Examined, Picture, examine, is_examined, pictures};
use crate::library::error::Error;
use crate::library::folder::blocking;
use crate::store::ids::UserId;

/// How many are examined at a time.
const AT_A_TIME: usize = 2;
/// How many pictures that browsers captured are drawn anew at a time.
const SHOTS_AT_A_TIME: usize = 1;
/// How long such a picture may wait for its turn.
const SHOT_WAITS: Duration = Duration::from_secs(10);
/// How long one examination may take in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may keep a processor busy, in seconds.
const CPU_SECONDS: u64 = 20;
/// How much memory it may have, in bytes.
const MEMORY: u64 = 1 << 30;
/// The longest answer, in bytes: an index, metadata and pictures.
const ANSWER_MAX: u64 = 128 << 20;
/// The longest picture from a browser, in bytes.
const SHOT_MAX: usize = 16 << 20;
/// How many files it may have open: the three that it is given, and one of them once more.
const FILES: u64 = 4;
/// By how much it gives way to those who serve.
const NICE: i32 = 10;
/// The allocator takes a gibibyte of addresses at once; then the limit leaves none to use.
const FRUGAL: [(&str, &str); 1] = [("MIMALLOC_ARENA_RESERVE", "65536")];
/// What the program is called with.
const SUBCOMMAND: &str = "examine";

/// Where files are examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Examination {
    /// In a process of this program: the `lanterna` binary.
    Process(PathBuf),
    /// In this process: for tests, whose files are known.
    Here,
}

impl Examination {
    /// In a process of the program that runs now, even once its file has been replaced.
    pub fn own() -> Self {
        Self::Process(PathBuf::from("/proc/self/exe"))
    }
}

/// Examines files, a few at a time. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::library) struct Examiner {
    place: Examination,
    permits: Arc<Semaphore>,
    /// Who has files examined.
    people: People,
    /// Of their own, so that pictures from browsers hold up no upload.
    shot_permits: Arc<Semaphore>,
}

impl Examiner {
    pub(in crate::library) fn new(place: Examination) -> Self {
        Self {
            place,
            permits: Arc::new(Semaphore::new(AT_A_TIME)),
            people: People::default(),
            shot_permits: Arc::new(Semaphore::new(SHOTS_AT_A_TIME)),
        }
    }

    /// What a file of `len` bytes and this type, which `user` brought, tells: nothing when that cannot
    /// be found out, and `None` where there is nothing to find out.
    pub(in crate::library) async fn examine(
        &self,
        user: UserId,
        file: File,
        len: u64,
        media_type: &str,
    ) -> Option<Examined> {
        if !is_examined(media_type) {
            return None;
        }
        // The permits are never closed.
        let own = self.people.one_at_a_time(user);
        let _own = own.acquire().await.ok();
        let _permit = self.permits.acquire().await.ok();
        Some(self.examined(file, len, media_type).await)
    }

    /// Small pictures of a picture that a browser captured, decoded and encoded anew; none when it
    /// is no JPEG, PNG or WebP, or too large. [`Error::PicturesBusy`] when its turn does not come
    /// soon.
    pub(in crate::library) async fn small_pictures(
        &self,
        shot: Vec<u8>,
    ) -> Result<Vec<Picture>, Error> {
        if shot.len() > SHOT_MAX {
            return Ok(Vec::new());
        }
        let len = shot.len() as u64;
        let turn = tokio::time::timeout(SHOT_WAITS, self.shot_permits.acquire());
        let _permit = turn.await.map_err(|_| Error::PicturesBusy)?;
        let file = blocking(move || in_memory(&shot)).await?;
        Ok(self.examined(file, len, "image/jpeg").await.pictures)
    }

    /// Examines a file for whoever has a permit.
    async fn examined(&self, file: File, len: u64, media_type: &str) -> Examined {
        match self.run(file).await {
            Ok(examined) => examined.checked(len),
            Err(error) => {
                tracing::warn!(%error, media_type, "a file could not be examined");
                Examined::default()
            }
        }
    }

    async fn run(&self, file: File) -> io::Result<Examined> {
        match &self.place {
            Examination::Here => blocking(move || everything(&file)).await,
            Examination::Process(program) => ask(Command::new(program), file).await,
        }
    }
}

/// Who has files examined: each person one at a time, so that one person's many files, which may
/// take long, leave room for everybody else's.
#[derive(Debug, Clone, Default)]
struct People(Arc<Mutex<HashMap<UserId, Arc<Semaphore>>>>);

impl People {
    fn one_at_a_time(&self, user: UserId) -> Arc<Semaphore> {
        // A panic elsewhere cannot leave a map half changed.
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        people.retain(|_, own| Arc::strong_count(own) > 1);
        let own = people.entry(user);
        Arc::clone(own.or_insert_with(|| Arc::new(Semaphore::new(1))))
    }
}

/// A file that is only in memory.
fn in_memory(bytes: &[u8]) -> io::Result<File> {
    let mut file = File::from(memfd_create("shot", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    Ok(file)
}

fn everything(file: &File) -> io::Result<Examined> {
    let len = file.metadata()?.len();
    let examined = examine(&Source::new(file, len)).unwrap_or_default();
    let pictures = pictures(&Source::new(file, len)).unwrap_or_default();
    Ok(Examined {
        pictures,
        ..examined
    })
}

/// Lets a process examine a file. It ends when this is given up, or takes too long.
async fn ask(mut program: Command, file: File) -> io::Result<Examined> {
    let mut process = program
        .arg(SUBCOMMAND)
        .env_clear()
        .envs(FRUGAL)
        .current_dir("/")
        .stdin(Stdio::from(file))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let answers = process.stdout.take();
    let answers = answers.ok_or(io::ErrorKind::BrokenPipe)?;
    let mut bytes = Vec::new();
    let mut answers = answers.take(ANSWER_MAX);
    let until = Instant::now() + PATIENCE;
    // What it said before it ended badly, or late, holds: pictures come last, and cost most.
    while let Ok(more) = timeout_at(until, answers.read_buf(&mut bytes)).await {
        if more? == 0 {
            break;
        }
    }
    let mut answers = Decoder::new(&bytes);
    let examined: Examined = answers.decode().map_err(io::Error::other)?;
    Ok(Examined {
        pictures: answers.decode().unwrap_or_default(),
        ..examined
    })
}

/// Examines the file that is the standard input, and answers on the standard output: the work of
/// the subcommand `examine`.
pub fn answer() -> io::Result<()> {
    limit()?;
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let len = file.metadata()?.len();
    let examined = examine(&Source::new(&file, len)).unwrap_or_default();
    say(&minicbor::to_vec(&examined).map_err(io::Error::other)?)?;
    drop(examined);
    let pictures = pictures(&Source::new(&file, len)).unwrap_or_default();
    say(&minicbor::to_vec(&pictures).map_err(io::Error::other)?)
}

fn say(bytes: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    output.flush()
}

/// From now on this process gives way, has little to take, and nothing to read or write but what is
/// open.
fn limit() -> io::Result<()> {
    nice(NICE)?;
    for (resource, most) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
        (Resource::Nofile, FILES),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn many_files_of_one_person_leave_room_for_others() {
        let examiner = Examiner::new(Examination::Here);
        let busy = examiner.people.one_at_a_time(UserId(1));
        let permit = busy.acquire().await.unwrap();
        let file = || in_memory(b"%PDF-1.7").unwrap();
        let other = examiner.examine(UserId(2), file(), 8, "application/pdf");
        assert!(other.await.is_some());
        let own = examiner.examine(UserId(1), file(), 8, "application/pdf");
        let waits = tokio::time::timeout(Duration::from_mins(1), own).await;
        assert!(waits.is_err());
        drop(permit);
        let own = examiner.examine(UserId(1), file(), 8, "application/pdf");
        assert!(own.await.is_some());
        drop(busy);
        examiner.people.one_at_a_time(UserId(3));
        assert_eq!(
            examiner.people.0.lock().unwrap().len(),
            1,
            "who is done is forgotten"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn pictures_wait_a_while_and_hold_up_no_upload() {
        let examiner = Examiner::new(Examination::Here);
        let permit = examiner.shot_permits.acquire().await.unwrap();
        let refused = examiner.small_pictures(Vec::new()).await;
        assert!(matches!(refused, Err(Error::PicturesBusy)));
        assert_eq!(examiner.permits.available_permits(), AT_A_TIME);
        drop(permit);

        examiner.permits.forget_permits(AT_A_TIME);
        assert_eq!(examiner.small_pictures(Vec::new()).await.unwrap(), []);
    }
}
