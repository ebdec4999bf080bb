//! Files that lie: no panic, no endless work, whatever is in them.
//!
//! Mutations come from fixed seeds. `EXAMINE_MUTATIONS` says how many to try of each fixture.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;

use super::*;
use crate::library::examine::pictures;
use crate::library::examine::sending::EXTENTS_MAX;
use crate::library::examine::source::ReadAt;

/// Bytes that count how many of them were read.
struct Counted {
    bytes: Vec<u8>,
    read: AtomicU64,
}

impl ReadAt for Counted {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let read = self.bytes.read_at(buffer, at)?;
        self.read.fetch_add(1, Ordering::Relaxed);
        Ok(read)
    }
}

/// Everything that is done with a file; answers how many reads it took.
fn survive(bytes: Vec<u8>) -> u64 {
    let len = bytes.len() as u64;
    let file = Counted {
        bytes,
        read: AtomicU64::new(0),
    };
    let found = super::super::examine(&Source::new(&file, len)).unwrap_or_default();
    if let Some(sent) = &found.sent {
        assert!(sent.checked_len(len).is_some());
        assert!(sent.extents.len() <= EXTENTS_MAX);
        assert!(sent.head.len() as u64 <= 2 * len + (1 << 18));
    }
    let _ = pictures(&Source::new(&file, len));
    file.read.into_inner()
}

/// Numbers that look random (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap()
    }

    fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        // Most of what is read lies at the beginning and at the end.
        let reach = [64, 512, 4096, bytes.len()][self.below(4)].min(bytes.len());
        let from_end = self.below(2) == 1;
        for _ in 0..=self.below(6) {
            let at = self.below(reach);
            let at = if from_end { bytes.len() - 1 - at } else { at };
            let telling = [
                0,
                1,
                0x7f,
                0x80,
                0xff,
                bytes[at] ^ 1,
                bytes[at].wrapping_add(1),
            ];
            bytes[at] = telling[self.below(telling.len())];
        }
        if self.below(8) == 0 {
            bytes.truncate(self.below(bytes.len()));
        }
        if self.below(8) == 0 {
            let (from, to) = (self.below(bytes.len()), self.below(bytes.len()));
            let len = self.below(64).min(bytes.len() - from).min(bytes.len() - to);
            bytes.copy_within(from..from + len, to);
        }
        bytes
    }
}

#[test]
fn mutations_of_every_fixture_are_survived() {
    let tries = std::env::var("EXAMINE_MUTATIONS");
    let tries = tries.map_or(25, |tries| tries.parse().unwrap());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/media");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let bytes = fixture(&name);
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        for attempt in 0..tries {
            let mutated = numbers.mutated(&bytes);
            let result = std::panic::catch_unwind(|| survive(mutated));
            let reads = result.unwrap_or_else(|_| panic!("{name}, mutation {attempt}"));
            assert!(reads < 40_000, "{name}, mutation {attempt}: {reads}");
        }
    }
}

#[test]
fn cut_files_are_survived() {
    for name in [
        "lesson-index-last.mp4",
        "location.jpg",
        "location.avif",
        "picture.gif",
    ] {
        let bytes = fixture(name);
        for len in (0..bytes.len()).step_by(1 + bytes.len() / 300) {
            survive(bytes[..len].to_vec());
        }
    }
}

fn boxed(len: u32, kind: &[u8], content: &[u8]) -> Vec<u8> {
    [&len.to_be_bytes()[..], kind, content].concat()
}

#[test]
fn lengths_that_lie_are_survived() {
    let start = boxed(16, b"ftyp", b"isom\0\0\0\0");
    for len in [0, 1, 2, 7, 8, 9, u32::MAX] {
        for wide in [
            0,
            1,
            7,
            15,
            16,
            u64::MAX,
            u64::MAX - 8,
            i64::MAX.cast_unsigned(),
        ] {
            let inner = boxed(len, b"mvhd", &wide.to_be_bytes());
            for (outer, kind) in [(len, b"moov"), (16 + 8, b"moov"), (len, b"mdat")] {
                let file = [&start[..], &boxed(outer, kind, &inner)].concat();
                assert!(survive(file) < 100);
            }
            let long = [&boxed(1, b"moov", &wide.to_be_bytes()), &inner[..]].concat();
            assert!(survive([&start[..], &long].concat()) < 100);
        }
    }
}

#[test]
fn boxes_in_boxes_are_survived() {
    for kind in [b"moov", b"trak", b"udta", b"meta", b"stbl", b"wave"] {
        let mut file = Vec::new();
        for _ in 0..10_000 {
            let len = u32::try_from(file.len() + 8).unwrap();
            file = boxed(len, kind, &file);
        }
        let len = u32::try_from(file.len() + 8).unwrap();
        let file = boxed(len, b"moov", &file);
        let file = [boxed(16, b"ftyp", b"isom\0\0\0\0"), file].concat();
        assert!(survive(file) < 100);
    }
}

#[test]
fn very_many_boxes_are_survived() {
    let start = boxed(16, b"ftyp", b"isom\0\0\0\0");
    let many = boxed(8, b"free", b"").repeat(200_000);
    assert!(survive([&start[..], &many].concat()) < 200_000);
    let len = u32::try_from(many.len() + 8).unwrap();
    let tracks = boxed(8, b"trak", b"").repeat(200_000);
    assert!(survive([&start[..], &boxed(len, b"moov", &tracks)].concat()) < 100);
}

#[test]
fn counts_of_billions_are_survived() {
    let bytes = fixture("lesson-index-last.mp4");
    for table in [&b"stco"[..], b"stsd", b"stsz", b"dref", b"stsc"] {
        let at = bytes.windows(4).position(|word| word == table).unwrap();
        let mut lying = bytes.clone();
        lying[at + 8..at + 12].fill(0xff);
        assert!(survive(lying) < 100);
    }
    let bytes = fixture("location.avif");
    for table in [&b"iloc"[..], b"iinf", b"ipma"] {
        let at = bytes.windows(4).position(|word| word == table).unwrap();
        for from in 4..12 {
            let mut lying = bytes.clone();
            lying[at + from..at + 16].fill(0xff);
            assert!(survive(lying) < 1000);
        }
    }
}

const BEGINNINGS: [&[u8]; 13] = [
    b"",
    b"\0\0\0\x10ftypisom\0\0\0\0",
    b"\0\0\0\x10ftypavif\0\0\0\0",
    b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm",
    b"ID3\x04\0\0\0\0\0\x20",
    b"\xff\xfb\x90\x00",
    b"fLaC\0\0\0\x22",
    b"OggS\0\x02\0\0\0\0\0\0\0\0",
    b"RIFF\x40\0\0\0WEBPVP8X",
    b"\xff\xd8\xff\xe1",
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
    b"GIF89a\x10\0\x10\0\xf7\0\0",
    b"%PDF-1.7\n",
];

proptest! {
    #[test]
    fn anything_is_survived(
        beginning in 0..BEGINNINGS.len(),
        rest in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        survive([BEGINNINGS[beginning], &rest].concat());
    }
}
