//! The page that uploads.

use maud::html;

use super::Error;
use super::around::{Around, Here, visibility};
use super::tus::Metadata;
use crate::app::{App, Input, Page};
use crate::library::uploads::OpenUpload;
use crate::library::{self, Editable, editable};
use crate::people::Member;
use crate::store::rows::library::Visibility;
use crate::ui::media;
use crate::ui::upload::{Replaced, Unfinished, UploadPanel, upload_panel};

/// `GET /s/{token}/upload`; with `?replaces={item}` for a new file of an item.
pub async fn upload(app: &App, member: &Member, input: &Input) -> Result<Page, Error> {
    let query = input.query();
    let item = query.get("replaces");
    let item = item.map(|id| replaced(app, member, id)).transpose()?;
    let around = Around::new(app, member)?;
    let m = around.messages;
    // An upload goes on only where it says what becomes of it.
    let id = item.as_ref().map(|item| item.opened().id());
    let mut open = app.uploads.open_of(member)?;
    open.retain(|upload| upload.replaces == id);
    let left: Vec<Left> = open.into_iter().map(left).collect();
    let unfinished: Vec<Unfinished<'_>> = left.iter().map(Left::listed).collect();
    let named = item.as_ref().map(|item| {
        let opened = item.opened();
        (opened.id().to_string(), opened.item().title.as_str())
    });
    let replaces = named.as_ref().map(|(id, title)| Replaced { id, title });
    let visibilities = offered_visibilities(member);
    let panel = UploadPanel {
        max_bytes: app.uploads.max_len(),
        room_bytes: app.uploads.room(member).await?,
        visibilities: &visibilities,
        unfinished: &unfinished,
        replaces,
        ..UploadPanel::default()
    };
    let (title, here) = match replaces {
        Some(item) => {
            let title = [("title", item.title.into())];
            (m.with("upload-replaces", &title), Here::Elsewhere)
        }
        None => (m.text("browse-upload").into_owned(), Here::Upload),
    };
    let content = html! {
        (upload_panel(m, &panel))
        @if replaces.is_none() && member.contributor().is_some() {
            p.hint { (m.text("upload-or-tool")) " " a href="tools/new" { (m.text("tool-new")) } }
        }
        @if replaces.is_none() {
            p.hint {
                (m.text("upload-or-collection")) " "
                a href="collections/new" { (m.text("collection-new")) }
            }
        }
    };
    Ok(around.page(&title, here, None, &content))
}

/// The item whose file is to be replaced. Those who may not do that find nothing here.
fn replaced(app: &App, member: &Member, id: &str) -> Result<Editable, Error> {
    let id = id.parse().map_err(|_| library::Error::NotFound)?;
    match editable(&app.store, member, id) {
        Err(library::Error::NotYours) => Err(library::Error::NotFound.into()),
        item => Ok(item?),
    }
}

/// To whom a person may show what is uploaded: students to nobody. Links and the whole internet are
/// chosen at the item itself.
pub(super) fn offered_visibilities(member: &Member) -> Vec<media::Visibility> {
    offered(member).into_iter().map(visibility).collect()
}

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
