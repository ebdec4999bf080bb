//! One item: its player or picture, what is known of it and, for its owner, the ways to change it.

use maud::{Markup, html};

use super::Error;
use super::around::{Around, Here, kind, visibility};
use super::item::{Mistakes, owners_part};
use super::player::{showing, with_viewer};
use crate::app::{App, Input, Page};
use crate::library::bytes::{self, Readable};
use crate::library::{self, Opened, Viewer};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::trees::Users;
use crate::ui::Messages;
use crate::ui::format::{moment, size};
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::facts;

/// `GET /s/{token}/media/{item}`
pub fn watch(app: &App, member: &Member, input: &Input, item: ItemId) -> Result<Page, Error> {
    let saved = input.query().get("saved").is_some();
    page_of(app, member, item, saved, None)
}

/// The item's page. `mistakes` are those of a form that comes back.
pub(super) fn page_of(
    app: &App,
    member: &Member,
    item: ItemId,
    saved: bool,
    mistakes: Option<&Mistakes<'_>>,
) -> Result<Page, Error> {
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    let around = Around::one_below(app, member)?;
    let m = around.messages;
    let readable = match bytes::original(&app.store, &opened) {
        Ok(readable) => Some(readable),
        // The page stays, so that the owner can still delete the item.
        Err(library::Error::Damaged) => None,
        Err(error) => return Err(error.into()),
    };
    let content = html! {
        @if saved { (notice(m, Tone::Success, &m.text("item-saved"), None)) }
        @if let Some(readable) = &readable {
            (showing(app, m, member, &opened, readable)?)
        } @else {
            (lost(m))
        }
        (known(app, m, member, &opened, readable.as_ref())?)
        (owners_part(app, m, member, item, mistakes)?)
        (around.tab_form())
    };
    let page = around.page(&opened.item().title, Here::Elsewhere, None, &content);
    Ok(with_viewer(page, opened.item().kind))
}

fn lost(m: Messages) -> Markup {
    let (sentence, next) = m.problem("file-damaged");
    notice(m, Tone::Error, &sentence, Some(&html! { p { (next) } }))
}

fn known(
    app: &App,
    m: Messages,
    member: &Member,
    opened: &Opened,
    readable: Option<&Readable>,
) -> Result<Markup, Error> {
    let item = opened.item();
    let own = item.owner == member.session().user;
    let owner = if own {
        Some(m.text("item-owner-you").into_owned())
    } else {
        app.store
            .get::<Users>(&item.owner)?
            .and_then(|user| user.name)
    };
    let seen = visibility(item.visibility);
    let mut rows = vec![(m.text("fact-kind"), html! { (kind(item.kind).name(m)) })];
    if let Some(readable) = readable {
        let bytes = size(m, readable.file().len);
        rows.push((m.text("fact-size"), html! { (bytes) }));
    }
    rows.push((m.text("fact-added"), moment(item.created)));
    if let Some(owner) = owner {
        rows.push((m.text("fact-owner"), html! { (owner) }));
    }
    rows.push((
        m.text("fact-visibility"),
        html! { (seen.badge(m)) " " (seen.hint(m)) },
    ));
    let rows: Vec<(&str, Markup)> = rows
        .iter()
        .map(|(name, value)| (name.as_ref(), value.clone()))
        .collect();
    Ok(facts(&rows))
}
