//! How long a movie is that is indexed fragment by fragment (ISO/IEC 14496-12, 8.8), where nothing
//! tells it in front: what its fragments say, added up.

use super::boxes::{Span, be32, be64, within};
use super::movie::{self, tracks};
use crate::library::examine::source::Source;

/// The most fragments that are read. Of more, only so many at both ends: those tell when they begin.
const FRAGMENTS_MAX: usize = 8192;
/// The longest fragment's index that is read, in bytes.
const INDEX_MAX: u64 = 4 << 20;
/// The most samples of a run that are added up one by one.
const SAMPLES_MAX: usize = 1 << 16;

/// Flags of a fragment's header for a track, `tfhd` (8.8.7).
const HAS_BASE: u32 = 0x1;
const HAS_DESCRIPTION: u32 = 0x2;
const HAS_DURATION: u32 = 0x8;
/// Flags of a run of samples, `trun` (8.8.8).
const RUN_OFFSET: u32 = 0x1;
const RUN_FIRST_FLAGS: u32 = 0x4;
const RUN_DURATION: u32 = 0x100;
const RUN_OTHERS: [u32; 3] = [0x200, 0x400, 0x800];

/// A track of the movie, and what was found of it.
struct Track {
    id: u32,
    scale: u32,
    /// How long a sample is that does not say.
    usual: u32,
    begins: Option<u64>,
    ends: u64,
}

/// The duration that the fragments among `top` tell, in milliseconds: of the longest track.
pub(super) fn duration(
    source: &Source,
    top: &[Span<u64>],
    (index, moov): (&[u8], Span<usize>),
) -> Option<u64> {
    let mut all = read(index, moov);
    let fragments: Vec<_> = top.iter().filter(|one| one.kind == *b"moof").collect();
    let (first, last) = if fragments.len() <= FRAGMENTS_MAX {
        (&fragments[..], &[][..])
    } else {
        let (first, rest) = fragments.split_at(FRAGMENTS_MAX / 2);
        let skipped = rest.len().saturating_sub(FRAGMENTS_MAX / 2);
        (first, rest.get(skipped..).unwrap_or_default())
    };
    for one in first {
        add(source, one, &mut all, false)?;
    }
    for one in last {
        add(source, one, &mut all, true)?;
    }
    let length = |track: &Track| {
        let units = track.ends.checked_sub(track.begins?)?;
        movie::milliseconds(units, track.scale)
    };
    all.iter().filter_map(length).max()
}

/// The tracks that an index names, with what it says of their fragments.
fn read(index: &[u8], moov: Span<usize>) -> Vec<Track> {
    let usual = |id: u32| {
        let mut all = moov.child(index, *b"mvex")?.children(index);
        let told =
            all.find(|one| one.kind == *b"trex" && be32(one.content(index), 4) == Some(id))?;
        be32(told.content(index), 12)
    };
    let track = |track: Span<usize>| {
        let header = track.child(index, *b"tkhd")?.content(index);
        let id = be32(header, if *header.first()? == 1 { 20 } else { 12 })?;
        let media = track.descendant(index, &[b"mdia", b"mdhd"])?;
        Some(Track {
            id,
            scale: movie::timescale(media.content(index))?,
            usual: usual(id).unwrap_or(0),
            begins: None,
            ends: 0,
        })
    };
    tracks(index, moov).filter_map(track).collect()
}

/// Adds a fragment; `None` when it cannot be read, or does not say when it begins though it must.
fn add(source: &Source, fragment: &Span<u64>, all: &mut [Track], must_begin: bool) -> Option<()> {
    let bytes = source.slice(fragment.body, fragment.end, INDEX_MAX)?;
    for part in within(&bytes, 0, bytes.len()) {
        if part.kind != *b"traf" {
            continue;
        }
        let header = part.child(&bytes, *b"tfhd")?.content(&bytes);
        let id = be32(header, 4)?;
        let Some(track) = all.iter_mut().find(|track| track.id == id) else {
            continue;
        };
        let begins = part.child(&bytes, *b"tfdt");
        let begins = begins.and_then(|time| moment(time.content(&bytes)));
        if begins.is_none() && must_begin {
            return None;
        }
        let begins = begins.unwrap_or(track.ends);
        let usual = usual(header).unwrap_or(track.usual);
        let runs = part.children(&bytes).filter(|one| one.kind == *b"trun");
        let mut len = 0_u64;
        for run in runs {
            len = len.checked_add(units(run.content(&bytes), usual)?)?;
        }
        track.begins.get_or_insert(begins);
        track.ends = track.ends.max(begins.checked_add(len)?);
    }
    Some(())
}

/// The moment at which a fragment begins (8.8.12).
fn moment(tfdt: &[u8]) -> Option<u64> {
    match tfdt.first()? {
        0 => be32(tfdt, 4).map(u64::from),
        _ => be64(tfdt, 4),
    }
}

/// How long samples of a fragment are that do not say.
fn usual(tfhd: &[u8]) -> Option<u32> {
    let flags = be32(tfhd, 0)?;
    let skipped = |flag, len| if flags & flag == 0 { 0 } else { len };
    let at = 8 + skipped(HAS_BASE, 8) + skipped(HAS_DESCRIPTION, 4);
    (flags & HAS_DURATION != 0).then(|| be32(tfhd, at))?
}

/// How long a run of samples is.
fn units(trun: &[u8], usual: u32) -> Option<u64> {
    let flags = be32(trun, 0)?;
    let count = be32(trun, 4)?;
    if flags & RUN_DURATION == 0 {
        return Some(u64::from(count) * u64::from(usual));
    }
    let skipped = |flag| if flags & flag == 0 { 0 } else { 4 };
    let at = 8 + skipped(RUN_OFFSET) + skipped(RUN_FIRST_FLAGS);
    let size = 4 + RUN_OTHERS.into_iter().map(skipped).sum::<usize>();
    let count = usize::try_from(count).ok()?;
    let samples = trun.get(at..)?.chunks_exact(size);
    if count > SAMPLES_MAX || samples.len() < count {
        return None;
    }
    let each = samples.take(count).filter_map(|sample| be32(sample, 0));
    Some(each.map(u64::from).sum())
}
