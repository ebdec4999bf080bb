//! Files of chunks: WAV (RIFF, RF64), AIFF, AVI.
//!
//! What playing takes stays, and so do titles and cue points. Whatever else programs and recorders
//! put there becomes an empty chunk `JUNK` of the same size, so that nothing else moves: notes of
//! field recorders (`iXML`, `bext`), tags, XMP, what nobody knows.

use super::Examined;
use super::iso::location::names_location;
use super::sending::{Edit, Edits, edited};
use super::source::Source;

/// The most chunks that are looked at.
const CHUNKS_MAX: usize = 1 << 16;
/// The longest text that is read; a longer one goes unread.
const TEXT_MAX: u64 = 1 << 20;
const HEADER: u64 = 12;
const JUNK: &[u8; 4] = b"JUNK";
/// A length that is told elsewhere: that of the samples in an RF64 file (EBU Tech 3306).
const ELSEWHERE: u32 = u32::MAX;

/// What stays.
const KEPT: [&[u8; 4]; 22] = [
    // WAV.
    b"fmt ", b"fact", b"data", b"ds64", b"cue ", b"plst", b"smpl", b"inst", b"wavl", b"slnt",
    b"JUNK", b"PAD ", // AIFF.
    b"COMM", b"SSND", b"FVER", b"MARK", b"INST", b"AESD", // AVI.
    b"idx1", b"RIFF", b"FLLR", b"levl",
];
/// What stays unless it names a location.
const TEXTS: [&[u8; 4]; 7] = [
    b"LIST", b"bext", b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMT",
];

/// Examines a file that no browser plays.
pub(super) fn examine(source: &Source) -> Examined {
    let outcome = edited(source.len(), edits(source).needed(source));
    Examined {
        sent: outcome.sent,
        clean: outcome.clean,
        ..Examined::default()
    }
}

/// Edits that empty what may tell a location.
pub(super) fn edits(source: &Source) -> Edits {
    let mut edits = Edits::default();
    let Some(beginning) = source.array::<4>(0) else {
        return edits;
    };
    let is_big = &beginning == b"FORM";
    let mut at = HEADER;
    let mut samples = None;
    for _ in 0..CHUNKS_MAX {
        let Some(header) = source.array::<8>(at) else {
            edits.complete = at.saturating_add(8) >= source.len();
            break;
        };
        let [a, b, c, d, len @ ..] = header;
        let kind = [a, b, c, d];
        let told = if is_big {
            u32::from_be_bytes(len)
        } else {
            u32::from_le_bytes(len)
        };
        let len = match (&kind, told, samples) {
            (b"data", ELSEWHERE, Some(len)) => len,
            _ => u64::from(told),
        };
        let body = at + 8;
        let end = body.saturating_add(len).min(source.len());
        if kind == *b"ds64" {
            samples = source.array(body + 8).map(u64::from_le_bytes);
        }
        match (&kind, is_big) {
            // Further parts of a long AVI file.
            (b"RIFF", false) => {
                at += HEADER;
                continue;
            }
            (b"LIST", false) => list(source, (at, body, end), &mut edits.list),
            _ if !stays(source, kind, body, end) => empty(&mut edits.list, at, body, end),
            _ => {}
        }
        at = end.saturating_add(len % 2);
        if at >= source.len() {
            edits.complete = true;
            break;
        }
    }
    edits
}

/// Whether a chunk stays as it is.
fn stays(source: &Source, kind: [u8; 4], body: u64, end: u64) -> bool {
    if TEXTS.contains(&&kind) {
        return says_nothing(source, body, end);
    }
    KEPT.contains(&&kind)
}

/// Whether a text names no location.
fn says_nothing(source: &Source, body: u64, end: u64) -> bool {
    let text = source.slice(body, end, TEXT_MAX);
    text.is_some_and(|text| !names_location(&text) && !text.windows(4).any(|w| w == b"IARL"))
}

/// A list: of texts, or of an AVI file's pictures or headers.
fn list(source: &Source, (start, body, end): (u64, u64, u64), edits: &mut Vec<Edit>) {
    match source.array::<4>(body) {
        Some(kind) if &kind == b"movi" => {}
        Some(kind) if &kind == b"hdrl" => headers(source, body + 4, end, edits),
        _ if says_nothing(source, body, end) => {}
        _ => empty(edits, start, body, end),
    }
}

/// The headers of an AVI file's streams: what cameras keep there (`strd`, `JUNK`) is emptied.
fn headers(source: &Source, start: u64, end: u64, edits: &mut Vec<Edit>) {
    let mut at = start;
    for _ in 0..CHUNKS_MAX {
        let Some([a, b, c, d, len @ ..]) = source.array::<8>(at) else {
            return;
        };
        let kind = [a, b, c, d];
        let len = u64::from(u32::from_le_bytes(len));
        let stop = (at + 8).saturating_add(len).min(end);
        if at >= end {
            return;
        }
        at = match &kind {
            // Its content is chunks again.
            b"LIST" => at + HEADER,
            b"avih" | b"strh" | b"strf" | b"strn" | b"indx" | b"dmlh" | b"vprp" => {
                stop.saturating_add(len % 2)
            }
            _ => {
                empty(edits, at, at + 8, stop);
                stop.saturating_add(len % 2)
            }
        };
    }
}

fn empty(edits: &mut Vec<Edit>, start: u64, body: u64, end: u64) {
    edits.push(Edit::replace(start, start + 4, JUNK.to_vec()));
    edits.push(Edit::blank(body, end));
}
