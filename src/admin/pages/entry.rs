//! The first sign-in by the claim link, signing in, signing out.

use maud::{Markup, html};

use super::{FORM_LIMIT, path, signed_out};
use crate::admin::accounts::{Refused, SHORTEST_PASSWORD};
use crate::admin::{Error, claim as claims, sign_in as signing};
use crate::app::{App, Input, Page};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Field, Form, Password, Text, form, password_field, text_field};
use crate::ui::notices::{Tone, notice};

/// What is wrong with a form that comes back.
#[derive(Default)]
struct Mistakes {
    above: Option<String>,
    name: Option<String>,
    password: Option<String>,
}

/// `GET /admin/sign-in`
pub async fn sign_in_page(app: &App, input: &Input) -> Result<Page, Error> {
    if signing::administrator(app, input).await.is_ok() {
        return Ok(Page::see_other(&path(app, "")));
    }
    let m = Messages::default();
    let content = if claims::claimed(&app.store)? {
        sign_in_form(m, "", &Mistakes::default())
    } else {
        notice(
            m,
            Tone::Info,
            &m.text("admin-unclaimed"),
            Some(&html! {
                p { (m.text("admin-unclaimed-text")) }
            }),
        )
    };
    Ok(signed_out(app, &m.text("sign-in-title"), &content))
}

/// Sends whoever is not signed in to where they can.
pub fn to_sign_in(app: &App) -> Page {
    Page::see_other(&path(app, "sign-in"))
}

/// `POST /admin/sign-in`
pub async fn sign_in(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let (name, password) = (fields.get("name"), fields.get("password"));
    let (name, password) = (name.unwrap_or_default(), password.unwrap_or_default());
    let m = Messages::default();
    match signing::sign_in(app, input, name, password).await {
        Ok(cookie) => Ok(Page::see_other(&path(app, "")).cookies([cookie])),
        Err(signing::Error::Wrong) => {
            tracing::warn!(address = %input.peer.address, "a sign-in failed");
            let mistakes = Mistakes {
                above: Some(m.text("sign-in-wrong").into_owned()),
                ..Mistakes::default()
            };
            let content = sign_in_form(m, name, &mistakes);
            let page = signed_out(app, &m.text("sign-in-title"), &content);
            Ok(page.status(http::StatusCode::UNAUTHORIZED))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /admin/sign-out`
pub async fn sign_out(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let token = fields.get("form_token");
    let administrator = signing::administrator_by_form(app, input, token).await?;
    let cookie = signing::sign_out(app, &administrator).await?;
    Ok(to_sign_in(app).cookies([cookie]))
}

/// `GET /admin/claim/{secret}`: shows the form; nothing is used up.
pub fn claim_page(app: &App, secret: &str) -> Result<Page, Error> {
    if !claims::valid(&app.store, &app.world, secret)? {
        return Err(Error::ClaimInvalid);
    }
    let m = Messages::default();
    let content = claim_form(m, "", &Mistakes::default());
    Ok(signed_out(app, &m.text("claim-title"), &content))
}

/// `POST /admin/claim/{secret}`: makes the administrator and signs them in.
pub async fn claim(app: &App, input: &mut Input, secret: &str) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let name = fields.get("name").unwrap_or_default();
    let password = fields.get("password").unwrap_or_default();
    match claims::take(&app.store, &app.world, secret, name, password).await {
        Ok(name) => {
            let cookie = signing::open_session(app, &name).await?;
            Ok(Page::see_other(&path(app, "")).cookies([cookie]))
        }
        Err(claims::Error::Refused(refused)) => {
            let m = Messages::default();
            let content = claim_form(m, name, &mistakes(m, refused));
            let page = signed_out(app, &m.text("claim-title"), &content);
            Ok(page.status(http::StatusCode::BAD_REQUEST))
        }
        Err(error) => Err(error.into()),
    }
}

fn mistakes(m: Messages, refused: Refused) -> Mistakes {
    let shortest = [("least", SHORTEST_PASSWORD.into())];
    let mut mistakes = Mistakes::default();
    match refused {
        Refused::Name => mistakes.name = Some(m.text("claim-bad-name").into_owned()),
        Refused::Short => mistakes.password = Some(m.with("claim-short-password", &shortest)),
        Refused::Long => mistakes.password = Some(m.text("claim-long-password").into_owned()),
        Refused::Failed => mistakes.above = Some(m.text("claim-failed").into_owned()),
    }
    mistakes
}

fn above(m: Messages, mistakes: &Mistakes) -> Markup {
    html! {
        @if let Some(text) = &mistakes.above { (notice(m, Tone::Error, text, None)) }
    }
}

fn sign_in_form(m: Messages, name: &str, mistakes: &Mistakes) -> Markup {
    let fields = html! {
        (name_field(m, name, mistakes))
        (password_field(m, &Field {
            name: "password",
            label: &m.text("password"),
            required: true,
            ..Field::default()
        }, Password::Current))
        (submit(&m.text("sign-in")))
    };
    html! {
        (above(m, mistakes))
        (form(&Form { action: "", ..Form::default() }, &fields))
        p.hint { (m.text("sign-in-forgotten")) }
    }
}

fn claim_form(m: Messages, name: &str, mistakes: &Mistakes) -> Markup {
    let hint = m.with(
        "claim-password-hint",
        &[("least", SHORTEST_PASSWORD.into())],
    );
    let fields = html! {
        (name_field(m, name, mistakes))
        (password_field(m, &Field {
            name: "password",
            label: &m.text("password"),
            hint: Some(&hint),
            error: mistakes.password.as_deref(),
            required: true,
            ..Field::default()
        }, Password::New))
        (submit(&m.text("claim-submit")))
    };
    html! {
        p.lead { (m.text("claim-lead")) }
        (above(m, mistakes))
        (form(&Form { action: "", ..Form::default() }, &fields))
    }
}

fn name_field(m: Messages, name: &str, mistakes: &Mistakes) -> Markup {
    text_field(
        m,
        &Field {
            name: "name",
            label: &m.text("name"),
            error: mistakes.name.as_deref(),
            required: true,
            ..Field::default()
        },
        &Text {
            value: name,
            autocomplete: Some("username"),
            max_length: Some(64),
            ..Text::default()
        },
    )
}

fn submit(label: &str) -> Markup {
    button(&Button {
        label,
        style: Style::Primary,
        ..Button::default()
    })
}
