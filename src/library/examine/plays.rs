//! Which browsers play what.
//!
//! By the tables "Media container formats", "Web video codec guide" and "Web audio codec guide" of
//! MDN and the support tables of caniuse.com, for the newest two major versions of Chrome, Edge,
//! Firefox and Safari on computers, Android, iOS and iPadOS:
//!
//! | container | everywhere | somewhere |
//! |---|---|---|
//! | MP4, M4A | H.264 up to High, 8 bit 4:2:0; AAC, MP3 | other H.264, HEVC, AV1, VP9; Opus, FLAC, ALAC, AC-3, E-AC-3 |
//! | `WebM` | VP8, VP9 profile 0; Opus, Vorbis | AV1, VP9 of other profiles |
//! | MOV, Matroska, Ogg | | whatever plays in MP4 or `WebM`; Theora |
//! | MP3, AAC (ADTS), WAV, FLAC | yes | |
//! | JPEG, PNG, GIF, `WebP` | yes | |
//! | AVIF | | yes |
//!
//! Everything else that is known plays nowhere: `ProRes`, MPEG-1, MPEG-2 and MPEG-4 Part 2 video,
//! Motion JPEG, DTS, AVI, WMV. A file plays as well as the worst of its parts.

use crate::store::rows::library::Plays;

/// What video and sound are wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// MP4 and M4A.
    Mp4,
    /// `QuickTime`.
    Mov,
    /// `WebM`.
    WebM,
    /// Matroska that is not `WebM`.
    Matroska,
    /// Ogg.
    Ogg,
}

/// How well a file with these codecs plays; `None` when one of them is unknown, or there is none.
pub(super) fn plays(
    container: Container,
    video: Option<&str>,
    audio: Option<&str>,
) -> Option<Plays> {
    let video = video.map(|codec| video_plays(container, codec));
    let audio = audio.map(|codec| audio_plays(container, codec));
    let codecs = match (video, audio) {
        (Some(video), Some(audio)) => worst(video?, audio?),
        (Some(only), None) | (None, Some(only)) => only?,
        (None, None) => return None,
    };
    Some(match container {
        Container::Mp4 | Container::WebM => codecs,
        Container::Mov | Container::Matroska | Container::Ogg => worst(codecs, Plays::Somewhere),
    })
}

fn worst(one: Plays, other: Plays) -> Plays {
    match (one, other) {
        (Plays::Nowhere, _) | (_, Plays::Nowhere) => Plays::Nowhere,
        (Plays::Somewhere, _) | (_, Plays::Somewhere) => Plays::Somewhere,
        (Plays::Everywhere, Plays::Everywhere) => Plays::Everywhere,
    }
}

fn video_plays(container: Container, codec: &str) -> Option<Plays> {
    let (name, details) = codec.split_once('.').unwrap_or((codec, ""));
    let web = container == Container::WebM;
    Some(match name {
        // Constrained Baseline, Baseline, Main and High (ITU-T H.264, annex A.2).
        "avc1" | "avc3" if !web => match details.get(..2) {
            Some("42" | "4D" | "64") => Plays::Everywhere,
            _ => Plays::Somewhere,
        },
        "vp8" | "vp9" if web => Plays::Everywhere,
        "vp09" if web && details.starts_with("00.") => Plays::Everywhere,
        "hvc1" | "hev1" | "dvh1" | "dvhe" | "av01" | "vp9" | "vp09" | "vp8" | "vp08" | "theora"
        | "avc1" | "avc3" => Plays::Somewhere,
        "apch" | "apcn" | "apcs" | "apco" | "ap4h" | "ap4x" | "prores" | "mp4v" | "mpeg1"
        | "mpeg2" | "mpeg4" | "mp1v" | "mp2v" | "m2v1" | "xvid" | "XVID" | "DIVX" | "jpeg"
        | "mjpa" | "mjpb" | "mjpeg" | "dvc" | "dvcp" | "s263" | "h263" | "wmv" | "encv"
        | "SVQ1" | "SVQ3" | "rle" | "AVdn" | "cvid" => Plays::Nowhere,
        _ => return None,
    })
}

fn audio_plays(container: Container, codec: &str) -> Option<Plays> {
    let web = container == Container::WebM;
    Some(match codec {
        "opus" | "vorbis" if web => Plays::Everywhere,
        "mp3" | "mp4a.6B" | "mp4a.69" if !web => Plays::Everywhere,
        "opus" | "vorbis" | "flac" | "alac" | "ac-3" | "ec-3" | "mp3" | "pcm" | "mp4a.6B"
        | "mp4a.69" => Plays::Somewhere,
        "dts" | "truehd" | "mp2" | "samr" | "sawb" | "wma" | "speex" | "enca" | "QDM2" => {
            Plays::Nowhere
        }
        // AAC-LC, HE-AAC, HE-AAC v2 and the three of MPEG-2; any other is rare.
        "mp4a.40.2" | "mp4a.40.5" | "mp4a.40.29" | "mp4a.66" | "mp4a.67" | "mp4a.68" if !web => {
            Plays::Everywhere
        }
        codec if codec.starts_with("mp4a.40.") => Plays::Somewhere,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Container::{Matroska, Mov, Mp4, Ogg, WebM};
    use super::Plays::{Everywhere, Nowhere, Somewhere};
    use super::*;

    #[test]
    fn the_table_holds() {
        for (container, video, audio, expected) in [
            (
                Mp4,
                Some("avc1.64001F"),
                Some("mp4a.40.2"),
                Some(Everywhere),
            ),
            (Mp4, Some("avc1.42C01E"), Some("mp4a.6B"), Some(Everywhere)),
            (Mp4, Some("avc1.6E001F"), None, Some(Somewhere)),
            (Mp4, Some("avc1.64001F"), Some("ac-3"), Some(Somewhere)),
            (Mp4, Some("avc1.64001F"), Some("dts"), Some(Nowhere)),
            (Mp4, Some("hvc1.1.6.L93.B0"), None, Some(Somewhere)),
            (Mp4, None, Some("mp4a.40.2"), Some(Everywhere)),
            (Mp4, Some("mp4v.20"), Some("mp4a.40.2"), Some(Nowhere)),
            (Mp4, Some("zzzz"), Some("mp4a.40.2"), None),
            (Mp4, None, None, None),
            (Mov, Some("avc1.64001F"), Some("mp4a.40.2"), Some(Somewhere)),
            (Mov, Some("apcn"), Some("pcm"), Some(Nowhere)),
            (WebM, Some("vp9"), Some("opus"), Some(Everywhere)),
            (WebM, Some("vp09.02.10.10"), Some("opus"), Some(Somewhere)),
            (WebM, Some("av01.0.00M.08"), Some("opus"), Some(Somewhere)),
            (WebM, None, Some("vorbis"), Some(Everywhere)),
            (
                Matroska,
                Some("avc1.64001F"),
                Some("mp4a.40.2"),
                Some(Somewhere),
            ),
            (Matroska, Some("mpeg2"), None, Some(Nowhere)),
            (Ogg, None, Some("opus"), Some(Somewhere)),
        ] {
            assert_eq!(
                plays(container, video, audio),
                expected,
                "{container:?} {video:?} {audio:?}"
            );
        }
    }
}
