//! PNG (third edition, W3C): its size, and which of its chunks are kept.
//!
//! What showing the picture does not take goes: texts, Exif, provenance, what is unknown. The
//! orientation stays, as an Exif that says nothing else. What follows the picture's end goes too:
//! some editors leave there what was cut off.

use super::Still;
use super::exif::{Orientation, facts};
use crate::library::examine::sending::{Edit, Edits};

/// The most chunks that are looked at.
const CHUNKS_MAX: usize = 1 << 20;
const SIGNATURE: usize = 8;
/// What a chunk has besides its data: length, type and checksum.
const AROUND: usize = 12;

/// The chunks that stay, besides those that decoders have to know (5.4: their first letter is
/// large): transparency, colours, sizes, animation.
const KEPT: [&[u8; 4]; 18] = [
    b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"mDCv",
    b"cLLi", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"tIME",
];

pub(super) fn examine(bytes: &[u8]) -> Option<Still> {
    let header = bytes.get(SIGNATURE + 8..SIGNATURE + 16)?;
    let (width, height) = (number(header, 0)?, number(header, 4)?);
    let mut orientation = None;
    let mut edits = Vec::new();
    let mut at = SIGNATURE;
    let mut complete = false;
    for _ in 0..CHUNKS_MAX {
        let Some((kind, data, end)) = chunk(bytes, at) else {
            // A picture that is cut is shown as far as it goes.
            let is_cut = bytes.get(at + 4..at + 8) == Some(b"IDAT");
            if !is_cut && at < bytes.len() {
                edits.push(Edit::drop(at as u64, bytes.len() as u64));
            }
            complete = true;
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
            b"IEND" => {
                if end < bytes.len() {
                    edits.push(Edit::drop(stop, bytes.len() as u64));
                }
                complete = true;
                break;
            }
            kind if !is_kept(kind) => edits.push(Edit::drop(start, stop)),
            _ => {}
        }
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

fn is_kept(kind: &[u8]) -> bool {
    let is_needed = kind.first().is_some_and(u8::is_ascii_uppercase);
    is_needed || kind == b"fdAT" || KEPT.iter().any(|kept| kept.as_slice() == kind)
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
