//! Raster pictures: JPEG, PNG, GIF, WebP.

mod exif;
mod gif;
mod jpeg;
mod pictures;
mod png;
mod webp;

use exif::Orientation;
use image::ImageFormat;

pub(super) use pictures::WIDTHS;
use pictures::pictures;

use super::sending::{Edits, edited};
use super::source::Source;
use super::{Examined, Picture};
use crate::store::rows::library::{Facts, Plays};

/// The longest file that is read, in bytes.
const LEN_MAX: u64 = 128 << 20;

/// What a picture's segments tell.
struct Still {
    facts: Facts,
    orientation: Option<Orientation>,
    /// What is to be changed in what others receive.
    edits: Edits,
}

fn read(media_type: &str, bytes: &[u8]) -> Option<(Still, ImageFormat)> {
    Some(match media_type {
        "image/jpeg" => (jpeg::examine(bytes)?, ImageFormat::Jpeg),
        "image/png" => (png::examine(bytes)?, ImageFormat::Png),
        "image/gif" => (gif::examine(bytes)?, ImageFormat::Gif),
        "image/webp" => (webp::examine(bytes)?, ImageFormat::WebP),
        _ => return None,
    })
}

/// Examines a picture.
pub(super) fn examine(source: &Source, media_type: &str) -> Option<Examined> {
    let bytes = source.slice(0, source.len(), LEN_MAX)?;
    let (still, _) = read(media_type, &bytes)?;
    let mut facts = still.facts;
    facts.plays = Some(Plays::Everywhere);
    let outcome = edited(source.len(), still.edits);
    Some(Examined {
        media_type: None,
        facts,
        sent: outcome.sent,
        clean: outcome.clean,
        pictures: Vec::new(),
    })
}

/// Makes the small pictures of a picture; none when it cannot be decoded within the limits.
pub(super) fn small(source: &Source, media_type: &str) -> Option<Vec<Picture>> {
    let bytes = source.slice(0, source.len(), LEN_MAX)?;
    let (still, format) = read(media_type, &bytes)?;
    pictures(&bytes, format, still.orientation)
}
