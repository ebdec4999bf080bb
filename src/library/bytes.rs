//! The bytes of an item: which of them a request gets, and the stream of them.
//!
//! What is sent for the original is not always what was uploaded: parts of the file, and of a small
//! file beside it, in an order of their own ([`Sent`]). Positions and lengths are those of what is
//! sent.

mod plan;
mod stream;

use std::collections::VecDeque;
use std::io;

use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, Method};

pub use plan::{Parts, Plan};

use super::access::Opened;
use super::captions;
use super::error::Error;
use super::folder::Folder;
use super::items::ORIGINAL;
use super::kind::{self, OCTET_STREAM};
use super::range::Span;
use crate::store::Store;
use crate::store::ids::UserId;
use crate::store::rows::library::{Extent, File, Sent};
use crate::store::trees::Files;
use plan::Subject;
use stream::{Piece, Source, stream};

/// What can be asked of an item, by its name in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendition<'a> {
    /// `original`: its file, as others receive it.
    Original,
    /// `upload`: its file exactly as it was uploaded, for its owner.
    Upload,
    /// `picture-{width}`: a picture of it.
    Picture(&'a str),
    /// `captions-{language}`: its captions.
    Captions(&'a str),
}

impl<'a> Rendition<'a> {
    /// The rendition of this name.
    pub fn named(name: &'a str) -> Option<Self> {
        match name {
            ORIGINAL => Some(Self::Original),
            "upload" => Some(Self::Upload),
            _ if name.starts_with("picture-") => Some(Self::Picture(name)),
            _ if name.starts_with("captions-") => Some(Self::Captions(name)),
            _ => None,
        }
    }
}

/// A file of an item that opened for somebody. Only [`original`] and [`rendition`] make one.
#[derive(Debug, Clone)]
pub struct Readable {
    file: File,
    /// On whose account it is read.
    user: Option<UserId>,
    /// Whether it is sent as it was uploaded.
    exact: bool,
    /// The type that browsers are told; `None` for a download of type [`OCTET_STREAM`].
    shown_as: Option<&'static str>,
}

/// The file of an item, as others receive it. [`Error::Unchecked`] while they do not.
pub fn original(store: &Store, opened: &Opened) -> Result<Readable, Error> {
    if !opened.receives_file() {
        return Err(Error::Unchecked);
    }
    let file = store.get::<Files>(&(opened.id(), ORIGINAL.to_owned()))?;
    let file = file.ok_or(Error::Damaged)?;
    Ok(Readable {
        shown_as: kind::inline(&file.media_type),
        file,
        user: None,
        exact: false,
    })
}

/// What `user` asks of an item. [`Error::NotFound`] when there is no such rendition, and for the
/// upload unless the item is theirs: it may tell where it was recorded.
pub fn rendition(
    store: &Store,
    opened: &Opened,
    user: Option<UserId>,
    rendition: Rendition<'_>,
) -> Result<Readable, Error> {
    match rendition {
        Rendition::Original => Ok(Readable {
            user,
            ..original(store, opened)?
        }),
        Rendition::Upload if user == Some(opened.item().owner) => Ok(Readable {
            user,
            exact: true,
            ..original(store, opened)?
        }),
        Rendition::Upload => Err(Error::NotFound),
        Rendition::Picture(name) => {
            let file = beside(store, opened, name)?;
            let shown_as = kind::inline(&file.media_type);
            Ok(Readable {
                file,
                user,
                exact: true,
                shown_as,
            })
        }
        Rendition::Captions(name) => Ok(Readable {
            file: beside(store, opened, name)?,
            user,
            exact: true,
            shown_as: Some(captions::MEDIA_TYPE),
        }),
    }
}

fn beside(store: &Store, opened: &Opened, name: &str) -> Result<File, Error> {
    store
        .get::<Files>(&(opened.id(), name.to_owned()))?
        .ok_or(Error::NotFound)
}

impl Readable {
    /// What is known of the file.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Whether browsers show it in place; else it is a download.
    pub const fn is_shown(&self) -> bool {
        self.shown_as.is_some()
    }

    /// The type that browsers are told.
    pub fn media_type(&self) -> &'static str {
        self.shown_as.unwrap_or(OCTET_STREAM)
    }

    /// How many bytes are sent.
    pub fn sent_len(&self) -> u64 {
        self.sent().map_or(self.file.len, |sent| sent.len)
    }

    /// The `ETag` header: a strong entity tag, another one for what was uploaded than for what is
    /// sent in its place.
    pub fn etag(&self) -> String {
        let variant = if self.sent().is_some() { "-sent" } else { "" };
        format!("\"{}{variant}\"", self.file.etag)
    }

    /// What a request with this method and these headers gets.
    pub fn plan(&self, method: &Method, headers: &HeaderMap) -> Plan {
        let subject = Subject {
            etag: self.etag(),
            len: self.sent_len(),
            media_type: self.media_type(),
        };
        subject.plan(method, headers)
    }

    /// Streams the body of a plan; nothing where it has none. The files are opened before this
    /// answers: [`Error::Damaged`] when one is missing or not as long as it was.
    pub async fn stream(
        &self,
        folder: &Folder,
        plan: &Plan,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>, Error> {
        let pieces = self.pieces(plan)?;
        let head = self.sent().filter(|sent| sent.head_len > 0);
        let source = Source {
            original: folder.open(&self.file.path, self.file.len).await?,
            head: match head {
                Some(sent) => Some(folder.open(&sent.head, sent.head_len).await?),
                None => None,
            },
        };
        Ok(stream(source, pieces, folder.buffers().portion(self.user)))
    }

    fn sent(&self) -> Option<&Sent> {
        self.file.sent.as_ref().filter(|_| !self.exact)
    }

    fn pieces(&self, plan: &Plan) -> Result<VecDeque<Piece>, Error> {
        let mut pieces = VecDeque::new();
        match plan {
            Plan::NotModified | Plan::Another | Plan::Unsatisfiable { .. } => {}
            Plan::Whole { len } => self.add(
                &mut pieces,
                Span {
                    start: 0,
                    len: *len,
                },
            )?,
            Plan::Part { span, .. } => self.add(&mut pieces, *span)?,
            Plan::Parts(parts) => {
                for (head, span) in parts.each() {
                    pieces.push_back(Piece::Text(head.into()));
                    self.add(&mut pieces, span)?;
                }
                pieces.push_back(Piece::Text(parts.close().into()));
            }
        }
        Ok(pieces)
    }

    /// Adds where the bytes of `span` are.
    fn add(&self, pieces: &mut VecDeque<Piece>, span: Span) -> Result<(), Error> {
        let whole = [Extent {
            in_head: false,
            start: 0,
            len: self.file.len,
        }];
        let extents = self.sent().map_or(&whole[..], |sent| &sent.extents);
        let (mut skip, mut left) = (span.start, span.len);
        for extent in extents {
            let len = extent.len.saturating_sub(skip).min(left);
            if len > 0 {
                pieces.push_back(Piece::Run {
                    in_head: extent.in_head,
                    start: extent.start + skip,
                    len,
                });
            }
            skip = skip.saturating_sub(extent.len);
            left -= len;
        }
        // A row whose sum is not that of its extents.
        if left > 0 {
            Err(Error::Damaged)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
