//! Consumers of LTI 1.1 made here: the key and the secret are ours, and shown once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use maud::{Markup, html};

use super::entry;
use super::fields;
use crate::admin::Error;
use crate::admin::pages::{FORM_LIMIT, path, signed_in};
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Input, Page};
use crate::audit;
use crate::lti::names::parameter;
use crate::people::connections::register::{Error as Registering, New, register};
use crate::people::sessions::Secret;
use crate::store::Commit;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Consumer, Source};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, link_button};
use crate::ui::forms::{Form, copy_field, form};
use crate::ui::notices::{Tone, notice};

/// How far the clock of a consumer may differ, in seconds, unless it is set otherwise.
const WINDOW: u64 = 300;

/// What an LMS is asked for beyond a launch: the field, its message, and the custom parameter.
const CUSTOM: [(&str, &str, &str, &str); 2] = [
    (
        "history",
        "consumer-history",
        parameter::HISTORY,
        parameter::HISTORY_VARIABLE,
    ),
    (
        "roster",
        "consumer-roster",
        parameter::ROSTER,
        parameter::ROSTER_VARIABLE,
    ),
];

/// `GET /admin/connections/new/consumer`
pub async fn new(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    Ok(asking(app, &administrator, "", None))
}

fn asking(app: &App, administrator: &Administrator, name: &str, error: Option<&str>) -> Page {
    let m = Messages::default();
    let fields = html! {
        (fields::line(
            m, ("name", &m.text("settings-name")), (name, error),
            Some(&m.text("settings-name-hint")), true,
        ))
        (button(&Button {
            label: &m.text("consumer-make"),
            style: Style::Primary,
            ..Button::default()
        }))
    };
    let content = html! {
        p.lead { (m.text("consumer-lead")) }
        (form(&Form {
            action: &path(app, "connections/new/consumer"),
            hidden: &[("form_token", administrator.form_token())],
            ..Form::default()
        }, &fields))
    };
    let title = m.text("consumer-title");
    signed_in(app, administrator, &title, "connections", &content)
}

/// `POST /admin/connections/new/consumer`: makes one and shows its secret, this once.
pub async fn make(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let m = Messages::default();
    let entered = fields.get("name").unwrap_or_default().trim();
    let name = match entry::name(m, entered) {
        Ok(name) => name,
        Err(text) => {
            let page = asking(app, &administrator, entered, Some(&text));
            return Ok(page.status(StatusCode::BAD_REQUEST));
        }
    };
    let key = format!(
        "lanterna-{}",
        URL_SAFE_NO_PAD.encode(app.world.random::<9>())
    );
    let secret = Secret::new(&app.world).text;
    let new = New {
        connection: Connection {
            consumer: Some(Consumer {
                key: key.clone(),
                secret: Some(secret.clone()),
                window: WINDOW,
                body_only: false,
                guid: None,
            }),
            ..Connection::new(&name, Source::Registered, app.world.now())
        },
        deployments: Vec::new(),
    };
    let noted = |commit: &mut Commit, id: ConnectionId| {
        let who = administrator.name();
        audit::record(
            commit,
            &app.world,
            who,
            "connection-made",
            Some(&id.to_string()),
        );
    };
    match register(&app.store, &app.world, &new, noted).await {
        Ok(id) => {
            let none = Markup::default();
            Ok(shown(app, &administrator, id, (&key, &secret), &none))
        }
        Err(Registering::Store(error)) => Err(error.into()),
        Err(_) => Err(Error::NotFound),
    }
}

/// The page with the secret, which nothing shows again. `news` stands above it.
pub(super) fn shown(
    app: &App,
    administrator: &Administrator,
    id: ConnectionId,
    (key, secret): (&str, &str),
    news: &Markup,
) -> Page {
    let m = Messages::default();
    let fields = html! {
        div.given {
            (copy_field(m, "key", &m.text("consumer-key"), key))
            (copy_field(m, "secret", &m.text("consumer-secret"), secret))
            (copy_field(m, "launch", &m.text("consumer-launch"), &app.public().join("/lti/launch")))
            (copy_field(
                m, "cartridge", &m.text("consumer-cartridge"),
                &app.public().join("/lti/config/cartridge.xml"),
            ))
            @for (id, label, name, variable) in CUSTOM {
                (copy_field(m, id, &m.text(label), &format!("{name}={variable}")))
            }
        }
    };
    let content = html! {
        (news)
        (notice(m, Tone::Warning, &m.text("consumer-once"), Some(&html! {
            p { (m.text("consumer-once-text")) }
        })))
        (fields)
        (names(m))
        p {
            (link_button(&LinkButton {
                href: &path(app, &format!("connections/{id}")),
                label: &m.text("consumer-done"),
                style: Style::Primary,
                icon: None,
            }))
        }
    };
    let title = m.text("consumer-title");
    signed_in(app, administrator, &title, "connections", &content)
}

/// What platforms call the two.
fn names(m: Messages) -> Markup {
    html! {
        section aria-labelledby="names" {
            h2 #names { (m.text("consumer-names")) }
            ul.traps {
                li { (m.text("consumer-names-moodle")) }
                li { (m.text("consumer-names-canvas")) }
                li { (m.text("consumer-names-openedx")) }
                li { (m.text("consumer-names-custom")) }
                li { (m.text("consumer-names-signing")) }
                li { (m.text("consumer-names-signing-in")) }
            }
        }
    }
}
