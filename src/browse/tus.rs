//! The HTTP side of uploads: tus 1.0.0 (<https://tus.io/protocols/resumable-upload>), core with
//! creation, creation-with-upload, termination, expiration and checksum.

mod body;
mod metadata;

use std::pin::pin;

use http::header::{ALLOW, CONTENT_TYPE, HeaderName, LOCATION};
use http::{Method, StatusCode};

use super::Error;
use super::around::named_visibility;
use crate::app::{App, Input, Page};
use crate::library::uploads::{ALGORITHMS, Checksum, NewUpload, Progress, UploadId};
use crate::library::{self, Title};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Visibility;
use crate::world::Time;
pub(super) use metadata::Metadata;

/// The version of the protocol, in requests and answers.
pub const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
/// The versions that are spoken.
pub const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
/// The one version.
pub const VERSION: &str = "1.0.0";

const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const TUS_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// The item that a complete upload became.
const LANTERNA_ITEM: HeaderName = HeaderName::from_static("lanterna-item");

const EXTENSIONS: &str = "creation,creation-with-upload,termination,expiration,checksum";
const UPLOAD_BYTES: &str = "application/offset+octet-stream";

/// Everything below `/s/{token}/uploads`: without `id` an upload begins, with it goes on.
/// Answers `None` for other methods.
pub async fn uploads(
    app: &App,
    member: &Member,
    input: Input,
    id: Option<&str>,
) -> Result<Option<Page>, Error> {
    if input.method == Method::OPTIONS {
        return Ok(Some(capabilities(app, id.is_some())));
    }
    if input.header(TUS_RESUMABLE) != Some(VERSION) {
        return Err(Error::TusVersion);
    }
    let id = id.map(str::parse::<UploadId>).transpose();
    let id = id.map_err(|_| library::Error::NotFound)?;
    let page = match (input.method.as_str(), id) {
        ("POST", None) => create(app, member, input).await?,
        ("HEAD", Some(id)) => status(app, member, id).await?,
        ("PATCH", Some(id)) => append(app, member, input, id).await?,
        ("DELETE", Some(id)) => {
            app.uploads.terminate(member, id).await?;
            Page::empty(StatusCode::NO_CONTENT)
        }
        _ => return Ok(None),
    };
    Ok(Some(page.with(TUS_RESUMABLE, VERSION)))
}

/// What a header of metadata tells under a name.
#[cfg(any(test, fuzzing))]
pub fn told(header: &str, name: &str) -> Option<String> {
    Some(Metadata::parse(header)?.get(name)?.to_owned())
}

/// The methods that [`uploads`] takes with an id or without one.
pub const fn methods(with_id: bool) -> &'static str {
    if with_id {
        "HEAD, PATCH, DELETE, OPTIONS"
    } else {
        "POST, OPTIONS"
    }
}

fn capabilities(app: &App, with_id: bool) -> Page {
    Page::empty(StatusCode::NO_CONTENT)
        .with(ALLOW, methods(with_id))
        .with(TUS_VERSION, VERSION)
        .with(TUS_EXTENSION, EXTENSIONS)
        .with(TUS_CHECKSUM_ALGORITHM, ALGORITHMS)
        .with(TUS_MAX_SIZE, &app.uploads.max_len().to_string())
}

async fn create(app: &App, member: &Member, input: Input) -> Result<Page, Error> {
    let len = number(&input, UPLOAD_LENGTH).ok_or(Error::LengthMissing)?;
    let checksum = checksum(&input)?;
    let given = input.header(UPLOAD_METADATA).unwrap_or_default();
    let metadata = Metadata::parse(given).ok_or(Error::BadRequest)?;
    let title = metadata.get("title").filter(|title| !title.is_empty());
    let title = title.map(Title::parse).transpose();
    let title = title.map_err(library::Error::from)?;
    let visibility = metadata.get("visibility").map(named_visibility);
    let replaces = metadata.get("replaces").map(str::parse::<ItemId>);
    let new = NewUpload {
        len,
        filename: metadata.get("filename").unwrap_or_default(),
        title: title.as_ref(),
        visibility: visibility.transpose()?.unwrap_or(Visibility::Private),
        replaces: replaces.transpose().map_err(|_| Error::BadRequest)?,
        metadata: given,
    };
    let (id, begun) = app.uploads.create(member, new).await?;
    let page = Page::empty(StatusCode::CREATED).with(LOCATION, &format!("uploads/{id}"));
    if !sends_bytes(&input) {
        return Ok(with_progress(page, &begun));
    }
    let mut body = pin!(body::lively(input.body));
    let appended = app
        .uploads
        .append_checked(member, id, 0, checksum, body.as_mut())
        .await;
    let progress = match appended {
        Ok(progress) => progress,
        // The client learns the address and goes on from what arrived.
        Err(library::Error::Interrupted) => app.uploads.status(member, id).await?,
        // All of it is here: the person's next session lists it and makes the item.
        Err(error @ library::Error::SessionEnded) => return Err(error.into()),
        Err(error) => {
            body::drain(body).await;
            // The client never learns the address, so nobody could go on.
            match app.uploads.terminate(member, id).await {
                // It ended by itself.
                Ok(()) | Err(library::Error::NotFound) => return Err(error.into()),
                Err(other) => return Err(other.into()),
            }
        }
    };
    Ok(with_progress(page, &progress))
}

async fn status(app: &App, member: &Member, id: UploadId) -> Result<Page, Error> {
    let progress = app.uploads.status(member, id).await?;
    let metadata = app.uploads.metadata(member, id)?;
    let page = Page::empty(StatusCode::OK).with(UPLOAD_LENGTH, &progress.len.to_string());
    let page = if metadata.is_empty() {
        page
    } else {
        page.with(UPLOAD_METADATA, &metadata)
    };
    Ok(with_progress(page, &progress))
}

async fn append(app: &App, member: &Member, input: Input, id: UploadId) -> Result<Page, Error> {
    if !sends_bytes(&input) {
        return Err(Error::NotUploadBytes);
    }
    let offset = number(&input, UPLOAD_OFFSET).ok_or(Error::BadRequest)?;
    let checksum = checksum(&input)?;
    let mut body = pin!(body::lively(input.body));
    let appended = app
        .uploads
        .append_checked(member, id, offset, checksum, body.as_mut())
        .await;
    if appended.is_err() {
        body::drain(body).await;
    }
    let page = Page::empty(StatusCode::NO_CONTENT);
    Ok(with_progress(page, &appended?))
}

fn with_progress(page: Page, progress: &Progress) -> Page {
    let page = page
        .with(UPLOAD_OFFSET, &progress.offset.to_string())
        .with(UPLOAD_EXPIRES, &http_date(progress.ends));
    match progress.item {
        Some(item) => page.with(LANTERNA_ITEM, &item.to_string()),
        None => page,
    }
}

fn sends_bytes(input: &Input) -> bool {
    input.header(CONTENT_TYPE) == Some(UPLOAD_BYTES)
}

/// What the body is said to hash to, if that is said.
fn checksum(input: &Input) -> Result<Option<Checksum>, Error> {
    let given = input.header(UPLOAD_CHECKSUM).map(str::parse);
    given.transpose().map_err(|_| Error::BadChecksum)
}

/// A header that is a non-negative integer.
fn number(input: &Input, name: HeaderName) -> Option<u64> {
    let text = input.header(name)?;
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// A moment as headers tell it (RFC 9110, section 5.6.7).
fn http_date(time: Time) -> String {
    let timestamp = time.timestamp();
    timestamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        // The example of RFC 9110.
        let time = Time::from_seconds(784_111_777);
        assert_eq!(http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
