//! What a file is, by its content, and how its type may be told to browsers.

use crate::store::rows::library::{Kind, Plays};

/// How many bytes from a file's beginning tell what it is.
pub const HEAD: usize = 8192;

/// The type of whatever no browser is asked to show.
pub const OCTET_STREAM: &str = "application/octet-stream";

/// The types that browsers show in place: video, audio and raster images that they play and draw,
/// and PDF. None of them can run a script. Everything else, SVG and HTML included, is a download.
const INLINE: &[&str] = &[
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-matroska",
    "video/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/flac",
    "audio/wav",
    "audio/aac",
    "audio/webm",
    "audio/x-matroska",
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "application/pdf",
];

/// Types that browsers do not show, and that are examined all the same: for what they tell of
/// where they were recorded.
const READ: [&str; 4] = [
    "image/heif",
    "image/tiff",
    "audio/x-aiff",
    "video/x-msvideo",
];

/// Types that may tell where they were recorded, in ways that are not read here: pictures of
/// cameras and of programs for them. Texts, archives, office documents and what is unknown are none
/// of these, whatever pictures are in them.
const TELLING: [&str; 6] = [
    "image/x-canon-cr2",
    "image/x-canon-cr3",
    "image/jxl",
    "image/jp2",
    "image/vnd.adobe.photoshop",
    "image/vnd.ms-photo",
];

/// How raw pictures of cameras begin that have no media type: Fujifilm, Panasonic, Olympus, Sigma,
/// Canon, Minolta, and TIFF for large files.
const RAW: [&[u8]; 10] = [
    b"FUJIFILMCCD-RAW",
    b"IIU\0",
    b"IIRO",
    b"IIRS",
    b"MMOR",
    b"FOVb",
    b"II\x1a\0\0\0HEAPCCDR",
    b"\0MRM",
    b"II+\0",
    b"MM\0+",
];

/// Whether files of this type are examined though no browser shows them.
pub(super) fn is_read(media_type: &str) -> bool {
    READ.contains(&media_type)
}

/// Whether a file of this type, which is not examined, may tell where it was recorded.
pub(super) fn may_tell_location(head: &[u8], media_type: &str) -> bool {
    TELLING.contains(&media_type)
        || RAW.iter().any(|raw| head.starts_with(raw))
        || is_transport_stream(head)
}

/// A camcorder's video (ISO/IEC 13818-1, 2.4.3.2), whose packets have a mark at the same distance:
/// some log their place in it.
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)].into_iter().any(|(first, step)| {
        let mut marks = (0..4).map(|nth| head.get(first + nth * step));
        marks.all(|mark| mark == Some(&0x47))
    })
}

/// The type under which a file of this media type is shown in place; `None` when it is a download
/// of type [`OCTET_STREAM`].
pub fn inline(media_type: &str) -> Option<&'static str> {
    INLINE.iter().find(|inline| **inline == media_type).copied()
}

/// The kind and media type of a file that begins with `head` ([`HEAD`] bytes, or all it has). The
/// name only tells plain texts apart, which have no mark of their own.
pub fn of(head: &[u8], name: &str) -> (Kind, &'static str) {
    let media_type = by_content(head).unwrap_or_else(|| by_name(head, name));
    (of_type(media_type), media_type)
}

/// The media type as this module has it, of a file that was examined; `None` of one that no
/// examination answers.
pub(super) fn examined(media_type: &str) -> Option<&'static str> {
    let read = READ.iter().find(|read| **read == media_type).copied();
    read.or_else(|| inline(media_type))
}

/// How well a file of this kind and type plays. What is not shown in place plays nowhere, whatever
/// is in it.
pub(super) fn plays(kind: Kind, media_type: &str, found: Option<Plays>) -> Option<Plays> {
    let is_played = matches!(kind, Kind::Video | Kind::Audio);
    match inline(media_type) {
        None if is_played => Some(Plays::Nowhere),
        _ => found,
    }
}

/// The kind of files of this media type. A picture that browsers do not draw is a document.
pub(super) fn of_type(media_type: &str) -> Kind {
    match media_type.split_once('/') {
        Some(("video", _)) => Kind::Video,
        Some(("audio", _)) => Kind::Audio,
        Some(("image", _)) if inline(media_type).is_some() => Kind::Image,
        Some(("application", "pdf")) => Kind::Pdf,
        _ => Kind::Document,
    }
}

fn by_content(head: &[u8]) -> Option<&'static str> {
    let found = infer::get(head).map(|found| found.mime_type());
    match found {
        Some("video/x-m4v") => Some("video/mp4"),
        Some("audio/m4a") => Some("audio/mp4"),
        Some("audio/opus") => Some("audio/ogg"),
        Some("audio/x-flac") => Some("audio/flac"),
        Some("audio/x-wav") => Some("audio/wav"),
        Some("audio/ogg") if is_theora(head) => Some("video/ogg"),
        None if is_iso_media(head) && head.get(8..12) == Some(b"crx ") => Some("image/x-canon-cr3"),
        None if is_iso_media(head) => Some("video/mp4"),
        None if is_layer_three(head) => Some("audio/mpeg"),
        found => found,
    }
}

/// ISO base media of a brand that `infer` does not list (ISO/IEC 14496-12, box `ftyp`).
fn is_iso_media(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp")
}

/// MP3 without a tag in front, of whatever rate (ISO/IEC 11172-3, 2.4.1.3; 13818-3): eleven bits
/// of ones, a version that is not reserved, layer III, a bit rate and a sampling rate that exist.
fn is_layer_three(head: &[u8]) -> bool {
    let [0xff, second, third, ..] = head else {
        return false;
    };
    second & 0xe6 == 0xe2 && second & 0x18 != 0x08 && third >> 4 != 0xf && third & 0x0c != 0x0c
}

