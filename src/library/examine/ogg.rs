//! Ogg (RFC 3533): Vorbis, Opus, Speex, Theora.
//!
//! The first packet of a stream tells its codec and rate, the position in its last page how long
//! it is.

use super::Examined;
use super::plays::{Container, plays};
use super::source::Source;
use crate::store::rows::library::Facts;

/// The longest page, in bytes (section 6).
const PAGE_MAX: u64 = 65_307;
/// Bytes of a page before its table of segments.
const PAGE_HEADER: usize = 27;
/// Longer is no duration but a mistake: ten years.
const DURATION_MAX_MS: u64 = 10 * 365 * 24 * 3600 * 1000;

/// What a first packet tells.
struct Stream {
    codec: &'static str,
    /// Positions in a second, and the position at which it begins.
    rate: u32,
    from: u64,
}

/// Examines a file of Ogg.
pub(super) fn examine(source: &Source) -> Option<Examined> {
    let first = source.beginning(256)?;
    let segments = usize::from(*first.get(PAGE_HEADER - 1)?);
    let packet = first.get(PAGE_HEADER + segments..)?;
    let facts = match packet.strip_prefix(b"\x80theora") {
        Some(header) => video(header),
        None => sound(source, first.get(14..18)?, &stream(packet)?),
    };
    Some(Examined {
        facts,
        ..Examined::default()
    })
}

/// Vorbis I, 4.2.2; RFC 7845, 5.1; the Speex manual, "Ogg file format".
fn stream(packet: &[u8]) -> Option<Stream> {
    let number = |at: usize| Some(u32::from_le_bytes(packet.get(at..at + 4)?.try_into().ok()?));
    if packet.starts_with(b"\x01vorbis") {
        let rate = number(12)?;
        return Some(Stream {
            codec: "vorbis",
            rate,
            from: 0,
        });
    }
    if packet.starts_with(b"OpusHead") {
        let skipped = packet.get(10..12)?.try_into().ok()?;
        return Some(Stream {
            codec: "opus",
            rate: 48_000,
            from: u64::from(u16::from_le_bytes(skipped)),
        });
    }
    if packet.starts_with(b"Speex   ") {
        let rate = number(36)?;
        return Some(Stream {
            codec: "speex",
            rate,
            from: 0,
        });
    }
    None
}

fn sound(source: &Source, serial: &[u8], stream: &Stream) -> Facts {
    let codec = Some(stream.codec);
    let duration = last_position(source, serial).and_then(|position| {
        let units = u128::from(position.checked_sub(stream.from)?) * 1000;
        let ms = units.checked_div(u128::from(stream.rate))?;
        u64::try_from(ms).ok()
    });
    Facts {
        duration_ms: duration.filter(|ms| (1..=DURATION_MAX_MS).contains(ms)),
        audio: codec.map(str::to_owned),
        plays: plays(Container::Ogg, None, codec),
        ..Facts::default()
    }
}

/// The position that the last page of a stream tells; all ones is none (section 6).
fn last_position(source: &Source, serial: &[u8]) -> Option<u64> {
    let start = source.len().saturating_sub(2 * PAGE_MAX);
    let end = source.slice(start, source.len(), 2 * PAGE_MAX)?;
    let pages = end.windows(PAGE_HEADER).rev();
    let own = pages.filter(|page| page.starts_with(b"OggS\0") && page[14..18] == *serial);
    own.filter_map(|page| Some(u64::from_le_bytes(page.get(6..14)?.try_into().ok()?)))
        .find(|position| *position != u64::MAX)
}

/// The size of Theora video (Theora specification, 6.2).
fn video(header: &[u8]) -> Facts {
    let size = |at: usize| {
        let bytes = header.get(at..at + 3)?;
        Some(bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b)))
    };
    Facts {
        width: size(7).filter(|n| *n > 0),
        height: size(10).filter(|n| *n > 0),
        video: Some("theora".to_owned()),
        plays: plays(Container::Ogg, Some("theora"), None),
        ..Facts::default()
    }
}
