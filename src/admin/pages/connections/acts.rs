//! What an administrator does with one connection.

use http::StatusCode;
use maud::{Markup, html};

use super::deployments::{LISTED, declared, listed};
use super::entry::{self, Entry, Mistakes};
use super::fields;
use super::one;
use super::settings::Values;
use crate::admin::Error;
use crate::admin::pages::guides::{self, Shape};
use crate::admin::pages::{FORM_LIMIT, path, signed_in};
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Form as Fields, Input, Page};
use crate::audit;
use crate::people::connections::{self, changes, deployments};
use crate::people::consumers;
use crate::services::probe::{Finding, Prober};
use crate::store::Commit;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Source};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, button_row, link_button};
use crate::ui::forms::{Form, form};
use crate::ui::notices::{Tone, badge, notice};
use crate::ui::tables::{Table, table};

/// A form of administration and who sent it.
async fn sent(app: &App, input: &mut Input) -> Result<(Fields, Administrator), Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    Ok((fields, administrator))
}

/// Adds to a commit that this administrator did `what` to a connection.
fn noted<'a>(
    app: &'a App,
    administrator: &'a Administrator,
    what: &'a str,
    to: String,
) -> impl Fn(&mut Commit) + 'a {
    move |commit| audit::record(commit, &app.world, administrator.name(), what, Some(&to))
}

fn back(app: &App, id: ConnectionId) -> Page {
    Page::see_other(&path(app, &format!("connections/{id}")))
}

fn there(app: &App, id: ConnectionId) -> Result<Connection, Error> {
    let found = connections::any(&app.store, id)?;
    found
        .filter(|connection| connection.deleted.is_none())
        .ok_or(Error::NotFound)
}

/// `POST /admin/connections/{id}/deployments`: the `deployment` is `approved` or blocked.
pub async fn judge(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let (fields, administrator) = sent(app, input).await?;
    let connection = there(app, id)?;
    let deployment = fields.get("deployment").ok_or(Error::NotFound)?;
    let approved = match fields.get("approved") {
        Some("yes") => true,
        Some("no") => false,
        _ => return Err(Error::NotFound),
    };
    if !approved && declared(app, &connection).iter().any(|id| id == deployment) {
        return Err(Error::OfTheFile);
    }
    let what = if approved {
        "deployment-approved"
    } else {
        "deployment-blocked"
    };
    let note = noted(app, &administrator, what, format!("{id}/{deployment}"));
    if !deployments::judge(&app.store, id, deployment, approved, note).await? {
        return Err(Error::NotFound);
    }
    Ok(match fields.get(LISTED) {
        Some(after) => Page::see_other(&listed(app, id, after)),
        None => back(app, id),
    })
}

/// `POST /admin/connections/{id}/installation`: the next launch binds the consumer anew.
pub async fn forget_installation(
    app: &App,
    input: &mut Input,
    id: ConnectionId,
) -> Result<Page, Error> {
    let (_, administrator) = sent(app, input).await?;
    there(app, id)?;
    let note = noted(
        app,
        &administrator,
        "installation-forgotten",
        id.to_string(),
    );
    if !consumers::release(&app.store, id, note).await? {
        return Err(Error::NotFound);
    }
    Ok(back(app, id))
}

/// `POST /admin/connections/{id}/origins`: forgets an `origin` that was learned.
pub async fn forget_origin(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let (fields, administrator) = sent(app, input).await?;
    let origin = fields.get("origin").ok_or(Error::NotFound)?;
    let note = noted(app, &administrator, "origin-forgotten", id.to_string());
    changes::forget_origin(&app.store, id, origin, note).await?;
    Ok(back(app, id))
}

/// `POST /admin/connections/{id}/state`: switched on or off.
pub async fn switch(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let (fields, administrator) = sent(app, input).await?;
    let (enabled, what) = match fields.get("enabled") {
        Some("on") => (true, "connection-enabled"),
        Some("off") => (false, "connection-disabled"),
        _ => return Err(Error::NotFound),
    };
    let note = noted(app, &administrator, what, id.to_string());
    let change = |connection: &mut Connection| connection.enabled = enabled;
    changes::change(&app.store, id, change, note).await?;
    Ok(back(app, id))
}

/// `GET /admin/connections/{id}/delete`: what that means.
pub async fn deleting(app: &App, input: &Input, id: ConnectionId) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let connection = there(app, id)?;
    if !changes::deletable(&connection) {
        return Err(Error::OfTheFile);
    }
    let m = Messages::default();
    let go = button(&Button {
        label: &m.text("delete-really"),
        style: Style::Danger,
        ..Button::default()
    });
    let content = html! {
        p.lead { (m.text("delete-lead")) }
        ul.traps {
            li { (m.text("delete-launches")) }
            li { (m.text("delete-placements")) }
            li { (m.text("delete-media")) }
            li { (m.text("delete-final")) }
        }
        p { (m.text("delete-rather")) }
        (button_row(&html! {
            (form(&Form {
                action: &path(app, &format!("connections/{id}/delete")),
                hidden: &[("form_token", administrator.form_token())],
                inline: true,
                ..Form::default()
            }, &go))
            (link_button(&LinkButton {
                href: &path(app, &format!("connections/{id}")),
                label: &m.text("delete-not"),
                ..LinkButton::default()
            }))
        }))
    };
    let title = m.with("delete-title", &[("name", connection.name.as_str().into())]);
    Ok(signed_in(
        app,
        &administrator,
        &title,
        "connections",
        &content,
    ))
}