/// An Ogg file whose first stream is Theora video (Theora specification, 6.1).
fn is_theora(head: &[u8]) -> bool {
    head.get(28..35) == Some(b"\x80theora")
}

fn by_name(head: &[u8], name: &str) -> &'static str {
    if !is_text(head) {
        return OCTET_STREAM;
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("txt") => "text/plain",
        Some("md") => "text/markdown",
        Some("csv") => "text/csv",
        Some("vtt") => "text/vtt",
        _ => OCTET_STREAM,
    }
}

/// Whether `head` is UTF-8 without NUL; its last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(start: &[u8]) -> Vec<u8> {
        let mut head = start.to_vec();
        head.resize(300, 0);
        head
    }

    #[test]
    fn content_tells_the_kind_and_the_name_does_not() {
        let theora = [&b"OggS"[..], &[0; 24], b"\x80theora"].concat();
        let cases: &[(&[u8], Kind, &str)] = &[
            (
                b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
                Kind::Video,
                "video/mp4",
            ),
            (b"\0\0\0\x18ftypM4V \0\0\0\0", Kind::Video, "video/mp4"),
            (b"\0\0\0\x18ftypXAVC\0\0\0\0", Kind::Video, "video/mp4"),
            (
                b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
                Kind::Video,
                "video/quicktime",
            ),
            (
                b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm",
                Kind::Video,
                "video/webm",
            ),
            (
                b"\x1a\x45\xdf\xa3\x01\x42\x82\x88matroska",
                Kind::Video,
                "video/x-matroska",
            ),
            (&theora, Kind::Video, "video/ogg"),
            (b"RIFF\0\0\0\0AVI LIST", Kind::Video, "video/x-msvideo"),
            (b"ID3\x04", Kind::Audio, "audio/mpeg"),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", Kind::Audio, "audio/mp4"),
            (b"OggS", Kind::Audio, "audio/ogg"),
            (b"fLaC", Kind::Audio, "audio/flac"),
            (b"RIFF\0\0\0\0WAVEfmt ", Kind::Audio, "audio/wav"),
            (b"\xff\xd8\xff\xe0", Kind::Image, "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", Kind::Image, "image/png"),
            (b"GIF89a", Kind::Image, "image/gif"),
            (b"%PDF-1.7", Kind::Pdf, "application/pdf"),
            (b"PK\x03\x04", Kind::Document, "application/zip"),
            (b"<!DOCTYPE html><script>", Kind::Document, "text/html"),
            (b"<?xml version=\"1.0\"?><svg/>", Kind::Document, "text/xml"),
            (b"\x01\x02\x03", Kind::Document, OCTET_STREAM),
        ];
        for (start, kind, media_type) in cases {
            for name in ["a.mp4", "a.txt", "a.html", "a"] {
                assert_eq!(
                    of(&padded(start), name),
                    (*kind, *media_type),
                    "{media_type} {name}"
                );
            }
        }
    }

    #[test]
    fn plain_texts_go_by_their_names() {
        for (content, name, expected) in [
            ("a,b\n1,2\n", "table.CSV", "text/csv"),
            ("notes", "notes.txt", "text/plain"),
            ("# notes", "notes.md", "text/markdown"),
            ("<svg onload='x()'/>", "picture.svg", OCTET_STREAM),
            ("alert(1)", "x.js", OCTET_STREAM),
            ("notes", "notes", OCTET_STREAM),
            ("nul\0", "notes.txt", OCTET_STREAM),
        ] {
            assert_eq!(
                of(content.as_bytes(), name),
                (Kind::Document, expected),
                "{name}"
            );
        }
        let cut = &"ü".as_bytes()[..1];
        assert_eq!(of(cut, "notes.txt").1, "text/plain");
        assert_eq!(of(b"\xff\x00", "notes.txt").1, OCTET_STREAM);
    }

    #[test]
    fn raw_pictures_and_camcorders_may_tell_a_location() {
        let mut stream = vec![0; 1000];
        stream.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
        let mut camcorder = vec![0; 1000];
        camcorder[4..]
            .iter_mut()
            .step_by(192)
            .for_each(|byte| *byte = 0x47);
        for head in [
            stream,
            camcorder,
            padded(b"FUJIFILMCCD-RAW 0201"),
            padded(b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom"),
            padded(b"8BPS\0\x01"),
            padded(b"\0\0\0\x0cJXL \r\n\x87\n"),
        ] {
            let (kind, media_type) = of(&head, "a");
            assert_eq!(kind, Kind::Document);
            assert!(may_tell_location(&head, media_type), "{media_type}");
        }
        for head in [
            &b"PK\x03\x04"[..],
            b"notes",
            b"",
            b"\x01\x02",
            b"MZ",
            b"GGGG",
        ] {
            let media_type = of(&padded(head), "a").1;
            assert!(!may_tell_location(&padded(head), media_type), "{head:?}");
        }
    }

    #[test]
    fn only_what_cannot_run_is_shown_in_place() {
        for shown in ["video/mp4", "audio/mpeg", "image/png", "application/pdf"] {
            assert_eq!(inline(shown), Some(shown));
        }
        for kept in [
            "image/svg+xml",
            "text/html",
            "text/xml",
            "text/plain",
            "application/zip",
            "video/x-msvideo",
            "image/tiff",
            OCTET_STREAM,
            "",
        ] {
            assert_eq!(inline(kept), None, "{kept}");
        }
    }
}
