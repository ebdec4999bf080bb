//! Another secret for a consumer of LTI 1.1, while the one before stays good for a time: the LMS is
//! changed in the meantime, and nobody is locked out.

use std::time::Duration;

use maud::{Markup, html};

use super::consumer::shown;
use super::one::Sheet;
use crate::admin::Error;
use crate::admin::pages::{FORM_LIMIT, path, signed_in};
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Form as Fields, Input, Page};
use crate::audit;
use crate::people::connections::{self, changes};
use crate::people::sessions::Secret;
use crate::store::Commit;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Consumer, FormerSecret};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, button_row, link_button};
use crate::ui::format::moment;
use crate::ui::forms::{Choice, Field, Form, form, radio_group};
use crate::ui::notices::{Tone, notice};
use crate::world::Time;

/// How long the former secret may stay good: names, lengths, and the messages that say them.
const OVERLAPS: [(&str, Duration, &str); 4] = [
    ("none", Duration::ZERO, "secret-overlap-none"),
    ("day", Duration::from_hours(24), "secret-overlap-day"),
    ("week", Duration::from_hours(7 * 24), "secret-overlap-week"),
    (
        "month",
        Duration::from_hours(30 * 24),
        "secret-overlap-month",
    ),
];
/// What is chosen at first.
const USUAL: &str = "week";

/// A connection whose consumer an administrator may change.
fn changeable(app: &App, id: ConnectionId) -> Result<(Connection, Consumer), Error> {
    let connection = connections::any(&app.store, id)?;
    let connection = connection.filter(|connection| connection.deleted.is_none());
    let connection = connection.ok_or(Error::NotFound)?;
    let consumer = connection.consumer.clone().ok_or(Error::NotFound)?;
    if changes::editable(&connection) {
        Ok((connection, consumer))
    } else {
        Err(Error::OfTheFile)
    }
}

/// `GET /admin/connections/{id}/secret`: asks how long the present one stays good.
pub async fn rotating(app: &App, input: &Input, id: ConnectionId) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let (connection, _) = changeable(app, id)?;
    let m = Messages::default();
    let now = app.world.now();
    let choices = OVERLAPS.map(|(name, length, label)| {
        let hint = if length.is_zero() {
            m.text("secret-at-once").into_owned()
        } else {
            until(m, now.after(length))
        };
        (name, m.text(label), hint)
    });
    let choices: Vec<Choice<'_>> = choices
        .iter()
        .map(|(value, label, hint)| Choice {
            value,
            label,
            hint: Some(hint),
        })
        .collect();
    let overlap = Field {
        name: "overlap",
        label: &m.text("secret-overlap"),
        hint: Some(&m.text("secret-overlap-hint")),
        required: true,
        ..Field::default()
    };
    let fields = html! {
        (radio_group(m, &overlap, &choices, USUAL))
        (button_row(&html! {
            (button(&Button {
                label: &m.text("consumer-rotate"),
                style: Style::Primary,
                ..Button::default()
            }))
            (link_button(&LinkButton {
                href: &path(app, &format!("connections/{id}")),
                label: &m.text("secret-not"),
                ..LinkButton::default()
            }))
        }))
    };
    let content = html! {
        p.lead { (m.text("secret-lead")) }
        @if app.former_secret_until(&connection).is_some() {
            (notice(m, Tone::Warning, &m.text("secret-third"), None))
        }
        (form(&Form {
            action: &path(app, &format!("connections/{id}/secret")),
            hidden: &[("form_token", administrator.form_token())],
            ..Form::default()
        }, &fields))
    };
    let title = m.with("secret-title", &[("name", connection.name.as_str().into())]);
    let here = "connections";
    Ok(signed_in(app, &administrator, &title, here, &content))
}

/// Until when, in words.
fn until(m: Messages, until: Time) -> String {
    let day = until.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string();
    m.with("secret-until", &[("moment", day.into())])
}

/// How long the form wants the present secret to stay good; not at all when it does not say.
fn overlap(fields: &Fields) -> Result<Duration, Error> {
    let wanted = fields.get("overlap").unwrap_or("none");
    let mut known = OVERLAPS.iter();
    let found = known.find(|(name, ..)| *name == wanted);
    found.map(|(_, length, _)| *length).ok_or(Error::NotFound)
}

/// `POST /admin/connections/{id}/secret`: another secret takes the place of the present one, which
/// stays good for the `overlap`.
pub async fn rotate(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let (fields, administrator) = sent(app, input).await?;
    let (_, consumer) = changeable(app, id)?;
    let overlap = overlap(&fields)?;
    let until = app.world.now().after(overlap);
    let secret = Secret::new(&app.world).text;
    let change = |connection: &mut Connection| {
        let Some(consumer) = &mut connection.consumer else {
            return;
        };
        let before = consumer.secret.replace(secret.clone());
        let former = before.filter(|_| !overlap.is_zero());
        connection.former = former.map(|secret| FormerSecret { secret, until });
        // The LMS has the former one until it is seen to sign with the new one.
        connection.signs_as_before = connection.former.is_some();
    };
    let noted = noted(app, &administrator, "secret-rotated", id);
    changes::change(&app.store, id, change, noted).await?;
    let m = Messages::default();
    let (title, text) = if overlap.is_zero() {
        (m.text("secret-ended"), html! {})
    } else {
        let text = html! { p { (m.text("secret-both-until")) " " (moment(until)) } };
        (m.text("secret-both"), text)
    };
    let news = notice(m, Tone::Info, &title, Some(&text));
    Ok(shown(
        app,
        &administrator,
        id,
        (&consumer.key, &secret),
        &news,
    ))
}

/// `POST /admin/connections/{id}/former-secret`: the former secret is good no longer.
pub async fn end_former(app: &App, input: &mut Input, id: ConnectionId) -> Result<Page, Error> {
    let (_, administrator) = sent(app, input).await?;
    let (connection, _) = changeable(app, id)?;
    if connection.former.is_none() {
        return Err(Error::NotFound);
    }
    let change = |connection: &mut Connection| {
        connection.former = None;
        connection.signs_as_before = false;
    };
    let noted = noted(app, &administrator, "former-secret-ended", id);
    changes::change(&app.store, id, change, noted).await?;
    Ok(Page::see_other(&path(app, &format!("connections/{id}"))))
}

async fn sent(app: &App, input: &mut Input) -> Result<(Fields, Administrator), Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    Ok((fields, administrator))
}

fn noted<'a>(
    app: &'a App,
    administrator: &'a Administrator,
    what: &'a str,
    id: ConnectionId,
) -> impl Fn(&mut Commit) + 'a {
    let to = id.to_string();
    move |commit| audit::record(commit, &app.world, administrator.name(), what, Some(&to))
}

/// The former secret on the page of the connection: until when it is good, and whether the LMS still
/// uses it. Nothing when there is none.
pub(super) fn former(sheet: &Sheet<'_>) -> Option<Markup> {
    let m = sheet.m;
    let until = sheet.app.former_secret_until(sheet.connection)?;
    let used = if sheet.connection.signs_as_before {
        "former-secret-used"
    } else {
        "former-secret-unused"
    };
    Some(html! {
        (m.text("former-secret-until")) " " (moment(until)) ". " (m.text(used))
        @if changes::editable(sheet.connection) {
            " " (sheet.act("former-secret", &[], &m.text("former-secret-end"), Style::Quiet))
        }
    })
}
