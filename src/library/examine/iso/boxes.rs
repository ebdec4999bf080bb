//! Boxes of the ISO base media file format (ISO/IEC 14496-12, 4.2) and `QuickTime` atoms.

use crate::library::examine::source::Source;

/// The most boxes that are looked at in one place.
const BOXES_MAX: usize = 1 << 16;

/// A box: where it begins, where its content begins, where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span<P> {
    pub(super) kind: [u8; 4],
    pub(super) start: P,
    pub(super) body: P,
    pub(super) end: P,
}

/// The boxes at the top of a file, up to its first fragment. The last one is cut at the file's
/// end when it says to be longer: `None` then, and when there are too many.
pub(super) fn at_top(source: &Source) -> Option<Vec<Span<u64>>> {
    let mut found: Vec<Span<u64>> = Vec::new();
    let mut start = 0;
    while start < source.len() {
        let next = top_box(source, start)?;
        let is_fragment = matches!(&next.kind, b"moof");
        if next.end > source.len() || found.len() == BOXES_MAX {
            return None;
        }
        start = next.end;
        found.push(next);
        if is_fragment {
            break;
        }
    }
    Some(found)
}

/// The boxes at the top of a damaged file, as far as there are any.
pub(super) fn at_top_as_far(source: &Source) -> Vec<Span<u64>> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(next) = top_box(source, start) {
        if next.end > source.len() || found.len() == BOXES_MAX {
            break;
        }
        start = next.end;
        found.push(next);
    }
    found
}

fn top_box(source: &Source, start: u64) -> Option<Span<u64>> {
    let header: [u8; 8] = source.array(start)?;
    let (size, kind) = header.split_at(4);
    let kind = kind.try_into().ok()?;
    let (head, len) = match be32(size, 0)? {
        0 => (8, source.len() - start),
        1 => (16, u64::from_be_bytes(source.array(start + 8)?)),
        len => (8, u64::from(len)),
    };
    if len < head {
        return None;
    }
    Some(Span {
        kind,
        start,
        body: start + head,
        end: start.checked_add(len)?,
    })
}

/// The boxes within `bytes[start..end]`, up to the first that does not fit.
pub(super) fn within(bytes: &[u8], start: usize, end: usize) -> impl Iterator<Item = Span<usize>> {
    let mut at = start;
    std::iter::from_fn(move || {
        let next = inner_box(bytes, at, end)?;
        at = next.end;
        Some(next)
    })
    .take(BOXES_MAX)
}

fn inner_box(bytes: &[u8], start: usize, end: usize) -> Option<Span<usize>> {
    let kind = bytes.get(start.checked_add(4)?..start.checked_add(8)?)?;
    let (head, len) = match be32(bytes, start)? {
        1 => (16, usize::try_from(be64(bytes, start + 8)?).ok()?),
        len => (8, usize::try_from(len).ok()?),
    };
    let box_end = start.checked_add(len)?;
    if len < head || box_end > end || box_end > bytes.len() {
        return None;
    }
    Some(Span {
        kind: kind.try_into().ok()?,
        start,
        body: start + head,
        end: box_end,
    })
}

impl Span<usize> {
    /// The boxes in its content.
    pub(super) fn children(self, bytes: &[u8]) -> impl Iterator<Item = Self> {
        within(bytes, self.body, self.end)
    }

    /// The first box of a kind in its content.
    pub(super) fn child(self, bytes: &[u8], kind: [u8; 4]) -> Option<Self> {
        self.children(bytes).find(|child| child.kind == kind)
    }

    /// The box at the end of a path through its content.
    pub(super) fn descendant(self, bytes: &[u8], path: &[&[u8; 4]]) -> Option<Self> {
        path.iter()
            .try_fold(self, |parent, kind| parent.child(bytes, **kind))
    }

    /// Its content.
    pub(super) fn content(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.body..self.end).unwrap_or_default()
    }
}

/// The number at `at`, 16 bits.
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

/// The number at `at`, 32 bits.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// The number at `at`, 64 bits.
pub(super) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}
