//! Ogg (RFC 3533): Vorbis, Opus, Speex, FLAC, Theora.
//!
//! The first packet of a stream tells its codec and rate, the position in its last page how long it
//! is, its second packet holds the comments.

mod codec;
mod pages;

use codec::{Codec, Measure};
use pages::{Packet, Page};

use super::Examined;
use super::comments::telling;
use super::plays::{Container, plays};
use super::sending::{Edit, Edits, edited};
use super::source::Source;
use crate::store::rows::library::Facts;

/// Longer is no duration but a mistake: ten years.
const DURATION_MAX_MS: u64 = 10 * 365 * 24 * 3600 * 1000;
/// The most streams that are looked at, one after the other or at a time.
const STREAMS_MAX: usize = 256;
/// The longest comments that are read, covers included, in bytes.
const COMMENTS_MAX: usize = 16 << 20;
/// How much of the end is searched for a position, when the pages before it cannot be walked.
const END_MAX: u64 = 128 << 10;

/// A stream within a file.
struct Stream {
    serial: u32,
    codec: Codec,
    /// The comments, until all of them are there.
    comments: Option<Packet>,
    /// The position that its last page tells.
    position: Option<u64>,
}

/// Examines a file of Ogg.
pub(super) fn examine(source: &Source) -> Option<Examined> {
    let (mut streams, edits) = walk(source);
    if !edits.complete {
        for stream in &mut streams {
            stream.position =
                stream
                    .position
                    .max(pages::last_position(source, stream.serial, END_MAX));
        }
    }
    let facts = facts(&streams)?;
    let outcome = edited(source.len(), edits);
    Some(Examined {
        facts,
        sent: outcome.sent,
        clean: outcome.clean,
        ..Examined::default()
    })
}

fn facts(streams: &[Stream]) -> Option<Facts> {
    let is_video = |stream: &&Stream| matches!(stream.codec.measure, Measure::Frames { .. });
    let video = streams.iter().find(is_video);
    let sound = streams
        .iter()
        .find(|stream| matches!(stream.codec.measure, Measure::Samples { .. }));
    let names = |stream: Option<&Stream>| stream.map(|stream| stream.codec.name);
    let (picture, audio) = (names(video), names(sound));
    if picture.is_none() && audio.is_none() {
        return None;
    }
    let lengths = streams.iter().filter_map(|stream| {
        let ms = stream.codec.milliseconds(stream.position?)?;
        (1..=DURATION_MAX_MS).contains(&ms).then_some(ms)
    });
    let size = video.and_then(|video| video.codec.size);
    Some(Facts {
        duration_ms: lengths.max(),
        width: size.map(|size| size.0),
        height: size.map(|size| size.1),
        video: picture.map(str::to_owned),
        audio: audio.map(str::to_owned),
        plays: plays(Container::Ogg, picture, audio),
        ..Facts::default()
    })
}

/// The streams of a file, and what is to be changed in their comments.
fn walk(source: &Source) -> (Vec<Stream>, Edits) {
    let mut streams: Vec<Stream> = Vec::new();
    let mut edits = Edits::default();
    let mut at = 0;
    while at < source.len() {
        let Some(page) = Page::at(source, at) else {
            return (streams, edits);
        };
        if page.end > source.len() {
            // A recording that was broken off ends within its sound.
            edits.complete = streams.iter().all(|stream| stream.comments.is_none());
            return (streams, edits);
        }
        at = page.end;
        if page.begins {
            if streams.len() == STREAMS_MAX {
                return (streams, edits);
            }
            if let Some(codec) = Codec::read(&page.first_packet(source)) {
                streams.push(Stream {
                    serial: page.serial,
                    codec,
                    comments: Some(Packet::default()),
                    position: None,
                });
            }
            continue;
        }
        // Of streams that follow one another, the last may have the same number.
        let own = streams
            .iter_mut()
            .rev()
            .find(|one| one.serial == page.serial);
        let Some(stream) = own else { continue };
        stream.position = page.position.or(stream.position);
        let Some(mut packet) = stream.comments.take() else {
            continue;
        };
        match packet.goes_on(source, &page, COMMENTS_MAX) {
            None => return (streams, edits),
            Some(false) => stream.comments = Some(packet),
            Some(true) => match blanked(source, &packet, stream.codec.before_comments) {
                Some(found) => edits.list.extend(found),
                None => return (streams, edits),
            },
        }
    }
    edits.complete = true;
    (streams, edits)
}

/// Edits that blank the comments that tell a location, and tell the new checksums of their pages;
/// `None` when the comments cannot be read.
fn blanked(source: &Source, packet: &Packet, before: usize) -> Option<Vec<Edit>> {
    let content = packet.bytes.get(before..)?;
    let mut changes = Vec::new();
    for (start, end) in telling(content)? {
        // A comment has a name, and an equals sign behind it.
        let mut blank = vec![b' '; end - start];
        for (blank, sign) in blank.iter_mut().zip(b"X=") {
            *blank = *sign;
        }
        if content.get(start..end) != Some(&blank) {
            changes.push((before + start, blank));
        }
    }
    packet.changed(source, &changes)
}
