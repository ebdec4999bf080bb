//! The launch log, and what an administrator makes of it.

mod doctor;
mod entry;
mod filters;
mod places;

use maud::{Markup, html};

pub use entry::{approve, launch};

use super::{path, signed_in};
use crate::admin::Error;
use crate::admin::sign_in::administrator;
use crate::app::{App, Input, Page};
use crate::launchlog::{Found, Outcome};
use crate::people::{connections, sessions};
use crate::store::ids::{ConnectionId, Reference};
use crate::store::rows::launchlog::Entry;
use crate::store::rows::people::Binding;
use crate::ui::Messages;
use crate::ui::format::{moment, span};
use crate::ui::notices::{Tone, badge, notice};
use crate::ui::tables::{Table, pager, table};
use filters::{Wanted, form_of, search};

/// Entries of one page.
const PAGE: usize = 50;
/// So many logins of one connection say something about it.
const ENOUGH_LOGINS: u64 = 5;

/// `GET /admin/launches`, after `before`, as the filters say; or with `reference`, straight to that
/// entry.
pub async fn launches(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let query = input.query();
    let title = m.text("admin-launches");
    let given = query.get("reference").map(str::trim);
    if let Some(given) = given.filter(|text| !text.is_empty()) {
        return match given.parse::<Reference>() {
            Ok(reference) if app.launches.get(reference)?.is_some() => {
                let below = format!("launches/{reference}");
                Ok(Page::see_other(&path(app, &below)))
            }
            _ => {
                let content = search(app, m, given, Some(&m.text("launches-unknown")));
                Ok(signed_in(app, &administrator, &title, "launches", &content))
            }
        };
    }
    let wanted = Wanted::read(&query);
    let before = query.get("before").and_then(|text| text.parse().ok());
    let filter = wanted.filter(app.world.now());
    let found = app.launches.find(&filter, before, PAGE)?;
    let more = found
        .next
        .map(|next| wanted.query(&[("before", &next.to_string())]));
    let content = html! {
        (search(app, m, "", None))
        (form_of(app, m, &wanted)?)
        @if let Some(id) = wanted.connection { (lost_logins(app, m, id)) }
        (found_list(app, m, &found, &wanted)?)
        (pager(m, more.as_deref()))
        p.hint { (kept(app, m)) }
    };
    Ok(signed_in(app, &administrator, &title, "launches", &content))
}

/// How long the log is kept.
fn kept(app: &App, m: Messages) -> String {
    let launches = &app.config.launches;
    let variables = [
        ("span", span(m, launches.keep).into()),
        ("number", launches.failures_kept.into()),
    ];
    m.with("launches-kept", &variables)
}

/// A connection whose logins the platform keeps: no refusal of ours shows it.
fn lost_logins(app: &App, m: Messages, id: ConnectionId) -> Markup {
    let counted = app.launches.logins.of(id, app.world.now());
    let lost = counted.begun >= ENOUGH_LOGINS && counted.returned * 2 < counted.begun;
    html! {
        @if lost {
            (notice(m, Tone::Warning, &m.text("doctor-logins-lost"), Some(&html! {
                p { (m.text("doctor-logins-lost-text")) }
            })))
        }
    }
}

fn found_list(app: &App, m: Messages, found: &Found, wanted: &Wanted) -> Result<Markup, Error> {
    let empty = match (found.next.is_some(), wanted.is_anything()) {
        (true, _) => "launches-look-further",
        (false, true) => "launches-none",
        (false, false) => "launches-none-fit",
    };
    listed(app, m, &found.entries, &m.text(empty))
}

/// A table of entries.
pub(super) fn list(
    app: &App,
    m: Messages,
    entries: &[(Reference, Entry)],
) -> Result<Markup, Error> {
    listed(app, m, entries, &m.text("launches-none"))
}

fn listed(
    app: &App,
    m: Messages,
    entries: &[(Reference, Entry)],
    empty: &str,
) -> Result<Markup, Error> {
    let mut rows = Vec::with_capacity(entries.len());
    for (reference, entry) in entries {
        let href = path(app, &format!("launches/{reference}"));
        rows.push(vec![
            html! { a href=(href) { (moment(entry.at)) } },
            html! { (connection_name(app, m, entry.connection)?) },
            html! { (m.text(&format!("step-{}", entry.step))) },
            outcome(app, m, *reference, entry)?,
        ]);
    }
    let columns = [
        m.text("launches-when"),
        m.text("launches-connection"),
        m.text("launches-step"),
        m.text("launches-outcome"),
    ];
    Ok(table(&Table {
        caption: &m.text("launches-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty,
    }))
}

/// How an entry ended, in a badge and words.
fn outcome(app: &App, m: Messages, reference: Reference, entry: &Entry) -> Result<Markup, Error> {
    let told = |tone, id| badge(Some(tone), None, &m.text(id));
    Ok(match (&entry.refusal, Outcome::of(entry)) {
        (Some(code), _) => html! {
            span { (told(Tone::Error, "launch-refused")) " " (m.problem(code).0) }
        },
        (None, Outcome::Waiting) => told(Tone::Info, "launch-waiting"),
        (None, _) if never_opened(app, reference, entry)? => html! {
            span { (told(Tone::Warning, "launch-opened")) " " (m.text("launch-unopened")) }
        },
        (None, _) => told(Tone::Success, "launch-opened"),
    })
}

/// Whether a launch opened a session whose page nobody asked for since. Known while the session
/// lives.
fn never_opened(app: &App, reference: Reference, entry: &Entry) -> Result<bool, Error> {
    let Some(user) = entry.user else {
        return Ok(false);
    };
    let waited = app.world.now().since(entry.at) > PATIENCE;
    let session = sessions::of_launch(&app.store, user, reference)?;
    Ok(waited && session.is_some_and(|session| session.binding == Binding::Undecided))
}

/// How long a browser may take to ask for the page of its launch.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

fn connection_name(app: &App, m: Messages, id: Option<ConnectionId>) -> Result<String, Error> {
    let connection = id
        .map(|id| connections::any(&app.store, id))
        .transpose()?
        .flatten();
    Ok(connection.map_or_else(|| m.text("launches-no-connection").into_owned(), |c| c.name))
}
