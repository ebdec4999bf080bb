//! People: finding somebody, what is kept about them, and giving or taking that away.

mod erase;
mod found;
mod lists;
mod nobodys;
mod one;

use std::time::Duration;

use maud::{Markup, html};

pub use erase::{erase, erasing};
pub use lists::list;
pub use nobodys::adopt;
pub use one::{export, person};

use super::{path, signed_in};
use crate::admin::Error;
use crate::admin::sign_in::{Administrator, administrator};
use crate::app::{App, Input, Page};
use crate::people::connections;
use crate::people::finding;
use crate::store::ids::{ConnectionId, UserId};
use crate::store::rows::people::{Connection, User};
use crate::store::rows::privacy::Erasure;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{moment, span};
use crate::ui::forms::{Choice, Field, Form, Sending, Text, TextKind, form, select, text_field};
use crate::ui::notices::{Empty, Tone, badge, empty_state, notice};
use crate::ui::tables::{Table, table};

/// Connections that can be chosen from.
const MOST_CONNECTIONS: usize = 500;

/// A connection whose people are known.
type Known = (ConnectionId, Connection);

/// What is looked for.
#[derive(Debug, Default)]
struct Asked {
    connection: Option<ConnectionId>,
    name: String,
    subject: String,
}

impl Asked {
    fn read(input: &Input) -> Self {
        let query = input.query();
        let word = |name| query.get(name).unwrap_or_default().trim().to_owned();
        Self {
            connection: query.get("connection").and_then(|text| text.parse().ok()),
            name: word("name"),
            subject: word("user_id"),
        }
    }
}

/// `GET /admin/people`: by `connection` and `user_id` straight to a person, by `name` to a list of
/// people, after `after`; with `due`, those whose time is over.
pub async fn search(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    search_page(app, input, &administrator, None)
}

/// The page; with whom media that are nobody's cannot be given to, where that was tried.
fn search_page(
    app: &App,
    input: &Input,
    administrator: &Administrator,
    wrong: Option<&nobodys::Wrong>,
) -> Result<Page, Error> {
    let m = Messages::default();
    let title = m.text("admin-people");
    let all = known_connections(app)?;
    let asked = Asked::read(input);
    let connection = asked.connection.or_else(|| Some(all.first()?.0));
    let mut missing = None;
    if let (false, Some(connection)) = (asked.subject.is_empty(), connection) {
        match finding::by_subject(&app.store, connection, &asked.subject)? {
            Some(user) => return Ok(Page::see_other(&path(app, &format!("people/{user}")))),
            None => missing = Some(m.text("people-no-such-id")),
        }
    }
    if all.is_empty() {
        let content = empty_state(&Empty {
            title: &m.text("people-nobody"),
            text: &m.text("people-nobody-text"),
            action: Some((&path(app, "connections/new"), &m.text("connections-new"))),
        });
        return Ok(signed_in(app, administrator, &title, "people", &content));
    }
    let query = input.query();
    let nobodys = (query.get("given"), wrong);
    let content = html! {
        p.lead { (m.text("people-search-lead")) }
        (form_of(app, m, &all, connection, &asked, missing.as_deref()))
        @if let (true, Some(connection)) = (missing.is_none(), connection) {
            @if !asked.name.is_empty() { (found::by_name(app, m, input, connection, &asked.name)?) }
        }
        @if let Some(kept) = app.config.people.kept_after_last_launch {
            (found::due(app, m, input, kept)?)
        } @else {
            p.hint { (m.text("people-kept-forever")) }
        }
        (nobodys::section(app, m, administrator, &all, nobodys)?)
        (under_way(app, m)?)
    };
    Ok(signed_in(app, administrator, &title, "people", &content))
}

/// Every connection, also those that were deleted: their people are still there.
fn known_connections(app: &App) -> Result<Vec<Known>, Error> {
    let mut all = connections::with_deleted(&app.store)?;
    all.truncate(MOST_CONNECTIONS);
    Ok(all)
}

/// The LMS of a form, where there are several.
fn choice(m: Messages, id: &str, all: &[Known], connection: Option<ConnectionId>) -> Markup {
    let ids: Vec<String> = all.iter().map(|(id, _)| id.to_string()).collect();
    let choices: Vec<Choice<'_>> = all
        .iter()
        .zip(&ids)
        .map(|((_, connection), id)| Choice {
            value: id,
            label: &connection.name,
            hint: None,
        })
        .collect();
    let chosen = connection.map(|id| id.to_string()).unwrap_or_default();
    html! {
        @if all.len() > 1 {
            (select(m, &Field {
                name: "connection",
                id: Some(id),
                label: &m.text("people-connection"),
                ..Field::default()
            }, &choices, &chosen))
        }
    }
}

