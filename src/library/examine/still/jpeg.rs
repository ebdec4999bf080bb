//! JPEG (ITU-T T.81, annex B): its size, and which of its segments are kept.
//!
//! Kept is what showing the picture takes. Of the application segments that is JFIF, the colour
//! profile and Adobe's colour transform; Exif, XMP, IPTC, maker's and further ones go, and so do
//! comments. What follows the picture goes too: previews, depth maps and short films of phones
//! each have an Exif of their own. The orientation stays, as an Exif that says nothing else.

use super::Still;
use super::exif::{Orientation, facts};
use crate::library::examine::sending::{Edit, Edits};

/// The most segments that are looked at.
const SEGMENTS_MAX: usize = 1 << 16;
const EXIF: &[u8] = b"Exif\0\0";

pub(super) fn examine(bytes: &[u8]) -> Option<Still> {
    let mut size = None;
    let mut orientation = None;
    let mut exif = None;
    let mut edits = Vec::new();
    let mut at = 2;
    let mut complete = false;
    for _ in 0..SEGMENTS_MAX {
        let Some(segment) = next(bytes, at) else {
            // Without an end: what begins another segment is cut, and tells nobody anything good.
            let rest = marker_from(bytes, at).unwrap_or(bytes.len());
            drop_rest(bytes, rest, &mut edits);
            complete = true;
            break;
        };
        at = segment.end;
        if segment.marker == 0xd9 {
            drop_rest(bytes, at, &mut edits);
            complete = true;
            break;
        }
        if size.is_none() && is_frame(segment.marker) {
            size = frame_size(segment.content);
        }
        if orientation.is_none() && is_exif(&segment) {
            let tiff = segment.content.get(EXIF.len()..);
            orientation = tiff.and_then(Orientation::read);
            exif = orientation.map(|found| (segment.start, found));
        }
        if !is_kept(&segment) {
            edits.push(Edit::drop(segment.start as u64, segment.end as u64));
        }
    }
    if let Some((start, orientation)) = exif {
        put_back(bytes, &mut edits, start, orientation);
    }
    let (width, height) = size?;
    Some(Still {
        facts: facts(width, height, orientation),
        orientation,
        edits: Edits {
            list: edits,
            complete,
        },
    })
}

fn drop_rest(bytes: &[u8], at: usize, edits: &mut Vec<Edit>) {
    if at < bytes.len() {
        edits.push(Edit::drop(at as u64, bytes.len() as u64));
    }
}

/// Lets an Exif segment that tells only the orientation come in place of the one at `start`, unless
/// that is such a one.
fn put_back(bytes: &[u8], edits: &mut Vec<Edit>, start: usize, orientation: Orientation) {
    let tiff = orientation.alone();
    let Ok(len) = u16::try_from(2 + EXIF.len() + tiff.len()) else {
        return;
    };
    let segment = [&[0xff, 0xe1], &len.to_be_bytes()[..], EXIF, &tiff].concat();
    let begins = |edit: &Edit| edit.start == start as u64;
    if bytes.get(start..start + segment.len()) == Some(&segment) {
        edits.retain(|edit| !begins(edit));
    } else if let Some(edit) = edits.iter_mut().find(|edit| begins(edit)) {
        *edit = Edit::replace(edit.start, edit.end, segment);
    }
}

struct Segment<'a> {
    marker: u8,
    start: usize,
    end: usize,
    content: &'a [u8],
}

/// The next segment from `at`, with the picture's data that follow its marker. What lies between
/// segments is passed over, as decoders do.
fn next(bytes: &[u8], at: usize) -> Option<Segment<'_>> {
    let start = marker_from(bytes, at)?;
    let marker = *bytes.get(start + 1)?;
    let after = start + 2;
    if matches!(marker, 0x01 | 0xd0..=0xd9) {
        return Some(Segment {
            marker,
            start,
            end: after,
            content: &[],
        });
    }
    let len = bytes.get(after..after + 2)?;
    let len = usize::from(u16::from_be_bytes(len.try_into().ok()?));
    let end = after.checked_add(len.max(2))?;
    Some(Segment {
        marker,
        start,
        end,
        content: bytes.get(after + 2..end)?,
    })
}

/// The next marker from `at`: two bytes, the first 255, the second neither 0 nor 255. Restarts
/// belong to the picture's data.
fn marker_from(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let is_marker =
        |pair: &[u8]| matches!(pair, [0xff, second] if !matches!(second, 0 | 0xd0..=0xd7 | 0xff));
    Some(at + rest.windows(2).position(is_marker)?)
}

/// Whether a segment begins a frame (table B.1): not a table of codes, nor reserved.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

fn frame_size(content: &[u8]) -> Option<(u32, u32)> {
    let [_, h1, h2, w1, w2, ..] = content else {
        return None;
    };
    let number = |high, low| u32::from(u16::from_be_bytes([high, low]));
    Some((number(*w1, *w2), number(*h1, *h2)))
}

fn is_exif(segment: &Segment) -> bool {
    segment.marker == 0xe1 && segment.content.starts_with(EXIF)
}

fn is_kept(segment: &Segment) -> bool {
    let begins = |name: &[u8]| segment.content.starts_with(name);
    match segment.marker {
        0xe0 => begins(b"JFIF\0"),
        0xe2 => begins(b"ICC_PROFILE\0"),
        0xee => begins(b"Adobe"),
        0xe1..=0xef | 0xfe => false,
        _ => true,
    }
}
