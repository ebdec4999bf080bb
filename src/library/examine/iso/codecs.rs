//! Codecs of tracks, told as a `codecs` parameter does (RFC 6381, and the bindings of each codec).

use std::fmt::Write;

use super::boxes::{Span, be16};

/// Content of a visual sample entry before its boxes (ISO/IEC 14496-12, 12.1.3).
const VISUAL: usize = 78;
/// Content of an audio sample entry before its boxes (12.2.3); `QuickTime`'s versions 1 and 2
/// have more.
const AUDIO: usize = 28;
const AUDIO_V1: usize = 16;
const AUDIO_V2: usize = 36;

/// The codec of a video track's sample entry.
pub(super) fn video(bytes: &[u8], entry: Span<usize>) -> String {
    let config = |kind| config(bytes, entry, VISUAL, kind);
    let name = four(entry.kind);
    let known = match &entry.kind {
        b"avc1" | b"avc2" | b"avc3" | b"avc4" => config(*b"avcC").and_then(|c| avc(&name, c)),
        b"hvc1" | b"hev1" => config(*b"hvcC").and_then(|c| hevc(&name, c)),
        b"av01" => config(*b"av1C").and_then(av1),
        b"vp08" | b"vp09" => config(*b"vpcC").and_then(|c| vpx(&name, c)),
        b"mp4v" => config(*b"esds").and_then(|c| object_type(&name, c)),
        _ => None,
    };
    known.unwrap_or(name)
}

/// The codec of an audio track's sample entry.
pub(super) fn audio(bytes: &[u8], entry: Span<usize>) -> String {
    match &entry.kind {
        b"mp4a" => esds(bytes, entry)
            .and_then(|content| object_type("mp4a", content))
            .unwrap_or_else(|| "mp4a".to_owned()),
        b".mp3" | b"ms\0\x55" => "mp3".to_owned(),
        b"Opus" => "opus".to_owned(),
        b"fLaC" => "flac".to_owned(),
        b"lpcm" | b"sowt" | b"twos" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"raw " | b"ipcm"
        | b"fpcm" | b"NONE" => "pcm".to_owned(),
        b"dtsc" | b"dtsh" | b"dtsl" | b"dtse" | b"dtsx" => "dts".to_owned(),
        kind => four(*kind),
    }
}

/// A code of four characters, without what cannot be shown.
fn four(kind: [u8; 4]) -> String {
    let shown = |b: u8| if b.is_ascii_graphic() { b as char } else { ' ' };
    let name: String = kind.into_iter().map(shown).collect();
    name.trim().to_owned()
}

fn config(bytes: &[u8], entry: Span<usize>, before: usize, kind: [u8; 4]) -> Option<&[u8]> {
    let boxes = Span {
        body: entry.body.checked_add(before)?,
        ..entry
    };
    Some(boxes.child(bytes, kind)?.content(bytes))
}

/// The elementary stream descriptor of a sound: `QuickTime` puts it into a box `wave`.
fn esds(bytes: &[u8], entry: Span<usize>) -> Option<&[u8]> {
    let more = match be16(bytes, entry.body.checked_add(8)?)? {
        1 => AUDIO_V1,
        2 => AUDIO_V2,
        _ => 0,
    };
    // MP4 files say version 1 without having what QuickTime has there, and the other way round.
    [more, 0].into_iter().find_map(|more| {
        let boxes = Span {
            body: entry.body.checked_add(AUDIO + more)?,
            ..entry
        };
        let found = boxes.child(bytes, *b"esds");
        let found = found.or_else(|| boxes.descendant(bytes, &[b"wave", b"esds"]))?;
        Some(found.content(bytes))
    })
}

/// ISO/IEC 14496-15, annex E.2: profile, constraints and level.
pub(in crate::library::examine) fn avc(name: &str, config: &[u8]) -> Option<String> {
    let [_, profile, constraints, level, ..] = config else {
        return None;
    };
    Some(format!("{name}.{profile:02X}{constraints:02X}{level:02X}"))
}

