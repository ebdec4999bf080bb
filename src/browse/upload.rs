//! The page that uploads.

use super::Error;
use super::around::{Around, Here, visibility};
use super::tus::Metadata;
use crate::app::{App, Page};
use crate::library::uploads::OpenUpload;
use crate::people::Member;
use crate::store::rows::library::Visibility;
use crate::ui::upload::{Unfinished, UploadPanel, upload_panel};

/// `GET /s/{token}/upload`
pub async fn upload(app: &App, member: &Member) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let m = around.messages;
    let left: Vec<Left> = app.uploads.open_of(member)?.into_iter().map(left).collect();
    let unfinished: Vec<Unfinished<'_>> = left.iter().map(Left::listed).collect();
    let visibilities: Vec<_> = offered(member).into_iter().map(visibility).collect();
    let panel = UploadPanel {
        max_bytes: app.uploads.max_len(),
        room_bytes: app.uploads.room(member).await?,
        visibilities: &visibilities,
        unfinished: &unfinished,
        ..UploadPanel::default()
    };
    let title = m.text("browse-upload");
    Ok(around.page(&title, Here::Upload, None, &upload_panel(m, &panel)))
}

/// To whom a person may show what is uploaded: students to nobody. Links and the whole internet are
/// chosen at the item itself.
fn offered(member: &Member) -> Vec<Visibility> {
    if member.contributor().is_none() {
        return vec![Visibility::Private];
    }
    vec![Visibility::Private, Visibility::Course, Visibility::School]
}

/// An upload that an earlier visit left, in the words of the client that began it.
struct Left {
    id: String,
    name: String,
    modified: Option<u64>,
    len: u64,
    offset: u64,
}

impl Left {
    fn listed(&self) -> Unfinished<'_> {
        Unfinished {
            id: &self.id,
            name: &self.name,
            bytes: self.len,
            offset: self.offset,
            modified: self.modified,
        }
    }
}

fn left(upload: OpenUpload) -> Left {
    let told = Metadata::parse(&upload.metadata).unwrap_or_default();
    Left {
        id: upload.id.to_string(),
        name: told
            .get("filename")
            .map_or(upload.filename, ToOwned::to_owned),
        modified: told.get("modified").and_then(|text| text.parse().ok()),
        len: upload.len,
        offset: upload.offset,
    }
}
