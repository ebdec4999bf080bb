//! Files that tell a location, made here: nothing of it is sent, or it is known that it may be.

use super::*;
use crate::library::examine::Source;

/// What stands for a location in these files.
const PLACE: &[u8] = b"52.5200 N 13.4050 E";

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

/// Examines a file that tells a place, and answers what is sent, which does not; examined again,
/// that is as it should be.
fn cleaned(name: &str, bytes: &Vec<u8>) -> Vec<u8> {
    assert!(has(bytes, PLACE), "{name}");
    let found = examine(bytes);
    assert!(found.clean, "{name}");
    let sent = assembled(bytes, found.sent.as_ref().unwrap());
    assert!(!has(&sent, PLACE), "{name}");
    let again = examine(&sent);
    assert!(again.sent.is_none() && again.clean, "{name}");
    sent
}

/// A file that may tell a place, which is known of it.
fn unknown(name: &str, bytes: &Vec<u8>) {
    assert!(!examine(bytes).clean, "{name}");
}

/// A chunk of a RIFF file.
fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let len = u32::try_from(content.len()).unwrap().to_le_bytes();
    let padding = vec![0; content.len() % 2];
    [&kind[..], &len, content, &padding].concat()
}

fn riff(kind: [u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(*b"RIFF", &[&kind[..], &chunks.concat()].concat())
}

#[test]
fn notes_of_field_recorders_are_not_sent() {
    let format = chunk(
        *b"fmt ",
        b"\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0",
    );
    let samples = chunk(*b"data", &[7; 4001]);
    let note = |name: &[u8]| [name, b" ", PLACE].concat();
    for notes in [
        chunk(*b"iXML", &note(b"<LOCATION>")),
        chunk(*b"bext", &note(b"recorded at gps")),
        chunk(*b"LIST", &note(b"INFOIARL")),
        chunk(*b"id3 ", &note(b"ID3")),
        chunk(*b"_PMX", &note(b"<x:xmpmeta")),
        chunk(*b"what", &note(b"")),
    ] {
        for order in [[&format, &notes, &samples], [&format, &samples, &notes]] {
            let file = riff(*b"WAVE", &order.map(Clone::clone));
            let sent = cleaned("wav", &file);
            assert_eq!(sent.len(), file.len());
            assert_eq!(examine(&sent).facts, examine(&file).facts);
            assert!(has(&sent, &samples) && has(&sent, &format));
        }
    }
    // A title stays.
    let title = chunk(*b"LIST", b"INFOINAM\x05\0\0\0Waves\0");
    let file = riff(*b"WAVE", &[format, samples, title]);
    assert_eq!(examine(&file).sent, None);
}

#[test]
fn aiff_and_avi_files_are_cleaned() {
    let big = |kind: [u8; 4], content: &[u8]| {
        let len = u32::try_from(content.len()).unwrap().to_be_bytes();
        let padding = vec![0; content.len() % 2];
        [&kind[..], &len, content, &padding].concat()
    };
    let tag = big(*b"ID3 ", &[b"ID3\x04\0 ", PLACE].concat());
    let samples = big(*b"SSND", &[1; 100]);
    let file = big(*b"FORM", &[b"AIFF", &tag[..], &samples].concat());
    assert!(has(&cleaned("aiff", &file), &samples));

    let maker = chunk(*b"strd", &[b"Camera ", PLACE].concat());
    let stream = chunk(
        *b"LIST",
        &[b"strl", &chunk(*b"strh", &[2; 8])[..], &maker].concat(),
    );
    let headers = chunk(
        *b"LIST",
        &[b"hdrl", &chunk(*b"avih", &[3; 8])[..], &stream].concat(),
    );
    let pictures = chunk(*b"LIST", &[b"movi", &[9; 100][..]].concat());
    let tags = chunk(*b"_PMX", PLACE);
    let file = riff(*b"AVI ", &[headers, pictures.clone(), tags]);
    assert!(has(&cleaned("avi", &file), &pictures));
}

/// A page of Ogg, its checksum not told.
fn page(flags: u8, serial: u8, position: u64, number: u8, packets: &[&[u8]]) -> Vec<u8> {
    let mut segments = Vec::new();
    for packet in packets {
        segments.extend(vec![255; packet.len() / 255]);
        segments.push(u8::try_from(packet.len() % 255).unwrap());
    }
    let count = u8::try_from(segments.len()).unwrap();
    let head = [&b"OggS\0"[..], &[flags], &position.to_le_bytes()].concat();
    let rest = [serial, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, count];
    [&head[..], &rest, &segments, &packets.concat()].concat()
}

/// Comments as Vorbis has them.
fn comments(comments: &[&[u8]]) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let mut all = [&number(4)[..], b"test", &number(comments.len())].concat();
    for comment in comments {
        all.extend(number(comment.len()));
        all.extend_from_slice(comment);
    }
    all
}

