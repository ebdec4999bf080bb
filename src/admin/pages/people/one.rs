//! One person: who it is, and how much is kept.

use http::header::CONTENT_DISPOSITION;
use maud::{Markup, html};

use super::lists::List;
use super::{called, path, signed_in};
use crate::admin::Error;
use crate::admin::pages::FORM_LIMIT;
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Content, Input, Page};
use crate::people::{connections, finding};
use crate::privacy::export::For;
use crate::privacy::summary::{Count, Summary};
use crate::store::ids::UserId;
use crate::store::rows::people::User;
use crate::store::trees::{Erasures, Users};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, button_row, link_button};
use crate::ui::format::{moment, size};
use crate::ui::forms::{Field, Form, checkbox, form};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, badge, notice};
use crate::ui::tables::{Table, facts, table};

/// `GET /admin/people/{user}`
pub async fn person(app: &App, input: &Input, id: &str) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let id = super::known(id)?;
    let m = Messages::default();
    let Some(user) = app.store.get::<Users>(&id)? else {
        return being_erased(app, m, &administrator, id);
    };
    let summary = app.privacy.summary(id)?;
    let content = html! {
        (who(app, m, id, &user)?)
        section aria-labelledby="kept" {
            h2 #kept { (m.text("person-kept")) }
            (kept(app, m, id, &summary))
        }
        section aria-labelledby="export" {
            h2 #export { (m.text("person-export")) }
            p { (m.text("person-export-text")) }
            (export_form(app, m, &administrator, id, &summary))
        }
        section aria-labelledby="erase" {
            h2 #erase { (m.text("person-erase")) }
            p { (m.text("person-erase-text")) }
            (button_row(&link_button(&LinkButton {
                href: &path(app, &format!("people/{id}/erase")),
                label: &m.text("person-erase-go"),
                style: Style::Danger,
                icon: None,
            })))
        }
        p { a href=(path(app, "people")) { (m.text("person-back")) } }
    };
    let title = called(m, &user);
    Ok(signed_in(app, &administrator, &title, "people", &content))
}

/// Whoever followed a link to somebody who is being erased.
fn being_erased(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    id: UserId,
) -> Result<Page, Error> {
    app.store.get::<Erasures>(&id)?.ok_or(Error::NotFound)?;
    let content = html! {
        (notice(m, Tone::Info, &m.text("person-being-erased"), Some(&html! {
            p { (m.text("person-being-erased-text")) }
        })))
        p { a href=(path(app, "people")) { (m.text("person-back")) } }
    };
    let title = m.text("person-removed");
    Ok(signed_in(app, administrator, &title, "people", &content))
}

fn who(app: &App, m: Messages, id: UserId, user: &User) -> Result<Markup, Error> {
    let unknown = || html! { span.hint { (m.text("person-untold")) } };
    let told = |text: &Option<String>| match text {
        Some(text) => html! { (text) },
        None => unknown(),
    };
    let mut names = Vec::new();
    for (connection, subject) in finding::names(&app.store, id)? {
        let name = connections::any(&app.store, connection)?.map(|one| one.name);
        names.push((connection, name.unwrap_or_default(), subject));
    }
    let known_as = html! {
        @if names.is_empty() { (m.text("person-anonymous")) }
        ul.plain role="list" {
            @for (connection, name, subject) in &names {
                li {
                    code { (subject) } " "
                    a href=(path(app, &format!("connections/{connection}"))) { (name) }
                }
            }
        }
    };
    let state = html! {
        @if user.test_user { (badge(Some(Tone::Info), None, &m.text("person-preview"))) " " }
        @if user.roster_only { (badge(Some(Tone::Info), None, &m.text("person-roster-only"))) }
    };
    Ok(html! {
        @if user.test_user || user.roster_only { p { (state) } }
        (facts(&[
            (&m.text("person-known-as"), known_as),
            (&m.text("person-given"), told(&user.given_name)),
            (&m.text("person-family"), told(&user.family_name)),
            (&m.text("person-email"), told(&user.email)),
            (&m.text("person-language"), told(&user.locale)),
            (&m.text("person-first"), moment(user.first_seen)),
            (&m.text("people-last"), moment(user.last_seen)),
            (&m.text("person-number"), html! { code { (id) } }),
        ]))
    })
}

