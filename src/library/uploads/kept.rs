//! What a file that an upload left becomes: rows, and small files beside it.

use super::Uploads;
use crate::library::error::Error;
use crate::library::examine::{Picture, Sending};
use crate::library::items::ORIGINAL;
use crate::library::kind;
use crate::store::Commit;
use crate::store::ids::{ItemId, UserId};
use crate::store::rows::library::{Facts, File, Kind, Location, Sent};
use crate::store::trees::Files;

/// A kept file of which nothing is known yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bare<'a> {
    /// Who brought it.
    pub(super) user: UserId,
    /// Where it is, below the media folder.
    pub(super) path: &'a str,
    /// Bytes.
    pub(super) len: u64,
    /// The name it was uploaded under.
    pub(super) name: &'a str,
    /// What files beside it are named after.
    pub(super) beside: &'a str,
}

/// A kept file with what was found out about it. What it needs beside it is written and synced.
#[derive(Debug)]
pub(super) struct Kept {
    /// What it is.
    pub(super) kind: Kind,
    /// What it tells about itself.
    pub(super) facts: Facts,
    /// Whether it may tell others a location.
    pub(super) location: Location,
    /// The row of the file itself.
    pub(super) file: File,
    /// Small pictures of it: their widths in pixels, and rows.
    pub(super) pictures: Vec<(u32, File)>,
}

impl Uploads {
    /// Examines a file that begins with `beginning`. Can be repeated.
    pub(super) async fn describe(&self, file: Bare<'_>, beginning: &[u8]) -> Result<Kept, Error> {
        let Bare {
            user,
            path,
            len,
            name,
            beside,
        } = file;
        let (first_kind, first_type) = kind::of(beginning, name);
        let mut file = File {
            path: path.to_owned(),
            len,
            etag: self.new_etag(),
            media_type: first_type.to_owned(),
            name: name.to_owned(),
            sent: None,
        };
        let bytes = self.folder.open(path, len).await?;
        let examined = self.examiner.examine(user, bytes, len, first_type).await;
        let is_clean = match &examined {
            Some(examined) => examined.clean,
            None => !kind::may_tell_location(beginning, first_type),
        };
        let location = if is_clean {
            Location::Untold
        } else {
            Location::Unknown
        };
        let examined = examined.unwrap_or_default();
        let told = examined.media_type.as_deref().and_then(kind::examined);
        if let Some(media_type) = told {
            media_type.clone_into(&mut file.media_type);
        }
        let kind = told.map_or(first_kind, kind::of_type);
        let mut facts = examined.facts;
        facts.plays = kind::plays(kind, &file.media_type, facts.plays);
        if let Some(sending) = examined.sent {
            file.sent = Some(self.write_head(beside, sending).await?);
        }
        let mut pictures = Vec::with_capacity(examined.pictures.len());
        for picture in examined.pictures {
            pictures.push(self.write_picture(beside, picture).await?);
        }
        Ok(Kept {
            kind,
            facts,
            location,
            file,
            pictures,
        })
    }

    async fn write_head(&self, path: &str, sending: Sending) -> Result<Sent, Error> {
        let len = sending.extents.iter().map(|extent| extent.len).sum();
        let head_len = sending.head.len() as u64;
        let mut head = String::new();
        if head_len > 0 {
            head = format!("{path}.head");
            self.folder.write_beside(&head, sending.head).await?;
        }
        Ok(Sent {
            head,
            head_len,
            len,
            extents: sending.extents,
        })
    }

    async fn write_picture(&self, path: &str, picture: Picture) -> Result<(u32, File), Error> {
        let width = picture.width;
        let row = File {
            path: format!("{path}.picture-{width}"),
            len: picture.bytes.len() as u64,
            etag: self.new_etag(),
            media_type: picture.media_type,
            name: rendition(width),
            sent: None,
        };
        self.folder.write_beside(&row.path, picture.bytes).await?;
        Ok((width, row))
    }

    pub(super) fn new_etag(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.world.random()))
    }
}

impl Kept {
    /// The widths of its pictures, in pixels.
    pub(super) fn widths(&self) -> Vec<u32> {
        self.pictures.iter().map(|(width, _)| *width).collect()
    }

    /// Puts the rows of its files.
    pub(super) fn put(&self, commit: &mut Commit, item: ItemId) {
        commit.put::<Files>(&(item, ORIGINAL.to_owned()), &self.file);
        for (width, file) in &self.pictures {
            commit.put::<Files>(&(item, rendition(*width)), file);
        }
    }
}

/// The rendition that a picture of this width is.
pub(super) fn rendition(width: u32) -> String {
    format!("picture-{width}")
}
