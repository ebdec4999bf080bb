//! What is sent in place of a file: runs of it, and of new bytes.

use minicbor::{Decode, Encode};

use super::source::Source;
use crate::store::rows::library::Extent;

/// The most runs that a file is sent in: a row of the store with so many is a third of a mebibyte.
pub(super) const EXTENTS_MAX: usize = 16_384;
/// The longest run that is looked at to see whether it is as it should be.
const DONE_MAX: u64 = 16 << 20;
/// The longest run of zeros that is kept; longer ones repeat it.
const ZEROS: u64 = 64 * 1024;

/// What is sent in place of a file.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Sending {
    /// The bytes that replace others, perhaps none.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) head: Vec<u8>,
    /// The runs, as a row of the store has them.
    #[n(1)]
    pub(crate) extents: Vec<Extent>,
}

impl Sending {
    /// Bytes in all; `None` unless it fits a file of `len` bytes: at least one run, none of them
    /// empty, none beyond an end.
    pub(super) fn checked_len(&self, len: u64) -> Option<u64> {
        if self.extents.is_empty() || self.extents.len() > EXTENTS_MAX {
            return None;
        }
        let mut sum = 0_u64;
        for extent in &self.extents {
            let within = if extent.in_head {
                self.head.len() as u64
            } else {
                len
            };
            let end = extent.start.checked_add(extent.len)?;
            if extent.len == 0 || end > within {
                return None;
            }
            sum = sum.checked_add(extent.len)?;
        }
        Some(sum)
    }
}

/// What comes in place of a run of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum With {
    /// These bytes, perhaps none.
    Bytes(Vec<u8>),
    /// As many zeros.
    Zeros,
}

/// A run of bytes that is not sent as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// Where it begins.
    pub(super) start: u64,
    /// Where it ends.
    pub(super) end: u64,
    /// What comes instead.
    pub(super) with: With,
}

impl Edit {
    pub(super) fn drop(start: u64, end: u64) -> Self {
        Self::replace(start, end, Vec::new())
    }

    pub(super) fn replace(start: u64, end: u64, bytes: Vec<u8>) -> Self {
        let with = With::Bytes(bytes);
        Self { start, end, with }
    }

    pub(super) fn blank(start: u64, end: u64) -> Self {
        let with = With::Zeros;
        Self { start, end, with }
    }

    /// Whether the file has these bytes there already.
    fn is_done(&self, source: &Source) -> bool {
        let bytes = source.slice(self.start, self.end, DONE_MAX);
        bytes.is_some_and(|bytes| match &self.with {
            With::Bytes(with) => bytes == *with,
            With::Zeros => bytes.iter().all(|b| *b == 0),
        })
    }

    /// By how many bytes it makes the file longer.
    pub(super) fn growth(&self) -> i64 {
        let before = self.end.saturating_sub(self.start);
        let after = match &self.with {
            With::Bytes(bytes) => bytes.len() as u64,
            With::Zeros => before,
        };
        after.checked_signed_diff(before).unwrap_or(0)
    }
}

/// What is to be changed in what others receive.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// The changes.
    pub(super) list: Vec<Edit>,
    /// Whether nothing that tells a location is left once they are made. By default that is not
    /// known.
    pub(super) complete: bool,
}

impl Edits {
    /// These are all that is needed.
    pub(super) fn all(list: Vec<Edit>) -> Self {
        let complete = true;
        Self { list, complete }
    }

    /// The same without those that would change nothing.
    pub(super) fn needed(mut self, source: &Source) -> Self {
        self.list.retain(|edit| !edit.is_done(source));
        self
    }

    /// These as well.
    pub(super) fn and(&mut self, others: Self) {
        self.list.extend(others.list);
        self.complete &= others.complete;
    }
}

/// What is sent, and whether that certainly tells no location.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What is sent; `None`: the file as it is.
    pub(super) sent: Option<Sending>,
    /// Whether what is sent certainly tells no location, as far as locations are known of.
    pub(super) clean: bool,
}

/// A file of `len` bytes with these edits. Where there are more than can be told, it stays as it
/// is, and unclean.
pub(super) fn edited(len: u64, mut edits: Edits) -> Outcome {
    if edits.list.is_empty() {
        return Outcome {
            sent: None,
            clean: edits.complete,
        };
    }
    let mut assembly = Assembly::default();
    assembly.original(0, len, &mut edits.list);
    let sent = assembly.finish();
    Outcome {
        clean: edits.complete && sent.is_some(),
        sent,
    }
}

/// Puts together what is sent, from its beginning to its end.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    head: Vec<u8>,
    /// Where zeros begin in it, and how many.
    zeros: Option<(u64, u64)>,
    extents: Vec<Extent>,
}

impl Assembly {
    /// Goes on with the file's bytes from `start` to before `end`, as edited. Where edits overlap,
    /// the first one wins.
    pub(super) fn original(&mut self, start: u64, end: u64, edits: &mut [Edit]) {
        edits.sort_by_key(|edit| edit.start);
        let mut at = start;
        for edit in edits.iter() {
            let (from, to) = (edit.start.max(at), edit.end.min(end));
            let inserts = edit.start == edit.end && from == edit.start;
            if from > to || (from == to && !inserts) {
                continue;
            }
            self.push(false, at, from - at);
            match &edit.with {
                With::Bytes(bytes) => self.bytes(bytes),
                With::Zeros => self.zeros(to - from),
            }
            at = to;
        }
        self.push(false, at, end.saturating_sub(at));
    }

    /// Goes on with new bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let start = self.head.len() as u64;
        self.head.extend_from_slice(bytes);
        self.push(true, start, bytes.len() as u64);
    }

    fn zeros(&mut self, mut len: u64) {
        while len > 0 && self.extents.len() <= EXTENTS_MAX {
            let run = len.min(ZEROS);
            let start = self.zeros_of(run);
            self.extents.push(Extent {
                in_head: true,
                start,
                len: run,
            });
            len -= run;
        }
    }

    /// Where there are this many zeros. They are kept once for runs of about the same length.
    fn zeros_of(&mut self, run: u64) -> u64 {
        match self.zeros {
            Some((start, len)) if len >= run => start,
            _ => {
                let start = self.head.len() as u64;
                let len = run.next_power_of_two();
                let zeros = std::iter::repeat_n(0, usize::try_from(len).unwrap_or(0));
                self.head.extend(zeros);
                self.zeros = Some((start, len));
                start
            }
        }
    }

    fn push(&mut self, in_head: bool, start: u64, len: u64) {
        if len == 0 {
            return;
        }
        match self.extents.last_mut() {
            Some(last) if last.in_head == in_head && last.start + last.len == start => {
                last.len += len;
            }
            _ => self.extents.push(Extent {
                in_head,
                start,
                len,
            }),
        }
    }

    /// What is sent; `None` when that is nothing, or takes too many runs.
    pub(super) fn finish(self) -> Option<Sending> {
        let count = self.extents.len();
        (1..=EXTENTS_MAX).contains(&count).then_some(Sending {
            head: self.head,
            extents: self.extents,
        })
    }
}
