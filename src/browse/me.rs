//! What is kept about the person who asks, and all of it as a file.

use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use maud::{Markup, html};

use super::Error;
use super::around::{Around, Here};
use crate::app::{App, Content, Page};
use crate::people::Member;
use crate::privacy::export::For;
use crate::privacy::summary::{Count, Summary};
use crate::store::rows::people::User;
use crate::store::trees::Users;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{moment, size};
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;
use crate::ui::tables::facts;

/// `GET /s/{token}/me`
pub fn me(app: &App, member: &Member) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let m = around.messages;
    let id = member.session().user;
    let summary = app.privacy.summary(id)?;
    let user = app.store.get::<Users>(&id)?;
    let go = form(
        &Form {
            action: "me/export",
            ..Form::default()
        },
        &button(&Button {
            label: &m.text("me-export-go"),
            style: Style::Primary,
            icon: Some(Icon::Download),
            ..Button::default()
        }),
    );
    let content = html! {
        p.lead { (m.text("me-lead")) }
        @if let Some(user) = &user {
            section aria-labelledby="who" {
                h2 #who { (m.text("me-who")) }
                (who(m, user))
            }
        }
        section aria-labelledby="kept" {
            h2 #kept { (m.text("me-kept")) }
            (kept(m, &summary))
        }
        section aria-labelledby="export" {
            h2 #export { (m.text("me-export")) }
            p { (m.text("me-export-text")) }
            (go)
            p.hint { (m.text("me-erase-text")) }
        }
    };
    Ok(around.page(&m.text("me-title"), Here::Elsewhere, None, &content))
}

fn who(m: Messages, user: &User) -> Markup {
    let untold = || html! { span.hint { (m.text("person-untold")) } };
    let told = |text: &Option<String>| match text {
        Some(text) => html! { (text) },
        None => untold(),
    };
    let subject = if user.subject.is_empty() {
        untold()
    } else {
        html! { code { (user.subject) } }
    };
    facts(&[
        (&m.text("people-name"), told(&user.name)),
        (&m.text("person-email"), told(&user.email)),
        (&m.text("person-language"), told(&user.locale)),
        (&m.text("people-id"), subject),
        (&m.text("person-first"), moment(user.first_seen)),
        (&m.text("people-last"), moment(user.last_seen)),
    ])
}

fn kept(m: Messages, summary: &Summary) -> Markup {
    let number = |count: Count| {
        let id = if count.more { "count-more" } else { "count" };
        html! { (m.with(id, &[("number", count.number.into())])) }
    };
    let items = html! {
        (number(summary.items))
        @if summary.bytes > 0 { ", " (size(m, summary.bytes)) }
    };
    facts(&[
        (&m.text("kept-courses"), number(summary.courses)),
        (&m.text("kept-items"), items),
        (&m.text("kept-shares"), number(summary.shares)),
        (&m.text("kept-views"), number(summary.views)),
        (&m.text("kept-grades"), number(summary.grades)),
        (&m.text("kept-tools"), number(summary.tools)),
        (&m.text("kept-consents"), number(summary.consents)),
        (&m.text("kept-sessions"), number(summary.sessions)),
        (&m.text("kept-launches"), number(summary.launches)),
    ])
}

/// `POST /s/{token}/me/export`: everything that is kept about the person, without their files,
/// which they have in their library.
pub async fn export_me(app: &App, member: &Member) -> Result<Page, Error> {
    let session = member.session();
    app.exports
        .take(session.user, app.world.now())
        .map_err(Error::TooMany)?;
    let m = Messages::for_locale(session.locale.as_deref());
    let chunks = app
        .privacy
        .export(session.user, false, For::Themselves, m)
        .await?;
    Ok(Page::new(StatusCode::OK, Content::Stream(Box::pin(chunks)))
        .with(CONTENT_TYPE, "application/zip")
        .with(
            CONTENT_DISPOSITION,
            "attachment; filename=\"lanterna-about-me.zip\"",
        ))
}
