//! The page that passes an item on: to people by name, by links, and into the course.

mod course;
mod links;
mod people;

use maud::{Markup, html};

use super::around::{Around, Here};
use super::{Error, about, back};
use crate::app::{App, Input, Page};
use crate::library::reach::{self, Reach};
use crate::library::{self, Opened, Owned, Viewer, may_place, owned};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Visibility;
use crate::ui::Messages;
use crate::ui::notices::{Tone, notice};

pub use course::{allow, place, unplace, withdraw};
pub use links::{link, unlink};
pub use people::{give, unshare};

/// What of this page somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// All of it: the owner.
    Everything,
    /// Putting the item into the course: its staff, where the item may be shown there.
    Placing,
    /// Nothing.
    Nothing,
}

/// What of this page `member` is offered.
pub(super) fn offered(app: &App, member: &Member, opened: &Opened) -> Result<Offer, Error> {
    let places = match member.contributor() {
        Some(contributor) => may_place(&app.store, contributor, opened)?,
        None => false,
    };
    match owned(&app.store, member, opened.id()) {
        Ok(item) if places || given(app, &item)? => Ok(Offer::Everything),
        Err(library::Error::NotYours) if places => Ok(Offer::Placing),
        Ok(_) | Err(library::Error::NotYours) => Ok(Offer::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// Whether there is something that its owner may take back from anywhere.
fn given(app: &App, item: &Owned) -> Result<bool, Error> {
    let private = item.opened().item().visibility == Visibility::Private;
    Ok(!private || reach::of(&app.store, app.publishing(), item)? != Reach::default())
}

/// `GET /s/{token}/media/{item}/share?name=…&from=…&places=…`: `name` looks for people, from the
/// one at `from` on; `places` is where the list of courses begins.
pub fn share(app: &App, member: &Member, input: &Input, id: ItemId) -> Result<Page, Error> {
    let opened = library::open(&app.store, &Viewer::of(member), id)?;
    let item = match owned(&app.store, member, id) {
        Ok(item) => Some(item),
        Err(library::Error::NotYours) => None,
        Err(error) => return Err(error.into()),
    };
    if item.is_none() && offered(app, member, &opened)? == Offer::Nothing {
        return Err(library::Error::NotYours.into());
    }
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let content = html! {
        (back(m, &opened))
        (done(m, input))
        @if let Some(item) = &item {
            (who_sees(app, m, member, item)?)
            (people::section(app, m, member, item, input)?)
            (links::section(app, m, item)?)
        }
        (course::section(app, m, member, &opened, item.as_ref(), input)?)
    };
    let title = opened.item().title.as_str();
    let title = m.with("share-title", &[("title", title.into())]);
    Ok(around.page(&title, Here::Elsewhere, None, &content))
}

/// What was done just now, as the address tells.
fn done(m: Messages, input: &Input) -> Markup {
    const KNOWN: [(&str, &str); 8] = [
        ("shared", "share-done"),
        ("unshared", "share-undone"),
        ("linked", "link-done"),
        ("unlinked", "link-undone"),
        ("placed", "place-done"),
        ("unplaced", "place-undone"),
        ("withdrawn", "copy-withdrawn"),
        ("allowed", "copy-allowed"),
    ];
    let query = input.query();
    let done = KNOWN.iter().find(|(name, _)| query.get(name).is_some());
    html! {
        @if let Some((_, text)) = done { (notice(m, Tone::Success, &m.text(text), None)) }
    }
}

fn who_sees(app: &App, m: Messages, member: &Member, item: &Owned) -> Result<Markup, Error> {
    let seen = about::who_sees(app, m, member, item.opened())?;
    Ok(html! {
        p.lead { (m.text("share-reach")) " " strong { (seen) } }
        p { a href="edit#field-visibility" { (m.text("share-reach-change")) } }
    })
}
