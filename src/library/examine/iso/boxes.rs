//! Boxes of the ISO base media file format (ISO/IEC 14496-12, 4.2) and `QuickTime` atoms.

use crate::library::examine::source::Source;

/// The most boxes that are looked at in one place.
const BOXES_MAX: usize = 1 << 16;
/// The most boxes at the top of a file: a day of fragments.
const TOP_MAX: usize = 1 << 17;

/// A box: where it begins, where its content begins, where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span<P> {
    pub(super) kind: [u8; 4],
    pub(super) start: P,
    pub(super) body: P,
    pub(super) end: P,
}

/// The boxes at the top of a file.
pub(super) struct Top {
    /// Those that lie in it as a whole.
    pub(super) boxes: Vec<Span<u64>>,
    /// Whether they are all there is.
    pub(super) whole: bool,
    /// The kind of one that is cut at the file's end, as an upload or recording that was broken off
    /// leaves it.
    pub(super) cut: Option<[u8; 4]>,
}

/// The boxes at the top of a file, as far as it has any.
pub(super) fn at_top(source: &Source) -> Top {
    let mut top = Top {
        boxes: Vec::new(),
        whole: false,
        cut: None,
    };
    let mut start = 0;
    while start < source.len() && top.boxes.len() < TOP_MAX {
        let Some(next) = top_box(source, start) else {
            return top;
        };
        if next.end > source.len() {
            top.cut = Some(next.kind);
            return top;
        }
        start = next.end;
        top.boxes.push(next);
    }
    top.whole = start >= source.len();
    top
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
