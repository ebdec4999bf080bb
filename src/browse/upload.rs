//! The page that uploads.

use super::Error;
use super::around::{Around, Here};
use crate::app::{App, Page};
use crate::people::Member;
use crate::ui::media::Visibility;
use crate::ui::upload::{UploadPanel, upload_panel};

/// `GET /s/{token}/upload`
pub fn upload(app: &App, member: &Member) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let m = around.messages;
    let visibilities: &[Visibility] = if member.contributor().is_some() {
        &[Visibility::Private, Visibility::Course]
    } else {
        &[Visibility::Private]
    };
    let panel = UploadPanel {
        max_bytes: app.uploads.max_len(),
        visibilities,
        ..UploadPanel::default()
    };
    let title = m.text("browse-upload");
    Ok(around.page(&title, Here::Upload, None, &upload_panel(m, &panel)))
}