/// `POST /admin/connections/{id}/delete`
pub async fn delete(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let (_, administrator) = sent(app, input).await?;
    let note = noted(app, &administrator, "connection-deleted", id.to_string());
    changes::delete(&app.store, &app.world, id, note).await?;
    Ok(Page::see_other(&path(app, "connections")))
}

/// `GET /admin/connections/{id}/move`: another issuer, client id or addresses.
pub async fn moving(app: &App, input: &Input, id: ConnectionId) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let connection = movable(app, id)?;
    let entry = connection.registration.as_ref().map(Entry::of);
    let entry = entry.unwrap_or_default();
    let form = (&entry, &Mistakes::default());
    Ok(move_page(app, &administrator, (id, &connection), form))
}

fn movable(app: &App, id: ConnectionId) -> Result<Connection, Error> {
    let connection = there(app, id)?;
    if !changes::editable(&connection) {
        return Err(Error::OfTheFile);
    }
    if connection.registration.is_some() {
        Ok(connection)
    } else {
        Err(Error::NotFound)
    }
}

fn move_page(
    app: &App,
    administrator: &Administrator,
    (id, connection): (ConnectionId, &Connection),
    (entry, mistakes): (&Entry, &Mistakes),
) -> Page {
    let m = Messages::default();
    let labels = guides::named("other").map(|guide| guide.labels);
    let content = html! {
        @if !mistakes.none() { (notice(m, Tone::Error, &m.text("form-mistakes"), None)) }
        p.lead { (m.text("move-lead")) }
        @if let Some(labels) = labels {
            (form(&Form {
                action: &path(app, &format!("connections/{id}/move")),
                hidden: &[("form_token", administrator.form_token())],
                ..Form::default()
            }, &html! {
                (fields::registration(m, Shape::Addresses, &labels, entry, mistakes))
                (button(&Button {
                    label: &m.text("move-really"),
                    style: Style::Primary,
                    ..Button::default()
                }))
            }))
        }
    };
    let title = m.with("move-title", &[("name", connection.name.as_str().into())]);
    signed_in(app, administrator, &title, "connections", &content)
}

/// `POST /admin/connections/{id}/move`
pub async fn move_to(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let (fields, administrator) = sent(app, input).await?;
    let connection = movable(app, id)?;
    let m = Messages::default();
    let entry = Entry::read(&fields);
    let mut mistakes = match entry::registration(app, m, Shape::Addresses, &entry).await {
        Ok(registration) => {
            let note = noted(app, &administrator, "connection-moved", id.to_string());
            match changes::move_to(&app.store, &app.world, id, &registration, note).await {
                Ok(()) => return Ok(back(app, id)),
                Err(changes::Error::Exists(other)) => {
                    let mut mistakes = Mistakes::default();
                    let number = [("number", other.to_string().into())];
                    mistakes.note("client_id", m.with("entry-exists", &number));
                    mistakes
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(mistakes) => mistakes,
    };
    // The one form here has no field for it.
    if let Some(text) = mistakes.of("deployment_id").map(str::to_owned) {
        mistakes.note("client_id", text);
    }
    let page = move_page(app, &administrator, (id, &connection), (&entry, &mistakes));
    Ok(page.status(StatusCode::BAD_REQUEST))
}

/// `POST /admin/connections/{id}/test`: tries it out and shows what was found.
pub async fn test(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let (_, administrator) = sent(app, input).await?;
    let connection = there(app, id)?;
    if connection.source == Source::Practice {
        return Err(Error::NotFound);
    }
    let findings = prober(app).probe(id, &connection).await;
    let m = Messages::default();
    let well = if connection.consumer.is_some() {
        "test-well-1p1"
    } else {
        "test-well"
    };
    let news = found(m, &findings, well);
    let form = (&Values::of(&connection), &Mistakes::default());
    one::whole(app, &administrator, (id, &connection), form, &news)
}

/// What tries connections out in this server.
pub fn prober(app: &App) -> Prober {
    Prober {
        world: app.world.clone(),
        outbound: app.outbound.clone(),
        keys: app.keys.clone(),
        leeway: app.config.launches.clock_leeway,
    }
}

/// What was found; the message `well` stands above it when nothing is amiss.
fn found(m: Messages, findings: &[Finding], well: &str) -> Markup {
    let rows: Vec<Vec<Markup>> = findings
        .iter()
        .map(|finding| {
            let what = m.text(&format!("probe-{}", finding.what.name()));
            match &finding.result {
                Ok(so) => vec![
                    html! { (what) },
                    badge(Some(Tone::Success), None, &m.text("outcome-passed")),
                    html! { (so) },
                ],
                Err(problem) => vec![
                    html! { (what) },
                    badge(Some(Tone::Error), None, &m.text("outcome-failed")),
                    html! {
                        (problem) "."
                        br;
                        span.hint { (m.text(&format!("probe-next-{}", problem.code()))) }
                    },
                ],
            }
        })
        .collect();
    let amiss = findings.iter().any(|finding| finding.result.is_err());
    let columns = [
        m.text("launch-check"),
        m.text("launches-outcome"),
        m.text("launch-detail"),
    ];
    html! {
        @if amiss {
            (notice(m, Tone::Error, &m.text("test-amiss"), None))
        } @else {
            (notice(m, Tone::Success, &m.text(well), None))
        }
        (table(&Table {
            caption: &m.text("test-caption"),
            columns: &columns.each_ref().map(AsRef::as_ref),
            rows: &rows,
            empty: "",
        }))
    }
}
