//! Pictures in boxes: AVIF and HEIC (ISO/IEC 23008-12, and 14496-12, 8.11).

use super::boxes::{Span, Top, be16, be32};
use super::location::meta_content;
use super::{METADATA_MAX, outside};
use crate::library::examine::Examined;
use crate::library::examine::sending::{Edit, Edits, edited};
use crate::library::examine::source::Source;
use crate::store::rows::library::{Facts, Plays};

/// Exif that tells nothing: where its header begins, the header, a directory without entries, the
/// end. Decoders that look into it refuse zeros.
const NO_EXIF: &[u8] = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0";
/// The most items and parts of items that are looked at.
const ITEMS_MAX: usize = 4096;

/// Examines a picture.
pub(super) fn examine(source: &Source, top: &Top, media_type: &str) -> Option<Examined> {
    let at = top.boxes.iter().find(|one| one.kind == *b"meta")?;
    let bytes = source.slice(at.start, at.end, METADATA_MAX)?;
    let whole = Span {
        kind: at.kind,
        start: 0,
        body: usize::try_from(at.body - at.start).ok()?,
        end: bytes.len(),
    };
    let meta = meta_content(&bytes, whole);
    let mut edits = outside(source, top);
    edits.and(match metadata(&bytes, meta, at.start, source.len()) {
        Some(found) => Edits::all(found),
        None => Edits::default(),
    });
    // Sequences of pictures have an index as movies do, and nobody takes those with a camera.
    edits.complete &= top.boxes.iter().all(|one| one.kind != *b"moov") || is_drawn(media_type);
    let outcome = edited(source.len(), edits.needed(source));
    let mut facts = facts(&bytes, meta).unwrap_or_default();
    facts.plays = is_drawn(media_type).then_some(Plays::Somewhere);
    Some(Examined {
        media_type: Some(media_type.to_owned()),
        facts,
        sent: outcome.sent,
        clean: outcome.clean,
        pictures: Vec::new(),
    })
}

/// Whether browsers draw pictures of this type.
fn is_drawn(media_type: &str) -> bool {
    media_type == "image/avif"
}

/// Size and turn of the primary item.
fn facts(bytes: &[u8], meta: Span<usize>) -> Option<Facts> {
    let pitm = meta.child(bytes, *b"pitm")?.content(bytes);
    let primary = match pitm.first()? {
        0 => u32::from(be16(pitm, 4)?),
        _ => be32(pitm, 4)?,
    };
    let properties = meta.child(bytes, *b"iprp")?;
    let all: Vec<_> = properties
        .child(bytes, *b"ipco")?
        .children(bytes)
        .take(ITEMS_MAX)
        .collect();
    let associations = properties.child(bytes, *b"ipma")?.content(bytes);
    let mut facts = Facts::default();
    for index in associated(associations, primary)? {
        let Some(property) = index.checked_sub(1).and_then(|index| all.get(index)) else {
            continue;
        };
        let content = property.content(bytes);
        match &property.kind {
            b"ispe" => {
                facts.width = be32(content, 4).filter(|n| *n > 0);
                facts.height = be32(content, 8).filter(|n| *n > 0);
            }
            // Quarters, against the clock (ISO/IEC 23008-12, 6.5.10).
            b"irot" => facts.rotation = (4 - u16::from(content.first()? & 3)) % 4 * 90,
            _ => {}
        }
    }
    if matches!(facts.rotation, 90 | 270) {
        std::mem::swap(&mut facts.width, &mut facts.height);
    }
    Some(facts)
}

/// The numbers of the properties of an item, from 1 (8.11.14).
fn associated(ipma: &[u8], item: u32) -> Option<Vec<usize>> {
    let mut reader = Fields { bytes: ipma, at: 0 };
    let head = reader.number(4)?;
    let id_size = if head >> 24 == 0 { 2 } else { 4 };
    let size = if head & 1 == 0 { 1 } else { 2 };
    for _ in 0..reader.number(4)?.min(ITEMS_MAX as u64) {
        let id = reader.number(id_size)?;
        let count = reader.number(1)?;
        let mut found = Vec::new();
        for _ in 0..count {
            let index = reader.number(size)?;
            // The highest bit says whether it is essential.
            let mask = if size == 1 { 0x7f } else { 0x7fff };
            found.push(usize::try_from(index & mask).ok()?);
        }
        if id == u64::from(item) {
            return Some(found);
        }
    }
    None
}

