//! Media tickets: what a media address carries instead of the session's token. One opens one item,
//! for reading, as long as the session does. The same session has the same ticket for an item on
//! every page, so that browsers know the address again and keep what they have of it.
//!
//! A pass is alike, stands in the page alone and in no address, and lets the page tell what is watched
//! of the item where the browser cannot tell whose page it is.

use crate::app::App;
use crate::keys::Purpose;
use crate::people::Member;
use crate::store::ids::{Hash, ItemId};

/// The address of a rendition of an item, as [`crate::library::bytes::Rendition`] names it, for
/// pages of `member`'s session.
pub(super) fn rendition(app: &App, member: &Member, item: ItemId, name: &str) -> String {
    let ticket = close(app, Purpose::Media, member, item);
    let base = app.public().base_path();
    format!("{base}/files/{item}/{name}?t={ticket}")
}

/// The session and the item that a ticket is for; `None` when it was not made here.
pub(super) fn open(app: &App, ticket: &str) -> Option<(Hash, ItemId)> {
    opened(app, Purpose::Media, ticket)
}

/// The pass of a page of `member`'s session that shows an item.
pub(super) fn pass(app: &App, member: &Member, item: ItemId) -> String {
    close(app, Purpose::Watching, member, item)
}

/// The session and the item of a pass; `None` when it was not made here.
pub(super) fn open_pass(app: &App, pass: &str) -> Option<(Hash, ItemId)> {
    opened(app, Purpose::Watching, pass)
}

fn close(app: &App, purpose: Purpose, member: &Member, item: ItemId) -> String {
    let plain = [&member.hash().0[..], &item.0.to_be_bytes()].concat();
    app.keys.seal().close_alike(purpose, &plain)
}

fn opened(app: &App, purpose: Purpose, text: &str) -> Option<(Hash, ItemId)> {
    let plain = app.keys.seal().open(purpose, text)?;
    let (session, item) = plain.split_first_chunk()?;
    let item = u64::from_be_bytes(item.try_into().ok()?);
    Some((Hash(*session), ItemId(item)))
}
