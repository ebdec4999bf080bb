//! What the people of a deleted connection left: how much it is, and its removal for good.

use http::StatusCode;
use maud::{Markup, html};

use super::fields;
use crate::admin::Error;
use crate::admin::pages::{FORM_LIMIT, path, signed_in};
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Input, Page};
use crate::audit;
use crate::people::connections::{self, gone};
use crate::store::Commit;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Removal};
use crate::store::trees::{Usage, UserBy};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, button_row, link_button};
use crate::ui::format::{moment, size};
use crate::ui::forms::{Form, form};
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::facts;

/// People whose media are counted on the page.
const COUNTED: usize = 1_000;

fn there(app: &App, id: ConnectionId) -> Result<Connection, Error> {
    let found = connections::any(&app.store, id)?;
    found
        .filter(|connection| connection.deleted.is_some())
        .ok_or(Error::NotFound)
}

/// `GET /admin/connections/{id}/media`
pub async fn media(app: &App, input: &Input, id: ConnectionId) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let connection = there(app, id)?;
    page(app, &administrator, (id, &connection), ("", None))
}

fn page(
    app: &App,
    administrator: &Administrator,
    (id, connection): (ConnectionId, &Connection),
    entered: (&str, Option<&str>),
) -> Result<Page, Error> {
    let m = Messages::default();
    let content = html! {
        (amounts(app, m, id)?)
        @match &connection.removal {
            Some(removal) if removal.done.is_none() => (under_way(m, removal)),
            removal => {
                @if let Some(removal) = removal { (done(m, removal)) }
                (asking(app, m, administrator, (id, connection), entered))
            }
        }
    };
    let title = m.with("left-title", &[("name", connection.name.as_str().into())]);
    let here = "connections";
    Ok(signed_in(app, administrator, &title, here, &content))
}

/// How much is left, as far as it was counted.
fn amounts(app: &App, m: Messages, id: ConnectionId) -> Result<Markup, Error> {
    let people = app.store.page::<UserBy>(&(id,), None, COUNTED)?;
    let (mut owners, mut items, mut bytes) = (0_u64, 0_u64, 0_u64);
    for (_, known) in &people {
        let usage = app.store.get::<Usage>(&known.user)?;
        if let Some(usage) = usage.filter(|usage| usage.items > 0) {
            owners += 1;
            items = items.saturating_add(usage.items);
            bytes = bytes.saturating_add(usage.bytes);
        }
    }
    let list = path(app, &format!("connections/{id}/people"));
    Ok(html! {
        (facts(&[
            (&m.text("left-owners"), html! { (owners) }),
            (&m.text("left-items"), html! { (items) }),
            (&m.text("left-size"), html! { (size(m, bytes)) }),
        ]))
        @if people.len() == COUNTED { p.hint { (m.text("left-counted")) } }
        p { a href=(list) { (m.text("left-list")) } }
    })
}

fn under_way(m: Messages, removal: &Removal) -> Markup {
    notice(
        m,
        Tone::Info,
        &m.text("left-under-way"),
        Some(&removed(m, removal)),
    )
}

fn done(m: Messages, removal: &Removal) -> Markup {
    notice(
        m,
        Tone::Success,
        &m.text("left-done"),
        Some(&removed(m, removal)),
    )
}

fn removed(m: Messages, removal: &Removal) -> Markup {
    let told = m.with(
        "left-removed",
        &[
            ("number", removal.items.into()),
            ("size", size(m, removal.bytes).into()),
            ("name", removal.by.as_str().into()),
        ],
    );
    html! { p { (told) " " (moment(removal.done.unwrap_or(removal.at))) } }
}

fn asking(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    (id, connection): (ConnectionId, &Connection),
    (entered, mistake): (&str, Option<&str>),
) -> Markup {
    let label = m.with("left-name", &[("name", connection.name.as_str().into())]);
    let fields = html! {
        (fields::line(m, ("name", &label), (entered, mistake), None, true))
        (button_row(&html! {
            (button(&Button {
                label: &m.text("left-remove"),
                style: Style::Danger,
                ..Button::default()
            }))
            (link_button(&LinkButton {
                href: &path(app, &format!("connections/{id}")),
                label: &m.text("left-not"),
                ..LinkButton::default()
            }))
        }))
    };
    html! {
        section aria-labelledby="remove" {
            h2 #remove { (m.text("left-remove-title")) }
            ul.traps {
                li { (m.text("left-all")) }
                li { (m.text("left-joined")) }
                li { (m.text("left-final")) }
            }
            (form(&Form {
                action: &path(app, &format!("connections/{id}/media")),
                hidden: &[("form_token", administrator.form_token())],
                ..Form::default()
            }, &fields))
        }
    }
}

/// `POST /admin/connections/{id}/media`: everything is removed, when the `name` is the connection's.
pub async fn remove(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let connection = there(app, id)?;
    let entered = fields.get("name").unwrap_or_default();
    if entered.trim() != connection.name.trim() {
        let m = Messages::default();
        let mistake = m.text("left-other-name");
        let entered = (entered, Some(mistake.as_ref()));
        let page = page(app, &administrator, (id, &connection), entered)?;
        return Ok(page.status(StatusCode::BAD_REQUEST));
    }
    let who = administrator.name();
    let to = id.to_string();
    let noted =
        |commit: &mut Commit| audit::record(commit, &app.world, who, "media-removed", Some(&to));
    let by = (who, app.world.now());
    // One that is under way goes on, which the page shows.
    gone::want_removal(&app.store, id, by, noted).await?;
    Ok(Page::see_other(&path(
        app,
        &format!("connections/{id}/media"),
    )))
}
