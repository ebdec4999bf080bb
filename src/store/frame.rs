//! The format of journal segments and snapshots: a file header, then frames.
//!
//! | part | bytes |
//! |---|---|
//! | file header | twice: `LNT1`, 8 random bytes (the *mark*), CRC-32 of the two |
//! | frame | the mark, payload length (u32), sequence (u64), CRC-32 of length, sequence and payload, payload |
//!
//! Numbers are big-endian. The mark is random and per file so that no value which somebody
//! stores can pass for a frame when reading picks up again behind a damaged one.

use std::io::{self, Read};

use minicbor::{Decode, Encode};

use super::digest::Digest;
use crate::world::Time;

const MAGIC: [u8; 4] = *b"LNT1";
const MARK: usize = 8;
const HEADER_COPY: usize = MAGIC.len() + MARK + 4;
/// The length of the file header.
pub(super) const HEADER: usize = 2 * HEADER_COPY;
const FRAME_HEADER: usize = MARK + 4 + 8 + 4;

/// What begins every frame of one file.
pub(super) type Mark = [u8; MARK];

/// One change as it is written: a put, or a deletion when there is no value.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Change<'a> {
    /// The tree's name.
    #[b(0)]
    pub(super) tree: &'a str,
    /// The key's bytes.
    #[cbor(b(1), with = "minicbor::bytes")]
    pub(super) key: &'a [u8],
    /// The value's bytes.
    #[cbor(b(2), with = "minicbor::bytes")]
    pub(super) value: Option<&'a [u8]>,
}

/// How far a store is: everything up to a sequence, and the digest of the rows then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Position {
    /// The last sequence.
    #[n(0)]
    pub(super) sequence: u64,
    /// The digest of all rows after it.
    #[n(1)]
    pub(super) digest: Digest,
}

/// A promise about sled: everything up to `position` is synced in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Checkpoint {
    /// What sled holds at least.
    #[n(0)]
    pub(super) position: Position,
    /// The length of sled's `db` file then, in bytes.
    #[n(1)]
    pub(super) db_len: u64,
}

/// What a frame says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Record<'a> {
    /// The changes of one group of commits; all of them or none.
    #[n(0)]
    Changes {
        /// The changes, each key once.
        #[b(0)]
        changes: Vec<Change<'a>>,
        /// The digest of all rows after them. Zero in a snapshot.
        #[n(1)]
        digest: Digest,
    },
    /// A checkpoint.
    #[n(1)]
    Checkpoint(#[n(0)] Checkpoint),
    /// The first frame of a snapshot: with the changes after `sequence`, its rows are exact.
    #[n(2)]
    SnapshotBegin {
        /// The sequence that was applied before the export began.
        #[n(0)]
        sequence: u64,
        /// When it was taken.
        #[n(1)]
        at: Time,
    },
    /// The last frame of a snapshot.
    #[n(3)]
    SnapshotEnd {
        /// How many rows came before.
        #[n(0)]
        rows: u64,
    },
}

/// The header of a new file.
pub(super) fn header(mark: Mark) -> [u8; HEADER] {
    let mut copy = [0; HEADER_COPY];
    copy[..4].copy_from_slice(&MAGIC);
    copy[4..12].copy_from_slice(&mark);
    let crc = crc32fast::hash(&copy[..12]);
    copy[12..].copy_from_slice(&crc.to_be_bytes());
    let mut header = [0; HEADER];
    header[..HEADER_COPY].copy_from_slice(&copy);
    header[HEADER_COPY..].copy_from_slice(&copy);
    header
}

/// The mark of a file that begins with `bytes`, from either copy of its header.
pub(super) fn mark(bytes: &[u8]) -> Option<Mark> {
    let bytes = bytes.get(..HEADER)?;
    bytes.chunks_exact(HEADER_COPY).find_map(|copy| {
        let (said, crc) = copy.split_last_chunk::<4>()?;
        let intact = crc32fast::hash(said) == u32::from_be_bytes(*crc);
        let mark = said.strip_prefix(&MAGIC)?;
        intact.then(|| mark.try_into().ok()).flatten()
    })
}

/// A record as a frame. Records of 4 GiB and more are refused.
pub(super) fn encode(mark: Mark, sequence: u64, record: &Record<'_>) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; FRAME_HEADER];
    minicbor::encode(record, &mut frame).map_err(|_| io::ErrorKind::InvalidInput)?;
    let len = u32::try_from(frame.len() - FRAME_HEADER).map_err(|_| io::ErrorKind::InvalidInput)?;
    frame[..8].copy_from_slice(&mark);
    frame[8..12].copy_from_slice(&len.to_be_bytes());
    frame[12..20].copy_from_slice(&sequence.to_be_bytes());
    let crc = checksum(&frame[8..20], &frame[FRAME_HEADER..]);
    frame[20..24].copy_from_slice(&crc.to_be_bytes());
    Ok(frame)
}

/// The record in a frame's payload; an error when this version of Lanterna does not know it.
pub(super) fn decode(payload: &[u8]) -> io::Result<Record<'_>> {
    minicbor::decode(payload).map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "a record of the journal that this version does not know",
        )
    })
}

/// An intact frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// Its sequence.
    pub(super) sequence: u64,
    /// Its payload.
    pub(super) payload: &'a [u8],
    /// Where it ends in the file.
    pub(super) end: usize,
}

