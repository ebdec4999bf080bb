//! Pages (RFC 3533, section 6), and packets that lie in them.

use crate::library::examine::sending::Edit;
use crate::library::examine::source::Source;

/// Bytes of a page before its table of segments.
const HEADER: u64 = 27;
/// The longest header with its table.
const HEADER_MAX: u64 = HEADER + 255;
/// The longest page.
const PAGE_MAX: u64 = 65_307;
/// Where the checksum is in a page, and how long it is.
const CHECKSUM: u64 = 22;
const CHECKSUM_LEN: u64 = 4;
/// The polynomial of checksums.
const POLYNOMIAL: u32 = 0x04c1_1db7;
/// The most of a first packet that is read.
const FIRST_MAX: u64 = 256;

/// A page.
pub(super) struct Page {
    pub(super) start: u64,
    pub(super) body: u64,
    pub(super) end: u64,
    pub(super) serial: u32,
    /// Whether it begins a stream.
    pub(super) begins: bool,
    /// The position at its end, where a packet ends in it.
    pub(super) position: Option<u64>,
    segments: Vec<u8>,
}

impl Page {
    /// The page at `start`, which may end behind the file's end.
    pub(super) fn at(source: &Source, start: u64) -> Option<Self> {
        let end = start.saturating_add(HEADER_MAX).min(source.len());
        let bytes = source.slice(start, end, HEADER_MAX)?;
        if !bytes.starts_with(b"OggS\0") {
            return None;
        }
        let position = u64::from_le_bytes(bytes.get(6..14)?.try_into().ok()?);
        let serial = u32::from_le_bytes(bytes.get(14..18)?.try_into().ok()?);
        let count = usize::from(*bytes.get(26)?);
        let segments = bytes.get(27..27 + count)?.to_vec();
        let body = start + HEADER + count as u64;
        let len: u64 = segments.iter().map(|len| u64::from(*len)).sum();
        Some(Self {
            start,
            body,
            end: body + len,
            serial,
            begins: bytes.get(5)? & 2 != 0,
            position: Some(position).filter(|position| *position != u64::MAX),
            segments,
        })
    }

    /// The beginning of the packet that begins a stream.
    pub(super) fn first_packet(&self, source: &Source) -> Vec<u8> {
        let end = self.end.min(self.body + FIRST_MAX);
        source.slice(self.body, end, FIRST_MAX).unwrap_or_default()
    }

    /// Bytes of the first packet in it, and whether that ends in it.
    fn first(&self) -> (u64, bool) {
        let mut len = 0;
        for segment in &self.segments {
            len += u64::from(*segment);
            if *segment < 255 {
                return (len, true);
            }
        }
        (len, false)
    }

    fn bytes(&self, source: &Source) -> Option<Vec<u8>> {
        source.slice(self.start, self.end, PAGE_MAX)
    }
}

/// A packet that begins a page, with the pages in which it lies.
#[derive(Default)]
pub(super) struct Packet {
    pub(super) bytes: Vec<u8>,
    /// The pages, and where in the packet each of them begins.
    pages: Vec<(Page, usize)>,
}

impl Packet {
    /// Adds what the next page has of it: whether it is whole then. `None` when that cannot be read
    /// or makes it longer than `max`.
    pub(super) fn goes_on(&mut self, source: &Source, page: &Page, max: usize) -> Option<bool> {
        let (len, is_whole) = page.first();
        let more = source.slice(page.body, page.body + len, PAGE_MAX)?;
        let before = self.bytes.len();
        if before + more.len() > max {
            return None;
        }
        self.bytes.extend(more);
        self.pages.push((Page::at(source, page.start)?, before));
        Some(is_whole)
    }

    /// Edits that put these bytes at these places of the packet, and tell the checksums of their
    /// pages anew.
    pub(super) fn changed(
        &self,
        source: &Source,
        changes: &[(usize, Vec<u8>)],
    ) -> Option<Vec<Edit>> {
        let mut edits = Vec::new();
        for (page, first) in &self.pages {
            let (len, _) = page.first();
            let end = first + usize::try_from(len).ok()?;
            let mut parts = Vec::new();
            for (at, bytes) in changes {
                let (from, to) = ((*at).max(*first), (at + bytes.len()).min(end));
                if from < to {
                    let part = bytes.get(from - at..to - at)?.to_vec();
                    parts.push((page.body + (from - first) as u64, part));
                }
            }
            if parts.is_empty() {
                continue;
            }
            let mut whole = page.bytes(source)?;
            for (at, part) in &parts {
                let at = usize::try_from(at - page.start).ok()?;
                whole.get_mut(at..at + part.len())?.copy_from_slice(part);
            }
            let sum = checksum(&whole).to_le_bytes().to_vec();
            let at = page.start + CHECKSUM;
            edits.push(Edit::replace(at, at + CHECKSUM_LEN, sum));
            let replaced =
                |(at, part): (u64, Vec<u8>)| Edit::replace(at, at + part.len() as u64, part);
            edits.extend(parts.into_iter().map(replaced));
        }
        Some(edits)
    }
}

/// The checksum of a page, whose own place counts as zeros.
fn checksum(page: &[u8]) -> u32 {
    let mut sum = 0_u32;
    let own = CHECKSUM..CHECKSUM + CHECKSUM_LEN;
    for (at, byte) in (0..).zip(page) {
        let byte = if own.contains(&at) { 0 } else { *byte };
        sum ^= u32::from(byte) << 24;
        for _ in 0..8 {
            let carries = sum >> 31 == 1;
            sum <<= 1;
            if carries {
                sum ^= POLYNOMIAL;
            }
        }
    }
    sum
}

/// The position that the last page of a stream tells, in the file's last `max` bytes.
pub(super) fn last_position(source: &Source, serial: u32, max: u64) -> Option<u64> {
    let start = source.len().saturating_sub(max);
    let end = source.slice(start, source.len(), max)?;
    let pages = end.windows(27).rev();
    let serial = serial.to_le_bytes();
    let own = pages.filter(|page| page.starts_with(b"OggS\0") && page[14..18] == serial);
    own.filter_map(|page| Some(u64::from_le_bytes(page.get(6..14)?.try_into().ok()?)))
        .find(|position| *position != u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_real_files() {
        for name in ["sound.ogg", "sound.opus", "video.ogv"] {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/media");
            let bytes = std::fs::read(format!("{folder}/{name}")).unwrap();
            let source = Source::new(&bytes, bytes.len() as u64);
            let mut at = 0;
            let mut pages = 0;
            while let Some(page) = Page::at(&source, at) {
                let whole = page.bytes(&source).unwrap();
                let told = u32::from_le_bytes(whole[22..26].try_into().unwrap());
                assert_eq!(checksum(&whole), told, "{name}, {at}");
                at = page.end;
                pages += 1;
            }
            assert_eq!(at, bytes.len() as u64, "{name}");
            assert!(pages > 2);
        }
    }
}