fn ogg(first: &[u8], second: &[u8]) -> Vec<u8> {
    [
        page(2, 1, 0, 0, &[first]),
        page(0, 1, 0, 1, &[second]),
        page(4, 1, 48_000 + 312, 2, &[&[5; 300]]),
    ]
    .concat()
}

#[test]
fn comments_of_ogg_files_are_blanked_and_their_pages_have_checksums() {
    let place = [b"LOCATION=", PLACE].concat();
    let title = b"TITLE=Waves";
    let told = comments(&[title, &place]);
    let opus = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0".to_vec();
    let vorbis = b"\x01vorbis\0\0\0\0\x02\x80\xbb\0\0".to_vec();
    let theora = fixture("video.ogv")[28..70].to_vec();
    let mut flac = b"\x7fFLAC\x01\0\0\x01fLaC\0\0\0\x22".to_vec();
    flac.extend([0; 10]);
    flac.extend([0x0b, 0xb8, 0, 0xf0]);
    for (name, first, before) in [
        ("opus", opus, &b"OpusTags"[..]),
        ("vorbis", vorbis, b"\x03vorbis"),
        ("theora", theora, b"\x81theora"),
        ("flac", flac, b"\x04\0\0\x40"),
    ] {
        let file = ogg(&first, &[before, &told].concat());
        let sent = cleaned(name, &file);
        assert_eq!(sent.len(), file.len(), "{name}");
        assert!(has(&sent, title), "{name}");
        assert!(has(&sent, b"X=      "), "{name}");
        let facts = examine(&file).facts;
        assert_eq!(examine(&sent).facts, facts, "{name}");
        if name == "opus" {
            assert_eq!(facts.duration_ms, Some(1000));
        }
    }
    // Over the ends of pages.
    let long = [&b"LOCATION="[..], &vec![b'x'; 70_000], PLACE].concat();
    let long = [b"OpusTags", &comments(&[&long])[..]].concat();
    let opus = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0";
    let half = 255 * 200;
    let mut start = page(0, 1, u64::MAX, 1, &[&long[..half]]);
    // What fills its last segment goes on.
    let count = start[26];
    start.remove(27 + usize::from(count) - 1);
    start[26] -= 1;
    let file = [
        page(2, 1, 0, 0, &[opus]),
        start,
        page(1, 1, 0, 2, &[&long[half..]]),
    ]
    .concat();
    let sent = cleaned("long", &file);
    assert!(!has(&sent, b"xxxx"));
    // What cannot be read to its end.
    unknown(
        "no pages",
        &[&ogg(opus, b"OpusTags")[..], b"and more"].concat(),
    );
    unknown("count", &ogg(opus, b"OpusTags\0\0\0\0\xff\xff\xff\xff"));
}

