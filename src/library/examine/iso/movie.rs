//! Facts that a movie's index tells (ISO/IEC 14496-12, box `moov`).

use super::boxes::{Span, be16, be32, be64};
use super::codecs;

/// The most tracks that are looked at.
const TRACKS_MAX: usize = 64;
/// Longer is no duration but a mistake: ten years.
const DURATION_MAX_MS: u64 = 10 * 365 * 24 * 3600 * 1000;

/// What a movie's index tells.
#[derive(Debug, Default)]
pub(super) struct Movie {
    pub(super) duration_ms: Option<u64>,
    pub(super) video: Option<Video>,
    pub(super) audio: Option<String>,
    /// Whether its samples are indexed fragment by fragment.
    pub(super) fragmented: bool,
}

/// The first video track that is shown.
#[derive(Debug)]
pub(super) struct Video {
    pub(super) codec: String,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Degrees clockwise by which it is turned to be shown.
    pub(super) rotation: u16,
}

/// Reads the index in `bytes`: the content of a box `moov`.
pub(super) fn read(bytes: &[u8], moov: Span<usize>) -> Movie {
    let mut movie = Movie::default();
    let mut longest = None;
    for track in tracks(bytes, moov) {
        let Some(mdia) = track.child(bytes, *b"mdia") else {
            continue;
        };
        match handler(bytes, mdia) {
            Some(b"vide") if movie.video.is_none() => movie.video = video(bytes, track, mdia),
            Some(b"soun") if movie.audio.is_none() => {
                movie.audio = entry(bytes, mdia).map(|entry| codecs::audio(bytes, entry));
            }
            _ => {}
        }
        let length = mdia
            .child(bytes, *b"mdhd")
            .and_then(|header| duration(header.content(bytes)));
        longest = longest.max(length);
    }
    let mvex = moov.child(bytes, *b"mvex");
    movie.fragmented = mvex.is_some();
    let header = moov.child(bytes, *b"mvhd").map(|b| b.content(bytes));
    let fragments = mvex
        .and_then(|mvex| mvex.child(bytes, *b"mehd"))
        .zip(header.and_then(timescale))
        .and_then(|(mehd, scale)| fragments(mehd.content(bytes), scale));
    movie.duration_ms = fragments.or_else(|| header.and_then(duration)).or(longest);
    movie
}

pub(super) fn tracks(bytes: &[u8], moov: Span<usize>) -> impl Iterator<Item = Span<usize>> {
    moov.children(bytes)
        .filter(|child| child.kind == *b"trak")
        .take(TRACKS_MAX)
}

/// Whether a track is sound, pictures or something else (8.4.3).
pub(super) fn handler(bytes: &[u8], mdia: Span<usize>) -> Option<&[u8; 4]> {
    let content = mdia.child(bytes, *b"hdlr")?.content(bytes);
    content.get(8..12)?.try_into().ok()
}

/// The first sample entry of a track (8.5.2).
pub(super) fn entry(bytes: &[u8], mdia: Span<usize>) -> Option<Span<usize>> {
    let stsd = mdia.descendant(bytes, &[b"minf", b"stbl", b"stsd"])?;
    let entries = Span {
        body: stsd.body.checked_add(8)?,
        ..stsd
    };
    entries.children(bytes).next()
}

fn video(bytes: &[u8], track: Span<usize>, mdia: Span<usize>) -> Option<Video> {
    let entry = entry(bytes, mdia)?;
    let header = track.child(bytes, *b"tkhd")?.content(bytes);
    // Version 1 has three 64-bit numbers where version 0 has 32-bit ones (8.3.2).
    let matrix = if *header.first()? == 1 { 52 } else { 40 };
    let rotation = rotation(header, matrix);
    let shown = |at| be32(header, at).map(|fixed| fixed >> 16);
    let coded = |at: usize| be16(bytes, entry.body.checked_add(at)?).map(u32::from);
    let size = |shown: Option<u32>, coded: Option<u32>| shown.filter(|n| *n > 0).or(coded);
    let width = size(shown(matrix + 36), coded(24))?;
    let height = size(shown(matrix + 40), coded(26))?;
    let (width, height) = match rotation {
        90 | 270 => (height, width),
        _ => (width, height),
    };
    Some(Video {
        codec: codecs::video(bytes, entry),
        width,
        height,
        rotation,
    })
}

/// The turn in a transformation matrix (6.2.2): its upper left four numbers, 16.16 fixed point.
fn rotation(header: &[u8], matrix: usize) -> u16 {
    let sign = |at| be32(header, matrix + at).map_or(0, |n| n.cast_signed().signum());
    match (sign(0), sign(4), sign(12), sign(16)) {
        (0, 1, -1, 0) => 90,
        (-1, 0, 0, -1) => 180,
        (0, -1, 1, 0) => 270,
        _ => 0,
    }
}

/// The time scale in a box `mvhd`, `mdhd` (8.2.2, 8.4.2): units in a second.
pub(super) fn timescale(header: &[u8]) -> Option<u32> {
    match header.first()? {
        1 => be32(header, 20),
        _ => be32(header, 12),
    }
}

/// The duration in a box `mvhd` or `mdhd`, in milliseconds; none where it says that it is unknown.
fn duration(header: &[u8]) -> Option<u64> {
    let units = match header.first()? {
        1 => be64(header, 24)?,
        _ => widened(be32(header, 16)?),
    };
    milliseconds(units, timescale(header)?)
}

/// The duration of all fragments in a box `mehd` (8.8.2).
fn fragments(mehd: &[u8], scale: u32) -> Option<u64> {
    let units = match mehd.first()? {
        1 => be64(mehd, 4)?,
        _ => widened(be32(mehd, 4)?),
    };
    milliseconds(units, scale)
}

fn widened(units: u32) -> u64 {
    match units {
        u32::MAX => u64::MAX,
        units => u64::from(units),
    }
}

/// Units in milliseconds; none of nothing, and of what cannot be.
pub(super) fn milliseconds(units: u64, scale: u32) -> Option<u64> {
    let ms = (u128::from(units) * 1000).checked_div(u128::from(scale))?;
    let ms = u64::try_from(ms).ok()?;
    (1..=DURATION_MAX_MS).contains(&ms).then_some(ms)
}

/// The duration that a segment index tells, in milliseconds (8.16.3): the sum of its parts.
pub(super) fn indexed(sidx: &[u8]) -> Option<u64> {
    let scale = be32(sidx, 8)?;
    let first = if *sidx.first()? == 0 { 20 } else { 28 };
    let count = usize::from(be16(sidx, first + 2)?);
    let parts = sidx.get(first + 4..)?.chunks_exact(12).take(count);
    let units = parts.filter_map(|part| be32(part, 4)).map(u64::from).sum();
    milliseconds(units, scale)
}
