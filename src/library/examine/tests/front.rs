//! The index in front.

use super::*;

const FILES: [&str; 2] = ["lesson-index-last.mp4", "location.mov"];

/// A box of this content.
fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let len = u32::try_from(content.len() + 8).unwrap();
    [&len.to_be_bytes()[..], &kind, content].concat()
}

/// The boxes at the top: kind and place.
fn top(bytes: &[u8]) -> Vec<([u8; 4], usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let len = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let len = usize::try_from(len).unwrap();
        found.push((bytes[at + 4..at + 8].try_into().unwrap(), at, at + len));
        at += len;
    }
    found
}

/// What the first eight bytes are that each offset of a table points to.
fn pointed(bytes: &[u8], table: [u8; 4], size: usize) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for (at, _) in bytes.windows(4).enumerate().filter(|(_, w)| *w == table) {
        let count = u32::from_be_bytes(bytes[at + 8..at + 12].try_into().unwrap());
        for entry in bytes[at + 12..].chunks_exact(size).take(count as usize) {
            let offset = entry.iter().fold(0, |n, b| n << 8 | usize::from(*b));
            found.push(bytes[offset..offset + 8].to_vec());
        }
    }
    assert!(!found.is_empty());
    found
}

#[test]
fn the_index_comes_first_and_points_where_it_did() {
    for name in FILES {
        let bytes = fixture(name);
        let found = examine(&bytes);
        let sent = assembled(&bytes, found.sent.as_ref().unwrap());
        let kinds: Vec<_> = top(&sent).iter().map(|one| one.0).collect();
        assert_eq!(kinds[..2], [*b"ftyp", *b"moov"], "{name}");
        assert_eq!(sent.len(), bytes.len(), "{name}");
        assert_eq!(
            pointed(&sent, *b"stco", 4),
            pointed(&bytes, *b"stco", 4),
            "{name}"
        );
        let again = examine(&sent);
        assert_eq!(again.facts, found.facts, "{name}");
        assert_eq!(again.sent, None, "{name}");
        if let Ok(folder) = std::env::var("EXAMINE_OUT") {
            std::fs::write(format!("{folder}/front-{name}"), sent).unwrap();
        }
    }
}

#[test]
fn boxes_between_and_behind_are_kept() {
    let bytes = fixture("lesson-index-last.mp4");
    let whole = top(&bytes);
    let part = |kind: &[u8; 4]| {
        let (_, start, end) = whole.iter().find(|one| one.0 == *kind).unwrap();
        bytes[*start..*end].to_vec()
    };
    // Behind the samples, so that no offset changes.
    let spherical = b"\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd<rdf";
    let more = [
        bytes[..whole[3].1].to_vec(),
        boxed(*b"skip", b"between"),
        boxed(*b"mdat", b"second"),
        part(b"moov"),
        boxed(*b"uuid", spherical),
        boxed(*b"wide", b""),
    ]
    .concat();
    let sent = examine(&more).sent.unwrap();
    let sent = assembled(&more, &sent);
    let kinds: Vec<_> = top(&sent).iter().map(|one| one.0).collect();
    let expected = [
        *b"ftyp", *b"moov", *b"free", *b"mdat", *b"skip", *b"mdat", *b"uuid", *b"wide",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(pointed(&sent, *b"stco", 4), pointed(&more, *b"stco", 4));
}

#[test]
fn an_index_that_tells_no_length_gets_one() {
    let mut bytes = fixture("lesson-index-last.mp4");
    let (_, moov, _) = top(&bytes)[3];
    bytes[moov..moov + 4].fill(0);
    let sent = examine(&bytes).sent.unwrap();
    let sent = assembled(&bytes, &sent);
    assert_eq!(top(&sent)[1].0, *b"moov");
    assert_eq!(examine(&sent).sent, None);
}

#[test]
fn a_header_of_64_bits_becomes_one_of_32() {
    let bytes = fixture("lesson-index-last.mp4");
    let (_, moov, end) = top(&bytes)[3];
    let long = [
        &bytes[..moov],
        b"\0\0\0\x01moov",
        &(end as u64 - moov as u64 + 8).to_be_bytes(),
        &bytes[moov + 8..],
    ]
    .concat();
    let sent = examine(&long).sent.unwrap();
    let sent = assembled(&long, &sent);
    assert_eq!(sent.len(), bytes.len());
    assert_eq!(pointed(&sent, *b"stco", 4), pointed(&bytes, *b"stco", 4));
}

#[test]
fn what_cannot_be_moved_with_certainty_stays() {
    let bytes = fixture("lesson-index-last.mp4");
    let (_, moov, end) = top(&bytes)[3];
    let two = [&bytes[..], &bytes[moov..end]].concat();
    assert_eq!(examine(&two).sent, None);
    let cut = bytes[..end - 1].to_vec();
    assert_eq!(examine(&cut).sent, None);
    let listed = [&bytes[..], &boxed(*b"meta", &[0; 8])].concat();
    assert_eq!(examine(&listed).sent, None);
    let at = bytes.windows(4).position(|w| w == b"stco").unwrap();
    let mut inside = bytes.clone();
    let offset = u32::try_from(moov + 20).unwrap();
    inside[at + 12..at + 16].copy_from_slice(&offset.to_be_bytes());
    assert_eq!(examine(&inside).sent, None);
    let mut many = bytes.clone();
    many[at + 8..at + 12].fill(0xff);
    assert_eq!(examine(&many).sent, None);
    let mut elsewhere = bytes;
    let at = elsewhere.windows(4).position(|w| w == b"url ").unwrap();
    elsewhere[at + 4..at + 8].fill(0);
    assert_eq!(examine(&elsewhere).sent, None);
}

#[test]
fn metadata_beside_every_moment_is_blank() {
    let mut bytes = fixture("lesson-index-last.mp4");
    let before = pointed(&bytes, *b"stco", 4);
    let sound = bytes.windows(4).position(|word| word == b"soun").unwrap();
    bytes[sound..sound + 4].copy_from_slice(b"meta");
    let found = examine(&bytes);
    assert_eq!(found.facts.audio, None);
    let sent = assembled(&bytes, &found.sent.unwrap());
    assert_eq!(sent.len(), bytes.len());
    let after = pointed(&sent, *b"stco", 4);
    let (kept, blank): (Vec<_>, Vec<_>) = before
        .iter()
        .zip(&after)
        .partition(|(one, other)| one == other);
    assert!(kept.len() > 1 && blank.len() > 1);
    assert!(blank.iter().all(|(_, now)| **now == [0; 8]));
}
