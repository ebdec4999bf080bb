use super::super::{kind, media_type};
use super::*;
use crate::store::rows::library::{Facts, Kind};

/// Name, type, milliseconds, size and turn, codecs, where it plays; `-` is nothing.
const VIDEOS: &str = "\
av1.mp4 video/mp4 1000 160x90@0 av01.0.00M.08 opus Somewhere
fragmented.mp4 video/mp4 1166 160x90@0 avc1.64000C mp4a.40.2 Everywhere
h264.mkv video/x-matroska 1023 160x90@0 avc1.64000C mp4a.40.2 Somewhere
hevc.mp4 video/mp4 1000 160x90@0 hvc1.1.6.L30.90 mp4a.40.2 Somewhere
keys.mov video/quicktime 1000 160x90@0 avc1.64000C mp4a.40.2 Somewhere
lesson-index-last.mp4 video/mp4 8000 640x360@0 avc1.42C016 mp4a.40.2 Everywhere
lesson.mp4 video/mp4 8000 640x360@0 avc1.42C016 mp4a.40.2 Everywhere
location.mov video/quicktime 1000 160x90@0 avc1.64000C mp4a.40.2 Somewhere
location.mp4 video/mp4 1000 160x90@0 avc1.64000C mp4a.40.2 Everywhere
mpeg2.mkv video/x-matroska 200 160x90@0 mpeg2 - Nowhere
prores.mov video/quicktime 167 160x90@0 apco - Nowhere
rotated.mp4 video/mp4 1000 90x160@90 avc1.64000C mp4a.40.2 Everywhere
sidx.mp4 video/mp4 1000 160x90@0 avc1.64000C mp4a.40.2 Everywhere
video.ogv video/ogg 1000 160x90@0 theora - Somewhere
vp8.webm video/webm 1003 160x90@0 vp8 vorbis Everywhere
vp9.webm video/webm 1008 160x90@0 vp9 opus Everywhere";
const SOUNDS: &str = "\
sound-mp42.mp4 audio/mp4 1000 - - mp4a.40.2 Everywhere
location.mp3 audio/mpeg 1045 - - mp3 Everywhere
sound.aac audio/aac 1093 - - mp4a.40.2 Everywhere
sound.flac audio/flac 1000 - - flac Everywhere
sound.m4a audio/mp4 1000 - - mp4a.40.2 Everywhere
sound.mp3 audio/mpeg 1045 - - mp3 Everywhere
sound.ogg audio/ogg 1000 - - vorbis Somewhere
sound.opus audio/ogg 1000 - - opus Somewhere
sound.wav audio/wav 1000 - - pcm Everywhere
sound.webm audio/webm 1008 - - opus Everywhere";
const PICTURES: &str = "\
alpha.png image/png - 80x45@0 - - Everywhere
location.avif image/avif - 90x160@90 - - Somewhere
location.jpg image/jpeg - 90x160@90 - - Everywhere
location.png image/png - 90x160@90 - - Everywhere
location.webp image/webp - 90x160@90 - - Everywhere
picture.avif image/avif - 160x90@0 - - Somewhere
picture.gif image/gif - 160x90@0 - - Everywhere
plain.webp image/webp - 160x90@0 - - Everywhere
progressive.jpg image/jpeg - 160x90@0 - - Everywhere";

/// What a file tells, as a line of the tables above.
fn line(name: &str) -> String {
    let bytes = fixture(name);
    let found = examine(&bytes);
    let by_beginning = media_type(&Source::new(&bytes, bytes.len() as u64));
    let facts = found.facts;
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let size = facts.width.zip(facts.height);
    let size = size.map(|(width, height)| format!("{width}x{height}@{}", facts.rotation));
    [
        name.to_owned(),
        found.media_type.unwrap_or_else(|| by_beginning.to_owned()),
        or_nothing(facts.duration_ms.map(|ms| ms.to_string())),
        or_nothing(size),
        or_nothing(facts.video),
        or_nothing(facts.audio),
        or_nothing(facts.plays.map(|plays| format!("{plays:?}"))),
    ]
    .join(" ")
}

fn check(table: &str) {
    for expected in table.lines() {
        let name = expected.split(' ').next().unwrap();
        assert_eq!(line(name), expected);
    }
}

#[test]
fn videos_tell_what_they_are() {
    check(VIDEOS);
}

#[test]
fn sounds_tell_what_they_are() {
    check(SOUNDS);
}

#[test]
fn pictures_tell_what_they_are() {
    check(PICTURES);
}

#[test]
fn a_pdf_tells_its_pages() {
    assert_eq!(examine(&fixture("three-pages.pdf")).facts.pages, Some(3));
}

#[test]
fn what_is_no_medium_tells_nothing() {
    for bytes in [b"PK\x03\x04 zip".to_vec(), b"notes".to_vec(), Vec::new()] {
        assert_eq!(examine(&bytes).facts, Facts::default());
    }
    assert_eq!(kind::of_type("image/heif"), Kind::Document);
}
