//! Files of boxes: MP4, M4A, `QuickTime`, AVIF, HEIC.

mod boxes;
pub(super) mod codecs;
mod fragments;
mod front;
pub(super) mod location;
mod movie;
mod still;
mod timed;

use boxes::{Span, Top};
use front::Move;
use movie::Movie;

use super::Examined;
use super::plays::{Container, plays};
use super::sending::{Assembly, Edit, Edits, Outcome, Sending, edited};
use super::source::Source;
use crate::store::rows::library::Facts;

/// The longest index that is read, in bytes: that of a day of video.
const INDEX_MAX: u64 = 64 << 20;
/// The longest metadata beside an index that is read.
const METADATA_MAX: u64 = 16 << 20;
const FREE: &[u8; 4] = b"free";

/// What a file says to be by the brand in its first box (ISO/IEC 14496-12, 4.3).
enum Brand {
    Movie,
    QuickTime,
    Avif,
    Heic,
}

fn brand(source: &Source, first: Option<&Span<u64>>) -> Brand {
    let Some(first) = first.filter(|first| first.kind == *b"ftyp") else {
        // Older than brands.
        return Brand::QuickTime;
    };
    let brands = source
        .slice(first.body, first.end, 4096)
        .unwrap_or_default();
    let all = brands.chunks_exact(4);
    let has = |brand: &[u8; 4]| all.clone().any(|one| one == brand);
    match brands.get(..4) {
        Some(b"avif" | b"avis") => Brand::Avif,
        Some(b"mif1" | b"msf1" | b"miaf") if has(b"avif") || has(b"avis") => Brand::Avif,
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
            Brand::Heic
        }
        Some(b"qt  ") => Brand::QuickTime,
        _ => Brand::Movie,
    }
}

/// Examines a file of boxes.
pub(super) fn examine(source: &Source) -> Option<Examined> {
    let top = boxes::at_top(source);
    let container = match brand(source, top.boxes.first()) {
        Brand::Avif => return still::examine(source, &top, "image/avif"),
        Brand::Heic => return still::examine(source, &top, "image/heif"),
        Brand::QuickTime => Container::Mov,
        Brand::Movie => Container::Mp4,
    };
    let at = top.boxes.iter().find(|one| one.kind == *b"moov")?;
    let mut index = source.slice(at.start, at.end, INDEX_MAX)?;
    let moov = Span {
        kind: at.kind,
        start: 0,
        body: usize::try_from(at.body - at.start).ok()?,
        end: index.len(),
    };
    let mut movie = movie::read(&index, moov);
    let mut edits = outside(source, &top);
    edits.and(timed::edits(source, &index, moov, movie.fragmented));
    edits.list.extend(inside(&mut index, moov, at.start));
    let front = in_front(source, &top, (&index, moov), &movie, &mut edits);
    let outcome = front.unwrap_or_else(|| edited(source.len(), edits));
    if movie.fragmented {
        let length = segments(source, &top.boxes);
        let length = length.or_else(|| fragments::duration(source, &top.boxes, (&index, moov)));
        movie.duration_ms = length.or(movie.duration_ms);
    }
    Some(found(container, movie, outcome))
}

fn found(container: Container, movie: Movie, outcome: Outcome) -> Examined {
    let sound_only = movie.video.is_none() && movie.audio.is_some();
    let media_type = match container {
        _ if sound_only => "audio/mp4",
        Container::Mov => "video/quicktime",
        _ => "video/mp4",
    };
    let container = if sound_only {
        Container::Mp4
    } else {
        container
    };
    let video = movie.video;
    let codec = video.as_ref().map(|video| video.codec.as_str());
    let facts = Facts {
        duration_ms: movie.duration_ms,
        width: video.as_ref().map(|video| video.width),
        height: video.as_ref().map(|video| video.height),
        rotation: video.as_ref().map_or(0, |video| video.rotation),
        pages: None,
        plays: plays(container, codec, movie.audio.as_deref()),
        video: codec.map(str::to_owned),
        audio: movie.audio,
    };
    Examined {
        media_type: Some(media_type.to_owned()),
        facts,
        sent: outcome.sent,
        clean: outcome.clean,
        pictures: Vec::new(),
    }
}

