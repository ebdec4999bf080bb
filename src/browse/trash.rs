//! Into the trash, out of it again, and gone for good. Its owner's alone.

use super::Error;
use crate::app::{App, Page};
use crate::library::{items, owned, trashed};
use crate::people::Member;
use crate::store::ids::ItemId;

/// `POST /s/{token}/media/{item}/delete`: into the trash.
pub async fn delete(app: &App, member: &Member, id: ItemId) -> Result<Page, Error> {
    let item = owned(&app.store, member, id)?;
    items::trash(&app.store, &app.world, &item).await?;
    Ok(Page::see_other("../../library?view=mine&deleted"))
}

/// `POST /s/{token}/media/{item}/restore`: out of the trash.
pub async fn restore(app: &App, member: &Member, id: ItemId) -> Result<Page, Error> {
    let item = trashed(&app.store, member, id)?;
    items::restore(&app.store, &app.world, &item).await?;
    Ok(Page::see_other("../../library?view=trash&restored"))
}

/// `POST /s/{token}/media/{item}/delete-for-good`: what is in the trash, and everything about it.
pub async fn delete_for_good(app: &App, member: &Member, id: ItemId) -> Result<Page, Error> {
    let item = trashed(&app.store, member, id)?;
    items::delete(&app.store, &app.world, &app.folder, &item).await?;
    Ok(Page::see_other("../../library?view=trash&removed"))
}