/// A number, or that there are more.
pub(super) fn number(m: Messages, count: Count) -> String {
    let id = if count.more { "count-more" } else { "count" };
    m.with(id, &[("number", count.number.into())])
}

/// What is kept, kind by kind: its name, how much, and the list of it.
pub(super) fn kinds(summary: &Summary) -> [(&'static str, Count, Option<List>); 13] {
    [
        ("kept-courses", summary.courses, Some(List::Courses)),
        ("kept-items", summary.items, Some(List::Items)),
        ("kept-uploads", summary.uploads, Some(List::Uploads)),
        ("kept-shares", summary.shares, Some(List::Shares)),
        ("kept-views", summary.views, Some(List::Views)),
        ("kept-grades", summary.grades, Some(List::Grades)),
        ("kept-tools", summary.tools, None),
        ("kept-consents", summary.consents, None),
        ("kept-results", summary.results, None),
        ("kept-sessions", summary.sessions, Some(List::Sessions)),
        ("kept-launches", summary.launches, Some(List::Launches)),
        ("kept-audited", summary.audited, Some(List::Audited)),
        ("kept-used", summary.used, None),
    ]
}

fn kept(app: &App, m: Messages, id: UserId, summary: &Summary) -> Markup {
    let rows: Vec<Vec<Markup>> = kinds(summary)
        .into_iter()
        .filter(|(name, ..)| *name != "kept-used")
        .map(|(name, count, list)| {
            let amount = html! {
                (number(m, count))
                @if name == "kept-items" && summary.bytes > 0 { ", " (size(m, summary.bytes)) }
            };
            let link = list.filter(|_| count.number > 0).map(|list| {
                let href = path(app, &list.address(id));
                let label = m.text("person-list");
                html! { a href=(href) { (label) span.unseen { " " (m.text(name)) } } }
            });
            vec![html! { (m.text(name)) }, amount, link.unwrap_or_default()]
        })
        .collect();
    let columns = [
        m.text("person-kind"),
        m.text("person-amount"),
        m.text("person-look"),
    ];
    table(&Table {
        caption: &m.text("person-kept-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: "",
    })
}

fn export_form(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    id: UserId,
    summary: &Summary,
) -> Markup {
    let size = size(m, summary.bytes);
    let hint = m.with("person-export-media-hint", &[("size", size.into())]);
    let fields = html! {
        @if summary.items.number > 0 {
            (checkbox(m, &Field {
                name: "media",
                label: &m.text("person-export-media"),
                hint: Some(&hint),
                ..Field::default()
            }, false))
        }
        (button(&Button {
            label: &m.text("person-export-go"),
            icon: Some(Icon::Download),
            ..Button::default()
        }))
    };
    form(
        &Form {
            action: &path(app, &format!("people/{id}/export")),
            hidden: &[("form_token", administrator.form_token())],
            ..Form::default()
        },
        &fields,
    )
}

/// `POST /admin/people/{user}/export`: a ZIP with everything that is kept; with `media`, with the
/// files.
pub async fn export(app: &App, input: &mut Input, id: &str) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let id = super::known(id)?;
    let media = fields.is_on("media");
    let whom = For::Administrator(administrator.name());
    let m = Messages::default();
    let chunks = app.privacy.export(id, media, whom, m).await?;
    let disposition = format!("attachment; filename=\"lanterna-{id}.zip\"");
    Ok(
        Page::new(http::StatusCode::OK, Content::Stream(Box::pin(chunks)))
            .with(http::header::CONTENT_TYPE, "application/zip")
            .with(CONTENT_DISPOSITION, &disposition),
    )
}
