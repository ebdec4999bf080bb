//! One item: its player or picture, and what is known of it.

use maud::{Markup, html};

use super::around::{Around, Here};
use super::collection::Showing;
use super::player::{showing, with_viewer};
use super::share::{self, Offer};
use super::{Error, about, earned, location, review, statistics, tool};
use crate::app::{App, Input, Page};
use crate::library::bytes::{self, Readable};
use crate::library::{self, Opened, Viewer, editable, placements};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Kind;
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, link_button};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, notice};

/// `GET /s/{token}/media/{item}`
pub async fn watch(app: &App, member: &Member, input: &Input, item: ItemId) -> Result<Page, Error> {
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    let around = Around::one_below(app, member)?;
    let m = around.messages;
    let media = media(app, &opened)?;
    let query = input.query();
    let saved = query.get("saved").is_some();
    let shown = Showing::of(app, member, &opened, query.get("at"))?;
    let content = html! {
        @if saved { (notice(m, Tone::Success, &m.text("item-saved"), None)) }
        @if query.get("added").is_some() {
            (notice(m, Tone::Success, &m.text("tool-added"), Some(&html! {
                p { (m.text("tool-added-text")) }
            })))
        }
        (location::told(m, member, &opened, query.get("checked").is_some()))
        (review::told(app, m, member, &opened)?)
        @match &media {
            Media::Here(readable) => {
                (showing(app, m, member, &opened, readable, "").await?)
            }
            Media::Tool => { (tool::showing(app, m, member, &opened, "")?) }
            Media::Collection => {
                @if let Some(shown) = &shown {
                    (shown.markup(app, m, member, &opened, "").await?)
                }
            }
            absent => { (absent.instead(m)) }
        }
        // Beside a player it stands with what was seen.
        @if media.readable().is_none() { (earned::told(app, m, member, &opened)?) }
        div.about {
            div.about-words { (about::words(m, opened.item(), Some("../library"))) }
            (about::known(app, m, member, &opened, media.readable())?)
        }
        (around.tab_form())
    };
    let actions = actions(app, m, member, &opened)?;
    let placed = placements::shown(&app.store, member, &opened)?;
    let title = placed.and_then(|placed| placed.title);
    let title = title.as_ref().unwrap_or(&opened.item().title);
    let page = around.page(title, Here::Elsewhere, Some(&actions), &content);
    let page = tool::with_tool(app, with_viewer(page, opened.item().kind), &opened);
    Ok(match &shown {
        Some(shown) => shown.dress(app, page),
        None => page,
    })
}

/// What there is of an item's file for whoever looks.
pub(super) enum Media {
    /// The file.
    Here(Box<Readable>),
    /// It is missing or cut: the page stays, so that its owner can still replace or delete it.
    Lost,
    /// It may tell a location, and others do not receive it yet.
    NotYet,
    /// There is none, and needs none: the item launches a tool.
    Tool,
    /// Likewise: it is made of other items.
    Collection,
}

impl Media {
    /// The file.
    pub(super) fn readable(&self) -> Option<&Readable> {
        match self {
            Self::Here(readable) => Some(readable),
            Self::Lost | Self::NotYet | Self::Tool | Self::Collection => None,
        }
    }

    /// What stands in place of the file where there is none.
    pub(super) fn instead(&self, m: Messages) -> Markup {
        match self {
            Self::Here(_) | Self::Tool | Self::Collection => html! {},
            Self::Lost => lost(m),
            Self::NotYet => location::not_yet(m),
        }
    }
}

/// An item's file.
pub(super) fn media(app: &App, opened: &Opened) -> Result<Media, Error> {
    match opened.item().kind {
        Kind::Tool => return Ok(Media::Tool),
        Kind::Collection => return Ok(Media::Collection),
        _ => {}
    }
    match bytes::original(&app.store, opened) {
        Ok(readable) => Ok(Media::Here(Box::new(readable))),
        Err(library::Error::Damaged) => Ok(Media::Lost),
        Err(library::Error::Unchecked) => Ok(Media::NotYet),
        Err(error) => Err(error.into()),
    }
}

/// The ways to change the item and to pass it on, for whoever has them.
fn actions(app: &App, m: Messages, member: &Member, opened: &Opened) -> Result<Markup, Error> {
    let id = opened.id();
    let edits = match editable(&app.store, member, id) {
        Ok(_) => true,
        Err(library::Error::NotYours) => false,
        Err(error) => return Err(error.into()),
    };
    let link = |below: &str, label: &str, icon| {
        link_button(&LinkButton {
            href: &format!("{id}/{below}"),
            label: &m.text(label),
            icon: Some(icon),
            ..LinkButton::default()
        })
    };
    let collection = opened.item().kind == Kind::Collection;
    let watched = !matches!(opened.item().kind, Kind::Collection | Kind::Tool);
    Ok(html! {
        @if watched && statistics::sees(app, member)? {
            (link("viewers", "statistics-item-nav", Icon::Chart))
        }
        @if edits && collection { (link("contents", "collection-fill", Icon::Collection)) }
        @if edits { (link("edit", "item-edit", Icon::Edit)) }
        @match share::offered(app, member, opened)? {
            Offer::Everything => { (link("share", "item-share", Icon::Course)) }
            Offer::Placing => { (link("share", "item-place", Icon::Course)) }
            Offer::Nothing => {}
        }
    })
}

fn lost(m: Messages) -> Markup {
    let (sentence, next) = m.problem("file-damaged");
    notice(m, Tone::Error, &sentence, Some(&html! { p { (next) } }))
}