/// ISO/IEC 14496-15, annex E.3: profile, compatibility with its bits reversed, tier and level,
/// constraints without the zeros at their end.
pub(in crate::library::examine) fn hevc(name: &str, config: &[u8]) -> Option<String> {
    let profile = *config.get(1)?;
    let compatibility = u32::from_be_bytes(config.get(2..6)?.try_into().ok()?);
    let constraints = config.get(6..12)?;
    let level = config.get(12)?;
    let space = ["", "A", "B", "C"].get(usize::from(profile >> 6))?;
    let tier = if profile & 0x20 == 0 { 'L' } else { 'H' };
    let mut text = format!(
        "{name}.{space}{}.{:X}.{tier}{level}",
        profile & 0x1f,
        compatibility.reverse_bits()
    );
    let used = constraints.iter().rposition(|b| *b != 0);
    for byte in constraints.iter().take(used.map_or(0, |last| last + 1)) {
        // Writing to a text cannot fail.
        let _ = write!(text, ".{byte:X}");
    }
    Some(text)
}

/// AV1 Codec ISO Media File Format Binding, section 5: profile, level and tier, bit depth.
pub(in crate::library::examine) fn av1(config: &[u8]) -> Option<String> {
    let [_, profile_level, flags, ..] = config else {
        return None;
    };
    let (profile, level) = (profile_level >> 5, profile_level & 0x1f);
    let tier = if flags & 0x80 == 0 { 'M' } else { 'H' };
    let depth = match (flags & 0x40 != 0, flags & 0x20 != 0) {
        (false, _) => 8,
        (true, true) if profile == 2 => 12,
        (true, _) => 10,
    };
    Some(format!("av01.{profile}.{level:02}{tier}.{depth:02}"))
}

/// VP Codec ISO Media File Format Binding: profile, level, bit depth.
fn vpx(name: &str, config: &[u8]) -> Option<String> {
    let [_, _, _, _, profile, level, depth, ..] = config else {
        return None;
    };
    let depth = depth >> 4;
    Some(format!("{name}.{profile:02}.{level:02}.{depth:02}"))
}

/// RFC 6381, 3.3: the object type of ISO/IEC 14496-1 in hexadecimal digits, then, of MPEG-4
/// sound, the audio object type.
fn object_type(name: &str, esds: &[u8]) -> Option<String> {
    let (tag, stream) = descriptor(esds.get(4..)?)?;
    let flags = *stream.get(2)?;
    if tag != 3 {
        return None;
    }
    let mut rest = stream.get(3..)?;
    if flags & 0x80 != 0 {
        rest = rest.get(2..)?;
    }
    if flags & 0x40 != 0 {
        let url = usize::from(*rest.first()?);
        rest = rest.get(1 + url..)?;
    }
    if flags & 0x20 != 0 {
        rest = rest.get(2..)?;
    }
    let (tag, decoder) = descriptor(rest)?;
    let object = *decoder.first()?;
    if tag != 4 {
        return None;
    }
    if object != 0x40 || name != "mp4a" {
        return Some(format!("{name}.{object:02X}"));
    }
    let kind = decoder
        .get(13..)
        .and_then(descriptor)
        .and_then(|(_, specific)| audio_object(specific));
    Some(format!("{name}.40.{}", kind.unwrap_or(2)))
}

/// ISO/IEC 14496-3, 1.6.2.1: five bits, or 31 and six more.
pub(in crate::library::examine) fn audio_object(specific: &[u8]) -> Option<u8> {
    let first = *specific.first()?;
    match first >> 3 {
        31 => Some(32 + (((first & 7) << 3) | (*specific.get(1)? >> 5))),
        kind => Some(kind),
    }
}

/// A descriptor's tag and content (ISO/IEC 14496-1, 8.3.3); the content as far as it is there.
fn descriptor(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (tag, mut rest) = bytes.split_first()?;
    let mut len = 0_usize;
    for _ in 0..4 {
        let (byte, after) = rest.split_first()?;
        rest = after;
        len = (len << 7) | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some((*tag, rest.get(..len).unwrap_or(rest)))
}
