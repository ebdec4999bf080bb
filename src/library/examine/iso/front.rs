//! The index in front: a movie's index with its offsets told as they are once it is moved before
//! the samples (ISO/IEC 14496-12, 8.7.5).

use super::boxes::{Span, be32, be64};
use super::movie::tracks;

/// Where the index lies, and where it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    /// Where it is to begin: after the box `ftyp`.
    pub(super) to: u64,
    /// Where it began.
    pub(super) from: u64,
    /// Where it ended.
    pub(super) end: u64,
}

/// The boxes in which the tables of offsets lie, from the outside in.
const PATH: [[u8; 4]; 4] = [*b"trak", *b"mdia", *b"minf", *b"stbl"];
/// What a table of offsets begins with: its version, flags, and the count of entries.
const TABLE: usize = 8;

/// The index `bytes` (a whole box `moov`) as it is at its new place; `None` when it holds what
/// cannot be moved with certainty.
///
/// Moving makes offsets larger. Where one would not fit its 32 bits, all get 64 (`co64`).
pub(super) fn moved(bytes: &[u8], moov: Span<usize>, place: Move) -> Option<Vec<u8>> {
    if tracks(bytes, moov).any(|track| refers_elsewhere(bytes, track)) {
        return None;
    }
    let (entries, highest) = short_offsets(bytes, moov)?;
    // Its length does not depend on the offsets in it.
    let unmoved = Shift {
        place: Move {
            to: u64::MAX,
            ..place
        },
        len: 0,
        wide: false,
    };
    let len = rebuilt(bytes, moov, &PATH, &unmoved)?.len();
    let wide = u64::from(highest) + len as u64 > u64::from(u32::MAX);
    let more = if wide { entries.checked_mul(4)? } else { 0 };
    let len = len.checked_add(more)?;
    let shift = Shift {
        place,
        len: len as u64,
        wide,
    };
    let index = rebuilt(bytes, moov, &PATH, &shift)?;
    (index.len() == len).then_some(index)
}

/// How offsets change.
struct Shift {
    place: Move,
    /// Bytes of the index at its new place.
    len: u64,
    /// Whether every offset gets 64 bits.
    wide: bool,
}

impl Shift {
    fn of(&self, offset: u64) -> Option<u64> {
        let Move { to, from, end } = self.place;
        match offset {
            offset if offset < to => Some(offset),
            offset if offset < from => offset.checked_add(self.len),
            offset if offset < end => None,
            offset => (offset - (end - from)).checked_add(self.len),
        }
    }
}

/// How many offsets of 32 bits there are, and the highest of them.
fn short_offsets(bytes: &[u8], moov: Span<usize>) -> Option<(usize, u32)> {
    let mut count = 0_usize;
    let mut highest = 0;
    for track in tracks(bytes, moov) {
        let table = track.descendant(bytes, &[b"mdia", b"minf", b"stbl", b"stco"]);
        let Some(table) = table else { continue };
        for entry in entries(table.content(bytes), 4)? {
            count += 1;
            highest = highest.max(be32(entry, 0)?);
        }
    }
    Some((count, highest))
}

/// The entries of a table; `None` when it has fewer than it says.
fn entries(table: &[u8], size: usize) -> Option<std::slice::ChunksExact<'_, u8>> {
    let count = usize::try_from(be32(table, 4)?).ok()?;
    let end = count.checked_mul(size)?.checked_add(TABLE)?;
    Some(table.get(TABLE..end)?.chunks_exact(size))
}

/// A box with what lies on the `path` in it changed, and everything else as it is.
fn rebuilt(bytes: &[u8], parent: Span<usize>, path: &[[u8; 4]], shift: &Shift) -> Option<Vec<u8>> {
    let mut out = header(parent.kind, parent.end - parent.body);
    let mut at = parent.body;
    for child in parent.children(bytes) {
        at = child.end;
        match (path, &child.kind) {
            ([next, rest @ ..], kind) if next == kind => {
                out.extend(rebuilt(bytes, child, rest, shift)?);
            }
            ([], b"stco" | b"co64") => out.extend(table(bytes, child, shift)?),
            _ => out.extend_from_slice(bytes.get(child.start..child.end)?),
        }
    }
    out.extend_from_slice(bytes.get(at..parent.end)?);
    let len = u32::try_from(out.len()).ok()?;
    out.get_mut(..4)?.copy_from_slice(&len.to_be_bytes());
    Some(out)
}

/// A box's header, its length still to be told.
fn header(kind: [u8; 4], content: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(content + 8);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&kind);
    out
}

