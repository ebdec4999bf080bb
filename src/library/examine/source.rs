//! Reading a file at positions, within limits.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

/// What one examination reads at most, in bytes. Each read costs at least [`READ_COST`], so that
/// the number of reads is bounded too.
const BUDGET: u64 = 512 << 20;
const READ_COST: u64 = 1024;

/// Bytes that can be read anywhere.
pub(crate) trait ReadAt {
    /// Reads into `buffer` from position `at`: how many bytes, 0 at the end.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;
}

impl ReadAt for std::fs::File {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, at)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..));
        rest.map_or(Ok(0), |mut rest| rest.read(buffer))
    }
}

/// A file under examination. Beyond the budget nothing more can be read of it.
pub(crate) struct Source<'a> {
    bytes: &'a dyn ReadAt,
    len: u64,
    left: Cell<u64>,
}

impl<'a> Source<'a> {
    /// A file of `len` bytes.
    pub(crate) fn new(bytes: &'a dyn ReadAt, len: u64) -> Self {
        Self {
            bytes,
            len,
            left: Cell::new(BUDGET),
        }
    }

    /// Bytes in all.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Lets no more than `bytes` be read from now on.
    pub(super) fn allow(&self, bytes: u64) {
        self.left.set(self.left.get().min(bytes));
    }

    fn read_some(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let cost = (buffer.len() as u64).max(READ_COST);
        let left = self.left.get().checked_sub(cost);
        self.left
            .set(left.ok_or_else(|| io::Error::other("examined enough"))?);
        self.bytes.read_at(buffer, at)
    }

    /// Fills `buffer` from position `at`; `None` when the file has not that many bytes there.
    fn fill(&self, buffer: &mut [u8], at: u64) -> Option<()> {
        let mut done = 0;
        while done < buffer.len() {
            let at = at.checked_add(done as u64)?;
            match self.read_some(buffer.get_mut(done..)?, at) {
                Ok(0) => return None,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        Some(())
    }

    /// The `N` bytes at position `at`.
    pub(super) fn array<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, at)?;
        Some(bytes)
    }

    /// The bytes from `start` to before `end`; `None` when there are more than `max`, or not all of
    /// them. Nothing is allocated before that is known.
    pub(super) fn slice(&self, start: u64, end: u64, max: u64) -> Option<Vec<u8>> {
        let len = end.checked_sub(start)?;
        if end > self.len || len > max {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(len).ok()?];
        self.fill(&mut bytes, start)?;
        Some(bytes)
    }

    /// The file's beginning: at most `max` bytes.
    pub(super) fn beginning(&self, max: u64) -> Option<Vec<u8>> {
        self.slice(0, self.len.min(max), max)
    }

    /// The file for those who read on from a position.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            source: self,
            at: 0,
        }
    }
}

/// A position in a [`Source`].
pub(super) struct Reader<'a> {
    source: &'a Source<'a>,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.source.len.saturating_sub(self.at);
        let len = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if len == 0 {
            return Ok(0);
        }
        let read = self.source.read_some(&mut buffer[..len], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
