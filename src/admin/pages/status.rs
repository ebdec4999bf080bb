//! The status page: version, configuration, disk, store, connections, recent launches.

use maud::{Markup, html};

use super::launches::list;
use super::{FORM_LIMIT, path, signed_in};
use crate::admin::Error;
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Input, Page};
use crate::audit;
use crate::keys::{Signs, State};
use crate::people::{connections, consumers};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Consumer, Source};
use crate::store::{Commit, Condition};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{moment, size};
use crate::ui::forms::{Form, form};
use crate::ui::notices::{Empty, Tone, badge, empty_state, notice};
use crate::ui::tables::{Table, facts, table};

/// Launches shown on the status page.
const RECENT: usize = 10;

/// `GET /admin/`
pub async fn status(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let recent = app.launches.recent(None, RECENT)?;
    let content = html! {
        (trouble(app, m))
        (key_change(app, m)?)
        section aria-labelledby="system" {
            h2 #system { (m.text("status-system")) }
            (system(app, m))
        }
        section aria-labelledby="connections" {
            h2 #connections { (m.text("status-connections")) }
            (connection_table(app, m, &administrator)?)
        }
        section aria-labelledby="recent" {
            h2 #recent { (m.text("status-recent")) }
            (list(app, m, &recent)?)
        }
    };
    Ok(signed_in(
        app,
        &administrator,
        &m.text("admin-status"),
        "",
        &content,
    ))
}

/// What an administrator must act on, first.
fn trouble(app: &App, m: Messages) -> Markup {
    let (title, text) = match app.store.stats().condition {
        Condition::Running => return html! {},
        Condition::Full => (m.text("status-disk-low"), m.text("status-disk-low-text")),
        Condition::Stopped => (m.text("status-stopped"), m.text("status-stopped-text")),
        Condition::Damaged => (m.text("status-damaged"), m.text("status-damaged-text")),
    };
    notice(m, Tone::Error, &title, Some(&html! { p { (text) } }))
}

/// A platform that was given the key as text needs the next one in time.
fn key_change(app: &App, m: Messages) -> Result<Markup, Error> {
    let keys = app.keys.list(Signs::Tool)?;
    let soon = keys.iter().find_map(|key| match key.state {
        State::Waiting(from) => Some(from),
        State::Signing(_) | State::Former(_) => None,
    });
    let Some(from) = soon else {
        return Ok(html! {});
    };
    let body = html! {
        p { (m.text("status-key-changes-text")) " " (moment(from)) }
        p { a href=(path(app, "keys")) { (m.text("status-key-changes-link")) } }
    };
    let title = m.text("status-key-changes");
    Ok(notice(m, Tone::Warning, &title, Some(&body)))
}

fn system(app: &App, m: Messages) -> Markup {
    let stats = app.store.stats();
    let storage = &app.config.storage;
    let unknown = || m.text("status-unknown").into_owned();
    let never = || html! { (m.text("status-never")) };
    facts(&[
        (
            &m.text("status-version"),
            html! { (env!("CARGO_PKG_VERSION")) },
        ),
        (&m.text("status-address"), html! { code { (app.public()) } }),
        (&m.text("status-configuration"), html! { (app.source) }),
        (
            &m.text("status-data"),
            html! { code { (storage.data_dir.display()) } },
        ),
        (
            &m.text("status-media"),
            html! { code { (storage.media().display()) } },
        ),
        (
            &m.text("status-free"),
            html! { (stats.free_bytes.map_or_else(unknown, |free| size(m, free))) },
        ),
        (
            &m.text("status-store"),
            html! { (size(m, stats.rows_bytes)) },
        ),
        (
            &m.text("status-journal"),
            html! { (size(m, stats.journal_bytes)) },
        ),
        (&m.text("status-checkpoint"), moment(stats.last_checkpoint)),
        (
            &m.text("status-snapshot"),
            stats.last_snapshot.map_or_else(never, moment),
        ),
        (&m.text("status-started"), moment(app.started)),
    ])
}

