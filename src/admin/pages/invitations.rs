//! Connecting an LMS by an address: invitations, and registrations that wait.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use maud::{Markup, html};

use super::{FORM_LIMIT, path, signed_in};
use crate::admin::Error;
use crate::admin::invitations::{self as inviting, Error as Inviting, MACHINE};
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Form as Fields, Input, Page};
use crate::audit;
use crate::people::connections::register::{self, Decision, Error as Deciding};
use crate::people::connections::{self, deployments};
use crate::people::invitations::{self, Error as Invitations, LIFETIME, Offer};
use crate::store::Commit;
use crate::store::ids::{ConnectionId, Hash};
use crate::store::rows::invitations::Invitation;
use crate::store::rows::people::{Connection, Proposed, Registration, Source};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{moment, span};
use crate::ui::forms::{Choice, Field, Form, Text, checkbox, copy_field, form, select, text_field};
use crate::ui::lms::where_to_paste;
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::{Table, disclosure, table};
use crate::world::Time;

/// Where this is in administration.
const HERE: &str = "invitations";

/// `GET /admin/invitations`
pub async fn page(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    whole(app, &administrator, &Markup::default())
}

/// The page; `news` stands above everything.
fn whole(app: &App, administrator: &Administrator, news: &Markup) -> Result<Page, Error> {
    let m = Messages::default();
    let content = html! {
        (news)
        (waiting(app, m, administrator)?)
        (connect(app, m, administrator)?)
        (open(app, m, administrator)?)
    };
    let title = m.text("invitations-title");
    Ok(signed_in(
        app,
        administrator,
        &title,
        "connections",
        &content,
    ))
}

/// How an LMS is connected by an address, with the button that makes one.
pub fn connect(app: &App, m: Messages, administrator: &Administrator) -> Result<Markup, Error> {
    let days = span(m, LIFETIME);
    Ok(html! {
        section aria-labelledby="connect" {
            h2 #connect { (m.text("invitations-connect")) }
            p.lead { (m.with("invitations-lead", &[("days", days.into())])) }
            (form(&Form {
                action: &path(app, HERE),
                hidden: &[("form_token", administrator.form_token())],
                ..Form::default()
            }, &fields(app, m)?))
        }
    })
}

fn fields(app: &App, m: Messages) -> Result<Markup, Error> {
    let more = html! {
        (text_field(m, &Field {
            name: "name",
            label: &m.text("invitations-name"),
            hint: Some(&m.text("invitations-name-hint")),
            ..Field::default()
        }, &Text { max_length: Some(100), ..Text::default() }))
        (updates(app, m)?)
        (checkbox(m, &Field {
            name: "any_issuer",
            label: &m.text("invitations-any-issuer"),
            hint: Some(&m.text("invitations-any-issuer-hint")),
            required: true,
            ..Field::default()
        }, false))
    };
    Ok(html! {
        (disclosure(&m.text("invitations-more"), &more))
        (button(&Button {
            label: &m.text("invitations-make"),
            style: Style::Primary,
            ..Button::default()
        }))
    })
}

/// The connections that an invitation may change, when there are any.
fn updates(app: &App, m: Messages) -> Result<Markup, Error> {
    let mut all = connections::all(&app.store)?;
    all.retain(|(_, connection)| {
        connection.source == Source::Registered && connection.registration.is_some()
    });
    if all.is_empty() {
        return Ok(html! {});
    }
    let new = m.text("invitations-new");
    let named: Vec<(String, String)> = all
        .into_iter()
        .map(|(id, connection)| (id.to_string(), connection.name))
        .collect();
    let mut choices = vec![Choice {
        value: "",
        label: &new,
        hint: None,
    }];
    choices.extend(named.iter().map(|(value, label)| Choice {
        value,
        label,
        hint: None,
    }));
    let field = Field {
        name: "connection",
        label: &m.text("invitations-updates"),
        hint: Some(&m.text("invitations-updates-hint")),
        required: true,
        ..Field::default()
    };
    Ok(select(m, &field, &choices, ""))
}

/// `POST /admin/invitations`: makes one and shows its address, this once.
pub async fn invite(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let m = Messages::default();
    let offer = Offer {
        by: administrator.name().to_owned(),
        updates: connection(&fields)?,
        name: fields.get("name").map(str::to_owned),
        any_issuer: fields.pairs().contains(&("any_issuer".into(), "on".into())),
        practice: false,
    };
    let secret = match inviting::issue(&app.store, &app.world, &offer).await {
        Ok(secret) => secret,
        Err(Inviting::Invitation(Invitations::TooMany)) => {
            let text = html! { p { (m.text("invitations-too-many-text")) } };
            let news = notice(m, Tone::Error, &m.text("invitations-too-many"), Some(&text));
            return Ok(whole(app, &administrator, &news)?.status(StatusCode::CONFLICT));
        }
        Err(Inviting::Invitation(Invitations::Store(error))) => return Err(error.into()),
        Err(_) => return Err(Error::NotFound),
    };
    let address = app.public().join(&inviting::path(&secret));
    let ends = app.world.now().after(LIFETIME);
    whole(app, &administrator, &made(m, &address, ends))
}