fn frame_at(bytes: &[u8], mark: Mark, offset: usize) -> Option<Frame<'_>> {
    let rest = bytes.get(offset..)?.strip_prefix(&mark)?;
    let (len, rest) = rest.split_first_chunk::<4>()?;
    let (sequence, rest) = rest.split_first_chunk::<8>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let payload = rest.get(..usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
    let head = &bytes[offset + MARK..offset + MARK + 12];
    (checksum(head, payload) == u32::from_be_bytes(*crc)).then(|| Frame {
        sequence: u64::from_be_bytes(*sequence),
        payload,
        end: offset + FRAME_HEADER + payload.len(),
    })
}

/// The intact frames of a file, in order. What lies between them is skipped: sequences tell.
pub(super) fn frames(bytes: &[u8], mark: Mark) -> impl Iterator<Item = Frame<'_>> {
    let mut offset = HEADER;
    std::iter::from_fn(move || {
        while offset < bytes.len() {
            if let Some(frame) = frame_at(bytes, mark, offset) {
                offset = frame.end;
                return Some(frame);
            }
            let behind = offset + 1;
            let next = bytes.get(behind..)?.windows(MARK).position(|w| w == mark)?;
            offset = behind + next;
        }
        None
    })
}

/// Reads frames one after another without holding the file in memory.
#[derive(Debug)]
pub(super) struct FrameReader<R> {
    input: R,
    mark: Mark,
    sequence: u64,
}

impl<R: Read> FrameReader<R> {
    /// Reads the header; frames are expected to be numbered from zero.
    pub(super) fn new(mut input: R) -> io::Result<Self> {
        let mut head = [0; HEADER];
        input.read_exact(&mut head)?;
        let mark = mark(&head).ok_or(io::ErrorKind::InvalidData)?;
        let sequence = 0;
        Ok(Self {
            input,
            mark,
            sequence,
        })
    }

    /// The next frame's payload. Anything but an intact frame with the next number is an error.
    pub(super) fn next(&mut self) -> io::Result<Vec<u8>> {
        let mut head = [0; FRAME_HEADER];
        self.input.read_exact(&mut head)?;
        let field = |from: usize| {
            let mut bytes = [0; 4];
            bytes.copy_from_slice(&head[from..from + 4]);
            u32::from_be_bytes(bytes)
        };
        let in_order = head[..MARK] == self.mark && head[12..20] == self.sequence.to_be_bytes()[..];
        if !in_order {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let len = field(8);
        let mut payload = Vec::new();
        // Grows with what is really there: a damaged length does not reserve gigabytes.
        (&mut self.input)
            .take(len.into())
            .read_to_end(&mut payload)?;
        if payload.len() as u64 != u64::from(len) || checksum(&head[8..20], &payload) != field(20) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.sequence += 1;
        Ok(payload)
    }
}

fn checksum(head: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A_MARK: Mark = *b"12345678";

    fn file(values: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = header(A_MARK).to_vec();
        for (sequence, value) in values.iter().enumerate() {
            let change = Change {
                tree: "t",
                key: b"k",
                value: Some(value),
            };
            let record = Record::Changes {
                changes: vec![change],
                digest: Digest::default(),
            };
            bytes.extend(encode(A_MARK, sequence as u64, &record).unwrap());
        }
        bytes
    }

    proptest! {
        #[test]
        fn every_frame_is_read_back(values: Vec<Vec<u8>>) {
            let bytes = file(&values);
            let found: Vec<Vec<u8>> = frames(&bytes, mark(&bytes).unwrap())
                .map(|frame| match decode(frame.payload).unwrap() {
                    Record::Changes { changes, .. } => changes[0].value.unwrap().to_vec(),
                    other => panic!("{other:?}"),
                })
                .collect();
            prop_assert_eq!(&found, &values);
            let mut reader = FrameReader::new(&bytes[..]).unwrap();
            for _ in &values {
                prop_assert!(reader.next().is_ok());
            }
            prop_assert!(reader.next().is_err());
        }

        #[test]
        fn a_flipped_byte_costs_one_frame_and_never_makes_another(
            values in prop::collection::vec(any::<Vec<u8>>(), 1..6),
            position: prop::sample::Index,
            flip in 1_u8..,
        ) {
            let bytes = file(&values);
            let mut damaged = bytes.clone();
            let at = position.index(damaged.len());
            damaged[at] ^= flip;
            let whole: Vec<_> = frames(&bytes, A_MARK).map(|f| (f.sequence, f.payload)).collect();
            let mark = mark(&damaged).unwrap();
            let found: Vec<_> = frames(&damaged, mark).map(|f| (f.sequence, f.payload)).collect();
            prop_assert!(found.len() + 1 >= whole.len());
            prop_assert!(found.iter().all(|frame| whole.contains(frame)));
        }

        #[test]
        fn hostile_bytes_are_read_without_panic(bytes: Vec<u8>) {
            prop_assert!(mark(&bytes).is_none());
            let _ = frames(&bytes, A_MARK).count();
            let _ = decode(&bytes);
            prop_assert!(FrameReader::new(&bytes[..]).is_err());
        }
    }

    #[test]
    fn a_stored_value_cannot_pass_for_a_frame() {
        let mut forged = file(&[b"forged".to_vec()]).split_off(HEADER);
        forged[..8].copy_from_slice(b"guessed!");
        let mut bytes = file(&[forged, b"last".to_vec()]);
        bytes[HEADER + 9] ^= 1; // the first frame's length
        let found: Vec<_> = frames(&bytes, A_MARK).map(|f| f.sequence).collect();
        assert_eq!(found, [1]);
    }
}
