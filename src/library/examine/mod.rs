//! What a file tells about itself, and what is sent in its place.
//!
//! Readers are pure functions over a [`Source`]: they answer `None` for what they do not
//! understand, and are bounded in what they read, count and allocate. Files of strangers are
//! examined in a process of their own all the same, since not every reader is ours.

mod audio;
mod comments;
mod ebml;
#[cfg(any(test, fuzzing))]
mod fuzzing;
mod iso;
mod matroska;
mod ogg;
mod pdf;
mod plays;
mod process;
mod riff;
mod sending;
mod source;
mod still;
mod tiff;

use minicbor::{Decode, Encode};

#[cfg(any(test, fuzzing))]
pub use fuzzing::try_examiner;
pub(super) use process::Examiner;
pub use process::{Examination, answer};
pub(super) use sending::Sending;
use source::Source;

use super::kind;
use crate::store::rows::library::Facts;

/// The longest name of a codec that is kept, in bytes.
const CODEC_MAX: usize = 64;
/// The largest small picture that is kept, in bytes.
const PICTURE_MAX: usize = 8 << 20;

/// What was found out about a file. By default nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(super) struct Examined {
    /// The media type, where the beginning of the file does not tell it as well.
    #[n(0)]
    pub(super) media_type: Option<String>,
    /// What it tells about itself.
    #[n(1)]
    pub(super) facts: Facts,
    /// What is sent in its place.
    #[n(2)]
    pub(super) sent: Option<Sending>,
    /// Small pictures of it, the smallest first.
    #[n(3)]
    pub(super) pictures: Vec<Picture>,
    /// Whether what is sent certainly tells no location. Not so as long as that is not known.
    #[n(4)]
    #[cbor(default)]
    pub(super) clean: bool,
}

/// A small picture.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Picture {
    /// Its width, in pixels.
    #[n(0)]
    pub width: u32,
    /// `image/jpeg` or `image/png`.
    #[n(1)]
    pub media_type: String,
    /// The file.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// What the beginning of a file says that it is.
fn media_type(source: &Source) -> &'static str {
    let beginning = source.beginning(kind::HEAD as u64).unwrap_or_default();
    kind::of(&beginning, "").1
}

/// Whether there is anything to find out about files of this type.
fn is_examined(media_type: &str) -> bool {
    kind::inline(media_type).is_some() || kind::is_read(media_type)
}

/// Everything but the pictures.
fn examine(source: &Source) -> Option<Examined> {
    match media_type(source) {
        "video/mp4" | "video/quicktime" | "audio/mp4" | "image/avif" | "image/heif" => {
            iso::examine(source)
        }
        "video/webm" | "video/x-matroska" => matroska::examine(source),
        "video/ogg" | "audio/ogg" => ogg::examine(source),
        "application/pdf" => Some(pdf::examine(source)),
        "image/tiff" => tiff::examine(source),
        "audio/x-aiff" | "video/x-msvideo" => Some(riff::examine(source)),
        image if image.starts_with("image/") => still::examine(source, image),
        sound => audio::examine(source, sound),
    }
}

/// Small pictures, where the file is one.
fn pictures(source: &Source) -> Option<Vec<Picture>> {
    still::small(source, media_type(source))
}

impl Examined {
    /// Without whatever cannot be true of a file of `len` bytes.
    fn checked(mut self, len: u64) -> Self {
        if self
            .sent
            .as_ref()
            .is_some_and(|sent| sent.checked_len(len).is_none())
        {
            self.sent = None;
            self.clean = false;
        }
        let is_name = |name: &String| name.len() <= CODEC_MAX && name.is_ascii();
        self.facts.video = self.facts.video.filter(is_name);
        self.facts.audio = self.facts.audio.filter(is_name);
        if !matches!(self.facts.rotation, 0 | 90 | 180 | 270) {
            self.facts.rotation = 0;
        }
        self.pictures.retain(Picture::is_plausible);
        self.pictures.truncate(still::WIDTHS.len());
        self
    }
}

impl Picture {
    fn is_plausible(&self) -> bool {
        let is_known = matches!(self.media_type.as_str(), "image/jpeg" | "image/png");
        let widest = still::WIDTHS.into_iter().max().unwrap_or(0);
        is_known && (1..=widest).contains(&self.width) && self.bytes.len() <= PICTURE_MAX
    }
}

#[cfg(test)]
mod tests;