/// The connection that the form names; none when it names none.
fn connection(fields: &Fields) -> Result<Option<ConnectionId>, Error> {
    match fields.get("connection").filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Error::NotFound),
    }
}

fn made(m: Messages, address: &str, ends: Time) -> Markup {
    let body = html! {
        p { (m.text("invitations-made-text")) }
        (copy_field(m, "address", &m.text("invitation-address"), address))
        p.hint { (m.text("invitation-until")) " " (moment(ends)) }
        (disclosure(&m.text("invitations-where"), &where_to_paste(m)))
    };
    notice(m, Tone::Success, &m.text("invitations-made"), Some(&body))
}

/// The invitations that are open.
fn open(app: &App, m: Messages, administrator: &Administrator) -> Result<Markup, Error> {
    let open = invitations::open(&app.store, &app.world)?;
    if open.is_empty() {
        return Ok(html! { p.hint { (m.text("invitations-none")) } });
    }
    let mut rows = Vec::with_capacity(open.len());
    for (hash, invitation) in &open {
        rows.push(vec![
            html! { (purpose(app, m, invitation)?) },
            html! { (made_by(m, invitation)) ", " (moment(invitation.created)) },
            moment(invitation.ends),
            revoking(app, m, administrator, *hash, invitation),
        ]);
    }
    let columns = [
        m.text("invitations-for"),
        m.text("invitations-by"),
        m.text("invitations-until"),
        m.text("invitations-change"),
    ];
    Ok(table(&Table {
        caption: &m.text("invitations-open"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: "",
    }))
}

fn made_by(m: Messages, invitation: &Invitation) -> String {
    if invitation.by == MACHINE {
        m.text("invitations-machine").into_owned()
    } else {
        invitation.by.clone()
    }
}

fn purpose(app: &App, m: Messages, invitation: &Invitation) -> Result<String, Error> {
    if let Some(id) = invitation.updates {
        let connection = connections::any(&app.store, id)?;
        let name = connection.map_or_else(|| id.to_string(), |connection| connection.name);
        return Ok(m.with("invitations-for-update", &[("name", name.into())]));
    }
    let unnamed = || m.text("invitations-new").into_owned();
    Ok(invitation.name.clone().unwrap_or_else(unnamed))
}

fn revoking(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    hash: Hash,
    invitation: &Invitation,
) -> Markup {
    let name = written(hash);
    let made = invitation.created.timestamp().to_string();
    form(
        &Form {
            action: &path(app, "invitations/revoke"),
            hidden: &[
                ("form_token", administrator.form_token()),
                ("invitation", &name),
            ],
            inline: true,
            ..Form::default()
        },
        &html! {
            button type="submit" class="button" {
                span { (m.text("invitations-revoke")) span.unseen { " " (made) } }
            }
        },
    )
}

/// A hash in a form; it opens nothing.
fn written(hash: Hash) -> String {
    URL_SAFE_NO_PAD.encode(hash.0)
}

fn read(text: &str) -> Option<Hash> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.try_into().ok().map(Hash)
}

/// `POST /admin/invitations/revoke`: `invitation` opens nothing any more.
pub async fn revoke(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let hash = fields.get("invitation").and_then(read);
    let hash = hash.ok_or(Error::NotFound)?;
    let noted = |commit: &mut Commit| {
        let who = administrator.name();
        audit::record(commit, &app.world, who, "invitation-revoked", None);
    };
    // One that was used meanwhile is gone as well, which the page shows.
    invitations::revoke(&app.store, hash, noted).await?;
    Ok(Page::see_other(&path(app, HERE)))
}

/// The registrations that wait for an administrator: they may be other platforms than before.
fn waiting(app: &App, m: Messages, administrator: &Administrator) -> Result<Markup, Error> {
    let all = connections::all(&app.store)?;
    Ok(html! {
        @for (id, connection) in &all {
            @if let Some(proposed) = &connection.proposed {
                (moved(app, m, administrator, (*id, connection), proposed, HERE)?)
            }
        }
    })
}

