//! Metadata beside every moment: where action cameras, drones and phones log their way.
//!
//! Such a track has the handler `meta`, and no player shows it; some write their log as subtitles.
//! Its samples are blanked where they lie between those of the others (ISO/IEC 14496-12, 8.7).

use super::boxes::{Span, be32, be64};
use super::movie::{handler, tracks};
use crate::library::examine::sending::{Edit, Edits};
use crate::library::examine::source::Source;

/// The most chunks that are blanked.
const CHUNKS_MAX: usize = 8000;
/// How much of a track of texts is read to see what they tell, in bytes.
const TEXTS_MAX: u64 = 64 << 10;
/// The longest chunk of texts that is read.
const TEXT_MAX: u64 = 16 << 10;

/// Edits that blank the samples of all tracks that tell where the camera was. Not complete when
/// those are too many, or their places cannot be told.
pub(super) fn edits(source: &Source, bytes: &[u8], moov: Span<usize>, fragmented: bool) -> Edits {
    let mut edits = Edits::all(Vec::new());
    for track in tracks(bytes, moov) {
        let media = track.child(bytes, *b"mdia");
        let Some((media, holds)) = media.and_then(|m| Some((m, holds(bytes, m)?))) else {
            continue;
        };
        let table = media.descendant(bytes, &[b"minf", b"stbl"]);
        let found = table.and_then(|table| chunks(bytes, table));
        match (found, holds) {
            (Some(found), Holds::Texts) if !fragmented => {
                if is_log(source, &found) {
                    edits.list.extend(found);
                }
            }
            (Some(found), Holds::Metadata) => {
                edits.list.extend(found);
                // The samples of fragments are told of elsewhere.
                edits.complete &= !fragmented;
            }
            (_, Holds::Texts) => {}
            (None, Holds::Metadata) => edits.complete = false,
        }
    }
    if edits.list.len() > CHUNKS_MAX {
        return Edits::default();
    }
    edits
}

/// What a track holds that may tell where the camera was.
#[derive(Debug, Clone, Copy)]
enum Holds {
    /// Metadata for no player.
    Metadata,
    /// Texts: subtitles, or what some drones and dashboard cameras log as such.
    Texts,
}

fn holds(bytes: &[u8], media: Span<usize>) -> Option<Holds> {
    match handler(bytes, media)? {
        b"meta" | b"camm" => Some(Holds::Metadata),
        b"text" | b"sbtl" | b"subt" => Some(Holds::Texts),
        _ => None,
    }
}

/// Whether texts are a camera's log: they give numbers for a place.
fn is_log(source: &Source, chunks: &[Edit]) -> bool {
    let mut left = TEXTS_MAX;
    for chunk in chunks {
        let len = (chunk.end - chunk.start).min(TEXT_MAX);
        let Some(rest) = left.checked_sub(len.max(1)) else {
            break;
        };
        left = rest;
        let text = source.slice(chunk.start, chunk.start + len, TEXT_MAX);
        if text.is_some_and(|text| gives_place(&text)) {
            return true;
        }
    }
    false
}

/// Whether a text has a word for a place with a number behind it: `GPS (13.4, 52.5)`,
/// `latitude: 52.5`.
fn gives_place(text: &[u8]) -> bool {
    let text = text.to_ascii_lowercase();
    [&b"gps"[..], b"latitude", b"longitude", b"[lat", b"lat:"]
        .iter()
        .any(|word| {
            let mut parts = text.windows(word.len()).enumerate();
            parts.any(|(at, part)| {
                let mut behind = text.iter().skip(at + word.len()).take(8);
                part == *word && behind.any(u8::is_ascii_digit)
            })
        })
}

/// The chunks of one track, blanked.
fn chunks(bytes: &[u8], table: Span<usize>) -> Option<Vec<Edit>> {
    let runs = table.child(bytes, *b"stsc")?.content(bytes);
    let sizes = table.child(bytes, *b"stsz")?.content(bytes);
    let mut sizes = Sizes {
        same: be32(sizes, 4)?,
        each: sizes.get(12..)?,
    };
    let mut run = 0;
    let mut edits = Vec::new();
    for (number, start) in (1_u32..).zip(offsets(bytes, table)?) {
        // Each run of the table says where it begins; the last one goes on.
        while be32(runs, 8 + (run + 1) * 12).is_some_and(|first| first <= number) {
            run += 1;
        }
        let samples = be32(runs, 8 + run * 12 + 4)?;
        let end = start.checked_add(sizes.next(samples)?)?;
        edits.push(Edit::blank(start, end));
    }
    Some(edits)
}

/// Where the chunks begin; `None` when there are too many.
fn offsets(bytes: &[u8], table: Span<usize>) -> Option<Vec<u64>> {
    let (list, size) = match table.child(bytes, *b"stco") {
        Some(short) => (short, 4),
        None => (table.child(bytes, *b"co64")?, 8),
    };
    let list = list.content(bytes);
    let count = usize::try_from(be32(list, 4)?).ok()?;
    if count > CHUNKS_MAX {
        return None;
    }
    let entries = list.get(8..8 + count * size)?.chunks_exact(size);
    let offset = |entry| be64(entry, 0).or_else(|| be32(entry, 0).map(u64::from));
    entries.map(offset).collect()
}

/// The sizes of samples: all the same, or each its own.
struct Sizes<'a> {
    same: u32,
    each: &'a [u8],
}

impl Sizes<'_> {
    /// The bytes of the next `count` samples.
    fn next(&mut self, count: u32) -> Option<u64> {
        if self.same > 0 {
            return Some(u64::from(self.same) * u64::from(count));
        }
        let len = usize::try_from(count).ok()?.checked_mul(4)?;
        let (these, rest) = self.each.split_at_checked(len)?;
        self.each = rest;
        let sizes = these.chunks_exact(4).filter_map(|size| be32(size, 0));
        Some(sizes.map(u64::from).sum())
    }
}
