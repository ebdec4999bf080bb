//! The deployments of a connection: those that wait for an administrator first, then all.

use maud::{Markup, html};

use super::one::Sheet;
use crate::admin::Error;
use crate::admin::pages::{path, signed_in};
use crate::admin::sign_in::administrator;
use crate::app::{App, Input, Page};
use crate::people::connections;
use crate::people::connections::deployments::{self, Standing};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Deployment, Source};
use crate::ui::Messages;
use crate::ui::buttons::Style;
use crate::ui::format::moment;
use crate::ui::notices::{Tone, badge};
use crate::ui::tables::{Table, pager, table};

/// Deployments of one page of the list.
const PAGE: usize = 50;
/// Deployments that the page of the connection shows.
const SHOWN: usize = 10;
/// The field that says on which page of the list somebody decided: after which deployment.
pub(super) const LISTED: &str = "listed";

/// The part of a connection's page: what waits, and the first of the others.
pub(super) fn section(sheet: &Sheet<'_>) -> Result<Markup, Error> {
    let (m, store) = (sheet.m, &sheet.app.store);
    let mut shown = deployments::waiting(store, sheet.id, PAGE)?;
    let more_wait = deployments::number_waiting(store, sheet.id)? > shown.len();
    let known = deployments::page(store, sheet.id, None, SHOWN + 1)?;
    let more = more_wait || known.len() > SHOWN;
    let others = known.into_iter().take(SHOWN);
    shown.extend(others.filter(|(_, row)| !row.waits()));
    let empty = m.text("deployments-none");
    Ok(html! {
        section aria-labelledby="deployments" {
            h2 #deployments { (m.text("deployments-title")) }
            (rows(sheet, &m.text("deployments-caption"), &shown, (None, &empty)))
            @if more {
                p { a href=(sheet.at("deployments")) { (m.text("deployments-all")) } }
            }
        }
    })
}

/// `GET /admin/connections/{id}/deployments`, after the deployment `after`.
pub async fn all(app: &App, input: &Input, id: ConnectionId) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let connection = connections::any(&app.store, id)?;
    let registered =
        |connection: &Connection| connection.deleted.is_none() && connection.registration.is_some();
    let connection = connection.filter(registered).ok_or(Error::NotFound)?;
    let m = Messages::default();
    let sheet = Sheet {
        app,
        m,
        administrator: &administrator,
        id,
        connection: &connection,
    };
    let query = input.query();
    let after = query.get("after").filter(|text| !text.is_empty());
    let mut known = deployments::page(&app.store, id, after, PAGE + 1)?;
    let more = known.len() > PAGE;
    known.truncate(PAGE);
    let more = known.last().filter(|_| more);
    let more = more.map(|(name, _)| listed(app, id, name));
    let empty = if after.is_some() {
        "deployments-end"
    } else {
        "deployments-none"
    };
    let place = (Some(after.unwrap_or_default()), m.text(empty));
    let content = html! {
        p.lead { (m.text("deployments-lead")) }
        @if after.is_none() { (waiting(&sheet)?) }
        (rows(&sheet, &m.text("deployments-caption"), &known, (place.0, &place.1)))
        (pager(m, more.as_deref()))
        p { a href=(path(app, &format!("connections/{id}"))) { (m.text("deployments-back")) } }
    };
    let title = m.with(
        "deployments-of",
        &[("name", connection.name.as_str().into())],
    );
    Ok(signed_in(
        app,
        &administrator,
        &title,
        "connections",
        &content,
    ))
}

/// Those that wait; nothing when none does.
fn waiting(sheet: &Sheet<'_>) -> Result<Markup, Error> {
    let (m, store) = (sheet.m, &sheet.app.store);
    let waits = deployments::waiting(store, sheet.id, PAGE)?;
    if waits.is_empty() {
        return Ok(html! {});
    }
    let number = deployments::number_waiting(store, sheet.id)?;
    Ok(html! {
        (rows(sheet, &m.text("deployments-waiting"), &waits, (Some(""), "")))
        @if number > waits.len() {
            p.hint { (m.with("deployments-waiting-more", &[("number", number.into())])) }
        }
    })
}

/// The address of the list after a deployment.
pub(super) fn listed(app: &App, id: ConnectionId, after: &str) -> String {
    let list = path(app, &format!("connections/{id}/deployments"));
    if after.is_empty() {
        return list;
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("after", after)
        .finish();
    format!("{list}?{query}")
}

/// A table of deployments; `listed` is where in the list it is, when it is there.
fn rows(
    sheet: &Sheet<'_>,
    caption: &str,
    known: &[(String, Deployment)],
    (listed, empty): (Option<&str>, &str),
) -> Markup {
    let m = sheet.m;
    let declared = declared(sheet.app, sheet.connection);
    let rows: Vec<Vec<Markup>> = known
        .iter()
        .map(|(id, row)| {
            vec![
                html! { code { (id) } },
                standing(m, row),
                html! { (row.seen_in.as_deref().unwrap_or("—")) },
                moment(row.first_seen),
                if declared.contains(id) {
                    html! { (m.text("connection-file")) }
                } else {
                    judge(sheet, id, row, listed)
                },
            ]
        })
        .collect();
    let columns = [
        m.text("deployments-id"),
        m.text("connections-state"),
        m.text("deployments-seen"),
        m.text("deployments-since"),
        m.text("deployments-change"),
    ];
    table(&Table {
        caption,
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty,
    })
}

/// The deployments that the file declares of a connection: they are blocked there, by taking them
/// out.
pub(super) fn declared<'a>(app: &'a App, connection: &Connection) -> &'a [String] {
    if connection.source != Source::File {
        return &[];
    }
    let mut entries = app.config.platforms.iter();
    let entry = entries.find(|entry| entry.name == connection.name);
    entry.map_or(&[], |entry| &entry.deployment_ids)
}

fn judge(sheet: &Sheet<'_>, id: &str, row: &Deployment, listed: Option<&str>) -> Markup {
    let m = sheet.m;
    let act = |approved: &str, label: &str, style: Style| {
        let mut fields = vec![("deployment", id), ("approved", approved)];
        fields.extend(listed.map(|after| (LISTED, after)));
        let label = m.with(label, &[("deployment", id.into())]);
        sheet.act("deployments", &fields, &label, style)
    };
    html! {
        @if !row.approved { (act("yes", "deployment-approve", Style::Secondary)) " " }
        @if !row.blocked { (act("no", "deployment-block", Style::Quiet)) }
    }
}

fn standing(m: Messages, row: &Deployment) -> Markup {
    let (tone, id) = match Standing::of(row) {
        Standing::Blocked => (Tone::Error, "deployment-blocked"),
        Standing::Approved => (Tone::Success, "deployment-approved"),
        Standing::Waiting => (Tone::Warning, "deployment-waits"),
    };
    badge(Some(tone), None, &m.text(id))
}
