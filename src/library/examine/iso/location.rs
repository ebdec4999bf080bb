//! Where a movie tells where it was taken.
//!
//! `QuickTime` files say it in user data (`©xyz`; in 3GPP files `loci`) and under keys such as
//! `com.apple.quicktime.location.ISO6709` (`QuickTime File Format`, "Metadata"); anything may say
//! it in XMP. What is found is to become a box `free` of the same size, so that nothing else moves.

use super::boxes::{Span, be32};

/// XMP as a box of its own (XMP specification, part 3, 1.2.7).
const XMP: [u8; 16] = [
    0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
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
                if tells_location(data.kind) {
                    found.push(data);
                } else if data.kind == *b"meta" {
                    keyed(bytes, data, found);
                }
            }
        }
        b"meta" => keyed(bytes, child, found),
        b"uuid" if is_xmp(child.content(bytes)) => found.push(child),
        kind if tells_location(*kind) => found.push(child),
        _ => {}
    }
}

/// Whether the content of a box `uuid` is XMP.
pub(super) fn is_xmp(content: &[u8]) -> bool {
    content.starts_with(&XMP)
}

/// User data that holds a location, XMP, or what cameras log beside the picture.
fn tells_location(kind: [u8; 4]) -> bool {
    matches!(
        &kind,
        b"\xa9xyz" | b"loci" | b"XMP_" | b"GPS " | b"gps " | b"gps0" | b"GPMF" | b"\xa9gps"
    )
}

/// Values in `ilst` whose key names a location.
fn keyed(bytes: &[u8], meta: Span<usize>, found: &mut Vec<Span<usize>>) {
    let meta = meta_content(bytes, meta);
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

/// Whether a name of metadata is that of a location.
pub(in crate::library::examine) fn names_location(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    [&b"location"[..], b"gps", b"geo", b"latitude", b"longitude"]
        .iter()
        .any(|word| name.windows(word.len()).any(|part| part == *word))
}
