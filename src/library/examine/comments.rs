//! Where sound tells where it was taken: comments of FLAC (RFC 9639, 8.6) and frames of `ID3` tags
//! (ID3v2.3 and 2.4, section 3 and 4). They are blanked in place, so that nothing else moves.
//!
//! Comments of Ogg files are left: each page has a checksum over them.

use super::iso::location::names_location;
use super::sending::Edit;

/// The most blocks, comments and frames that are looked at.
const PARTS_MAX: usize = 4096;
/// Kinds of metadata blocks (RFC 9639, 8.1).
const PADDING: u8 = 1;
const COMMENTS: u8 = 4;

/// Edits of a FLAC file that begins with `bytes`: comments that tell a location become padding.
pub(super) fn of_flac(bytes: &[u8]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 4;
    for _ in 0..PARTS_MAX {
        let Some([kind, length @ ..]) = bytes.get(at..at + 4) else {
            break;
        };
        let body = at + 4;
        let end = body + length.iter().fold(0, |n, b| n << 8 | usize::from(*b));
        let Some(content) = bytes.get(body..end) else {
            break;
        };
        if kind & 0x7f == COMMENTS && comments_tell(content).unwrap_or(true) {
            let kind = kind & 0x80 | PADDING;
            edits.push(Edit::replace(at as u64, at as u64 + 1, vec![kind]));
            edits.push(Edit::blank(body as u64, end as u64));
        }
        at = end;
        if kind & 0x80 != 0 {
            break;
        }
    }
    edits
}

/// Whether the name of a comment is that of a location; `None` when they cannot be read.
fn comments_tell(content: &[u8]) -> Option<bool> {
    let number = |at: usize| {
        let bytes = content.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let mut at = 4_usize.checked_add(number(0)?)?;
    let count = number(at)?;
    at += 4;
    for _ in 0..count.min(PARTS_MAX) {
        let end = number(at)?.checked_add(at + 4)?;
        let comment = content.get(at + 4..end)?;
        let name = comment.split(|b| *b == b'=').next()?;
        if names_location(name) {
            return Some(true);
        }
        at = end;
    }
    Some(false)
}

/// Edits of a file that begins with `bytes`, if that is an ID3 tag: free texts and private frames
/// that name a location lose their content. Tags that are escaped as a whole are left.
pub(super) fn of_id3(bytes: &[u8]) -> Vec<Edit> {
    let Some(([b'I', b'D', b'3', version @ 3..=4, _, 0], rest)) = bytes.split_first_chunk() else {
        return Vec::new();
    };
    let mut edits = Vec::new();
    let end = rest.get(..4).and_then(synchsafe).map_or(0, |len| 10 + len);
    let mut at = 10;
    for _ in 0..PARTS_MAX {
        let Some((name, len)) = frame(bytes, at, *version) else {
            break;
        };
        let (body, stop) = (at + 10, (at + 10).saturating_add(len));
        let Some(content) = bytes.get(body..stop).filter(|_| stop <= end) else {
            break;
        };
        let is_free = matches!(name, b"TXXX" | b"COMM" | b"PRIV" | b"GEOB");
        if is_free && names_location(content) {
            edits.push(Edit::blank(body as u64, stop as u64));
        }
        at = stop;
    }
    edits
}

/// The name of the frame at `at`, and bytes of its content.
fn frame(bytes: &[u8], at: usize, version: u8) -> Option<(&[u8], usize)> {
    let name = bytes.get(at..at.checked_add(4)?)?;
    let len = bytes.get(at + 4..at + 8)?;
    let len = if version == 4 {
        synchsafe(len)?
    } else {
        usize::try_from(u32::from_be_bytes(len.try_into().ok()?)).ok()?
    };
    (name[0] != 0).then_some((name, len))
}

/// A number of seven bits a byte (ID3v2.4, 6.2).
fn synchsafe(bytes: &[u8]) -> Option<usize> {
    let is_safe = bytes.iter().all(|b| *b < 0x80);
    is_safe.then(|| bytes.iter().fold(0, |n, b| n << 7 | usize::from(*b)))
}
