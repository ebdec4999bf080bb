//! Every connection, with what an administrator must act on.

use maud::{Markup, html};

use crate::admin::Error;
use crate::admin::pages::{path, signed_in_with};
use crate::admin::sign_in::administrator;
use crate::app::{App, Input, Page};
use crate::lti::presets::product;
use crate::people::connections::{self, deployments};
use crate::store::ids::ConnectionId;
use crate::store::rows::launchlog::Entry;
use crate::store::rows::people::{Connection, Source};
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, Style, button_row, link_button};
use crate::ui::format::moment;
use crate::ui::icons::Icon;
use crate::ui::notices::{Empty, Tone, badge, empty_state};
use crate::ui::tables::{Table, disclosure, pager, table};

/// Connections of one page.
const PAGE: usize = 50;

/// `GET /admin/connections`, after the connection `after`.
pub async fn list(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let query = input.query();
    let after = query.get("after").and_then(|text| text.parse().ok());
    let known = connections::with_deleted(&app.store)?;
    let (deleted, mut all): (Vec<_>, Vec<_>) = known
        .into_iter()
        .partition(|(_, connection)| connection.deleted.is_some());
    all.retain(|(id, _)| after.is_none_or(|after: ConnectionId| id.0 > after.0));
    let more = (all.len() > PAGE)
        .then(|| all.get(PAGE - 1).map(|(id, _)| format!("?after={id}")))
        .flatten();
    let new = path(app, "connections/new");
    let content = if all.is_empty() && after.is_none() {
        empty_state(&Empty {
            title: &m.text("connections-none"),
            text: &m.text("connections-none-text"),
            action: Some((&new, &m.text("connections-new"))),
        })
    } else {
        html! {
            (connections_table(app, m, all.get(..PAGE).unwrap_or(&all))?)
            (pager(m, more.as_deref()))
        }
    };
    let content = html! {
        (content)
        @if after.is_none() { (gone(app, m, &deleted)) }
    };
    let actions = button_row(&html! {
        (link_button(&LinkButton {
            href: &path(app, "invitations"),
            label: &m.text("connections-invitations"),
            ..LinkButton::default()
        }))
        (link_button(&LinkButton {
            href: &new,
            label: &m.text("connections-new"),
            style: Style::Primary,
            icon: Some(Icon::Plus),
        }))
    });
    let title = m.text("admin-connections");
    let title = (title.as_ref(), Some(&actions));
    let here = "connections";
    Ok(signed_in_with(app, &administrator, title, here, &content))
}

/// Those that were deleted, newest first: what their people left is still there.
fn gone(app: &App, m: Messages, deleted: &[(ConnectionId, Connection)]) -> Markup {
    if deleted.is_empty() {
        return html! {};
    }
    let list = html! {
        ul.plain role="list" {
            @for (id, connection) in deleted.iter().rev().take(PAGE) {
                li {
                    a href=(path(app, &format!("connections/{id}"))) { (connection.name) }
                    @if let Some(at) = connection.deleted { " " (moment(at)) }
                }
            }
        }
    };
    disclosure(&m.text("connections-deleted"), &list)
}

fn connections_table(
    app: &App,
    m: Messages,
    connections: &[(ConnectionId, Connection)],
) -> Result<Markup, Error> {
    let mut rows = Vec::with_capacity(connections.len());
    for (id, connection) in connections {
        let href = path(app, &format!("connections/{id}"));
        rows.push(vec![
            html! { a href=(href) { (connection.name) } },
            html! { (version(m, connection)) },
            html! { (state(m, connection)) (waiting(app, m, *id)?) },
            html! { (platform(m, connection)) },
            last_launch(app, m, *id)?,
        ]);
    }
    let columns = [
        m.text("connections-name"),
        m.text("connections-version"),
        m.text("connections-state"),
        m.text("connections-platform"),
        m.text("connections-last"),
    ];
    Ok(table(&Table {
        caption: &m.text("connections-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: "",
    }))
}

/// Which LTI it speaks.
pub(super) fn version(m: Messages, connection: &Connection) -> String {
    let id = if connection.consumer.is_some() {
        "connection-lti-1p1"
    } else {
        "connection-lti-1p3"
    };
    m.text(id).into_owned()
}

/// Whether launches are taken, where it comes from, and whether another registration waits.
pub(super) fn state(m: Messages, connection: &Connection) -> Markup {
    let (tone, text) = match (connection.enabled, connection.source) {
        _ if connection.deleted.is_some() => (Tone::Error, "connection-gone"),
        (false, _) => (Tone::Warning, "connection-off"),
        (true, Source::File) => (Tone::Success, "connection-file"),
        (true, Source::Registered) => (Tone::Success, "connection-registered"),
        (true, Source::Practice) => (Tone::Info, "connection-practice"),
    };
    html! {
        (badge(Some(tone), None, &m.text(text)))
        @if connection.proposed.is_some() && connection.deleted.is_none() {
            " " (badge(Some(Tone::Warning), None, &m.text("connection-proposed")))
        }
    }
}

/// How many deployments wait, as a badge; nothing when none does.
fn waiting(app: &App, m: Messages, id: ConnectionId) -> Result<Markup, Error> {
    let waiting = deployments::number_waiting(&app.store, id)?;
    Ok(html! {
        @if waiting > 0 {
            " " (badge(Some(Tone::Warning), None, &m.with("connections-waiting", &[
                ("number", waiting.into()),
            ])))
        }
    })
}

/// The platform's product by the name that its makers write.
pub(super) fn platform(m: Messages, connection: &Connection) -> String {
    match connection.family.as_deref() {
        Some(family) => product(family).to_owned(),
        None => m.text("connections-unknown").into_owned(),
    }
}

/// The newest launch in the log, and how it ended.
pub(super) fn last_launch(app: &App, m: Messages, id: ConnectionId) -> Result<Markup, Error> {
    let Some((reference, entry)) = app.launches.newest_of(id)? else {
        return Ok(html! { (m.text("status-never")) });
    };
    let href = path(app, &format!("launches/{reference}"));
    Ok(html! {
        a href=(href) { (moment(entry.at)) }
        (refused(m, &entry))
    })
}

fn refused(m: Messages, entry: &Entry) -> Markup {
    html! {
        @if entry.refusal.is_some() {
            " " (badge(Some(Tone::Error), None, &m.text("launch-refused")))
        }
    }
}
