//! TIFF (6.0) and the raw pictures that are made of it, such as DNG: where they tell a location.
//!
//! Of the directory of places (Exif 2.32, 4.6.6) only its version stays; XMP and IPTC go. Notes of
//! camera makers can be read by nobody: in a DNG file, which does without them, they go; elsewhere
//! the file is not known. What a map tells about itself (`GeoTIFF`) is what it is for, and stays.

use super::Examined;
use super::sending::{Edit, Edits, edited};
use super::source::Source;

/// The most directories, and entries of one, that are looked at.
const DIRECTORIES_MAX: usize = 64;
const ENTRIES_MAX: usize = 4096;
const ENTRY: u64 = 12;
/// How much of a picture within is looked at for an Exif of its own.
const PREVIEW_MAX: u64 = 64 << 10;

/// Tags of entries.
const XMP: u32 = 700;
const IPTC: u32 = 33_723;
const PHOTOSHOP: u32 = 34_377;
const COMPRESSION: u32 = 259;
const STRIPS: u32 = 273;
const PARTS: u32 = 330;
const PREVIEW: u32 = 513;
const EXIF: u32 = 34_665;
const PLACES: u32 = 34_853;
const INTEROPERABILITY: u32 = 40_965;
const MAKER: u32 = 37_500;
const DNG_VERSION: u32 = 50_706;
const DNG_PRIVATE: u32 = 50_740;

/// Examines a file that browsers do not draw.
pub(super) fn examine(source: &Source) -> Option<Examined> {
    let outcome = edited(source.len(), edits(source)?.needed(source));
    Some(Examined {
        sent: outcome.sent,
        clean: outcome.clean,
        ..Examined::default()
    })
}

struct Tiff<'a> {
    source: &'a Source<'a>,
    is_big: bool,
    edits: Vec<Edit>,
    /// Directories that are still to be looked at.
    next: Vec<u64>,
    makers: Vec<(u64, u64)>,
    is_dng: bool,
    /// Whether something in it has an Exif of its own.
    has_more: bool,
}

/// An entry of a directory, and where its value is.
struct Entry {
    tag: u32,
    /// Its value where it is a number, else the first of its numbers.
    number: u32,
    start: u64,
    end: u64,
    count: u32,
    /// Whether the value is elsewhere than in the entry.
    is_far: bool,
}

fn edits(source: &Source) -> Option<Edits> {
    let is_big = match &source.array(0)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let mut tiff = Tiff {
        source,
        is_big,
        edits: Vec::new(),
        next: Vec::new(),
        makers: Vec::new(),
        is_dng: false,
        has_more: false,
    };
    tiff.next.push(u64::from(tiff.number(4, 4)?));
    let mut seen = Vec::new();
    while let Some(directory) = tiff.next.pop() {
        if directory == 0 || seen.contains(&directory) {
            continue;
        }
        if seen.len() == DIRECTORIES_MAX {
            return Some(Edits::default());
        }
        seen.push(directory);
        let read = tiff.directory(directory);
        if read.is_none() {
            return Some(Edits {
                list: tiff.edits,
                complete: false,
            });
        }
    }
    let mut complete = !tiff.has_more;
    if tiff.is_dng {
        let blank = |(start, end): &(u64, u64)| Edit::blank(*start, *end);
        tiff.edits.extend(tiff.makers.iter().map(blank));
    } else {
        complete &= tiff.makers.is_empty();
    }
    Some(Edits {
        list: tiff.edits,
        complete,
    })
}

