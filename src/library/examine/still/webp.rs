//! WebP (RFC 9649): its size, and which of its chunks are kept.
//!
//! Exif and XMP go, and what is unknown; the orientation stays, as an Exif that says nothing
//! else.

use super::Still;
use super::exif::{Orientation, facts};
use crate::library::examine::sending::{Edit, Edits};

/// The most chunks that are looked at.
const CHUNKS_MAX: usize = 1 << 16;
const HEADER: usize = 12;
/// Flags of the chunk `VP8X` (2.7).
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const KEPT: [&[u8]; 7] = [
    b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
];

pub(super) fn examine(bytes: &[u8]) -> Option<Still> {
    let mut size = None;
    let mut orientation = None;
    let mut flags = None;
    let mut edits = Vec::new();
    let told = usize::try_from(number(bytes, 4, 4)?).ok()?.checked_add(8)?;
    let end = told.min(bytes.len());
    let mut at = HEADER;
    let mut complete = false;
    for _ in 0..CHUNKS_MAX {
        let Some(chunk) = chunk(bytes, at, end) else {
            complete = true;
            break;
        };
        size = size.or_else(|| chunk_size(&chunk));
        if chunk.kind == b"VP8X" {
            flags = flags.or_else(|| Some((at + 8, *chunk.data.first()?)));
        }
        if chunk.kind == b"EXIF" {
            // Some writers begin it as JPEG does.
            let tiff = chunk.data.strip_prefix(b"Exif\0\0").unwrap_or(chunk.data);
            let found = Orientation::read(tiff).filter(|_| orientation.is_none());
            orientation = orientation.or(found);
            let again = found.map_or_else(Vec::new, |found| exif(&found.alone()));
            if bytes.get(at..chunk.end) != Some(&again) {
                edits.push(Edit::replace(at as u64, chunk.end as u64, again));
            }
        } else if !KEPT.contains(&chunk.kind) {
            edits.push(Edit::drop(at as u64, chunk.end as u64));
        }
        at = chunk.end;
    }
    // What follows the end, and what is cut, unless that is the picture.
    let is_cut = at < end
        && bytes
            .get(at..at + 4)
            .is_some_and(|kind| KEPT.contains(&kind));
    if complete && at < bytes.len() && !is_cut {
        edits.push(Edit::drop(at as u64, bytes.len() as u64));
    }
    let (width, height) = size?;
    if !edits.is_empty() {
        patch(bytes, flags, orientation, &mut edits);
    }
    Some(Still {
        facts: facts(width, height, orientation),
        orientation,
        edits: Edits {
            list: edits,
            complete,
        },
    })
}

/// Tells the new length, and what there is.
fn patch(
    bytes: &[u8],
    flags: Option<(usize, u8)>,
    orientation: Option<Orientation>,
    edits: &mut Vec<Edit>,
) {
    if let Some((at, flags)) = flags {
        let exif = if orientation.is_some() { HAS_EXIF } else { 0 };
        let flags = flags & !(HAS_EXIF | HAS_XMP) | exif;
        edits.push(Edit::replace(at as u64, at as u64 + 1, vec![flags]));
    }
    let change: i64 = edits.iter().map(Edit::growth).sum();
    let len = (bytes.len() as u64).saturating_add_signed(change);
    let told = u32::try_from(len.saturating_sub(8)).unwrap_or(u32::MAX);
    edits.push(Edit::replace(4, 8, told.to_le_bytes().to_vec()));
}

struct Chunk<'a> {
    kind: &'a [u8],
    data: &'a [u8],
    end: usize,
}

fn chunk(bytes: &[u8], at: usize, end: usize) -> Option<Chunk<'_>> {
    let len = usize::try_from(number(bytes, at.checked_add(4)?, 4)?).ok()?;
    let data = at + 8;
    let stop = data.checked_add(len)?;
    // An odd length is filled up; at the end some writers forget it.
    let padded = stop.checked_add(len % 2)?.min(end.max(stop));
    (stop <= end).then_some(Chunk {
        kind: bytes.get(at..at + 4)?,
        data: bytes.get(data..stop)?,
        end: padded,
    })
}

/// The size that a chunk tells: of the canvas, or of the one frame.
fn chunk_size(chunk: &Chunk) -> Option<(u32, u32)> {
    let low = |at, len| number(chunk.data, at, len);
    match chunk.kind {
        b"VP8X" => Some((low(4, 3)? + 1, low(7, 3)? + 1)),
        b"VP8 " => Some((low(6, 2)? & 0x3fff, low(8, 2)? & 0x3fff)),
        b"VP8L" => {
            let bits = low(1, 4)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}

fn exif(tiff: &[u8]) -> Vec<u8> {
    let len = u32::try_from(tiff.len()).unwrap_or(0).to_le_bytes();
    [&b"EXIF"[..], &len, tiff].concat()
}

/// The number of `len` bytes at `at`, at most four, the lowest first.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(len)?)?;
    Some(bytes.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b)))
}
