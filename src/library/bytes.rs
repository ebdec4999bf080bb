//! The bytes of an item: which of them a request gets, and the stream of them.

use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use super::access::Opened;
use super::error::Error;
use super::folder::{Folder, blocking};
use super::items::ORIGINAL;
use super::range::{self, Asked};
use crate::store::Store;
use crate::store::rows::library::File;
use crate::store::trees::Files;

/// How much is read at a time. Nothing is read ahead, but the server below takes the next chunk
/// while less than 400 KiB wait for the network: a stream whose client stops reading keeps two in
/// memory over HTTP/1.1, and over HTTP/2 one more.
const CHUNK: usize = 256 * 1024;

/// A file of an item that opened for somebody. Only [`original`] makes one.
#[derive(Debug, Clone)]
pub struct Readable {
    file: File,
}

/// The file that was uploaded.
pub fn original(store: &Store, opened: &Opened) -> Result<Readable, Error> {
    store
        .get::<Files>(&(opened.id(), ORIGINAL.to_owned()))?
        .map(|file| Readable { file })
        .ok_or(Error::Damaged)
}

/// What a request for bytes gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// 200: the whole file.
    Whole {
        /// Its bytes.
        len: u64,
    },
    /// 206: a part of it.
    Part {
        /// The first byte's position.
        start: u64,
        /// How many bytes.
        len: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// 304: what the client has is still so. No body.
    NotModified,
    /// 416: the file has no such bytes. No body.
    Unsatisfiable {
        /// Bytes of the whole file.
        total: u64,
    },
}

impl Plan {
    /// The status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Whole { .. } => StatusCode::OK,
            Self::Part { .. } => StatusCode::PARTIAL_CONTENT,
            Self::NotModified => StatusCode::NOT_MODIFIED,
            Self::Unsatisfiable { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        }
    }

    /// The `Content-Range` header (RFC 9110, 14.4).
    pub fn content_range(self) -> Option<String> {
        match self {
            Self::Part { start, len, total } => {
                Some(format!("bytes {start}-{}/{total}", start + len - 1))
            }
            Self::Unsatisfiable { total } => Some(format!("bytes */{total}")),
            Self::Whole { .. } | Self::NotModified => None,
        }
    }

    /// Which bytes are the body: the first one's position, and how many. HEAD sends none of them,
    /// but their number.
    pub const fn body(self) -> Option<(u64, u64)> {
        match self {
            Self::Whole { len } => Some((0, len)),
            Self::Part { start, len, .. } => Some((start, len)),
            Self::NotModified | Self::Unsatisfiable { .. } => None,
        }
    }
}

impl Readable {
    /// What is known of the file.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// The `ETag` header: a strong entity tag.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.file.etag)
    }

    /// What a request with this method and these headers gets, in the order of RFC 9110, 13.2.2.
    /// No date is ever told, so those of `If-Modified-Since` and the like say nothing.
    pub fn plan(&self, method: &Method, headers: &HeaderMap) -> Plan {
        let total = self.file.len;
        if self.is_known(headers) {
            return Plan::NotModified;
        }
        // Ranges are defined for GET alone (14.2).
        if *method != Method::GET || !self.range_applies(headers) {
            return Plan::Whole { len: total };
        }
        let asked = only(headers, &header::RANGE).map_or(Asked::Whole, |r| range::parse(r, total));
        match asked {
            Asked::Whole => Plan::Whole { len: total },
            Asked::Part { start, len } => Plan::Part { start, len, total },
            Asked::Unsatisfiable => Plan::Unsatisfiable { total },
        }
    }

    /// `If-None-Match`, compared weakly (13.1.2).
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let etag = self.etag();
        headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
    }

    /// `If-Range`, compared strongly (13.1.5): a weak tag and a date never match.
    fn range_applies(&self, headers: &HeaderMap) -> bool {
        !headers.contains_key(header::IF_RANGE)
            || only(headers, &header::IF_RANGE).is_some_and(|tag| tag.trim() == self.etag())
    }

    /// Streams `len` bytes from `start`, chunk by chunk. The file is opened before this
    /// answers: [`Error::Damaged`] when it is missing or not as long as it was.
    pub async fn stream(
        &self,
        folder: &Folder,
        start: u64,
        len: u64,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>, Error> {
        let file = Arc::new(folder.open(&self.file).await?);
        let end = start.saturating_add(len).min(self.file.len);
        Ok(try_unfold(start, move |at| {
            let file = Arc::clone(&file);
            async move {
                let Some(left) = end.checked_sub(at).filter(|left| *left > 0) else {
                    return Ok(None);
                };
                let chunk = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
                let bytes = blocking(move || read(&file, at, chunk)).await?;
                let next = at + bytes.len() as u64;
                Ok(Some((bytes, next)))
            }
        }))
    }
}

fn read(file: &std::fs::File, at: u64, len: usize) -> io::Result<Bytes> {
    let mut bytes = vec![0; len];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes.into())
}

/// The value of a header that may come once; `None` when it came not at all or more than once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
