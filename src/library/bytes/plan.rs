//! What a request for bytes gets: preconditions and ranges (RFC 9110, 13 and 14).

use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use crate::library::range::{self, Asked, Span};

/// What a request for bytes gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// 200: the whole file.
    Whole {
        /// Its bytes.
        len: u64,
    },
    /// 206: a part of it.
    Part {
        /// Which.
        span: Span,
        /// Bytes of the whole file.
        total: u64,
    },
    /// 206: several parts of it, as `multipart/byteranges`.
    Parts(Parts),
    /// 304: what the client has is still so. No body.
    NotModified,
    /// 412: the file is not the one that the client means (`If-Match`). No body.
    Another,
    /// 416: the file has no such bytes. No body.
    Unsatisfiable {
        /// Bytes of the whole file.
        total: u64,
    },
}

/// Parts of a file, as one body (RFC 9110, 14.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// At least two, in ascending order.
    spans: Vec<Span>,
    total: u64,
    media_type: &'static str,
    boundary: String,
}

impl Parts {
    /// The `Content-Type` header of the whole body.
    pub fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    /// The parts, each behind the text that goes before it.
    pub(super) fn each(&self) -> impl Iterator<Item = (String, Span)> {
        self.spans.iter().enumerate().map(|(index, span)| {
            let end_of_last = if index == 0 { "" } else { "\r\n" };
            let range = content_range(*span, self.total);
            let head = format!(
                "{end_of_last}--{}\r\nContent-Type: {}\r\nContent-Range: {range}\r\n\r\n",
                self.boundary, self.media_type
            );
            (head, *span)
        })
    }

    /// The text behind the last part.
    pub(super) fn close(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary)
    }

    fn len(&self) -> u64 {
        let parts = self.each().map(|(head, span)| head.len() as u64 + span.len);
        parts.sum::<u64>() + self.close().len() as u64
    }
}

impl Plan {
    /// The status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Whole { .. } => StatusCode::OK,
            Self::Part { .. } | Self::Parts(_) => StatusCode::PARTIAL_CONTENT,
            Self::NotModified => StatusCode::NOT_MODIFIED,
            Self::Another => StatusCode::PRECONDITION_FAILED,
            Self::Unsatisfiable { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        }
    }

    /// The `Content-Range` header (14.4). An answer of several parts has none of its own.
    pub fn content_range(&self) -> Option<String> {
        match self {
            Self::Part { span, total } => Some(content_range(*span, *total)),
            Self::Unsatisfiable { total } => Some(format!("bytes */{total}")),
            Self::Whole { .. } | Self::Parts(_) | Self::NotModified | Self::Another => None,
        }
    }

    /// How many bytes the body has, where there is one. HEAD sends none of them, but their number.
    pub fn body_len(&self) -> Option<u64> {
        match self {
            Self::Whole { len } => Some(*len),
            Self::Part { span, .. } => Some(span.len),
            Self::Parts(parts) => Some(parts.len()),
            Self::NotModified | Self::Another | Self::Unsatisfiable { .. } => None,
        }
    }
}

fn content_range(span: Span, total: u64) -> String {
    format!("bytes {}-{}/{total}", span.start, span.end() - 1)
}

/// What is asked about: a file as it is sent.
pub(super) struct Subject {
    /// The `ETag` header: a strong entity tag.
    pub(super) etag: String,
    /// Bytes.
    pub(super) len: u64,
    /// The type that is told.
    pub(super) media_type: &'static str,
}

impl Subject {
    /// What a request with this method and these headers gets, in the order of RFC 9110, 13.2.2.
    /// No date is ever told, so those of `If-Modified-Since` and the like say nothing.
    pub(super) fn plan(&self, method: &Method, headers: &HeaderMap) -> Plan {
        let total = self.len;
        if !self.is_meant(headers) {
            return Plan::Another;
        }
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
            Asked::Unsatisfiable => Plan::Unsatisfiable { total },
            Asked::Parts(spans) => match spans.as_slice() {
                &[span] => Plan::Part { span, total },
                _ => Plan::Parts(self.parts(spans)),
            },
        }
    }

    fn parts(&self, spans: Vec<Span>) -> Parts {
        // The tag is random and younger than the content, so the content cannot have it.
        let tag = self.etag.chars().filter(char::is_ascii_alphanumeric);
        Parts {
            spans,
            total: self.len,
            media_type: self.media_type,
            boundary: format!("part-{}", tag.take(60).collect::<String>()),
        }
    }

    /// `If-Match`, compared strongly (13.1.1).
    fn is_meant(&self, headers: &HeaderMap) -> bool {
        !headers.contains_key(header::IF_MATCH)
            || tags(headers, &header::IF_MATCH).any(|tag| tag == "*" || tag == self.etag)
    }

    /// `If-None-Match`, compared weakly (13.1.2).
    fn is_known(&self, headers: &HeaderMap) -> bool {
        tags(headers, &header::IF_NONE_MATCH)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag)
    }

    /// `If-Range`, compared strongly (13.1.5): a weak tag and a date never match.
    fn range_applies(&self, headers: &HeaderMap) -> bool {
        !headers.contains_key(header::IF_RANGE)
            || only(headers, &header::IF_RANGE).is_some_and(|tag| tag.trim() == self.etag)
    }
}

/// The entity tags of a header; ours hold no comma.
fn tags<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
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