/// Edits that blank the items of Exif and XMP in place; `None` when they cannot all be found. The
/// turn is told by a property instead.
fn metadata(bytes: &[u8], meta: Span<usize>, offset: u64, len: u64) -> Option<Vec<Edit>> {
    let items = described(bytes, meta)?;
    let data = meta.child(bytes, *b"idat");
    let data = data.map(|data| (offset + data.body as u64, offset + data.end as u64));
    let table = meta.child(bytes, *b"iloc")?;
    let places = located(table.content(bytes), &items)?;
    let mut edits = Vec::new();
    for place in places {
        let (start, end) = match (place.in_idat, data) {
            (false, _) => (0, len),
            (true, data) => data?,
        };
        let from = start.saturating_add(place.start).min(end);
        let to = match place.len {
            0 => end,
            len => from.saturating_add(len).min(end),
        };
        let header = from.saturating_add(NO_EXIF.len() as u64);
        if place.begins_exif && header <= to {
            edits.push(Edit::replace(from, header, NO_EXIF.to_vec()));
            edits.push(Edit::blank(header, to));
        } else {
            edits.push(Edit::blank(from, to));
        }
    }
    Some(edits)
}

/// An item of metadata.
struct Metadata {
    id: u64,
    is_exif: bool,
}

/// The items that are Exif or XMP (8.11.6).
fn described(bytes: &[u8], meta: Span<usize>) -> Option<Vec<Metadata>> {
    let iinf = meta.child(bytes, *b"iinf")?;
    let skip = if *iinf.content(bytes).first()? == 0 {
        6
    } else {
        8
    };
    let entries = Span {
        body: iinf.body.checked_add(skip)?,
        ..iinf
    };
    let mut found = Vec::new();
    for entry in entries.children(bytes).take(ITEMS_MAX) {
        let content = entry.content(bytes);
        let (id, kind) = match content.first() {
            Some(2) => (be16(content, 4).map(u64::from), content.get(8..)),
            Some(3) => (be32(content, 4).map(u64::from), content.get(10..)),
            _ => continue,
        };
        let (Some(id), Some(kind)) = (id, kind) else {
            continue;
        };
        let is_exif = kind.starts_with(b"Exif");
        if is_exif || kind.starts_with(b"mime") {
            found.push(Metadata { id, is_exif });
        }
    }
    Some(found)
}

/// A part of an item.
struct Place {
    in_idat: bool,
    begins_exif: bool,
    start: u64,
    /// 0: to the end.
    len: u64,
}

/// Where these items lie (8.11.3).
fn located(iloc: &[u8], items: &[Metadata]) -> Option<Vec<Place>> {
    let mut reader = Fields { bytes: iloc, at: 0 };
    let version = reader.number(4)? >> 24;
    let sizes = reader.number(2)?;
    let size = |shift: u32| usize::try_from(sizes >> shift & 0xf).ok();
    let (offset, length, base) = (size(12)?, size(8)?, size(4)?);
    let index = if version == 0 { 0 } else { size(0)? };
    let id_size = if version < 2 { 2 } else { 4 };
    let mut found = Vec::new();
    let mut parts = 0;
    let count = reader.number(id_size)?;
    if count > ITEMS_MAX as u64 {
        return None;
    }
    for _ in 0..count {
        let id = reader.number(id_size)?;
        let method = if version == 0 {
            0
        } else {
            reader.number(2)? & 0xf
        };
        reader.number(2)?;
        let base = reader.number(base)?;
        let item = items.iter().find(|item| item.id == id);
        for part in 0..reader.number(2)? {
            parts += 1;
            if parts > ITEMS_MAX {
                return None;
            }
            reader.number(index)?;
            let start = base.saturating_add(reader.number(offset)?);
            let len = reader.number(length)?;
            if let Some(item) = item {
                // Another item's bytes, which may be in use there.
                if method > 1 {
                    return None;
                }
                found.push(Place {
                    in_idat: method == 1,
                    begins_exif: item.is_exif && part == 0,
                    start,
                    len,
                });
            }
        }
    }
    Some(found)
}

/// Numbers one after the other.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    /// The next number of `size` bytes, at most eight; 0 of none.
    fn number(&mut self, size: usize) -> Option<u64> {
        let end = self.at.checked_add(size.min(8))?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }
}
