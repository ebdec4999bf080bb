//! Adding a tool by its address: dynamic registration as somebody who looks after an LMS sees it.

use maud::{Markup, html};
use url::Url;

use super::client::{self, Client};
use super::pages::{Standing, path, shell};
use super::registering::{self, CONFIGURATION};
use super::{Error, address, own_page, panel};
use crate::app::{App, Input, Page};
use crate::people::invitations::{self, Offer};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::forms::{Field, Form, Text, TextKind, form, text_field};
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::facts;

/// No form of these pages is larger.
const FORM_LIMIT: usize = 16 * 1024;

/// `GET /practice/tools`: the tool that registered itself, or the way to add one.
pub fn tools(app: &App, input: &Input) -> Result<Page, Error> {
    let m = Messages::default();
    let content = match client::registered(app)? {
        Some(client) => registered(app, m, &client, input.query().get("registered").is_some()),
        None => asking(app, m, "", None),
    };
    Ok(shown(app, m, &content))
}

fn shown(app: &App, m: Messages, content: &Markup) -> Page {
    let content = html! {
        p.lead { (m.text("practice-tools-lead")) }
        (content)
        (panel::beside(app, m))
    };
    let standing = Standing {
        current: "/tools",
        ..Standing::default()
    };
    let page = shell(app, m, &m.text("practice-tools"), &standing, &content);
    page.frames(app.public().origin().to_string())
}

fn registered(app: &App, m: Messages, client: &Client, just_now: bool) -> Markup {
    let code = |text: &str| html! { code { (text) } };
    html! {
        @if just_now {
            (notice(m, Tone::Success, &m.text("practice-registered-now"), None))
        }
        section aria-labelledby="registered" {
            h2 #registered { (client.tool.name) }
            p { (m.text("practice-registered-text")) }
            (facts(&[
                (&m.text("practice-client"), code(&client.id)),
                (&m.text("practice-deployment"), code(&client.tool.deployment)),
                (&m.text("practice-redirect-url"), code(&client.tool.redirect_uris.join(", "))),
            ]))
            (link_button(&LinkButton {
                href: &path(app, "/course/amara/registered"),
                label: &m.text("practice-registered-open"),
                style: Style::Primary,
                icon: None,
            }))
            p.hint { (m.text("practice-registered-remove")) }
        }
    }
}

/// The forms that take an address, or do without.
fn asking(app: &App, m: Messages, value: &str, error: Option<&str>) -> Markup {
    let field = Field {
        name: "address",
        label: &m.text("practice-tools-address"),
        hint: Some(&m.text("practice-tools-address-hint")),
        error,
        required: true,
        ..Field::default()
    };
    let text = Text {
        kind: TextKind::Url,
        value,
        max_length: Some(2_000),
        ..Text::default()
    };
    let fields = html! {
        (text_field(m, &field, &text))
        (button(&Button {
            label: &m.text("practice-tools-go"),
            style: Style::Primary,
            ..Button::default()
        }))
    };
    let action = path(app, "/tools");
    let make = button(&Button {
        label: &m.text("practice-tools-make"),
        sends: Some(("make", "yes")),
        ..Button::default()
    });
    html! {
        (form(&Form { action: &action, ..Form::default() }, &fields))
        p { (m.text("practice-tools-make-text")) }
        (form(&Form { action: &action, ..Form::default() }, &make))
    }
}

/// `POST /practice/tools`: opens the tool's own page of registration in a frame, with the address of
/// our configuration and a token for one registration.
pub async fn add(app: &App, input: &mut Input) -> Result<Page, Error> {
    own_page(app, input)?;
    let given = input.form(FORM_LIMIT).await?;
    let m = Messages::default();
    if client::registered(app)?.is_some() {
        return Ok(Page::see_other(&address(app, "/tools")));
    }
    let given = match given.get("make") {
        Some(_) => invitation(app, m).await?,
        None => given.get("address").unwrap_or_default().trim().to_owned(),
    };
    let Some(url) = registration(app, &given) else {
        let error = m.text("practice-tools-not-ours");
        return Ok(shown(app, m, &asking(app, m, &given, Some(&error))));
    };
    let content = html! {
        p { (m.text("practice-tools-frame-text")) }
        iframe.practice-frame
            data-registers=(address(app, "/tools?registered"))
            src=(url)
            title=(m.text("practice-tools-frame")) {}
        p {
            (link_button(&LinkButton {
                href: &path(app, "/tools?registered"),
                label: &m.text("practice-tools-done"),
                ..LinkButton::default()
            }))
        }
    };
    Ok(shown(app, m, &content))
}

/// The address of a new invitation, which is good for the practice course alone. The one before it
/// ends, so that they never stand in the way of an administrator's.
async fn invitation(app: &App, m: Messages) -> Result<String, Error> {
    let (store, world) = (&app.store, &app.world);
    for (hash, open) in invitations::open(store, world)? {
        if open.practice {
            invitations::revoke(store, hash, |_| {}).await?;
        }
    }
    let offer = Offer {
        by: "practice".to_owned(),
        name: Some(m.text("practice-registered").into_owned()),
        practice: true,
        ..Offer::default()
    };
    let secret = match invitations::issue(store, world, &offer, |_| {}).await {
        Ok(secret) => secret,
        Err(invitations::Error::Store(error)) => return Err(error.into()),
        Err(_) => return Err(Error::Refused("practice-invitations")),
    };
    let page = app.public().join("/lti/register");
    Ok(format!("{page}?invitation={secret}"))
}

/// The tool's page of registration with what it needs to know of us, when it is Lanterna's: nothing
/// else can be launched here.
fn registration(app: &App, given: &str) -> Option<Url> {
    let page = app.public().join("/lti/register");
    let rest = given.strip_prefix(&page)?;
    if !(rest.is_empty() || rest.starts_with('?') || rest.starts_with('/')) {
        return None;
    }
    let mut url = Url::parse(given).ok()?;
    url.query_pairs_mut()
        .append_pair("openid_configuration", &address(app, CONFIGURATION))
        .append_pair("registration_token", &registering::token(app));
    Some(url)
}
