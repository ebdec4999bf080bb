//! The launch log.

use maud::{Markup, html};

use super::{path, signed_in};
use crate::admin::Error;
use crate::admin::sign_in::administrator;
use crate::app::{App, Input, Page};
use crate::people::connections;
use crate::store::ids::{ConnectionId, Reference};
use crate::store::rows::launchlog::Entry;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::moment;
use crate::ui::forms::{Field, Form, Sending, Text, form, text_field};
use crate::ui::notices::{Tone, badge, notice};
use crate::ui::tables::{Table, facts, pager, table};

/// Entries of one page.
const PAGE: usize = 50;

/// `GET /admin/launches`, after `before`; or with `reference`, straight to that entry.
pub async fn launches(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let query = input.query();
    if let Some(reference) = query
        .get("reference")
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        return match reference.parse::<Reference>() {
            Ok(reference) if app.launches.get(reference)?.is_some() => Ok(Page::see_other(&path(
                app,
                &format!("launches/{reference}"),
            ))),
            _ => {
                let content = search(app, m, reference, Some(&m.text("launches-unknown")));
                let title = m.text("admin-launches");
                Ok(signed_in(app, &administrator, &title, "launches", &content))
            }
        };
    }
    let before = query.get("before").and_then(|text| text.parse().ok());
    let entries = app.launches.recent(before, PAGE)?;
    let more = (entries.len() == PAGE)
        .then(|| {
            entries
                .last()
                .map(|(reference, _)| format!("?before={reference}"))
        })
        .flatten();
    let content = html! {
        (search(app, m, "", None))
        (list(app, m, &entries)?)
        (pager(m, more.as_deref()))
    };
    Ok(signed_in(
        app,
        &administrator,
        &m.text("admin-launches"),
        "launches",
        &content,
    ))
}

fn search(app: &App, m: Messages, value: &str, error: Option<&str>) -> Markup {
    let fields = html! {
        (text_field(m, &Field {
            name: "reference",
            label: &m.text("launches-reference"),
            hint: Some(&m.text("launches-reference-hint")),
            error,
            required: true,
            ..Field::default()
        }, &Text { value, max_length: Some(26), ..Text::default() }))
        (button(&Button {
            label: &m.text("launches-find"),
            style: Style::Secondary,
            ..Button::default()
        }))
    };
    let action = path(app, "launches");
    form(
        &Form {
            action: &action,
            sending: Sending::Get,
            ..Form::default()
        },
        &fields,
    )
}

/// A table of entries.
pub(super) fn list(
    app: &App,
    m: Messages,
    entries: &[(Reference, Entry)],
) -> Result<Markup, Error> {
    let mut rows = Vec::with_capacity(entries.len());
    for (reference, entry) in entries {
        let href = path(app, &format!("launches/{reference}"));
        rows.push(vec![
            html! { a href=(href) { (moment(entry.at)) } },
            html! { (connection_name(app, m, entry.connection)?) },
            html! { (m.text(&format!("step-{}", entry.step))) },
            outcome(m, entry),
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
        empty: &m.text("launches-none"),
    }))
}

fn outcome(m: Messages, entry: &Entry) -> Markup {
    match &entry.refusal {
        Some(code) => html! {
            (badge(Some(Tone::Error), None, &m.text("launch-refused")))
            " " (m.problem(code).0)
        },
        // Nobody has come in by it yet: it was offered a window of its own.
        None if entry.user.is_none() => badge(Some(Tone::Info), None, &m.text("launch-waiting")),
        None => badge(Some(Tone::Success), None, &m.text("launch-opened")),
    }
}

fn connection_name(app: &App, m: Messages, id: Option<ConnectionId>) -> Result<String, Error> {
    let connection = id
        .map(|id| connections::any(&app.store, id))
        .transpose()?
        .flatten();
    Ok(connection.map_or_else(|| m.text("launches-no-connection").into_owned(), |c| c.name))
}

/// `GET /admin/launches/{reference}`
pub async fn launch(app: &App, input: &Input, reference: &str) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let reference: Reference = reference.parse().map_err(|_| Error::NotFound)?;
    let entry = app.launches.get(reference)?.ok_or(Error::NotFound)?;
    let content = html! {
        @if let Some(code) = &entry.refusal {
            @let (sentence, next) = m.problem(code);
            (notice(m, Tone::Error, &sentence, Some(&html! { p { (next) } })))
        }
        (summary(app, m, reference, &entry)?)
        (checks(m, &entry))
    };
    Ok(signed_in(
        app,
        &administrator,
        &m.text("launch-title"),
        "launch",
        &content,
    ))
}

fn summary(app: &App, m: Messages, reference: Reference, entry: &Entry) -> Result<Markup, Error> {
    let none = || html! { (m.text("launch-unknown")) };
    let known = |text: Option<&String>| text.map_or_else(none, |text| html! { code { (text) } });
    let binding = entry.binding.as_ref();
    Ok(facts(&[
        (
            &m.text("launches-reference"),
            html! { code { (reference) } },
        ),
        (&m.text("launches-when"), moment(entry.at)),
        (
            &m.text("launches-connection"),
            html! { (connection_name(app, m, entry.connection)?) },
        ),
        (&m.text("launches-outcome"), outcome(m, entry)),
        (&m.text("launch-message"), known(entry.message.as_ref())),
        (
            &m.text("launch-binding"),
            binding.map_or_else(none, |way| html! { (m.text(&format!("binding-{way}"))) }),
        ),
        (&m.text("launch-detail"), known(entry.detail.as_ref())),
    ]))
}

fn checks(m: Messages, entry: &Entry) -> Markup {
    let rows: Vec<Vec<Markup>> = entry
        .checks
        .iter()
        .map(|check| {
            let (tone, word) = if check.passed {
                (Tone::Success, m.text("outcome-passed"))
            } else {
                (Tone::Error, m.text("outcome-failed"))
            };
            vec![
                html! { (m.text(&format!("check-{}", check.name))) },
                badge(Some(tone), None, &word),
                html! { (check.detail.as_deref().unwrap_or_default()) },
            ]
        })
        .collect();
    let columns = [
        m.text("launch-check"),
        m.text("launches-outcome"),
        m.text("launch-detail"),
    ];
    table(&Table {
        caption: &m.text("launch-checks"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: &m.text("launch-no-checks"),
    })
}