/// A directory of TIFF at `at`, with what its values need behind it.
fn directory(entries: &[(u16, u16, u32, u32)], next: u32) -> Vec<u8> {
    let mut out = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
    for (tag, kind, count, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(next.to_le_bytes());
    out
}

/// A TIFF whose first directory has these entries besides a place; those may point to 400.
fn tiff(more: &[(u16, u16, u32, u32)], exif: &[(u16, u16, u32, u32)]) -> Vec<u8> {
    let place = u32::try_from(PLACE.len()).unwrap();
    let entries = [&[(34_665, 4, 1, 200), (34_853, 4, 1, 300)], more].concat();
    let mut file = [b"II*\0\x08\0\0\0".to_vec(), directory(&entries, 0)].concat();
    file.resize(200, 0);
    file.extend(directory(exif, 0));
    file.resize(300, 0);
    file.extend(directory(
        &[(1, 2, 2, u32::from(b'N')), (2, 7, place, 350)],
        0,
    ));
    file.resize(350, 0);
    file.extend_from_slice(PLACE);
    file.resize(400, 0);
    file.extend_from_slice(b"<x:xmpmeta>");
    file.extend_from_slice(PLACE);
    file.resize(500, 1);
    file
}

#[test]
fn the_places_of_tiff_and_dng_files_are_not_sent() {
    let place = u32::try_from(PLACE.len()).unwrap();
    let xmp = (700, 1, 11 + place, 400);
    let maker = (37_500, 7, 11 + place, 400);
    let dng = (50_706, 1, 4, 0x0000_0401);
    for (name, more, exif) in [
        ("xmp", &[xmp][..], &[][..]),
        ("dng", &[dng], &[maker]),
        ("iptc", &[(33_723, 7, 11 + place, 400)], &[]),
    ] {
        let file = tiff(more, exif);
        let sent = cleaned(name, &file);
        assert_eq!(sent.len(), file.len());
        // The directory of places has its version and nothing else.
        assert_eq!(&sent[300..314], b"\x01\0\0\0\x01\0\x04\0\0\0\x02\x03\0\0");
        assert!(sent[314..350].iter().all(|b| *b == 0), "{name}");
    }
    unknown("notes of its maker", &tiff(&[], &[maker]));
    let mut preview = tiff(&[(513, 4, 1, 400)], &[]);
    preview[400..406].copy_from_slice(b"Exif\0\0");
    unknown("a preview with an Exif", &preview);
    let mut cut = tiff(&[], &[]);
    cut.truncate(250);
    unknown("cut", &cut);
    let round = [
        b"II*\0\x08\0\0\0".to_vec(),
        directory(&[(34_665, 4, 1, 8)], 8),
    ]
    .concat();
    assert!(examine(&round).clean);
}

/// A PDF with a stream of metadata.
fn pdf(dictionary: &str, stream: &[u8], rest: &str) -> Vec<u8> {
    [
        format!("%PDF-1.7\n1 0 obj\n<< {dictionary} >>\nstream\r\n").as_bytes(),
        stream,
        b"\nendstream\nendobj\n",
        rest.as_bytes(),
        b"\n%%EOF\n",
    ]
    .concat()
}

#[test]
fn metadata_of_pdf_files_are_not_sent_where_they_tell_a_place() {
    let told = [b"<x:xmpmeta exif:GPSLatitude=\"", PLACE, b"\">"].concat();
    let plain = "/Type /Metadata /Subtype /XML /Length 60";
    let sent = cleaned("plain", &pdf(plain, &told, ""));
    assert!(has(&sent, b"endstream"));
    // What is packed cannot be read here: it goes anyway.
    let packed = "/Type/Metadata/Subtype/XML/Filter/FlateDecode/Length 60";
    let sent = cleaned("packed", &pdf(packed, &told, ""));
    assert!(has(&sent, b"stream\r\n\x78\x9c\x03\0\0\0\0\x01"));
    let quiet = pdf(plain, b"<x:xmpmeta dc:title='Waves'>", "");
    assert_eq!(examine(&quiet).sent, None);
    let encrypted = pdf(
        plain,
        b"<x:xmpmeta dc:title='Waves'>",
        "trailer << /Encrypt 9 0 R >>",
    );
    let sent = examine(&encrypted).sent.unwrap();
    assert!(!has(&assembled(&encrypted, &sent), b"Waves"));
    let open = b"%PDF-1.7\n1 0 obj\n<< /Subtype /XML >>\nstream\nand on".to_vec();
    unknown("a stream without an end", &open);
}

#[test]
fn tags_of_every_kind_are_cleaned() {
    let sound = fixture("sound.mp3");
    let synchsafe = |len: usize| {
        let part = |shift: usize| u8::try_from(len >> shift & 0x7f).unwrap();
        [part(21), part(14), part(7), part(0)]
    };
    let tag = |version: u8, flags: u8, content: &[u8]| {
        let head = [b'I', b'D', b'3', version, 0, flags];
        [&head[..], &synchsafe(content.len()), content, &sound].concat()
    };
    let frame = |name: &[u8; 4], flags: u8, content: &[u8]| {
        [&name[..], &synchsafe(content.len()), &[0, flags], content].concat()
    };
    let wide: Vec<u8> = b"location".iter().flat_map(|b| [*b, 0]).collect();
    let texts = [&b"\x01\xff\xfe"[..], &wide, b"\0\0\xff\xfe", PLACE].concat();
    let packed = [b"packed ", PLACE].concat();
    for (name, file) in [
        (
            "of two bytes a letter",
            tag(4, 0, &frame(b"TXXX", 0, &texts)),
        ),
        ("packed", tag(4, 0, &frame(b"GEOB", 0x08, &packed))),
        ("escaped", tag(4, 0x80, &frame(b"TXXX", 0, &texts))),
        ("old", tag(2, 0, &texts)),
    ] {
        let sent = cleaned(name, &file);
        assert!(has(&sent, &sound[1000..]), "{name}");
    }
    let ape = [b"Location\0", PLACE].concat();
    let len = u32::try_from(ape.len() + 32).unwrap().to_le_bytes();
    let footer = [b"APETAGEX\xd0\x07\0\0", &len[..], &[0; 16]].concat();
    let old = [&b"TAG"[..], &[b' '; 125]].concat();
    for behind in [&b""[..], &old] {
        let file = [&sound, &ape, &footer, behind].concat();
        assert!(has(&cleaned("ape", &file), &sound[1000..]));
    }
    let file = [
        b"fLaC\0\0\0\x22",
        &[0; 34][..],
        b"\x82\0\0\x20riff",
        &[b' '; 9],
        PLACE,
    ]
    .concat();
    cleaned("flac with what a program keeps", &file);
}

#[test]
fn what_is_cut_or_unknown_in_a_picture_is_not_sent() {
    let png = fixture("alpha.png");
    let end = png.len() - 12;
    let text = |kind: &[u8; 4], len: u32| [&len.to_be_bytes()[..], kind, PLACE, &[0; 4]].concat();
    let len = u32::try_from(PLACE.len()).unwrap();
    for (name, file) in [
        (
            "unknown",
            [&png[..end], &text(b"zzAa", len), &png[end..]].concat(),
        ),
        ("cut", [&png[..end], &text(b"eXIf", 999)].concat()),
    ] {
        cleaned(name, &file);
    }
    let jpeg = fixture("progressive.jpg");
    let cut = [&jpeg[..jpeg.len() - 2], b"\xff\xe1\x7f\xff", PLACE].concat();
    cleaned("jpeg", &cut);
    let gif = fixture("picture.gif");
    let cut = [&gif[..gif.len() - 1], b"\x21\xfe\xff", PLACE].concat();
    cleaned("gif", &cut);
}

fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let len = u32::try_from(content.len() + 8).unwrap();
    [&len.to_be_bytes()[..], &kind, content].concat()
}