fn connection_table(
    app: &App,
    m: Messages,
    administrator: &Administrator,
) -> Result<Markup, Error> {
    let all = connections::all(&app.store)?;
    if all.is_empty() {
        return Ok(empty_state(&Empty {
            title: &m.text("connections-none"),
            text: &m.text("connections-none-text"),
            action: Some((&path(app, "connections/new"), &m.text("connections-new"))),
        }));
    }
    let mut rows = Vec::with_capacity(all.len());
    for (id, connection) in &all {
        rows.push(vec![
            html! { a href=(path(app, &format!("connections/{id}"))) { (connection.name) } },
            state(m, connection),
            addresses(connection),
            match &connection.consumer {
                Some(consumer) => installation(app, m, administrator, *id, consumer),
                None => deployments(app, m, administrator, *id)?,
            },
        ]);
    }
    let columns = [
        m.text("connections-name"),
        m.text("connections-state"),
        m.text("connections-issuer"),
        m.text("connections-deployments"),
    ];
    Ok(table(&Table {
        caption: &m.text("connections-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: "",
    }))
}

fn state(m: Messages, connection: &Connection) -> Markup {
    let (tone, text) = match (connection.enabled, connection.source) {
        (false, _) => (Tone::Warning, "connection-off"),
        (true, Source::File) => (Tone::Success, "connection-file"),
        (true, Source::Registered) => (Tone::Success, "connection-registered"),
        (true, Source::Practice) => (Tone::Info, "connection-practice"),
    };
    badge(Some(tone), None, &m.text(text))
}

fn addresses(connection: &Connection) -> Markup {
    html! {
        @if let Some(registration) = &connection.registration {
            code { (registration.issuer) }
            br;
            code { (registration.client_id) }
        }
        @if let Some(consumer) = &connection.consumer {
            code { (consumer.key) }
        }
    }
}

fn deployments(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    id: ConnectionId,
) -> Result<Markup, Error> {
    let known = connections::deployments(&app.store, id)?;
    let action = path(app, "deployments");
    let connection = id.to_string();
    Ok(html! {
        @if known.is_empty() { (m.text("deployments-none")) }
        ul.plain role="list" {
            @for (deployment, row) in &known {
                li {
                    code { (deployment) } " "
                    @if row.approved {
                        (badge(Some(Tone::Success), None, &m.text("deployment-approved")))
                    } @else {
                        (form(&Form {
                            action: &action,
                            hidden: &[
                                ("form_token", administrator.form_token()),
                                ("connection", &connection),
                                ("deployment", deployment),
                            ],
                            inline: true,
                            ..Form::default()
                        }, &button(&Button {
                            label: &m.with("deployment-approve", &[
                                ("deployment", deployment.as_str().into()),
                            ]),
                            style: Style::Secondary,
                            ..Button::default()
                        })))
                    }
                }
            }
        }
    })
}

/// The installation that a consumer is bound to.
fn installation(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    id: ConnectionId,
    consumer: &Consumer,
) -> Markup {
    let Some(guid) = &consumer.guid else {
        return html! { (m.text("installation-none")) };
    };
    let (action, connection) = (path(app, "installations"), id.to_string());
    let hidden = [
        ("form_token", administrator.form_token()),
        ("connection", connection.as_str()),
    ];
    html! {
        code { (guid) } " "
        (form(&Form {
            action: &action,
            hidden: &hidden,
            inline: true,
            ..Form::default()
        }, &button(&Button {
            label: &m.with("installation-forget", &[("guid", guid.as_str().into())]),
            style: Style::Secondary,
            ..Button::default()
        })))
    }
}

/// `POST /admin/installations`: the consumer `connection` forgets the installation that it is bound
/// to, and the next launch binds it anew.
pub async fn forget_installation(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let connection = fields.get("connection").and_then(|text| text.parse().ok());
    let connection: ConnectionId = connection.ok_or(Error::NotFound)?;
    let to = connection.to_string();
    let noted = |commit: &mut Commit| {
        let who = administrator.name();
        audit::record(commit, &app.world, who, "installation-forgotten", Some(&to));
    };
    if !consumers::release(&app.store, connection, noted).await? {
        return Err(Error::NotFound);
    }
    Ok(Page::see_other(&path(app, "")))
}

/// `POST /admin/deployments`: `connection` and `deployment` are approved.
pub async fn approve_deployment(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let token = fields.get("form_token");
    let administrator = administrator_by_form(app, input, token).await?;
    let connection: ConnectionId = fields
        .get("connection")
        .and_then(|text| text.parse().ok())
        .ok_or(Error::NotFound)?;
    let deployment = fields.get("deployment").ok_or(Error::NotFound)?;
    let to = format!("{connection}/{deployment}");
    let noted = |commit: &mut Commit| {
        let who = administrator.name();
        audit::record(commit, &app.world, who, "deployment-approved", Some(&to));
    };
    if !connections::judge(&app.store, connection, deployment, true, noted).await? {
        return Err(Error::NotFound);
    }
    Ok(Page::see_other(&path(app, "")))
}
