//! Items, files and uploads.

mod making;

use minicbor::{Decode, Encode};

use crate::store::ids::{ConnectionId, CourseId, Hash, ItemId, PlacementId, ToolId, UserId};
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
    /// An external tool, launched where the item is opened.
    #[n(5)]
    Tool,
    /// Other items in an order.
    #[n(6)]
    Collection,
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
    /// Whoever is launched from the item's connection.
    #[n(2)]
    School,
    /// Whoever has one of its links.
    #[n(3)]
    Unlisted,
    /// Everybody.
    #[n(4)]
    Public,
}

/// How well browsers play a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Plays {
    /// Every common browser plays it.
    #[n(0)]
    Everywhere,
    /// Some browsers or devices do not.
    #[n(1)]
    Somewhere,
    /// No common browser plays it.
    #[n(2)]
    Nowhere,
}

/// What a file tells about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Facts {
    /// How long it plays, in milliseconds.
    #[n(0)]
    pub duration_ms: Option<u64>,
    /// Width of the picture as it is shown (turned already), in pixels.
    #[n(1)]
    pub width: Option<u32>,
    /// Height of the picture as it is shown (turned already), in pixels.
    #[n(2)]
    pub height: Option<u32>,
    /// By how many degrees clockwise the stored picture is turned to be shown: 0, 90, 180, 270.
    #[n(3)]
    pub rotation: u16,
    /// Pages of a document.
    #[n(4)]
    pub pages: Option<u32>,
    /// The video's codec, as in a `codecs` parameter (RFC 6381) where it is known so.
    #[n(5)]
    pub video: Option<String>,
    /// The sound's codec, likewise.
    #[n(6)]
    pub audio: Option<String>,
    /// Whether browsers play it; `None` where that is no question, or unknown.
    #[n(7)]
    pub plays: Option<Plays>,
}

/// What is known of the location that an item's file may tell others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Location {
    /// What others receive tells none.
    #[n(0)]
    #[default]
    Untold,
    /// It may tell one: others do not receive the file.
    #[n(1)]
    Unknown,
    /// It may tell one, and its owner wants others to receive it all the same.
    #[n(2)]
    Allowed,
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
    /// What it is about: plain text, perhaps empty, at most 5,000 characters.
    #[n(8)]
    #[cbor(default)]
    pub description: String,
    /// Its tags: at most 20, each of at most 50 characters, no two alike.
    #[n(9)]
    #[cbor(default)]
    pub tags: Vec<String>,
    /// Since when it is in the trash: then it opens for its owner only, and only there.
    #[n(10)]
    pub trashed: Option<Time>,
    /// Whether those who may see it are offered to download it.
    #[n(11)]
    #[cbor(default)]
    pub downloadable: bool,
    /// What its file tells about itself.
    #[n(12)]
    #[cbor(default)]
    pub facts: Facts,
    /// Widths, in pixels, in which there is a picture of it: renditions `picture-{width}`.
    #[n(13)]
    #[cbor(default)]
    pub pictures: Vec<u32>,
    /// How often its file was replaced.
    #[n(14)]
    #[cbor(default)]
    pub replaced: u32,
    /// What is known of the location that its file may tell others.
    #[n(15)]
    #[cbor(default)]
    pub location: Location,
    /// The external tool that it launches; every item of that kind has one, and no other.
    #[n(16)]
    pub tool: Option<ToolId>,
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
    /// What is sent in its place: without what tells a location, and with the index in front.
    /// `None`: the file as it is.
    #[n(5)]
    pub sent: Option<Sent>,
}

/// What is sent instead of a file as it was uploaded: parts of it, and of a small file beside it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Sent {
    /// Where the bytes that replace others are, below the media folder; empty when none do.
    #[n(0)]
    pub head: String,
    /// Bytes of that small file.
    #[n(1)]
    pub head_len: u64,
    /// Bytes in all that are sent: the sum of the extents.
    #[n(2)]
    pub len: u64,
    /// What is sent, in order: at least one, at most 16,384, none empty.
    #[n(3)]
    pub extents: Vec<Extent>,
}

/// A run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Extent {
    /// Whether they are in the small file beside the uploaded one.
    #[n(0)]
    pub in_head: bool,
    /// Where they begin there.
    #[n(1)]
    pub start: u64,
    /// How many.
    #[n(2)]
    pub len: u64,
}

/// Words that belong to an item: captions in one language. The words are a file, the rendition
/// `captions-{lang}`, of type `text/vtt`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Text {
    /// What people choose it by: "English", "Deutsch (von Hand)".
    #[n(0)]
    pub label: String,
    /// When it was uploaded or last corrected.
    #[n(1)]
    pub changed: Time,
    /// Who did so.
    #[n(2)]
    pub by: UserId,
    /// How many cues it has.
    #[n(3)]
    pub cues: u32,
}

