//! A video as long in bytes as a lecture, made of a short one.

/// Boxes that hold boxes on the way to the offsets of chunks.
const HOLDERS: [&[u8]; 5] = [b"moov", b"trak", b"mdia", b"minf", b"stbl"];

/// Puts a gap of this many bytes, which no sample lies in, into the middle of the media of an MP4
/// whose index comes first (ISO/IEC 14496-12).
pub fn with_gap(mp4: &[u8], gap: usize) -> Vec<u8> {
    let (media, len) = boxes(mp4, 0, mp4.len())
        .into_iter()
        .find_map(|(at, len)| (mp4[at + 4..at + 8] == *b"mdat").then_some((at, len)))
        .unwrap();
    let offsets = offsets(mp4, 0, mp4.len());
    // Between two chunks.
    let middle = offsets
        .iter()
        .map(|at| number(mp4, *at))
        .filter(|chunk| *chunk >= media + len / 2)
        .min()
        .unwrap();
    let mut head = mp4[..middle].to_vec();
    for at in offsets {
        let chunk = number(mp4, at);
        if chunk >= middle {
            put(&mut head, at, chunk + gap);
        }
    }
    put(&mut head, media, len + gap);
    head.resize(middle + gap, 0);
    head.extend_from_slice(&mp4[middle..]);
    head
}

fn number(mp4: &[u8], at: usize) -> usize {
    u32::from_be_bytes(mp4[at..at + 4].try_into().unwrap()) as usize
}

fn put(mp4: &mut [u8], at: usize, number: usize) {
    mp4[at..at + 4].copy_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
}

/// Where the boxes begin, and how long each is.
fn boxes(mp4: &[u8], mut at: usize, end: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    while at < end {
        let len = number(mp4, at);
        found.push((at, len));
        at += len;
    }
    found
}

/// Where the offset of each chunk is written.
fn offsets(mp4: &[u8], begin: usize, end: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for (at, len) in boxes(mp4, begin, end) {
        let kind = &mp4[at + 4..at + 8];
        if HOLDERS.contains(&kind) {
            found.extend(offsets(mp4, at + 8, at + len));
        } else if kind == b"stco" {
            let count = number(mp4, at + 12);
            found.extend((0..count).map(|chunk| at + 16 + chunk * 4));
        }
    }
    found
}
