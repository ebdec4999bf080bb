//! The status page: version, configuration, disk, store, connections, recent launches.

use maud::{Markup, html};

use super::launches::list;
use super::{path, people, signed_in};
use crate::admin::Error;
use crate::admin::sign_in::administrator;
use crate::app::{App, Input, Page};
use crate::keys::{Signs, State};
use crate::people::connections::overview::{Waiting, overview};
use crate::store::Condition;
use crate::ui::Messages;
use crate::ui::format::{moment, size};
use crate::ui::notices::{Empty, Tone, badge, empty_state, notice};
use crate::ui::tables::facts;

/// Launches shown on the status page.
const RECENT: usize = 10;
/// Connections that wait, as far as the status page names them.
const WAITING: usize = 5;

/// `GET /admin/`
pub async fn status(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let recent = app.launches.recent(None, RECENT)?;
    let content = html! {
        (trouble(app, m))
        (key_change(app, m)?)
        (people::due(app, m)?)
        (super::grades::trouble(app, m)?)
        section aria-labelledby="system" {
            h2 #system { (m.text("status-system")) }
            (system(app, m))
        }
        section aria-labelledby="connections" {
            h2 #connections { (m.text("status-connections")) }
            (connections_section(app, m)?)
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

/// How many connections there are, and which of them wait for an administrator.
fn connections_section(app: &App, m: Messages) -> Result<Markup, Error> {
    let known = overview(&app.store)?;
    if known.number == 0 {
        return Ok(empty_state(&Empty {
            title: &m.text("connections-none"),
            text: &m.text("connections-none-text"),
            action: Some((&path(app, "connections/new"), &m.text("connections-new"))),
        }));
    }
    let number = if known.whole {
        "status-connections-number"
    } else {
        "status-connections-at-least"
    };
    let shown = known.waiting.iter().take(WAITING);
    Ok(html! {
        p { (m.with(number, &[("number", known.number.into())])) }
        @if known.waiting.is_empty() {
            p.hint { (m.text("status-nothing-waits")) }
        } @else {
            ul.plain role="list" { @for waiting in shown { li { (waits(app, m, waiting)) } } }
            @if known.waiting.len() > WAITING { p.hint { (m.text("status-more-wait")) } }
        }
        p { a href=(path(app, "connections")) { (m.text("status-connections-all")) } }
    })
}

/// One connection with what waits there.
fn waits(app: &App, m: Messages, waiting: &Waiting) -> Markup {
    html! {
        a href=(path(app, &format!("connections/{}", waiting.id))) { (waiting.name) }
        @if waiting.deployments > 0 {
            " " (badge(Some(Tone::Warning), None, &m.with("connections-waiting", &[
                ("number", waiting.deployments.into()),
            ])))
        }
        @if waiting.registration {
            " " (badge(Some(Tone::Warning), None, &m.text("status-registration-waits")))
        }
    }
}
