//! Media tickets: what a media address carries instead of the session's token. One opens one item,
//! for reading, as long as the session does. The same session has the same ticket for an item on
//! every page, so that browsers know the address again and keep what they have of it.

use crate::app::App;
use crate::keys::Purpose;
use crate::people::Member;
use crate::store::ids::{Hash, ItemId};

/// The address of a rendition of an item, as [`crate::library::bytes::Rendition`] names it, for
/// pages of `member`'s session.
pub(super) fn rendition(app: &App, member: &Member, item: ItemId, name: &str) -> String {
    let plain = [&member.hash().0[..], &item.0.to_be_bytes()].concat();
    let ticket = app.keys.seal().close_alike(Purpose::Media, &plain);
    let base = app.public().base_path();
    format!("{base}/files/{item}/{name}?t={ticket}")
}

/// The session and the item that a ticket is for; `None` when it was not made here.
pub(super) fn open(app: &App, ticket: &str) -> Option<(Hash, ItemId)> {
    let plain = app.keys.seal().open(Purpose::Media, ticket)?;
    let (session, item) = plain.split_first_chunk()?;
    let item = u64::from_be_bytes(item.try_into().ok()?);
    Some((Hash(*session), ItemId(item)))
}