/// A movie with more in its index, which lies in front; its samples move behind it.
fn movie(more: &[u8]) -> Vec<u8> {
    let bytes = fixture("lesson.mp4");
    let at = bytes.windows(4).position(|word| word == b"moov").unwrap() - 4;
    let len = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let len = usize::try_from(len).unwrap();
    let index = boxed(*b"moov", &[&bytes[at + 8..at + len], more].concat());
    [&bytes[..at], &index, &bytes[at + len..]].concat()
}

#[test]
fn boxes_of_cameras_are_not_sent() {
    let place = |kind| boxed(kind, PLACE);
    let uuid = boxed(*b"uuid", &[b"a camera's own id", PLACE].concat());
    let canon = boxed(*b"udta", &place(*b"CNDA"));
    let xml = [&[0; 4][..], b"<Item name=\"Latitude\">", PLACE].concat();
    let sony = boxed(*b"meta", &[&[0; 4][..], &boxed(*b"xml ", &xml)].concat());
    for (name, more) in [("uuid", uuid), ("canon", canon), ("sony", sony)] {
        let file = movie(&more);
        let sent = cleaned(name, &file);
        assert_eq!(sent.len(), file.len(), "{name}");
    }
    let outside = [
        fixture("lesson.mp4"),
        boxed(*b"uuid", &[&[1; 16], PLACE].concat()),
    ]
    .concat();
    cleaned("at the end", &outside);
    let title = boxed(*b"udta", &boxed(*b"\xa9nam", b"\0\x05\0\0Waves"));
    assert_eq!(examine(&movie(&title)).sent, None);
    let cut = [fixture("lesson.mp4"), b"\0\0\x7f\xffudta".to_vec()].concat();
    unknown("cut user data", &cut);
    let mut broken_off = fixture("lesson.mp4");
    broken_off.truncate(broken_off.len() - 100);
    assert!(examine(&broken_off).clean, "only samples are cut");
}

