//! Bytes on their way out: chunk by chunk, from files and texts in between.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use rustix::io::{Errno, ReadWriteFlags, preadv2};
use tokio::time::Instant;

use crate::library::buffers::{Buffer, Portion};
use crate::library::folder::blocking;

/// The longest chunk: it still fits the processor's cache between reading and sending it.
const MOST: usize = 256 * 1024;
/// The first chunk of a stream, and the shortest of a slow one.
const LEAST: usize = 64 * 1024;
/// Whoever took a chunk sooner than this gets a longer one.
const QUICK: Duration = Duration::from_millis(10);
/// Whoever took longer than this gets a shorter one.
const SLOW: Duration = Duration::from_millis(100);

/// The open files of what is sent.
#[derive(Debug)]
pub(super) struct Source {
    /// The file as it was uploaded.
    pub(super) original: File,
    /// The small file beside it, where there is one.
    pub(super) head: Option<File>,
}

/// What is sent, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A text of our own, between the parts of a multipart answer.
    Text(Bytes),
    /// Bytes of a file.
    Run {
        /// Whether of the small file.
        in_head: bool,
        /// Where they begin there.
        start: u64,
        /// How many are left to be sent.
        len: u64,
    },
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Run { len, .. } => *len,
        }
    }
}

/// Streams `pieces`. A chunk is read when the one before is on its way, into memory from `buffers`
/// that it gives back once it is sent.
pub(super) fn stream(
    source: Source,
    pieces: VecDeque<Piece>,
    buffers: Portion,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let left = pieces.iter().map(Piece::len).sum::<u64>();
    let start = State {
        reader: Reader {
            source: Arc::new(source),
            pieces,
        },
        left,
        pace: Pace::default(),
        buffers,
    };
    try_unfold(start, State::next)
}

struct State {
    reader: Reader,
    left: u64,
    pace: Pace,
    buffers: Portion,
}

impl State {
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.left == 0 {
            return Ok(None);
        }
        let most = self.pace.chunk();
        let wanted = usize::try_from(self.left).map_or(most, |left| left.min(most));
        let mut buffer = self.buffers.take(wanted).await?;
        // What is in memory is read at once; only for the disk does it change threads.
        let filled = self.reader.fill(buffer.as_mut(), read_now)?;
        if filled < buffer.as_ref().len() {
            buffer = self.reader.wait_for(buffer, filled).await?;
        }
        self.left -= buffer.as_ref().len() as u64;
        self.pace.handed_over();
        Ok(Some((Bytes::from_owner(buffer), self)))
    }
}

/// What is left to be read.
#[derive(Clone)]
struct Reader {
    source: Arc<Source>,
    pieces: VecDeque<Piece>,
}

/// Reads at a position; answers how many bytes, and none when they would have to be waited for.
type Read = fn(&File, &mut [u8], u64) -> io::Result<usize>;

impl Reader {
    /// Fills `room` as far as `read` goes; answers how much.
    fn fill(&mut self, room: &mut [u8], read: Read) -> io::Result<usize> {
        let mut filled = 0;
        while let (Some(piece), true) = (self.pieces.front_mut(), filled < room.len()) {
            let room = &mut room[filled..];
            let taken = match piece {
                Piece::Text(text) => {
                    let len = text.len().min(room.len());
                    room[..len].copy_from_slice(&text.split_to(len));
                    len
                }
                Piece::Run {
                    in_head,
                    start,
                    len,
                } => {
                    let file = self.source.file(*in_head)?;
                    let room_len = room.len();
                    let most = usize::try_from(*len).map_or(room_len, |len| len.min(room_len));
                    let taken = read(file, &mut room[..most], *start)?;
                    *start += taken as u64;
                    *len -= taken as u64;
                    taken
                }
            };
            filled += taken;
            if piece.len() == 0 {
                self.pieces.pop_front();
            } else if taken == 0 {
                break;
            }
        }
        Ok(filled)
    }

    /// Fills `buffer` from `filled` on where it may block.
    async fn wait_for(&mut self, mut buffer: Buffer, filled: usize) -> io::Result<Buffer> {
        let mut reader = self.clone();
        let (reader, buffer) = blocking(move || {
            reader.fill(&mut buffer.as_mut()[filled..], read_all)?;
            Ok((reader, buffer))
        })
        .await?;
        *self = reader;
        Ok(buffer)
    }
}

impl Source {
    fn file(&self, in_head: bool) -> io::Result<&File> {
        if !in_head {
            return Ok(&self.original);
        }
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        self.head.as_ref().ok_or_else(missing)
    }
}

/// Reads what needs no waiting for a disk.
fn read_now(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    match preadv2(
        file,
        &mut [IoSliceMut::new(room)],
        at,
        ReadWriteFlags::NOWAIT,
    ) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(read) => Ok(read),
        // Not in memory; or a file system, or a kernel, that cannot tell.
        Err(Errno::AGAIN | Errno::INTR | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

fn read_all(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    file.read_exact_at(room, at)?;
    Ok(room.len())
}

/// How quickly a client takes chunks. A quick one gets long chunks, which cost less; a slow one
/// short ones, which hold less memory.
struct Pace {
    chunk: usize,
    handed_over: Option<Instant>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            chunk: LEAST,
            handed_over: None,
        }
    }
}

impl Pace {
    /// The length of the next chunk, which is asked for now.
    fn chunk(&mut self) -> usize {
        let took = self.handed_over.map(|moment| moment.elapsed());
        self.chunk = match took {
            Some(took) if took < QUICK => (self.chunk * 2).min(MOST),
            Some(took) if took > SLOW => (self.chunk / 2).max(LEAST),
            _ => self.chunk,
        };
        self.chunk
    }

    fn handed_over(&mut self) {
        self.handed_over = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_quick_get_long_chunks_and_the_slow_short_ones() {
        let mut pace = Pace::default();
        let mut lens = Vec::new();
        for wait in [0, 0, 5, 0, 50, 500, 500, 500, 50, 0] {
            lens.push(pace.chunk() / 1024);
            pace.handed_over();
            tokio::time::advance(Duration::from_millis(wait)).await;
        }
        assert_eq!(lens, [64, 128, 256, 256, 256, 256, 128, 64, 64, 64]);
    }
}