fn form_of(
    app: &App,
    m: Messages,
    all: &[Known],
    connection: Option<ConnectionId>,
    asked: &Asked,
    missing: Option<&str>,
) -> Markup {
    let named = |name, label: &str, hint: &str, error, value: &str| {
        let (label, hint) = (m.text(label), m.text(hint));
        let field = Field {
            name,
            label: &label,
            hint: Some(&hint),
            error,
            depends: true,
            ..Field::default()
        };
        let text = Text {
            kind: TextKind::Search,
            value,
            autocomplete: Some("off"),
            max_length: Some(300),
        };
        text_field(m, &field, &text)
    };
    let fields = html! {
        (choice(m, "connection", all, connection))
        (named("name", "people-by-name", "people-by-name-hint", None, &asked.name))
        (named("user_id", "people-by-id", "people-by-id-hint", missing, &asked.subject))
        (button(&Button {
            label: &m.text("people-search"),
            style: Style::Primary,
            ..Button::default()
        }))
    };
    let action = path(app, "people");
    form(
        &Form {
            action: &action,
            sending: Sending::Get,
            ..Form::default()
        },
        &fields,
    )
}

/// The erasures that are not done yet.
fn under_way(app: &App, m: Messages) -> Result<Markup, Error> {
    let erasures = app.privacy.under_way()?;
    if erasures.is_empty() {
        return Ok(html! {});
    }
    let mut rows = Vec::with_capacity(erasures.len());
    for (user, erasure) in &erasures {
        let connection = connections::any(&app.store, erasure.connection)?;
        rows.push(vec![
            html! { code { (user) } },
            html! { (connection.map(|one| one.name).unwrap_or_default()) },
            moment(erasure.begun),
            html! { (decided_by(m, erasure)) },
            state(m, erasure),
        ]);
    }
    let columns = [
        m.text("erasures-number"),
        m.text("launches-connection"),
        m.text("erasures-begun"),
        m.text("erasures-by"),
        m.text("erasures-state"),
    ];
    Ok(html! {
        section aria-labelledby="erasures" {
            h2 #erasures { (m.text("erasures-title")) }
            p.hint { (m.text("erasures-text")) }
            (table(&Table {
                caption: &m.text("erasures-title"),
                columns: &columns.each_ref().map(AsRef::as_ref),
                rows: &rows,
                empty: "",
            }))
        }
    })
}

/// Who decided an erasure.
fn decided_by(m: Messages, erasure: &Erasure) -> String {
    if erasure.by == "machine" {
        m.text("erasures-by-itself").into_owned()
    } else {
        erasure.by.clone()
    }
}

fn state(m: Messages, erasure: &Erasure) -> Markup {
    if erasure.cleared.is_some() {
        badge(Some(Tone::Success), None, &m.text("erasures-cleared"))
    } else {
        badge(Some(Tone::Info), None, &m.text("erasures-working"))
    }
}

/// What a person is called, where they have a name.
fn called(m: Messages, user: &User) -> String {
    let unnamed = || m.text("person-unnamed").into_owned();
    user.name.clone().unwrap_or_else(unnamed)
}

/// The person of an address.
fn known(text: &str) -> Result<UserId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// How many people's time is over, for the status page; nothing where people are kept for good.
pub(super) fn due(app: &App, m: Messages) -> Result<Markup, Error> {
    let Some(kept) = app.config.people.kept_after_last_launch else {
        return Ok(html! {});
    };
    let due = app.privacy.due(kept)?;
    if due.number == 0 {
        return Ok(html! {});
    }
    let title = if due.more {
        m.with("people-due-many", &[("number", due.number.into())])
    } else {
        m.with("people-due", &[("number", due.number.into())])
    };
    let body = html! {
        p { (due_text(m, kept)) }
        p { a href={ (path(app, "people")) "#due" } { (m.text("people-due-link")) } }
    };
    Ok(notice(m, Tone::Warning, &title, Some(&body)))
}

fn due_text(m: Messages, kept: Duration) -> String {
    m.with("people-due-text", &[("span", span(m, kept).into())])
}