fn table(bytes: &[u8], table: Span<usize>, shift: &Shift) -> Option<Vec<u8>> {
    let content = table.content(bytes);
    let was_wide = table.kind == *b"co64";
    let wide = was_wide || shift.wide;
    let mut out = header(if wide { *b"co64" } else { *b"stco" }, content.len());
    out.extend_from_slice(content.get(..TABLE)?);
    for entry in entries(content, if was_wide { 8 } else { 4 })? {
        let offset = if was_wide {
            be64(entry, 0)?
        } else {
            u64::from(be32(entry, 0)?)
        };
        let offset = shift.of(offset)?;
        if wide {
            out.extend_from_slice(&offset.to_be_bytes());
        } else {
            out.extend_from_slice(&u32::try_from(offset).ok()?.to_be_bytes());
        }
    }
    let len = u32::try_from(out.len()).ok()?;
    out.get_mut(..4)?.copy_from_slice(&len.to_be_bytes());
    Some(out)
}

/// Whether a track has offsets of another kind (8.7.9), or into another file (8.7.2).
fn refers_elsewhere(bytes: &[u8], track: Span<usize>) -> bool {
    let info = track.descendant(bytes, &[b"mdia", b"minf"]);
    let child = |path: &[&[u8; 4]]| info.and_then(|info| info.descendant(bytes, path));
    if child(&[b"stbl", b"saio"]).is_some() {
        return true;
    }
    let Some(references) = child(&[b"dinf", b"dref"]) else {
        return false;
    };
    let entries = Span {
        body: references.body.saturating_add(TABLE),
        ..references
    };
    let outside = |entry: Span<usize>| be32(bytes, entry.body).is_some_and(|flags| flags & 1 == 0);
    entries.children(bytes).any(outside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::examine::iso::boxes::within;

    fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let mut out = header(kind, content.len());
        out.extend_from_slice(content);
        let len = u32::try_from(out.len()).unwrap();
        out[..4].copy_from_slice(&len.to_be_bytes());
        out
    }

    /// An index with one table of offsets.
    fn index(kind: [u8; 4], entries: &[u8], size: usize) -> Vec<u8> {
        let count = u32::try_from(entries.len() / size).unwrap();
        let table = [&[0; 4][..], &count.to_be_bytes(), entries].concat();
        let stbl = boxed(
            *b"stbl",
            &[boxed(*b"stsz", b"sizes"), boxed(kind, &table)].concat(),
        );
        let mdia = boxed(*b"mdia", &boxed(*b"minf", &stbl));
        let trak = boxed(*b"trak", &[boxed(*b"tkhd", b"head"), mdia].concat());
        boxed(*b"moov", &[trak, boxed(*b"udta", b"")].concat())
    }

    fn short(offsets: &[u32]) -> Vec<u8> {
        let entries: Vec<_> = offsets.iter().flat_map(|o| o.to_be_bytes()).collect();
        index(*b"stco", &entries, 4)
    }

    fn long(offsets: &[u64]) -> Vec<u8> {
        let entries: Vec<_> = offsets.iter().flat_map(|o| o.to_be_bytes()).collect();
        index(*b"co64", &entries, 8)
    }

    /// Moves an index that lies behind everything.
    fn to_front(index: &[u8]) -> Option<Vec<u8>> {
        let moov = within(index, 0, index.len()).next().unwrap();
        let from = 1 << 40;
        let end = from + index.len() as u64;
        moved(index, moov, Move { to: 20, from, end })
    }

    #[test]
    fn offsets_grow_by_the_length_of_the_index() {
        let index = short(&[28, 100, 5]);
        let len = u32::try_from(index.len()).unwrap();
        assert_eq!(to_front(&index), Some(short(&[28 + len, 100 + len, 5])));
        let index = long(&[28, 1 << 33]);
        let len = index.len() as u64;
        assert_eq!(to_front(&index), Some(long(&[28 + len, (1 << 33) + len])));
    }

    #[test]
    fn offsets_that_grow_too_large_get_64_bits() {
        let index = short(&[28, u32::MAX - 3]);
        let len = index.len() as u64 + 8;
        let wide = long(&[28 + len, u64::from(u32::MAX) - 3 + len]);
        assert_eq!(wide.len() as u64, len);
        assert_eq!(to_front(&index), Some(wide));
        let len = u32::try_from(short(&[0]).len()).unwrap();
        assert_eq!(
            to_front(&short(&[u32::MAX - len])),
            Some(short(&[u32::MAX]))
        );
        assert!(to_front(&short(&[u32::MAX - len + 1])).unwrap().len() > len as usize);
    }
}
