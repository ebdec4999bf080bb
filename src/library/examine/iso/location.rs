//! Where a movie tells where it was taken.
//!
//! `QuickTime` files say it in user data (`©xyz`; in 3GPP files `loci`) and under keys such as
//! `com.apple.quicktime.location.ISO6709` (`QuickTime File Format`, "Metadata"); anything may say
//! it in XMP. Cameras keep boxes of their own: of user data, and of boxes named by a UUID, only those
//! stay that are known to tell none. What is found is to become a box `free` of the same size, so
//! that nothing else moves.

use super::boxes::{Span, be32};

/// The boxes named by a UUID that stay: how a picture lies around the viewer (Spherical Video V1),
/// and what protected fragments need (PIFF 1.1, 5.3).
const UUIDS: [[u8; 16]; 3] = [
    *b"\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd",
    *b"\xd0\x8a\x4f\x18\x10\xf3\x4a\x82\xb6\xc8\x32\xd8\xab\xa1\x83\xd3",
    *b"\xa2\x39\x4f\x52\x5a\x9b\x4f\x14\xa2\x44\x6c\x42\x7c\x64\x8d\xf4",
];
/// The user data that stay, besides those whose kind begins with a copyright sign: titles and such
/// (3GPP TS 26.244, 8), chapters, hints, how a player shows it.
const USER_DATA: [&[u8; 4]; 30] = [
    b"meta", b"free", b"skip", b"wide", b"name", b"titl", b"auth", b"perf", b"gnre", b"dscp",
    b"cprt", b"albm", b"yrrc", b"rtng", b"clsf", b"kywd", b"coll", b"chpl", b"hnti", b"hinf",
    b"tsel", b"kind", b"ludt", b"LOOP", b"SelO", b"AllF", b"WLOC", b"date", b"manu", b"modl",
];

/// The most keys of metadata that are looked at.
const KEYS_MAX: usize = 4096;

/// The boxes below `moov`, or below the top of a file, that tell a location.
pub(super) fn find(bytes: &[u8], parent: Span<usize>) -> Vec<Span<usize>> {
    let mut found = Vec::new();
    for child in parent.children(bytes) {
        look(bytes, child, &mut found);
        if child.kind == *b"trak" {
            child
                .children(bytes)
                .for_each(|child| look(bytes, child, &mut found));
        }
    }
    found
}

/// Looks into one box that may hold metadata.
pub(super) fn look(bytes: &[u8], child: Span<usize>, found: &mut Vec<Span<usize>>) {
    match &child.kind {
        b"udta" => {
            for data in child.children(bytes) {
                if may_tell_location(data.kind) {
                    found.push(data);
                } else if data.kind == *b"meta" {
                    keyed(bytes, data, found);
                }
            }
        }
        b"meta" => keyed(bytes, child, found),
        b"uuid" if !is_harmless(child.content(bytes)) => found.push(child),
        kind if tells_location(*kind) => found.push(child),
        _ => {}
    }
}

/// Whether the content of a box `uuid` is known to tell no location.
pub(super) fn is_harmless(content: &[u8]) -> bool {
    UUIDS.iter().any(|id| content.starts_with(id))
}

/// Whether user data of this kind are not known to be harmless.
fn may_tell_location(kind: [u8; 4]) -> bool {
    tells_location(kind) || (kind[0] != 0xa9 && !USER_DATA.contains(&&kind))
}

/// User data that holds a location, XMP, or what cameras log beside the picture.
fn tells_location(kind: [u8; 4]) -> bool {
    matches!(
        &kind,
        b"\xa9xyz" | b"loci" | b"XMP_" | b"GPS " | b"gps " | b"gps0" | b"GPMF" | b"\xa9gps"
    )
}

/// Values in `ilst` whose key names a location, and whole texts that name one.
fn keyed(bytes: &[u8], meta: Span<usize>, found: &mut Vec<Span<usize>>) {
    let meta = meta_content(bytes, meta);
    let texts = meta.children(bytes);
    let texts = texts.filter(|one| matches!(&one.kind, b"xml " | b"bxml" | b"uuid"));
    found.extend(texts.filter(|text| names_location(text.content(bytes))));
    let Some(list) = meta.child(bytes, *b"ilst") else {
        return;
    };
    let keys = meta.child(bytes, *b"keys");
    let keys = keys.map_or_else(Vec::new, |keys| located(bytes, keys));
    for value in list.children(bytes) {
        // The number of a key counts from 1; iTunes has the kind there, or `----` and a name.
        let key = u32::from_be_bytes(value.kind);
        let freeform = value.kind == *b"----" && names_location(value.content(bytes));
        if keys.contains(&key) || freeform || tells_location(value.kind) {
            found.push(value);
        }
    }
}

/// `meta` is a full box in MP4 and a plain one in `QuickTime`.
pub(super) fn meta_content(bytes: &[u8], meta: Span<usize>) -> Span<usize> {
    let plain = bytes.get(meta.body + 4..meta.body + 8) == Some(b"hdlr");
    let body = if plain { meta.body } else { meta.body + 4 };
    Span { body, ..meta }
}

/// The numbers of the keys that name a location.
fn located(bytes: &[u8], keys: Span<usize>) -> Vec<u32> {
    let list = Span {
        body: keys.body.saturating_add(8),
        ..keys
    };
    let count = be32(bytes, keys.body + 4).unwrap_or(0);
    (1..=count)
        .zip(list.children(bytes).take(KEYS_MAX))
        .filter(|(_, key)| names_location(key.content(bytes)))
        .map(|(number, _)| number)
        .collect()
}

/// Whether a name of metadata, in letters of one byte or two, is that of a location.
pub(in crate::library::examine) fn names_location(name: &[u8]) -> bool {
    let letters = name.iter().filter(|b| **b != 0);
    let name: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
    [&b"location"[..], b"gps", b"geo", b"latitude", b"longitude"]
        .iter()
        .any(|word| name.windows(word.len()).any(|part| part == *word))
}
