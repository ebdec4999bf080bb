use super::*;

/// What tells a location in the fixtures.
const TELLING: [&[u8]; 7] = [
    b"52.52 N", b"+52.5", b"GPS", b"at home", b"Camera", b"52,31", b"loci",
];

fn tells(bytes: &[u8]) -> bool {
    TELLING
        .iter()
        .any(|word| bytes.windows(word.len()).any(|part| part == *word))
}

#[test]
fn locations_are_not_sent_and_the_rest_is() {
    for name in [
        "location.mov",
        "location.mp4",
        "keys.mov",
        "location.jpg",
        "location.png",
        "location.webp",
        "location.avif",
        "picture.gif",
        "location.mp3",
        "h264.mkv",
        "sound.flac",
    ] {
        let bytes = fixture(name);
        assert!(tells(&bytes), "{name}");
        let found = examine(&bytes);
        let sent = assembled(&bytes, found.sent.as_ref().unwrap());
        assert!(!tells(&sent), "{name}");
        assert!(found.clean, "{name}");
        let again = examine(&sent);
        assert_eq!(again.facts, found.facts, "{name}");
        assert_eq!(again.sent, None, "{name}: it is as it should be");
        if let Ok(folder) = std::env::var("EXAMINE_OUT") {
            std::fs::write(format!("{folder}/{name}"), sent).unwrap();
        }
    }
}

#[test]
fn what_tells_nothing_and_begins_with_its_index_is_sent_as_it_is() {
    for name in [
        "fragmented.mp4",
        "sidx.mp4",
        "lesson.mp4",
        "vp9.webm",
        "sound.mp3",
        "progressive.jpg",
        "alpha.png",
        "plain.webp",
        "picture.avif",
        "three-pages.pdf",
        "notes.pdf",
        "sound.wav",
        "sound.ogg",
        "sound.opus",
        "sound.webm",
        "video.ogv",
        "vp8.webm",
        "mpeg2.mkv",
        "sound.aac",
    ] {
        let found = examine(&fixture(name));
        assert_eq!((found.sent, found.clean), (None, true), "{name}");
    }
}
