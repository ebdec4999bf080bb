//! PDF: how many pages it has, and where it tells a location.
//!
//! That may stand in its metadata: XMP in streams of their own (ISO 32000-1, 14.3.2), which are
//! blanked in place, and entries that somebody added to its information dictionary. What pictures in
//! it tell about themselves is not looked at, nor what a map tells, which is what it is for.

use lopdf::PdfMetadata;

use super::Examined;
use super::iso::location::names_location;
use super::sending::{Edit, Edits, edited};
use super::source::Source;
use crate::store::rows::library::Facts;

/// The longest file whose pages are counted, in bytes.
const LEN_MAX: u64 = 128 << 20;
/// How much is read at a time, and how much again with the next, in bytes.
const WINDOW: u64 = 4 << 20;
const OVERLAP: u64 = 64;
/// How far from the mark of metadata its dictionary and stream begin.
const NEAR: u64 = 4096;
/// The longest metadata that are read.
const XMP_MAX: u64 = 16 << 20;
/// How much of them is read at a time to find their end.
const PIECE: u64 = 64 << 10;
/// The most streams of metadata.
const STREAMS_MAX: usize = 4096;
/// Nothing, compressed (RFC 1950).
const NOTHING: &[u8] = b"\x78\x9c\x03\x00\x00\x00\x00\x01";

/// Examines a PDF.
pub(super) fn examine(source: &Source) -> Examined {
    let mut edits = metadata(source);
    let bytes = source.slice(0, source.len(), LEN_MAX);
    let told = bytes.and_then(|bytes| lopdf::Document::load_metadata_mem(&bytes).ok());
    edits.complete &= !told.as_ref().is_some_and(tells_location);
    let outcome = edited(source.len(), edits);
    let pages = told.map(|told| told.page_count);
    Examined {
        facts: Facts {
            pages: pages.filter(|pages| *pages > 0),
            ..Facts::default()
        },
        sent: outcome.sent,
        clean: outcome.clean,
        ..Examined::default()
    }
}

/// Whether an entry of the information dictionary is named after a location.
fn tells_location(told: &PdfMetadata) -> bool {
    told.custom.keys().any(|name| names_location(name))
}

/// Edits that blank what the streams of metadata tell. Where they are compressed or encrypted, all
/// of it goes.
fn metadata(source: &Source) -> Edits {
    let Some((marks, is_encrypted)) = marks(source) else {
        return Edits::default();
    };
    let mut edits = Edits::all(Vec::new());
    for mark in marks {
        match stream(source, mark) {
            Some(stream) => edits.list.extend(blanked(source, &stream, is_encrypted)),
            None => edits.complete = false,
        }
    }
    edits.needed(source)
}

/// Where dictionaries say that they are of metadata, and whether the file is encrypted; `None` when
/// it cannot be read to its end.
fn marks(source: &Source) -> Option<(Vec<u64>, bool)> {
    let mut found = Vec::new();
    let mut is_encrypted = false;
    let mut at = 0;
    while at < source.len() {
        let end = (at + WINDOW).min(source.len());
        let bytes = source.slice(at, end, WINDOW)?;
        for (index, word) in bytes.windows(4).enumerate() {
            match word {
                b"/XML" if is_mark(&bytes, index) => found.push(at + index as u64),
                b"/Enc" => is_encrypted |= bytes[index..].starts_with(b"/Encrypt"),
                _ => {}
            }
        }
        if found.len() > STREAMS_MAX {
            return None;
        }
        if end == source.len() {
            break;
        }
        at = end - OVERLAP;
    }
    found.dedup();
    Some((found, is_encrypted))
}

/// Whether a name at this place is the value of `/Subtype`.
fn is_mark(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default().trim_ascii_end();
    before.ends_with(b"/Subtype")
}

/// A stream of metadata.
struct Stream {
    start: u64,
    end: u64,
    is_packed: bool,
}

/// The stream whose dictionary holds `mark`.
fn stream(source: &Source, mark: u64) -> Option<Stream> {
    let from = mark.saturating_sub(NEAR);
    let to = mark.saturating_add(NEAR).min(source.len());
    let near = source.slice(from, to, 2 * NEAR)?;
    let middle = usize::try_from(mark - from).ok()?;
    let (before, behind) = near.split_at(middle);
    let opens = position(behind, b"stream")?;
    let begins = before
        .windows(4)
        .rposition(|word| word == b" obj")
        .unwrap_or(0);
    let dictionary = near.get(begins..middle + opens)?;
    let line = behind.get(opens + 6..)?;
    let line = match line {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    let start = mark + (opens + 6 + line) as u64;
    Some(Stream {
        start,
        end: end_of(source, start)?,
        is_packed: position(dictionary, b"/Filter").is_some(),
    })
}

/// Where the stream ends that begins at `start`.
fn end_of(source: &Source, start: u64) -> Option<u64> {
    let most = start.saturating_add(XMP_MAX).min(source.len());
    let mut at = start;
    while at < most {
        let end = (at + PIECE).min(most);
        let bytes = source.slice(at, end, PIECE)?;
        if let Some(found) = position(&bytes, b"endstream") {
            return Some(at + found as u64);
        }
        if end == most {
            break;
        }
        at = end - OVERLAP;
    }
    None
}

fn blanked(source: &Source, stream: &Stream, is_encrypted: bool) -> Vec<Edit> {
    let (start, end) = (stream.start, stream.end);
    let text = source.slice(start, end, XMP_MAX);
    let is_plain = !stream.is_packed && !is_encrypted;
    if is_plain && text.is_some_and(|text| !names_location(&text)) {
        return Vec::new();
    }
    let rest = start + NOTHING.len() as u64;
    if stream.is_packed && rest < end {
        return vec![
            Edit::replace(start, rest, NOTHING.to_vec()),
            Edit::blank(rest, end),
        ];
    }
    vec![Edit::blank(start, end)]
}

fn position(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|part| part == word)
}
