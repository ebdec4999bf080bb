//! Forms with files in them: `multipart/form-data` (RFC 7578).

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::header;
use multer::{Constraints, Multipart, SizeLimit};

use super::input::{BodyError, Input};

/// How long a whole form may take to arrive.
const TIME: Duration = Duration::from_mins(3);
/// Fields of one form.
const MOST_FIELDS: usize = 50;
/// What the boundaries and headers of a form may take besides its fields.
const AROUND: usize = 64 * 1024;

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The name of the file, when it is one.
    pub file_name: Option<String>,
    /// What it holds.
    pub bytes: Bytes,
}

/// The fields of a form, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<Part>);

impl Fields {
    /// The first field of a name.
    pub fn get(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }

    /// The text of the first field of a name, when it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        str::from_utf8(&self.get(name)?.bytes).ok()
    }
}

impl Input {
    /// The fields of the `multipart/form-data` in the body, together at most `limit` bytes.
    pub async fn multipart(&mut self, limit: usize) -> Result<Fields, BodyError> {
        let kind = self.header(header::CONTENT_TYPE).unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(|_| BodyError::NotAForm)?;
        let body = std::mem::replace(&mut self.body, Box::pin(stream::empty()));
        let whole = u64::try_from(limit + AROUND).unwrap_or(u64::MAX);
        let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(whole));
        let form = Multipart::with_constraints(body, boundary, constraints);
        tokio::time::timeout(TIME, read(form, limit))
            .await
            .map_err(|_| BodyError::TooSlow)?
    }
}

async fn read(mut form: Multipart<'_>, limit: usize) -> Result<Fields, BodyError> {
    let mut parts = Vec::new();
    let mut left = limit;
    while let Some(mut field) = form.next_field().await.map_err(refused)? {
        if parts.len() >= MOST_FIELDS {
            return Err(BodyError::TooLarge);
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(refused)? {
            left = left.checked_sub(chunk.len()).ok_or(BodyError::TooLarge)?;
            bytes.extend_from_slice(&chunk);
        }
        parts.push(Part {
            name,
            file_name,
            bytes: bytes.into(),
        });
    }
    Ok(Fields(parts))
}

/// What `multer` makes of a body that it cannot read.
fn refused(error: multer::Error) -> BodyError {
    match error {
        multer::Error::StreamSizeExceeded { .. } => BodyError::TooLarge,
        multer::Error::StreamReadFailed(source) => source
            .downcast_ref::<BodyError>()
            .copied()
            .unwrap_or(BodyError::Broken),
        multer::Error::IncompleteStream
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteFieldData { .. } => BodyError::Broken,
        _ => BodyError::NotAForm,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use http::{HeaderMap, HeaderValue, Method};

    use super::*;
    use crate::app::Peer;
    use crate::store::ids::Reference;
    use crate::world::World;

    fn input(content_type: &'static str, chunks: Vec<Result<&'static str, BodyError>>) -> Input {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let chunks = chunks
            .into_iter()
            .map(|chunk| chunk.map(|text| Bytes::from_static(text.as_bytes())));
        Input {
            reference: Reference::new(&World::system()),
            method: Method::POST,
            path: String::new(),
            query: String::new(),
            headers,
            peer: Peer {
                address: IpAddr::from([127, 0, 0, 1]),
                local: true,
            },
            practice_site: false,
            body: Box::pin(stream::iter(chunks)),
        }
    }

    const KIND: &str = "multipart/form-data; boundary=cut";
    const FORM: &str = "--cut\r\nContent-Disposition: form-data; name=\"lang\"\r\n\r\nen\r\n\
        --cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.vtt\"\r\n\
        Content-Type: text/vtt\r\n\r\nWEBVTT\r\n--cut--\r\n";

    #[tokio::test]
    async fn fields_and_files_are_read() {
        let (one, two) = FORM.split_at(100);
        let parts = input(KIND, vec![Ok(one), Ok(two)]).multipart(8).await;
        let parts = parts.unwrap();
        assert_eq!(parts.text("lang"), Some("en"));
        let file = parts.get("file").unwrap();
        assert_eq!(file.file_name.as_deref(), Some("a.vtt"));
        assert_eq!(&file.bytes[..], b"WEBVTT");
        assert_eq!(parts.text("other"), None);
    }

    #[tokio::test]
    async fn what_is_no_form_or_too_large_is_refused() {
        let field = "--cut\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n";
        let many = field.repeat(MOST_FIELDS + 1) + "--cut--\r\n";
        let many: &'static str = many.leak();
        for (kind, chunks, expected) in [
            (KIND, vec![Ok(FORM)], BodyError::TooLarge),
            (KIND, vec![Ok(many)], BodyError::TooLarge),
            ("text/plain", vec![Ok(FORM)], BodyError::NotAForm),
            ("multipart/form-data", vec![Ok(FORM)], BodyError::NotAForm),
            (KIND, vec![Ok(&FORM[..120])], BodyError::Broken),
            (
                KIND,
                vec![Ok(&FORM[..60]), Err(BodyError::Broken)],
                BodyError::Broken,
            ),
        ] {
            let limit = if chunks == [Ok(FORM)] { 7 } else { 1000 };
            let read = input(kind, chunks).multipart(limit).await;
            assert_eq!(read, Err(expected), "{kind}");
        }
    }
}
