//! Reading the files that are to come in.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;

use super::walk::Place;
use crate::cli::complain;

/// How many bytes are read at a time.
const PIECE: usize = 256 * 1024;
/// The most bytes of a character in UTF-8.
const CHARACTER: usize = 4;

/// Whether somebody wants it to stop.
#[derive(Debug, Clone)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// By Ctrl-C or SIGTERM. A second one ends the process at once, which loses nothing either.
    pub(super) fn on_signals() -> io::Result<Self> {
        let stop = Self(Arc::default());
        let asked = Arc::clone(&stop.0);
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if asked.swap(true, Ordering::Relaxed) {
                    process::exit(i32::from(super::STOPPED));
                }
                complain("Stopping: what has arrived is written down. Once more leaves at once.");
            }
        });
        Ok(stop)
    }

    /// Whether it was asked for.
    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a file did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Broken {
    /// Somebody stopped it.
    Stopped,
    /// It cannot be read, for this reason.
    Unreadable(String),
}

/// A file that is being read.
pub(super) struct Source {
    file: File,
    left: u64,
    stop: Stop,
    broken: Arc<OnceLock<Broken>>,
}

impl Source {
    /// Opens a file at `offset`; fails when it is not what the folder had.
    pub(super) async fn open(place: &Place, offset: u64, stop: Stop) -> Result<Self, String> {
        let place = place.clone();
        let opened = spawn_blocking(move || {
            let mut file = open(&place)?;
            file.seek(SeekFrom::Start(offset))
                .map_err(|error| unreadable(&error))?;
            Ok::<_, String>((file, place.len.saturating_sub(offset)))
        });
        let (file, left) = opened.await.map_err(|error| error.to_string())??;
        Ok(Self {
            file,
            left,
            stop,
            broken: Arc::default(),
        })
    }

    /// Tells later why the stream broke off, if it did.
    pub(super) fn broken(&self) -> Arc<OnceLock<Broken>> {
        Arc::clone(&self.broken)
    }

    /// The file's bytes; `came` is told how many at each piece.
    pub(super) fn stream(self, came: impl Fn(u64)) -> impl Stream<Item = io::Result<Bytes>> {
        stream::try_unfold((self, came), |(source, came)| async move {
            if source.left == 0 {
                return Ok(None);
            }
            let (source, piece) = source.piece().await?;
            came(piece.len() as u64);
            Ok(Some((piece, (source, came))))
        })
    }

    async fn piece(self) -> io::Result<(Self, Bytes)> {
        if self.stop.is_asked() {
            return Err(self.breaks(Broken::Stopped));
        }
        let broken = Arc::clone(&self.broken);
        let read = spawn_blocking(move || {
            let mut source = self;
            let most = usize::try_from(source.left).map_or(PIECE, |left| left.min(PIECE));
            let mut piece = vec![0; most];
            match source.file.read_exact(&mut piece) {
                Ok(()) => {
                    source.left -= most as u64;
                    Ok((source, Bytes::from(piece)))
                }
                Err(error) => Err(source.breaks(Broken::Unreadable(unreadable(&error)))),
            }
        });
        read.await.map_err(|error| {
            let _ = broken.set(Broken::Unreadable(error.to_string()));
            io::Error::other(error)
        })?
    }

    fn breaks(&self, why: Broken) -> io::Error {
        // Only the first reason counts, and there is only one.
        let _ = self.broken.set(why);
        io::ErrorKind::Interrupted.into()
    }
}

/// The text of a small file, at most `most` characters; what is not UTF-8 is read as Latin-1.
pub(super) async fn text(place: &Place, most: usize) -> Result<String, String> {
    let too_long = format!("it is longer than {most} characters and left out");
    if place.len > (most * CHARACTER) as u64 {
        return Err(too_long);
    }
    let place = place.clone();
    let read = spawn_blocking(move || {
        let mut bytes = Vec::new();
        let mut file = open(&place)?.take(place.len);
        file.read_to_end(&mut bytes)
            .map_err(|error| unreadable(&error))?;
        Ok::<_, String>(bytes)
    });
    let bytes = read.await.map_err(|error| error.to_string())??;
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect());
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().chars().count() > most {
        return Err(too_long);
    }
    Ok(text.to_owned())
}

/// Opens a file unless it has changed since the folder was read, or has become a link.
fn open(place: &Place) -> Result<File, String> {
    let no_links = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(no_links.bits().cast_signed())
        .open(&place.path)
        .map_err(|error| unreadable(&error))?;
    let now = file.metadata().map_err(|error| unreadable(&error))?;
    if !now.is_file() || now.len() != place.len || now.modified().ok() != place.changed {
        return Err("it changed since the folder was read".into());
    }
    Ok(file)
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this user may not read it".into(),
        io::ErrorKind::NotFound => "it is gone".into(),
        io::ErrorKind::UnexpectedEof => "it became shorter while it was read".into(),
        _ => format!("it cannot be read: {error}"),
    }
}