/// One registration that waits, with what differs and the two buttons. `from` is the page that shows
/// it, below `/admin/`.
pub fn moved(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    (number, connection): (ConnectionId, &Connection),
    proposed: &Proposed,
    from: &str,
) -> Result<Markup, Error> {
    let title = m.with("moved-title", &[("name", connection.name.as_str().into())]);
    let (id, at) = (number.to_string(), proposed.at.0.to_string());
    let decide = |decision: &str, label: &str, style: Style| {
        form(
            &Form {
                action: &path(app, "invitations/decide"),
                hidden: &[
                    ("form_token", administrator.form_token()),
                    ("connection", &id),
                    ("seen", &at),
                    ("decision", decision),
                    ("from", from),
                ],
                inline: true,
                ..Form::default()
            },
            &button(&Button {
                label,
                style,
                ..Button::default()
            }),
        )
    };
    let body = html! {
        p { (m.text("moved-text")) }
        (differences(app, m, (number, connection), proposed)?)
        div.button-row {
            (decide("accept", &m.text("moved-accept"), Style::Primary))
            (decide("discard", &m.text("moved-discard"), Style::Secondary))
        }
    };
    Ok(notice(m, Tone::Warning, &title, Some(&body)))
}

/// What accepting changes. The order is that of [`values`].
fn differences(
    app: &App,
    m: Messages,
    (id, connection): (ConnectionId, &Connection),
    proposed: &Proposed,
) -> Result<Markup, Error> {
    let names = [
        m.text("registration-issuer-is"),
        m.text("moved-client"),
        m.text("register-auth"),
        m.text("register-token"),
        m.text("register-keys"),
        m.text("moved-audience"),
        m.text("moved-deployment"),
    ];
    let accepted = register::with(connection, proposed, proposed.at);
    let deployment = proposed.deployment.as_deref();
    let approved = deployment.map(|one| deployments::is_approved(&app.store, id, one));
    let approved = approved.transpose()?.unwrap_or_default();
    let before = values(connection, deployment.filter(|_| approved));
    let after = values(&accepted, deployment);
    let value = |value: Option<String>| {
        let none = || html! { (m.text("moved-none")) };
        value.map_or_else(none, |value| html! { code { (value) } })
    };
    let rows: Vec<Vec<Markup>> = names
        .iter()
        .zip(before.into_iter().zip(after))
        .filter(|(_, (before, after))| before != after)
        .map(|(name, (before, after))| vec![html! { (name) }, value(before), value(after)])
        .collect();
    let columns = [
        m.text("moved-what"),
        m.text("moved-before"),
        m.text("moved-after"),
    ];
    Ok(table(&Table {
        caption: &m.text("moved-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: "",
    }))
}

/// What an administrator decides about when a platform moves.
fn values(connection: &Connection, deployment: Option<&str>) -> [Option<String>; 7] {
    let registration = connection.registration.as_ref();
    let of = |what: fn(&Registration) -> &String| registration.map(|it| what(it).clone());
    [
        of(|it| &it.issuer),
        of(|it| &it.client_id),
        of(|it| &it.auth_url),
        of(|it| &it.token_url),
        of(|it| &it.jwks_url),
        connection.settings.token_audience.clone(),
        deployment.map(str::to_owned),
    ]
}

/// `POST /admin/invitations/decide`: the registration of `connection` that was `seen` is accepted or
/// discarded.
pub async fn decide(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let id = connection(&fields)?.ok_or(Error::NotFound)?;
    let seen = fields.get("seen").and_then(|text| text.parse().ok());
    let seen = Time(seen.ok_or(Error::NotFound)?);
    let (decision, what) = match fields.get("decision") {
        Some("accept") => (Decision::Accept, "registration-accepted"),
        Some("discard") => (Decision::Discard, "registration-discarded"),
        _ => return Err(Error::NotFound),
    };
    let noted = |commit: &mut Commit| {
        let who = administrator.name();
        audit::record(commit, &app.world, who, what, Some(&id.to_string()));
    };
    match register::decide(&app.store, &app.world, id, (seen, decision), noted).await {
        Ok(()) => Ok(Page::see_other(&path(app, &decided_from(&fields, id)))),
        Err(Deciding::Store(error)) => Err(error.into()),
        Err(Deciding::Unknown | Deciding::Exists(_)) => Err(Error::NotFound),
    }
}

/// The page below `/admin/` on which somebody decided: one of the two that show what waits.
fn decided_from(fields: &Fields, id: ConnectionId) -> String {
    let its_own = format!("connections/{id}");
    if fields.get("from") == Some(&its_own) {
        its_own
    } else {
        HERE.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciding_leads_back_to_pages_of_ours_alone() {
        let from = |text: &str| decided_from(&Fields::parse(text.as_bytes()), ConnectionId(3));
        assert_eq!(from("from=connections/3"), "connections/3");
        for elsewhere in ["", "from=//evil.example", "from=connections/4", "from="] {
            assert_eq!(from(elsewhere), HERE);
        }
    }

    #[test]
    fn a_hash_is_read_as_it_was_written() {
        let hash = Hash::of(b"x");
        assert_eq!(read(&written(hash)), Some(hash));
        for text in [
            "",
            "00",
            "ü",
            &"A".repeat(42),
            &"A".repeat(44),
            &"+".repeat(43),
        ] {
            assert_eq!(read(text), None);
        }
    }
}
