//! What holds of every file, whatever is in it.

#![allow(
    clippy::missing_panics_doc,
    reason = "a panic is what a target tells of what it finds"
)]

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::sending::{EXTENTS_MAX, Sending};
use super::source::{ReadAt, Source};
use super::{Examined, examine, pictures};

/// The most reads that one examination takes: its budget, at what each costs.
const READS_MAX: u64 = 1 << 20;

/// Bytes that count how often they were read.
struct Counted<'a> {
    bytes: &'a Vec<u8>,
    reads: AtomicU64,
}

impl ReadAt for Counted<'_> {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.read_at(buffer, at)
    }
}

/// Examines a file. What is sent lies in it and is as long as it says; the work is bounded; and what
/// is sent as clean has nothing left that would be taken out.
pub fn try_examiner(data: &[u8]) {
    let bytes = data.to_vec();
    let found = examined(&bytes);
    if let Some(sent) = found.sent.as_ref().filter(|_| found.clean) {
        let bytes = assembled(&bytes, sent);
        let again = examined(&bytes);
        if let Some(sent) = again.sent {
            let twice = assembled(&bytes, &sent);
            // What was cut together may look like something else once more.
            assert!(twice.len() <= bytes.len() + (1 << 16));
        }
    }
}

fn examined(bytes: &Vec<u8>) -> Examined {
    let len = bytes.len() as u64;
    let file = Counted {
        bytes,
        reads: AtomicU64::new(0),
    };
    let found = examine(&Source::new(&file, len)).unwrap_or_default();
    let _ = pictures(&Source::new(&file, len));
    assert!(file.reads.into_inner() < READS_MAX);
    if let Some(sent) = &found.sent {
        assert!(sent.checked_len(len).is_some());
        assert!(sent.extents.len() <= EXTENTS_MAX);
        assert!(sent.head.len() as u64 <= 2 * len + (1 << 18));
    }
    found
}

/// What others receive.
fn assembled(bytes: &[u8], sent: &Sending) -> Vec<u8> {
    let mut all = Vec::new();
    for extent in &sent.extents {
        let from = if extent.in_head { &sent.head } else { bytes };
        let start = usize::try_from(extent.start).unwrap_or(usize::MAX);
        let len = usize::try_from(extent.len).unwrap_or(usize::MAX);
        all.extend(from.iter().skip(start).take(len));
    }
    all
}
