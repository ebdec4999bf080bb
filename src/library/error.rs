//! Why the library refuses.

use std::io;

use super::captions::{BadCaptions, BadLanguage};
use super::words::{BadTags, BadTitle, DescriptionTooLong};
use crate::store;

/// Why the library did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or not for this person: which of the two is not told.
    #[error("not found")]
    NotFound,
    /// The person may open the item; changing it is its owner's.
    #[error("the item belongs to somebody else")]
    NotYours,
    /// Showing an item to others takes a teacher's launch, and to a course one from that course;
    /// and the configuration may forbid it.
    #[error("this launch may not set that visibility")]
    VisibilityRefused,
    /// The title cannot be taken.
    #[error(transparent)]
    Title(#[from] BadTitle),
    /// The description cannot be taken.
    #[error(transparent)]
    Description(#[from] DescriptionTooLong),
    /// The tags cannot be taken.
    #[error(transparent)]
    Tags(#[from] BadTags),
    /// The captions cannot be taken.
    #[error(transparent)]
    Captions(#[from] BadCaptions),
    /// The language of captions is none.
    #[error(transparent)]
    Language(#[from] BadLanguage),
    /// Only videos and sound have captions.
    #[error("only videos and sound have captions")]
    NoCaptionsHere,
    /// The item has captions in as many languages as it may have.
    #[error("the item has captions in too many languages")]
    TooManyCaptions,
    /// Sharing takes a teacher's launch, and somebody who is in the same course.
    #[error("this launch may not share with that person")]
    SharingRefused,
    /// The item has as many links as it may have.
    #[error("the item has too many links")]
    TooManyLinks,
    /// The item is shared with as many people as it may be.
    #[error("the item is shared with too many people")]
    TooManyShares,
    /// The bytes are no picture, or a larger one than is taken.
    #[error("not a picture that is taken")]
    BadPicture,
    /// Other pictures are drawn, and it would take too long until it is this one's turn.
    #[error("other pictures are drawn first")]
    PicturesBusy,
    /// The person's picture before this one is not done.
    #[error("the person's picture before is not done")]
    PictureUnderWay,
    /// The item's file may tell where it was recorded: others do not receive it until its owner
    /// allows it.
    #[error("the file may tell a location")]
    Unchecked,
    /// The person has another file examined again.
    #[error("another file of the person's is examined again")]
    CheckUnderWay,
    /// The cursor of a list was not made by that list.
    #[error("not a cursor")]
    BadCursor,

    /// The session ended while its upload was under way: what arrived waits for the person's next.
    #[error("the session ended meanwhile")]
    SessionEnded,
    /// An upload of no bytes.
    #[error("the file is empty")]
    Empty,
    /// A collection holds as many items as it may, or an item is in as many as it may be.
    #[error("the collection is full")]
    CollectionFull,
    /// The upload is longer than what the course may still have.
    #[error("the course may have {left} bytes more")]
    CourseQuota {
        /// How many bytes are left.
        left: u64,
    },
    /// The upload is longer than the configuration allows.
    #[error("the file is longer than {max} bytes")]
    TooLarge {
        /// The longest upload, in bytes.
        max: u64,
    },
    /// The person's items and open uploads would take more than the configuration allows.
    #[error("the person's quota has {left} bytes left")]
    Quota {
        /// What is left of the quota, in bytes.
        left: u64,
    },
    /// The person has as many uploads open as the configuration allows.
    #[error("{max} uploads are open already")]
    TooManyUploads {
        /// How many may be open.
        max: usize,
    },
    /// The disk has not enough free space.
    #[error("the disk is full")]
    DiskFull,
    /// The upload is being written by another request.
    #[error("the upload is being written")]
    Locked,
    /// The bytes do not continue where the upload stands.
    #[error("the upload stands at {offset}")]
    WrongOffset {
        /// Where it stands.
        offset: u64,
    },
    /// More bytes came than the upload declared. Those declared are kept.
    #[error("more bytes than declared")]
    TooLong,
    /// The bytes of one request are not those that its checksum speaks of. None of them are kept.
    #[error("the bytes have another checksum")]
    ChecksumMismatch,
    /// The upload is to replace the file of an item that is of another kind.
    #[error("the new file is of another kind than the item")]
    OtherKind,
    /// The connection broke. What had arrived is kept, unless it came with a checksum.
    #[error("the connection broke")]
    Interrupted,
    /// The upload is complete, its item made.
    #[error("the upload is complete")]
    Complete,
    /// The file is missing or not as long as its row says: something outside touched it.
    #[error("a file is missing or cut")]
    Damaged,

    /// Reading or writing a file failed.
    #[error("a file operation failed")]
    Io(#[source] io::Error),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] store::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Full => Self::DiskFull,
            error => Self::Store(error),
        }
    }
}
