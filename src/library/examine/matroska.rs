//! Matroska and `WebM` (RFC 9559).

use std::io::BufReader;

use matroska_demuxer::{MatroskaFile, TrackEntry, TrackType};

use super::Examined;
use super::ebml;
use super::iso::codecs;
use super::plays::{Container, plays};
use super::sending::edited;
use super::source::Source;
use crate::store::rows::library::Facts;

/// Longer is no duration but a mistake: ten years, in nanoseconds.
const DURATION_MAX_NS: f64 = 10.0 * 365.0 * 24.0 * 3600.0 * 1e9;

/// Examines a file of Matroska.
pub(super) fn examine(source: &Source) -> Option<Examined> {
    let file = MatroskaFile::open(BufReader::new(source.reader())).ok()?;
    let of = |kind| file.tracks().iter().find(move |t| t.track_type() == kind);
    let (video, audio) = (of(TrackType::Video), of(TrackType::Audio));
    let is_web = file.ebml_header().doc_type() == "webm";
    let container = if is_web {
        Container::WebM
    } else {
        Container::Matroska
    };
    let media_type = match (is_web, video) {
        (true, None) if audio.is_some() => "audio/webm",
        (true, _) => "video/webm",
        (false, None) if audio.is_some() => "audio/x-matroska",
        (false, _) => "video/x-matroska",
    };
    let size = video.and_then(size);
    let video = video.map(video_codec);
    let audio = audio.map(audio_codec);
    let facts = Facts {
        duration_ms: duration(&file),
        width: size.map(|size| size.0),
        height: size.map(|size| size.1),
        plays: plays(container, video.as_deref(), audio.as_deref()),
        video,
        audio,
        ..Facts::default()
    };
    let outcome = edited(source.len(), ebml::edits(source));
    Some(Examined {
        media_type: Some(media_type.to_owned()),
        facts,
        sent: outcome.sent,
        clean: outcome.clean,
        ..Examined::default()
    })
}

/// The duration, in milliseconds. Recordings of browsers tell none.
fn duration<R: std::io::Read + std::io::Seek>(file: &MatroskaFile<R>) -> Option<u64> {
    let info = file.info();
    // Whole and positive numbers of this size are exact.
    #[expect(clippy::cast_precision_loss, reason = "a scale is far below 2^52")]
    let ns = info.duration()? * info.timestamp_scale().get() as f64;
    if !(1e6..=DURATION_MAX_NS).contains(&ns) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked just above"
    )]
    Some((ns / 1e6) as u64)
}

/// The size in which a track is shown, in pixels.
fn size(track: &TrackEntry) -> Option<(u32, u32)> {
    let video = track.video()?;
    let (wide, high) = (video.pixel_width().get(), video.pixel_height().get());
    let in_pixels = matches!(
        video.display_unit(),
        None | Some(matroska_demuxer::DisplayUnit::Pixels)
    );
    let shown = video.display_width().zip(video.display_height());
    let (wide, high) = match shown.filter(|_| in_pixels) {
        Some((shown_wide, shown_high)) => (shown_wide.get(), shown_high.get()),
        None => (wide, high),
    };
    Some((u32::try_from(wide).ok()?, u32::try_from(high).ok()?))
}

/// The codec of a track by the Matroska codec registry, told as MP4 would.
fn video_codec(track: &TrackEntry) -> String {
    let private = track.codec_private();
    let known = match track.codec_id() {
        "V_MPEG4/ISO/AVC" => private.and_then(|c| codecs::avc("avc1", c)),
        "V_MPEGH/ISO/HEVC" => private.and_then(|c| codecs::hevc("hvc1", c)),
        "V_AV1" => private.and_then(codecs::av1),
        _ => None,
    };
    known.unwrap_or_else(|| {
        let name = match track.codec_id() {
            "V_MPEG4/ISO/AVC" => "avc1",
            "V_MPEGH/ISO/HEVC" => "hvc1",
            "V_AV1" => "av01",
            "V_VP8" => "vp8",
            "V_VP9" => "vp9",
            "V_THEORA" => "theora",
            "V_PRORES" => "prores",
            "V_MPEG1" => "mpeg1",
            "V_MPEG2" => "mpeg2",
            "V_MJPEG" => "mjpeg",
            id if id.starts_with("V_MPEG4/") => "mpeg4",
            other => return clipped(other),
        };
        name.to_owned()
    })
}

fn audio_codec(track: &TrackEntry) -> String {
    let name = match track.codec_id() {
        "A_OPUS" => "opus",
        "A_VORBIS" => "vorbis",
        "A_FLAC" => "flac",
        "A_ALAC" => "alac",
        "A_MPEG/L3" => "mp3",
        "A_MPEG/L2" | "A_MPEG/L1" => "mp2",
        "A_AC3" => "ac-3",
        "A_EAC3" => "ec-3",
        "A_TRUEHD" => "truehd",
        id if id.starts_with("A_PCM/") => "pcm",
        id if id.starts_with("A_DTS") => "dts",
        id if id.starts_with("A_AAC") => {
            let object = track.codec_private().and_then(codecs::audio_object);
            return format!("mp4a.40.{}", object.unwrap_or(2));
        }
        other => return clipped(other),
    };
    name.to_owned()
}

/// The name of a codec that is unknown here.
fn clipped(id: &str) -> String {
    let shown = id.chars().filter(char::is_ascii_graphic);
    shown.take(40).collect()
}
