//! What whoever uploaded a file should know of it at once.

use serde_json::json;

use super::Error;
use super::player::trouble;
use crate::app::{App, Page};
use crate::library::{bytes, editable};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Location;
use crate::ui::Messages;
use crate::ui::playable;

/// `GET /s/{token}/media/{item}/notes`: `{plays, location}`, each a sentence or two, or nothing: who
/// plays it where not everybody does, and that others do not receive it yet. For whoever may change
/// the item.
pub fn notes(app: &App, member: &Member, id: ItemId) -> Result<Page, Error> {
    let item = editable(&app.store, member, id)?;
    let opened = item.opened();
    let m = Messages::default();
    // Those who do not receive the file are told nothing of it.
    let media_type = bytes::original(&app.store, opened)
        .map(|readable| readable.file().media_type.clone())
        .unwrap_or_default();
    let known = trouble(opened.item(), &media_type, true, true);
    let plays = known.map(|known| playable::words(m, &known));
    let waits = opened.item().location == Location::Unknown;
    let location = waits.then(|| {
        let [title, text] = ["location-unknown", "location-unknown-text"].map(|id| m.text(id));
        format!("{title}. {text}")
    });
    Ok(Page::json(&json!({ "plays": plays, "location": location })))
}
