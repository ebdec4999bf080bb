//! The trash: what one has deleted, until it is deleted for good.

use std::time::Duration;

use maud::{Markup, html};

use super::PAGE;
use super::asked::Asked;
use crate::app::{App, Form as Query, Page};
use crate::browse::Error;
use crate::browse::around::{Around, Here, kind};
use crate::library::lists::{self, Cursor};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::store::rows::library::Item;
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, form};
use crate::ui::notices::{Empty, Tone, empty_state, notice};
use crate::ui::tables::{disclosure, pager};

const DAY: Duration = Duration::from_hours(24);

/// The page of the trash.
pub(super) fn page(
    app: &App,
    member: &Member,
    around: &Around<'_>,
    asked: &Asked,
    query: &Query,
) -> Result<Page, Error> {
    let m = around.messages;
    let cursor = asked.cursor.as_deref().map(str::parse::<Cursor>);
    let found = lists::trash(&app.store, member, cursor.transpose()?, PAGE)?;
    let next = found
        .next
        .map(|next| asked.address(Some(&next.to_string())));
    let days = app.config.storage.trash_kept.as_secs() / DAY.as_secs();
    let content = html! {
        @if query.get("restored").is_some() {
            (notice(m, Tone::Success, &m.text("trash-restored"), None))
        }
        @if query.get("removed").is_some() {
            (notice(m, Tone::Success, &m.text("trash-removed"), None))
        }
        @if found.items.is_empty() {
            (empty_state(&Empty {
                title: &m.text("trash-empty"),
                text: &m.text("trash-empty-text"),
                action: None,
            }))
        } @else {
            p.lead { (m.with("trash-lead", &[("days", days.into())])) }
            ul.trash role="list" {
                @for (id, item) in &found.items { li { (row(m, *id, item)) } }
            }
        }
        (pager(m, next.as_deref()))
        (link_button(&LinkButton {
            href: "library?view=mine",
            label: &m.text("trash-leave"),
            style: Style::Quiet,
            icon: None,
        }))
    };
    Ok(around.page(&m.text("browse-trash"), Here::Elsewhere, None, &content))
}

fn row(m: Messages, id: ItemId, item: &Item) -> Markup {
    let [restore, remove] = ["restore", "delete-for-good"].map(|what| format!("media/{id}/{what}"));
    let heading = format!("trash-{id}");
    html! {
        article.trash-row aria-labelledby=(heading) {
            div {
                h2 id=(heading) { (item.title) }
                p.hint {
                    (kind(item.kind).name(m))
                    @if let Some(since) = item.trashed {
                        " · " (m.text("trash-since")) " " (moment(since))
                    }
                }
            }
            (form(&Form { action: &restore, inline: true, ..Form::default() }, &button(&Button {
                label: &m.text("trash-restore"),
                ..Button::default()
            })))
            (disclosure(&m.text("trash-remove"), &html! {
                p { (m.text("trash-remove-text")) }
                (form(&Form { action: &remove, ..Form::default() }, &button(&Button {
                    label: &m.text("trash-remove-really"),
                    style: Style::Danger,
                    ..Button::default()
                })))
            }))
        }
    }
}