/// The duration of a fragmented movie by the index of its segments.
fn segments(source: &Source, top: &[Span<u64>]) -> Option<u64> {
    let index = top.iter().find(|one| one.kind == *b"sidx")?;
    movie::indexed(&source.slice(index.body, index.end, METADATA_MAX)?)
}

/// Blanks what tells a location within the index, and answers the same as edits of the file.
fn inside(index: &mut [u8], moov: Span<usize>, offset: u64) -> Vec<Edit> {
    let found = location::find(index, moov);
    for one in &found {
        if let Some(kind) = index.get_mut(one.start + 4..one.start + 8) {
            kind.copy_from_slice(FREE);
        }
        if let Some(content) = index.get_mut(one.body..one.end) {
            content.fill(0);
        }
    }
    let at = |position: usize| offset + position as u64;
    found
        .iter()
        .flat_map(|one| freed(at(one.start), at(one.body), at(one.end)))
        .collect()
}

/// Edits that make a box `free`.
fn freed(start: u64, body: u64, end: u64) -> [Edit; 2] {
    [
        Edit::replace(start + 4, start + 8, FREE.to_vec()),
        Edit::blank(body, end),
    ]
}

/// What tells a location beside the index. Complete where everything there was looked at, save
/// samples.
fn outside(source: &Source, top: &Top) -> Edits {
    let mut edits = Edits {
        list: Vec::new(),
        complete: top.whole || matches!(top.cut.as_ref(), Some(b"mdat" | b"moof")),
    };
    for one in &top.boxes {
        match &one.kind {
            b"uuid" => {
                let id: Option<[u8; 16]> = source.array(one.body);
                if !id.is_some_and(|id| location::is_harmless(&id)) {
                    edits.list.extend(freed(one.start, one.body, one.end));
                }
            }
            b"udta" | b"meta" => match metadata(source, one) {
                Some(found) => edits.list.extend(found),
                None => edits.complete = false,
            },
            _ => {}
        }
    }
    edits
}

fn metadata(source: &Source, one: &Span<u64>) -> Option<Vec<Edit>> {
    let mut bytes = source.slice(one.start, one.end, METADATA_MAX)?;
    let whole = Span {
        kind: *b"    ",
        start: 0,
        body: 0,
        end: bytes.len(),
    };
    Some(inside(&mut bytes, whole, one.start))
}

/// The file with its index in front of the samples, if it is behind them and can be moved.
fn in_front(
    source: &Source,
    top: &Top,
    (index, moov): (&[u8], Span<usize>),
    movie: &Movie,
    edits: &mut Edits,
) -> Option<Outcome> {
    let (top, whole) = (&top.boxes, top.whole);
    let position = |kind: &[u8; 4]| top.iter().position(|one| one.kind == *kind);
    let at = position(b"moov")?;
    let is_behind = position(b"mdat")? < at;
    let is_only = top.iter().filter(|one| one.kind == *b"moov").count() == 1;
    let is_listed = position(b"meta").is_some();
    if !whole || !is_behind || !is_only || movie.fragmented || is_listed {
        return None;
    }
    let at = top.get(at)?;
    let to = top.first().filter(|first| first.kind == *b"ftyp");
    let place = Move {
        to: to.map_or(0, |first| first.end),
        from: at.start,
        end: at.end,
    };
    let index = front::moved(index, moov, place)?;
    let mut assembly = Assembly::default();
    let list = &mut edits.list;
    assembly.original(0, place.to, list);
    assembly.bytes(&index);
    assembly.original(place.to, place.from, list);
    assembly.original(place.end, source.len(), list);
    let sent: Sending = assembly.finish()?;
    Some(Outcome {
        sent: Some(sent),
        clean: edits.complete,
    })
}