impl Tiff<'_> {
    fn number(&self, at: u64, len: u64) -> Option<u32> {
        let bytes = self.source.slice(at, at.checked_add(len)?, 4)?;
        let fold = |n: u32, b: &u8| n << 8 | u32::from(*b);
        Some(if self.is_big {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        })
    }

    /// The entries of the directory at `at`, and where it ends.
    fn entries(&self, at: u64) -> Option<(Vec<Entry>, u64)> {
        let count = self.number(at, 2)?;
        if count as usize > ENTRIES_MAX {
            return None;
        }
        let entries = (0..u64::from(count)).map(|index| self.entry(at + 2 + index * ENTRY));
        let end = at + 2 + u64::from(count) * ENTRY;
        Some((entries.collect::<Option<_>>()?, end))
    }

    fn entry(&self, at: u64) -> Option<Entry> {
        let size: u64 = match self.number(at + 2, 2)? {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => 1,
        };
        let count = self.number(at + 4, 4)?;
        let len = size.checked_mul(u64::from(count))?;
        let is_far = len > 4;
        let start = if is_far {
            u64::from(self.number(at + 8, 4)?)
        } else {
            at + 8
        };
        let number = self.number(start, size.min(len).clamp(1, 4));
        Some(Entry {
            tag: self.number(at, 2)?,
            number: number.unwrap_or(0),
            start,
            end: start.checked_add(len)?.min(self.source.len()),
            count,
            is_far,
        })
    }

    fn directory(&mut self, at: u64) -> Option<()> {
        let (entries, end) = self.entries(at)?;
        let find = |tag| entries.iter().find(|entry| entry.tag == tag);
        let is_jpeg = find(COMPRESSION).is_some_and(|entry| matches!(entry.number, 6 | 7));
        for entry in &entries {
            match entry.tag {
                XMP | IPTC | PHOTOSHOP => {
                    self.edits.push(Edit::blank(entry.start, entry.end));
                }
                EXIF | INTEROPERABILITY => self.next.push(u64::from(entry.number)),
                PARTS => {
                    let numbers = 0..u64::from(entry.count).min(DIRECTORIES_MAX as u64);
                    let parts = numbers.map(|nth| self.number(entry.start + 4 * nth, 4));
                    let parts = parts.collect::<Option<Vec<_>>>()?;
                    self.next.extend(parts.into_iter().map(u64::from));
                }
                PLACES => self.places(u64::from(entry.number))?,
                MAKER | DNG_PRIVATE => self.makers.push((entry.start, entry.end)),
                DNG_VERSION => self.is_dng = true,
                PREVIEW => self.preview(u64::from(entry.number)),
                STRIPS if is_jpeg => self.preview(u64::from(entry.number)),
                _ => {}
            }
        }
        self.next.push(u64::from(self.number(end, 4)?));
        Some(())
    }

    /// Leaves nothing but its version in the directory of places at `at`.
    fn places(&mut self, at: u64) -> Option<()> {
        let (entries, end) = self.entries(at)?;
        if entries.is_empty() {
            return Some(());
        }
        let far = entries.iter().filter(|entry| entry.is_far);
        self.edits
            .extend(far.map(|entry| Edit::blank(entry.start, entry.end)));
        // One entry: tag 0, four bytes, 2.3.0.0; no directory behind it.
        let alone: &[u8] = if self.is_big {
            b"\0\x01\0\0\0\x01\0\0\0\x04\x02\x03\0\0\0\0\0\0"
        } else {
            b"\x01\0\0\0\x01\0\x04\0\0\0\x02\x03\0\0\0\0\0\0"
        };
        let rest = at + alone.len() as u64;
        self.edits.push(Edit::replace(at, rest, alone.to_vec()));
        self.edits.push(Edit::blank(
            rest,
            (end + 4).max(rest).min(self.source.len()),
        ));
        Some(())
    }

    /// Looks whether a picture within has an Exif or XMP of its own.
    fn preview(&mut self, at: u64) {
        let end = at.saturating_add(PREVIEW_MAX).min(self.source.len());
        let bytes = self.source.slice(at, end, PREVIEW_MAX).unwrap_or_default();
        let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        self.has_more |= has(b"Exif\0\0") || has(b"http://ns.adobe.com/xap");
    }
}
