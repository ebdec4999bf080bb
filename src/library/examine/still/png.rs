//! PNG (third edition, W3C): its size, and which of its chunks are kept.
//!
//! Texts, Exif and provenance go; the orientation stays, as an Exif that says nothing else. What
//! follows the picture's end goes too: some editors leave there what was cut off.

use super::Still;
use super::exif::{Orientation, facts};
use crate::library::examine::sending::Edit;

/// The most chunks that are looked at.
const CHUNKS_MAX: usize = 1 << 20;
const SIGNATURE: usize = 8;
/// What a chunk has besides its data: length, type and checksum.
const AROUND: usize = 12;

pub(super) fn examine(bytes: &[u8]) -> Option<Still> {
    let header = bytes.get(SIGNATURE + 8..SIGNATURE + 16)?;
    let (width, height) = (number(header, 0)?, number(header, 4)?);
    let mut orientation = None;
    let mut edits = Vec::new();
    let mut at = SIGNATURE;
    for _ in 0..CHUNKS_MAX {
        let Some((kind, data, end)) = chunk(bytes, at) else {
            break;
        };
        let (start, stop) = (at as u64, end as u64);
        at = end;
        match kind {
            b"eXIf" => {
                let found = Orientation::read(data);
                let again = found.filter(|_| orientation.is_none());
                orientation = orientation.or(found);
                let again = again.map_or_else(Vec::new, |found| exif(&found.alone()));
                if again != bytes.get(usize::try_from(start).ok()?..end)? {
                    edits.push(Edit::replace(start, stop, again));
                }
            }
            b"tEXt" | b"zTXt" | b"iTXt" | b"caBX" => edits.push(Edit::drop(start, stop)),
            b"IEND" => {
                if end < bytes.len() {
                    edits.push(Edit::drop(stop, bytes.len() as u64));
                }
                break;
            }
            _ => {}
        }
    }
    Some(Still {
        facts: facts(width, height, orientation),
        orientation,
        edits,
    })
}

/// The type and data of the chunk at `at`, and where it ends.
fn chunk(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8], usize)> {
    let len = usize::try_from(number(bytes, at)?).ok()?;
    let end = at.checked_add(AROUND)?.checked_add(len)?;
    let whole = bytes.get(at..end)?;
    Some((whole.get(4..8)?, whole.get(8..8 + len)?, end))
}

fn exif(tiff: &[u8]) -> Vec<u8> {
    let named = [&b"eXIf"[..], tiff].concat();
    let len = u32::try_from(tiff.len()).unwrap_or(0).to_be_bytes();
    let sum = crc32fast::hash(&named).to_be_bytes();
    [&len[..], &named, &sum].concat()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}