/// What sharing gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum ShareRole {
    /// Seeing it.
    #[n(0)]
    Viewer,
    /// Changing title, description, tags, captions and file too.
    #[n(1)]
    Editor,
}

/// An item shared with a person of the same connection.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Share {
    /// What it gives.
    #[n(0)]
    pub role: ShareRole,
    /// When.
    #[n(1)]
    pub created: Time,
    /// When the item was made: under that moment the person's list has it.
    #[n(2)]
    pub item_created: Time,
}

/// A link to an unlisted item, known by the hash of its key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ShareLink {
    /// The item.
    #[n(0)]
    pub item: ItemId,
    /// When it was made.
    #[n(1)]
    pub created: Time,
    /// The key, sealed, so that its owner can copy the link again.
    #[n(2)]
    pub sealed: String,
}

/// An item put into a course.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Placement {
    /// The connection.
    #[n(0)]
    pub connection: ConnectionId,
    /// The item.
    #[n(1)]
    pub item: ItemId,
    /// The course.
    #[n(2)]
    pub course: CourseId,
    /// Who picked it.
    #[n(3)]
    pub by: UserId,
    /// When.
    #[n(4)]
    pub created: Time,
    /// Since when it opens nothing any more.
    #[n(5)]
    pub revoked: Option<Time>,
    /// When the item was made: under that moment the course's list has it.
    #[n(6)]
    pub item_created: Time,
    /// Its title there; `None`: the item's own.
    #[n(7)]
    pub title: Option<String>,
    /// Where it begins to play, in milliseconds.
    #[n(8)]
    pub start_ms: Option<u64>,
    /// Where it stops, in milliseconds.
    #[n(9)]
    pub end_ms: Option<u64>,
    /// The width of its frame, in pixels.
    #[n(10)]
    pub width: Option<u32>,
    /// The height of its frame, in pixels.
    #[n(11)]
    pub height: Option<u32>,
    /// How many points watching it is worth, in hundredths; `None`: it doesn't count.
    #[n(12)]
    pub maximum: Option<u32>,
    /// How watching earns them.
    #[n(13)]
    #[cbor(default)]
    pub counts: Counts,
    /// How much has to be watched for completion, in hundredths of a percent; `None`: as usual.
    #[n(14)]
    pub threshold: Option<u16>,
}

/// How watching earns points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Counts {
    /// All of them, once enough was watched.
    #[default]
    #[n(0)]
    Completion,
    /// As many as was watched.
    #[n(1)]
    Proportion,
}

/// A course that may open what was placed in another, which it was copied from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Claim {
    /// The placement by which it was claimed first.
    #[n(0)]
    pub placement: PlacementId,
    /// Whose launch claimed it: a staff member's, or whoever's came with the course's history.
    #[n(1)]
    pub by: UserId,
    /// When.
    #[n(2)]
    pub created: Time,
    /// Whether the platform told that the course is a copy (`$Context.id.history`).
    #[n(3)]
    pub by_history: bool,
    /// Since when it covers nothing any more.
    #[n(4)]
    pub revoked: Option<Time>,
    /// The copy through which it was claimed: the course is a copy of that. What is withdrawn there
    /// is withdrawn here.
    #[n(5)]
    pub through: Option<CourseId>,
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
    /// The item it becomes: settled at the beginning, so that completing can be repeated. With
    /// `replaces`, only the mark in the name of its file.
    #[n(10)]
    pub item: ItemId,
    /// Whether it has become that item.
    #[n(11)]
    pub complete: bool,
    /// What the client told of it, as it came.
    #[n(12)]
    pub metadata: String,
    /// The item whose file it replaces, instead of becoming one.
    #[n(13)]
    pub replaces: Option<ItemId>,
    /// What an import knows of it.
    #[n(14)]
    pub import: Option<Import>,
}

impl Upload {
    /// The item whose file it becomes: a new one, or the one whose file it replaces.
    pub fn becomes(&self) -> ItemId {
        self.replaces.unwrap_or(self.item)
    }
}

/// What an import knows of a file, besides what every upload has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Import {
    /// Names the file among those that the person's imports have brought.
    #[n(0)]
    pub mark: Hash,
    /// The description to give the item.
    #[n(1)]
    pub description: String,
    /// The tags to give the item.
    #[n(2)]
    pub tags: Vec<String>,
}

/// A file that an import has brought: it is not brought again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Imported {
    /// The item that it became, or belongs to. It may be deleted since.
    #[n(0)]
    pub item: ItemId,
    /// When.
    #[n(1)]
    pub created: Time,
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

/// What an open upload keeps room for in its course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Reserved {
    /// Bytes in all, as declared.
    #[n(0)]
    pub len: u64,
}

rows!(
    Item = 1,
    File = 1,
    Upload = 1,
    Imported = 1,
    Usage = 1,
    Reserved = 1,
    Text = 1,
    Share = 1,
    ShareLink = 1,
    Placement = 1,
    Claim = 1,
);
