//! Metadata beside every moment: where action cameras, drones and phones log their way.
//!
//! Such a track has the handler `meta`, and no player shows it. Its samples are blanked where they
//! lie between those of the others (ISO/IEC 14496-12, 8.7).

use super::boxes::{Span, be32, be64};
use super::movie::{handler, tracks};
use crate::library::examine::sending::Edit;

/// The most chunks that are blanked. Of files with more, which take recordings of hours, nothing
/// is: a part would not do.
const CHUNKS_MAX: usize = 1500;

/// Edits that blank the samples of all tracks of metadata; none when they are too many or cannot
/// be told.
pub(super) fn edits(bytes: &[u8], moov: Span<usize>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for track in tracks(bytes, moov) {
        let media = track.child(bytes, *b"mdia");
        let Some(media) = media.filter(|m| is_metadata(bytes, *m)) else {
            continue;
        };
        let table = media.descendant(bytes, &[b"minf", b"stbl"]);
        let Some(found) = table.and_then(|table| chunks(bytes, table)) else {
            return Vec::new();
        };
        edits.extend(found);
    }
    if edits.len() > CHUNKS_MAX {
        edits.clear();
    }
    edits
}

fn is_metadata(bytes: &[u8], media: Span<usize>) -> bool {
    matches!(handler(bytes, media), Some(b"meta" | b"camm"))
}

/// The chunks of one track, blanked.
fn chunks(bytes: &[u8], table: Span<usize>) -> Option<Vec<Edit>> {
    let runs = table.child(bytes, *b"stsc")?.content(bytes);
    let sizes = table.child(bytes, *b"stsz")?.content(bytes);
    let mut sizes = Sizes {
        same: be32(sizes, 4)?,
        each: sizes.get(12..)?,
    };
    let mut run = 0;
    let mut edits = Vec::new();
    for (number, start) in (1_u32..).zip(offsets(bytes, table)?) {
        // Each run of the table says where it begins; the last one goes on.
        while be32(runs, 8 + (run + 1) * 12).is_some_and(|first| first <= number) {
            run += 1;
        }
        let samples = be32(runs, 8 + run * 12 + 4)?;
        let end = start.checked_add(sizes.next(samples)?)?;
        edits.push(Edit::blank(start, end));
    }
    Some(edits)
}

/// Where the chunks begin; `None` when there are too many.
fn offsets(bytes: &[u8], table: Span<usize>) -> Option<Vec<u64>> {
    let (list, size) = match table.child(bytes, *b"stco") {
        Some(short) => (short, 4),
        None => (table.child(bytes, *b"co64")?, 8),
    };
    let list = list.content(bytes);
    let count = usize::try_from(be32(list, 4)?).ok()?;
    if count > CHUNKS_MAX {
        return None;
    }
    let entries = list.get(8..8 + count * size)?.chunks_exact(size);
    let offset = |entry| be64(entry, 0).or_else(|| be32(entry, 0).map(u64::from));
    entries.map(offset).collect()
}

/// The sizes of samples: all the same, or each its own.
struct Sizes<'a> {
    same: u32,
    each: &'a [u8],
}

impl Sizes<'_> {
    /// The bytes of the next `count` samples.
    fn next(&mut self, count: u32) -> Option<u64> {
        if self.same > 0 {
            return Some(u64::from(self.same) * u64::from(count));
        }
        let len = usize::try_from(count).ok()?.checked_mul(4)?;
        let (these, rest) = self.each.split_at_checked(len)?;
        self.each = rest;
        let sizes = these.chunks_exact(4).filter_map(|size| be32(size, 0));
        Some(sizes.map(u64::from).sum())
    }
}
