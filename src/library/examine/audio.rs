//! Sound by itself: MP3, AAC, WAV, FLAC.

use lofty::config::ParseOptions;
use lofty::file::{AudioFile, FileType};
use lofty::probe::Probe;

use std::io::BufReader;

use super::sending::{Edits, edited};
use super::source::Source;
use super::{Examined, comments, riff};
use crate::store::rows::library::{Facts, Plays};

/// How much of a file is read, in bytes: looking for a frame in what has none takes time.
const READ_MAX: u64 = 32 << 20;

/// Examines a file of sound. The type is that of its beginning.
pub(super) fn examine(source: &Source, media_type: &str) -> Option<Examined> {
    let (file_type, codec) = match media_type {
        "audio/mpeg" => (FileType::Mpeg, "mp3"),
        "audio/aac" => (FileType::Aac, "mp4a.40.2"),
        "audio/wav" => (FileType::Wav, "pcm"),
        "audio/flac" => (FileType::Flac, "flac"),
        _ => return None,
    };
    let outcome = edited(source.len(), location(source, media_type).needed(source));
    Some(Examined {
        facts: Facts {
            duration_ms: duration(source, file_type),
            audio: Some(codec.to_owned()),
            plays: Some(Plays::Everywhere),
            ..Facts::default()
        },
        sent: outcome.sent,
        clean: outcome.clean,
        ..Examined::default()
    })
}

/// What tells a location.
fn location(source: &Source, media_type: &str) -> Edits {
    match media_type {
        "audio/flac" => comments::of_flac(source),
        "audio/mpeg" | "audio/aac" => comments::of_tags(source),
        _ => riff::edits(source),
    }
}

fn duration(source: &Source, file_type: FileType) -> Option<u64> {
    source.allow(READ_MAX);
    let options = ParseOptions::new().read_tags(false).read_cover_art(false);
    let reader = BufReader::new(source.reader());
    let file = Probe::with_file_type(reader, file_type)
        .options(options)
        .read()
        .ok()?;
    let ms = u64::try_from(file.properties().duration().as_millis()).ok()?;
    (ms > 0).then_some(ms)
}
