//! Where a Matroska file tells where it was taken: in its tags (RFC 9559, 5.1.8).
//!
//! The content of tags that do becomes an element `Void` of the same size, so that nothing else
//! moves; the tags stay, empty, since an index in front points to them.

use super::iso::location::names_location;
use super::sending::{Edit, Edits};
use super::source::Source;

const SEGMENT: u32 = 0x1853_8067;
const TAGS: u32 = 0x1254_c367;
const CLUSTER: u32 = 0x1f43_b675;
const VOID: u8 = 0xec;
/// The most elements that are looked at.
const ELEMENTS_MAX: usize = 1 << 17;
/// The longest tags that are read; longer ones go unread.
const TAGS_MAX: u64 = 1 << 20;
/// How much of the end is searched for tags behind what tells no length.
const END_MAX: u64 = 4 << 20;

/// An element (RFC 8794, 6): where its content begins and ends.
struct Element {
    id: u32,
    body: u64,
    end: u64,
    /// Whether it tells no length: recordings of browsers, which are written as they go.
    open: bool,
}

/// What is to be changed in what others receive.
pub(super) fn edits(source: &Source) -> Edits {
    let mut edits = Edits::default();
    let mut at = 0;
    for _ in 0..ELEMENTS_MAX {
        if at >= source.len() {
            edits.complete = true;
            break;
        }
        let Some(element) = element(source, at) else {
            // A recording that was broken off ends within its pictures.
            edits.complete = begins_cluster(source, at);
            break;
        };
        at = match element.id {
            SEGMENT => element.body,
            _ => element.end,
        };
        if element.id == TAGS && tells_location(source, &element) {
            edits.list.extend(voided(&element));
        }
        if element.id == CLUSTER && element.open {
            edits.list.extend(behind(source, element.body));
        }
    }
    edits
}

fn begins_cluster(source: &Source, at: u64) -> bool {
    source.array(at).map(u32::from_be_bytes) == Some(CLUSTER)
}

/// Edits of the tags at the end of a file, behind what tells no length from `start` on.
fn behind(source: &Source, start: u64) -> Vec<Edit> {
    let start = start.max(source.len().saturating_sub(END_MAX));
    let end = source
        .slice(start, source.len(), END_MAX)
        .unwrap_or_default();
    let places = end.windows(4).enumerate();
    let places = places.filter(|(_, word)| *word == TAGS.to_be_bytes());
    let tags = places.filter_map(|(at, _)| element(source, start + at as u64));
    let tags = tags.filter(|tags| !tags.open && tags.end - tags.body <= TAGS_MAX);
    let telling = tags.filter(|tags| tells_location(source, tags));
    telling.take(16).flat_map(|tags| voided(&tags)).collect()
}

/// The element at `at`; one of unknown length has the rest of the file.
fn element(source: &Source, at: u64) -> Option<Element> {
    let [first] = source.array(at)?;
    let id_len = u64::from(first.leading_zeros()) + 1;
    let id = match id_len {
        1 => u32::from(first),
        2 => u32::from(u16::from_be_bytes(source.array(at)?)),
        3 => u32::from_be_bytes(source.array(at)?) >> 8,
        4 => u32::from_be_bytes(source.array(at)?),
        _ => return None,
    };
    let [first] = source.array(at + id_len)?;
    let size_len = first.leading_zeros() + 1;
    let mut size = u64::from(first) & 0x7f_u64.checked_shr(size_len - 1).unwrap_or(0);
    for index in 1..u64::from(size_len.min(8)) {
        let [next] = source.array(at + id_len + index)?;
        size = size << 8 | u64::from(next);
    }
    let body = at + id_len + u64::from(size_len);
    let is_unknown = size == (1_u64 << (7 * size_len.min(8))) - 1;
    let end = match (is_unknown, id) {
        (true, _) | (false, SEGMENT) => source.len(),
        (false, _) => body.checked_add(size)?,
    };
    (size_len <= 8 && end <= source.len()).then_some(Element {
        id,
        body,
        end,
        open: is_unknown,
    })
}

fn tells_location(source: &Source, tags: &Element) -> bool {
    let content = source.slice(tags.body, tags.end, TAGS_MAX);
    content.is_none_or(|content| names_location(&content))
}

/// Edits that make an element's content one that is passed over.
fn voided(element: &Element) -> [Edit; 2] {
    let len = element.end - element.body;
    // A length of one byte, or of eight: that begins with a one and counts in seven bytes.
    let header = if len < 9 {
        let rest = u8::try_from(len.saturating_sub(2)).unwrap_or(0);
        vec![VOID, 0x80 | rest]
    } else {
        let mut header = vec![VOID];
        header.extend((1_u64 << 56 | (len - 9)).to_be_bytes());
        header
    };
    let body = element.body + header.len() as u64;
    [
        Edit::replace(element.body, body, header),
        Edit::blank(body, element.end),
    ]
}
