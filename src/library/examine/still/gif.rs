//! GIF (version 89a): its size, and which of its extensions are kept.
//!
//! Comments go, and of the applications' extensions all but those for repeating and for colour:
//! XMP is one of them.

use super::Still;
use super::exif::facts;
use crate::library::examine::sending::{Edit, Edits};

/// The most blocks, and blocks of blocks, that are looked at.
const BLOCKS_MAX: usize = 1 << 22;
const APPLICATIONS: [&[u8]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

pub(super) fn examine(bytes: &[u8]) -> Option<Still> {
    let screen = bytes.get(6..13)?;
    let number = |at: usize| {
        Some(u32::from(u16::from_le_bytes([
            *screen.get(at)?,
            *screen.get(at + 1)?,
        ])))
    };
    let (width, height) = (number(0)?, number(2)?);
    let mut edits = Vec::new();
    let mut at = 13 + colours(*screen.get(4)?);
    let mut left = BLOCKS_MAX;
    while let Some((end, is_kept)) = block(bytes, at, &mut left) {
        if !is_kept {
            edits.push(Edit::drop(at as u64, end as u64));
        }
        at = end;
    }
    // What follows the end, and what is neither that nor a picture that is cut.
    let rest = match bytes.get(at) {
        Some(0x3b) => at + 1,
        Some(0x2c) => bytes.len(),
        _ => at,
    };
    if rest < bytes.len() {
        edits.push(Edit::drop(rest as u64, bytes.len() as u64));
    }
    Some(Still {
        facts: facts(width, height, None),
        orientation: None,
        edits: Edits {
            list: edits,
            complete: left > 0,
        },
    })
}

/// Bytes of the table of colours that these flags announce.
fn colours(flags: u8) -> usize {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    }
}

/// Where the block at `at` ends, and whether it is kept; `None` at the end.
fn block(bytes: &[u8], at: usize, left: &mut usize) -> Option<(usize, bool)> {
    match bytes.get(at)? {
        0x21 => {
            let label = *bytes.get(at + 1)?;
            let first = usize::from(*bytes.get(at + 2)?);
            let name = bytes.get(at + 3..at + 3 + first)?;
            let is_kept = match label {
                0xfe => false,
                0xff => APPLICATIONS.contains(&name),
                _ => true,
            };
            Some((after_blocks(bytes, at + 2, left)?, is_kept))
        }
        0x2c => {
            let flags = *bytes.get(at + 9)?;
            let data = at + 10 + colours(flags) + 1;
            Some((after_blocks(bytes, data, left)?, true))
        }
        _ => None,
    }
}

/// Where the blocks end that begin at `at`: each its length and as many bytes, the last one empty.
fn after_blocks(bytes: &[u8], mut at: usize, left: &mut usize) -> Option<usize> {
    loop {
        *left = left.checked_sub(1)?;
        let len = usize::from(*bytes.get(at)?);
        at += 1 + len;
        if len == 0 {
            return Some(at);
        }
    }
}
