//! Says which browsers play a file, where not all of them do.

use maud::{Markup, html};

use super::Messages;
use super::notices::{Tone, notice};

/// What is known of a file that not every browser plays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trouble<'a> {
    /// Whether no common browser plays it; else some do.
    pub nowhere: bool,
    /// The picture's codec, as in a `codecs` parameter (RFC 6381).
    pub video: Option<&'a str>,
    /// The sound's codec, likewise.
    pub audio: Option<&'a str>,
    /// The media type.
    pub media_type: &'a str,
    /// Whether the reader may download the file.
    pub download: bool,
    /// Whether the reader may put another file in its place.
    pub replace: bool,
}

/// Formats that are known by name, with the beginnings of their codec's names, and who plays them.
const CODECS: [(&[&str], &str, &str); 9] = [
    (
        &["hvc1", "hev1", "dvh1", "dvhe", "hevc"],
        "HEVC (H.265)",
        "plays-hevc",
    ),
    (&["av01", "av1"], "AV1", "plays-av1"),
    (&["vp09", "vp9"], "VP9", "plays-vp9"),
    (&["ap4", "apc", "aprh", "prores"], "ProRes", "plays-editors"),
    (
        &["mp4v", "xvid", "divx", "mpeg4"],
        "MPEG-4 Part 2",
        "plays-programs",
    ),
    (
        &["ac-3", "ec-3", "ac3", "eac3"],
        "Dolby Digital",
        "plays-dolby",
    ),
    (&["alac"], "Apple Lossless", "plays-apple"),
    (&["dts"], "DTS", "plays-programs"),
    (&["avc", "h264"], "H.264", "plays-profile"),
];

/// Containers that not every browser opens, whatever is inside.
const CONTAINERS: [(&str, &str, &str); 6] = [
    ("audio/ogg", "Ogg", "plays-ogg"),
    ("video/ogg", "Ogg", "plays-ogg"),
    ("image/avif", "AVIF", "plays-avif"),
    ("video/x-matroska", "Matroska (MKV)", "plays-matroska"),
    ("video/quicktime", "QuickTime (MOV)", "plays-quicktime"),
    ("video/x-msvideo", "AVI", "plays-programs"),
];

/// A notice that names the format, who plays it, and what to do.
pub fn trouble(m: Messages, trouble: &Trouble<'_>) -> Markup {
    let tone = if trouble.nowhere {
        Tone::Warning
    } else {
        Tone::Info
    };
    let (title, text) = said(m, trouble);
    notice(m, tone, &title, Some(&html! { p { (text) } }))
}

/// The same in plain words.
pub fn words(m: Messages, trouble: &Trouble<'_>) -> String {
    let (title, text) = said(m, trouble);
    format!("{title}. {text}")
}

fn said(m: Messages, trouble: &Trouble<'_>) -> (String, String) {
    let title = if trouble.nowhere {
        m.text("plays-nowhere")
    } else {
        m.text("plays-somewhere")
    };
    let mut sentences = Vec::new();
    if let Some((name, players)) = format(trouble) {
        sentences.push(m.with("plays-format", &[("format", name.into())]));
        sentences.push(m.text(players).into_owned());
    }
    let kind = [("kind", kind(trouble.media_type).into())];
    sentences.push(if trouble.replace {
        m.with("plays-convert", &kind)
    } else if trouble.download {
        m.text("plays-download").into_owned()
    } else {
        m.with("plays-ask", &kind)
    });
    (title.into_owned(), sentences.join(" "))
}

/// The first part of a media type.
fn kind(media_type: &str) -> &str {
    media_type.split('/').next().unwrap_or_default()
}

/// The format's name and who plays it: of the picture, else of the sound, else of the container.
/// H.264 is what every browser plays, save for rare profiles: it is the last thing to blame.
fn format(trouble: &Trouble<'_>) -> Option<(&'static str, &'static str)> {
    let known = |codec: Option<&str>| {
        let codec = codec?.to_ascii_lowercase();
        let mut codecs = CODECS.iter();
        codecs
            .find(|(starts, ..)| starts.iter().any(|start| codec.starts_with(start)))
            .map(|(_, name, players)| (*name, *players))
    };
    let container = CONTAINERS
        .iter()
        .find(|(media_type, ..)| *media_type == trouble.media_type)
        .map(|(_, name, players)| (*name, *players));
    let video = known(trouble.video);
    video
        .filter(|(_, players)| *players != "plays-profile")
        .or_else(|| known(trouble.audio))
        .or(container)
        .or(video)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(trouble_of: &Trouble<'_>) -> String {
        let m = Messages::default();
        let plain = html! { (words(m, trouble_of)) }.0;
        let markup = trouble(m, trouble_of).0;
        // Both say the same.
        for sentence in plain.split(". ") {
            assert!(markup.contains(sentence), "{sentence}: {markup}");
        }
        markup
    }

    #[test]
    fn it_names_the_format_and_who_plays_it() {
        for (video, audio, media_type, named) in [
            (
                Some("hvc1.1.6.L93.B0"),
                Some("mp4a.40.2"),
                "video/mp4",
                "HEVC",
            ),
            (Some("av01.0.04M.08"), None, "video/mp4", "AV1"),
            (Some("apcn"), None, "video/quicktime", "ProRes"),
            (Some("avc1.640028"), Some("ac-3"), "video/mp4", "Dolby"),
            (
                Some("avc1.640028"),
                Some("mp4a.40.2"),
                "video/x-matroska",
                "Matroska",
            ),
            (Some("avc1.7a0028"), Some("mp4a.40.2"), "video/mp4", "H.264"),
            (None, None, "video/x-msvideo", "AVI"),
            (None, Some("vorbis"), "audio/ogg", "Ogg"),
            (Some("av01.0.04M.08"), None, "video/ogg", "AV1"),
            (None, None, "image/avif", "AVIF"),
        ] {
            let markup = shown(&Trouble {
                video,
                audio,
                media_type,
                ..Trouble::default()
            });
            assert!(markup.contains(named), "{named}: {markup}");
        }
    }

    #[test]
    fn what_is_unknown_has_words_too() {
        let markup = shown(&Trouble {
            nowhere: true,
            ..Trouble::default()
        });
        assert!(markup.contains("warning"));
    }

    #[test]
    fn each_reader_is_told_what_to_do() {
        let m = Messages::default();
        let bare = Trouble::default();
        let readers = [
            (bare, "plays-ask"),
            (
                Trouble {
                    download: true,
                    ..bare
                },
                "plays-download",
            ),
            (
                Trouble {
                    download: true,
                    replace: true,
                    ..bare
                },
                "plays-convert",
            ),
        ];
        for (reader, id) in readers {
            let told = html! { (m.with(id, &[("kind", "video".into())])) }.0;
            assert!(shown(&reader).contains(&told), "{id}");
        }
    }

    #[test]
    fn every_format_has_words() {
        let ids = CODECS.iter().map(|(.., id)| id);
        for id in ids.chain(CONTAINERS.iter().map(|(.., id)| id)) {
            assert!(Messages::default().has(id), "{id}");
        }
    }
}
