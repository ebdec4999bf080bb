//! The picture of a video, as its uploader's browser captured it.

use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::Error;
use crate::app::{App, Input, Page};
use crate::library::{editable, pictures};
use crate::people::Member;
use crate::store::ids::ItemId;

/// Our own pages send at most half of this, in bytes.
const LIMIT: usize = 2 * 1024 * 1024;
/// What is taken. The content is looked at all the same.
const TYPES: [&str; 3] = ["image/jpeg", "image/webp", "image/png"];

/// `POST /s/{token}/media/{item}/poster`: the body is a picture. For whoever may change the item.
pub async fn poster(
    app: &App,
    member: &Member,
    input: &mut Input,
    item: ItemId,
) -> Result<Page, Error> {
    if !input
        .header(CONTENT_TYPE)
        .is_some_and(|t| TYPES.contains(&t))
    {
        return Err(Error::NotPicture);
    }
    // Before megabytes are read for nothing.
    editable(&app.store, member, item)?;
    let turn = app.uploads.picture_turn(member)?;
    let bytes = input.whole(LIMIT).await?;
    let pictures = app.uploads.small_pictures(&turn, bytes).await?;
    // Meanwhile somebody may have taken it from them.
    let item = editable(&app.store, member, item)?;
    pictures::set(&app.store, &app.world, &app.uploads, &item, pictures).await?;
    Ok(Page::empty(StatusCode::NO_CONTENT))
}