#[test]
fn a_log_among_subtitles_is_blank_and_subtitles_are_not() {
    let bytes = fixture("lesson-index-last.mp4");
    let sound = bytes.windows(4).position(|word| word == b"soun").unwrap();
    let table = |word: &[u8]| bytes.windows(4).rposition(|found| found == word).unwrap();
    let first = table(b"stco") + 12;
    let offset = u32::from_be_bytes(bytes[first..first + 4].try_into().unwrap());
    let offset = usize::try_from(offset).unwrap();
    for (text, is_log) in [
        (&b"GPS (13.4050, 52.5200)"[..], true),
        (b"The latitude of Rome", false),
    ] {
        let mut file = bytes.clone();
        file[sound..sound + 4].copy_from_slice(b"text");
        file[offset..offset + text.len()].copy_from_slice(text);
        let found = examine(&file);
        assert!(found.clean);
        let sent = assembled(&file, &found.sent.unwrap());
        assert_eq!(has(&sent, text), !is_log);
    }
}

#[test]
fn a_log_in_fragments_is_known_to_be_there() {
    let mut bytes = fixture("fragmented.mp4");
    let sound = bytes.windows(4).position(|word| word == b"soun").unwrap();
    bytes[sound..sound + 4].copy_from_slice(b"meta");
    unknown("fragmented", &bytes);
}

#[test]
fn tags_behind_what_tells_no_length_are_empty() {
    let bytes = fixture("h264.mkv");
    let at = bytes
        .windows(4)
        .position(|word| word == b"\x1f\x43\xb6\x75")
        .unwrap();
    let size = bytes[at + 4].leading_zeros() as usize + 1;
    let mut file = bytes.clone();
    // The first cluster tells no length from now on.
    file[at + 4] = 0xff >> (size - 1);
    file[at + 5..at + 4 + size].fill(0xff);
    let told = [b"\x63\xc0 GPS ", PLACE].concat();
    let tags = [
        b"\x12\x54\xc3\x67",
        &[0x80 | u8::try_from(told.len()).unwrap()][..],
        &told,
    ]
    .concat();
    let file = [file, tags].concat();
    assert!(has(&file, PLACE));
    let found = examine(&file);
    assert!(found.clean);
    assert!(!has(&assembled(&file, &found.sent.unwrap()), PLACE));
}

#[test]
fn more_runs_than_can_be_told_are_not_known() {
    let mut gif = fixture("picture.gif");
    gif.pop();
    for _ in 0..20_000 {
        gif.extend_from_slice(b"\x21\xfe\x01x\0");
        gif.extend_from_slice(b"\x21\xf9\x01x\0");
    }
    gif.push(0x3b);
    unknown("many comments", &gif);
    assert_eq!(examine(&gif).sent, None);
}

#[test]
fn what_cannot_be_read_at_all_is_not_known() {
    for beginning in [
        &b"\0\0\0\x18ftypisom\0\0\0\0isommp42"[..],
        b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm",
        b"\xff\xd8\xff\xe0",
        b"II*\0\xff\xff\xff\xff",
        b"fLaC\0\0\0\x22",
        b"OggS\0\x02",
    ] {
        let mut file = beginning.to_vec();
        file.resize(400, 0);
        unknown("nothing behind", &file);
    }
    let none = super::super::examine(&Source::new(&Vec::new(), 0)).unwrap_or_default();
    assert!(!none.clean);
}
