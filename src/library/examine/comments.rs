//! Where sound tells where it was taken: comments of FLAC (RFC 9639, 8.6) and of Ogg files (Vorbis I,
//! section 5), frames of `ID3` tags (ID3v2.3 and 2.4, section 3 and 4), APE tags. They are blanked in
//! place, so that nothing else moves; tags that cannot be read in part go as a whole.

use super::iso::location::names_location;
use super::sending::{Edit, Edits};
use super::source::Source;

/// How much of a file is looked at for what comes first, covers included, in bytes.
const READ_MAX: u64 = 32 << 20;
/// The most blocks, comments and frames that are looked at.
const PARTS_MAX: usize = 4096;
/// Kinds of metadata blocks (RFC 9639, 8.1).
const PADDING: u8 = 1;
const APPLICATION: u8 = 2;
const COMMENTS: u8 = 4;
/// Bytes of the header of an ID3 tag, and of its footer.
const TAG_HEADER: u64 = 10;
/// Bytes of the footer of an APE tag, and of an older tag behind it.
const APE_FOOTER: u64 = 32;
const OLD_TAG: u64 = 128;
const APE_MAX: u64 = 16 << 20;

/// Edits of a FLAC file: comments that tell a location become padding, and so does what programs
/// keep for themselves, such as the former file's metadata.
pub(super) fn of_flac(source: &Source) -> Edits {
    let mut edits = Edits::default();
    let mut at = 4;
    for _ in 0..PARTS_MAX {
        let Some([kind, length @ ..]) = source.array::<4>(at) else {
            break;
        };
        let body = at + 4;
        let end = body + length.iter().fold(0, |n, b| n << 8 | u64::from(*b));
        let tells = match kind & 0x7f {
            COMMENTS => {
                let content = source.slice(body, end, READ_MAX);
                content.is_none_or(|content| comments_tell(&content).unwrap_or(true))
            }
            APPLICATION => true,
            _ => false,
        };
        if tells {
            let kind = kind & 0x80 | PADDING;
            edits.list.push(Edit::replace(at, at + 1, vec![kind]));
            edits.list.push(Edit::blank(body, end.min(source.len())));
        }
        at = end;
        if kind & 0x80 != 0 {
            edits.complete = true;
            break;
        }
    }
    edits
}

/// Whether the name of a comment is that of a location; `None` when they cannot be read.
fn comments_tell(content: &[u8]) -> Option<bool> {
    Some(!telling(content)?.is_empty())
}

/// Where in a list of comments those are whose names are of a location; `None` when they cannot be
/// read.
pub(super) fn telling(content: &[u8]) -> Option<Vec<(usize, usize)>> {
    let number = |at: usize| {
        let bytes = content.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let mut found = Vec::new();
    let mut at = 4_usize.checked_add(number(0)?)?;
    let count = number(at)?;
    at += 4;
    if count > PARTS_MAX {
        return None;
    }
    for _ in 0..count {
        let start = at.checked_add(4)?;
        let end = number(at)?.checked_add(start)?;
        let comment = content.get(start..end)?;
        let name = comment.split(|b| *b == b'=').next()?;
        if names_location(name) {
            found.push((start, end));
        }
        at = end;
    }
    Some(found)
}

/// Edits of a file that begins or ends with tags.
pub(super) fn of_tags(source: &Source) -> Edits {
    let mut edits = of_id3(source).unwrap_or_default();
    edits.and(of_ape(source));
    edits
}

/// Edits of the ID3 tag at the beginning, if there is one; `None` when it cannot be read. Free texts
/// and private frames that name a location lose their content.
fn of_id3(source: &Source) -> Option<Edits> {
    let Some([b'I', b'D', b'3', version, _, flags, len @ ..]) = source.array::<10>(0) else {
        return Some(Edits::all(Vec::new()));
    };
    let len = synchsafe(&len)?;
    let end = TAG_HEADER + len as u64;
    let bytes = source.slice(0, end.min(source.len()), READ_MAX)?;
    if flags != 0 || !matches!(version, 3 | 4) {
        // Older, or escaped as a whole.
        let tells = names_location(&bytes);
        return Some(Edits::all(if tells {
            vec![Edit::drop(0, bytes.len() as u64)]
        } else {
            Vec::new()
        }));
    }
    let mut edits = Vec::new();
    let mut at = 10;
    for _ in 0..PARTS_MAX {
        let Some((name, len)) = frame(&bytes, at, version) else {
            return Some(Edits::all(edits));
        };
        let (body, stop) = (at + 10, (at + 10).saturating_add(len));
        let Some(content) = bytes.get(body..stop) else {
            return Some(Edits::all(edits));
        };
        // How it is packed (ID3v2.3, 3.3.1; 2.4, 4.1.2).
        let packed = if version == 4 { 0x0e } else { 0xc0 };
        let is_packed = bytes.get(at + 9).is_some_and(|flags| flags & packed != 0);
        let is_free = matches!(name, b"TXXX" | b"COMM" | b"PRIV" | b"GEOB" | b"WXXX");
        if is_free && (is_packed || names_location(content)) {
            edits.push(Edit::blank(body as u64, stop as u64));
        }
        at = stop;
    }
    None
}

/// Edits of the APE tag at the end (`APEv2`): one that names a location goes.
fn of_ape(source: &Source) -> Edits {
    let mut edits = Edits::all(Vec::new());
    for behind in [0, OLD_TAG] {
        let end = source.len().saturating_sub(behind);
        let footer = end.saturating_sub(APE_FOOTER);
        let Some(bytes) = source.array::<32>(footer) else {
            continue;
        };
        if !bytes.starts_with(b"APETAGEX") {
            continue;
        }
        let len = u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
        let start = end.saturating_sub(u64::from(len).max(APE_FOOTER));
        let tag = source.slice(start, end, APE_MAX);
        if tag.is_none_or(|tag| names_location(&tag)) {
            edits.list.push(Edit::drop(start, end));
        }
    }
    edits
}

/// The name of the frame at `at`, and bytes of its content.
fn frame(bytes: &[u8], at: usize, version: u8) -> Option<(&[u8], usize)> {
    let name = bytes.get(at..at.checked_add(4)?)?;
    let len = bytes.get(at + 4..at + 8)?;
    let len = if version == 4 {
        synchsafe(len)?
    } else {
        usize::try_from(u32::from_be_bytes(len.try_into().ok()?)).ok()?
    };
    (name[0] != 0).then_some((name, len))
}

/// A number of seven bits a byte (ID3v2.4, 6.2).
fn synchsafe(bytes: &[u8]) -> Option<usize> {
    let is_safe = bytes.iter().all(|b| *b < 0x80);
    is_safe.then(|| bytes.iter().fold(0, |n, b| n << 7 | usize::from(*b)))
}
