//! Items, files and uploads.

use minicbor::{Decode, Encode};

use crate::store::ids::{ConnectionId, CourseId, ItemId, UserId};
use crate::store::tree::rows;
use crate::world::Time;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// Moving pictures.
    #[n(0)]
    Video,
    /// Sound.
    #[n(1)]
    Audio,
    /// A picture.
    #[n(2)]
    Image,
    /// A PDF document.
    #[n(3)]
    Pdf,
    /// Any other file.
    #[n(4)]
    Document,
}

/// Who may see an item, besides its owner and those it was shared with or placed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Visibility {
    /// Nobody else.
    #[n(0)]
    Private,
    /// Whoever is launched from the item's course.
    #[n(1)]
    Course,
}

/// One thing in the library.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    /// Whose it is.
    #[n(0)]
    pub owner: UserId,
    /// The owner's connection.
    #[n(1)]
    pub connection: ConnectionId,
    /// The course it was uploaded in.
    #[n(2)]
    pub course: Option<CourseId>,
    /// Its title: never empty, at most 200 characters.
    #[n(3)]
    pub title: String,
    /// What it is.
    #[n(4)]
    pub kind: Kind,
    /// Who may see it.
    #[n(5)]
    pub visibility: Visibility,
    /// When it was made.
    #[n(6)]
    pub created: Time,
    /// When its title, visibility or file last changed.
    #[n(7)]
    pub changed: Time,
}

/// One file of an item. Once written it is never rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct File {
    /// Where the bytes are, below the media folder.
    #[n(0)]
    pub path: String,
    /// Bytes.
    #[n(1)]
    pub len: u64,
    /// A strong entity tag, without quotes.
    #[n(2)]
    pub etag: String,
    /// The media type by content.
    #[n(3)]
    pub media_type: String,
    /// The name it was uploaded under.
    #[n(4)]
    pub name: String,
}

/// An upload (tus 1.0).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Upload {
    /// Whose it is.
    #[n(0)]
    pub user: UserId,
    /// The owner's connection.
    #[n(1)]
    pub connection: ConnectionId,
    /// The course of the session that began it.
    #[n(2)]
    pub course: Option<CourseId>,
    /// Bytes in all, as declared.
    #[n(3)]
    pub len: u64,
    /// Bytes that are synced to the disk.
    #[n(4)]
    pub offset: u64,
    /// The file's name on the uploader's device.
    #[n(5)]
    pub filename: String,
    /// The title to give the item.
    #[n(6)]
    pub title: String,
    /// The visibility to give the item.
    #[n(7)]
    pub visibility: Visibility,
    /// When it began.
    #[n(8)]
    pub created: Time,
    /// When it is thrown away.
    #[n(9)]
    pub ends: Time,
    /// The item it becomes: settled at the beginning, so that completing can be repeated.
    #[n(10)]
    pub item: ItemId,
    /// Whether it has become that item.
    #[n(11)]
    pub complete: bool,
    /// What the client told of it, as it came.
    #[n(12)]
    pub metadata: String,
}

/// What a person's items take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Usage {
    /// Bytes of the items' originals.
    #[n(0)]
    pub bytes: u64,
    /// How many items there are.
    #[n(1)]
    pub items: u64,
    /// How many uploads were ever begun: two that begin at once cannot both expect the same.
    #[n(2)]
    pub begun: u64,
}

rows!(Item = 1, File = 1, Upload = 1, Usage = 1);
