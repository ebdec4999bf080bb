//! Connecting an LMS: which one, what to copy into it, and what it gives back.

use http::StatusCode;
use maud::{Markup, html};

use super::entry::{self, Entry, Mistakes};
use super::fields;
use crate::admin::Error;
use crate::admin::pages::guides::{self, Guide, Ours};
use crate::admin::pages::{FORM_LIMIT, invitations, path, signed_in};
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::{App, Input, Page};
use crate::audit;
use crate::lti::names::parameter;
use crate::people::connections::register::{Error as Registering, New, register};
use crate::store::Commit;
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Source};
use crate::store::rows::settings::Settings;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, copy_field, form};
use crate::ui::notices::{Tone, notice};

/// Where this is in administration.
const HERE: &str = "connections";

/// `GET /admin/connections/new`: which LMS it is.
pub async fn choose(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let at = |below: &str| path(app, &format!("connections/new/{below}"));
    let content = html! {
        p.lead { (m.text("choose-lead")) }
        ul.platforms role="list" {
            @for guide in &guides::ALL {
                @if guide.slug != "other" {
                    li {
                        a href=(at(guide.slug)) {
                            strong { (guide.name) }
                            span { (m.text(if guide.dynamic.is_some() { "choose-paste" } else { "choose-copy" })) }
                        }
                    }
                }
            }
            li {
                a href=(at("other")) {
                    strong { (m.text("choose-other")) }
                    span { (m.text("choose-other-text")) }
                }
            }
            li {
                a href=(at("consumer")) {
                    strong { (m.text("choose-consumer")) }
                    span { (m.text("choose-consumer-text")) }
                }
            }
        }
        p.hint { (m.text("choose-file")) }
        p { a href=(path(app, "invitations")) { (m.text("connections-invitations")) } }
    };
    let title = m.text("connections-new");
    Ok(signed_in(app, &administrator, &title, HERE, &content))
}

/// `GET /admin/connections/new/{platform}`
pub async fn guide(app: &App, input: &Input, slug: &str) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let guide = guides::named(slug).ok_or(Error::NotFound)?;
    let entry = entry::suggested(guide);
    whole(app, &administrator, guide, &entry, &Mistakes::default())
}

fn whole(
    app: &App,
    administrator: &Administrator,
    guide: &Guide,
    entry: &Entry,
    mistakes: &Mistakes,
) -> Result<Page, Error> {
    let m = Messages::default();
    let again = !mistakes.none();
    let back = html! {
        section aria-labelledby="back" {
            h2 #back { (m.with("guide-back", &[("name", guide.name.into())])) }
            p { (m.text("guide-back-text")) }
            (back(app, m, administrator, guide, (entry, mistakes)))
        }
    };
    // Whoever comes back with a mistake has done the rest already: the form is first then.
    let dynamic = guide.dynamic.filter(|_| !again);
    let by_hand = if dynamic.is_some() {
        "guide-by-hand"
    } else {
        "guide-copy"
    };
    let content = html! {
        @if again {
            (notice(m, Tone::Error, &m.text("form-mistakes"), None))
            (back)
        }
        @if let Some(dynamic) = dynamic {
            (invitations::connect(app, m, administrator)?)
            p { (m.text(dynamic)) }
        }
        section aria-labelledby="copy" {
            h2 #copy { (m.text(by_hand)) }
            p { (m.text(guide.go)) }
            (given(app, m, guide))
            p.hint { (m.text("guide-custom")) }
            p { (m.text(guide.then)) }
        }
        @if !again { (back) }
        section aria-labelledby="traps" {
            h2 #traps { (m.text("guide-traps")) }
            ul.traps {
                @for trap in guide.traps { li { (m.text(trap)) } }
            }
        }
    };
    let title = m.with("guide-title", &[("name", guide.name.into())]);
    Ok(signed_in(app, administrator, &title, HERE, &content))
}

/// What is copied into the platform, field by field.
fn given(app: &App, m: Messages, guide: &Guide) -> Markup {
    html! {
        div.given {
            @for (index, given) in guide.given.iter().enumerate() {
                @match given.value {
                    Ours::Choose(what) => div.field {
                        span.given-label { (given.label) }
                        p.given-choice { (what) }
                    },
                    ours => (copy_field(m, &format!("given-{index}"), given.label, &value(app, m, ours))),
                }
            }
        }
    }
}

fn value(app: &App, m: Messages, ours: Ours) -> String {
    let public = app.public();
    match ours {
        Ours::Name => m.text("brand").into_owned(),
        Ours::Launch | Ours::Redirect => public.join("/lti/launch"),
        Ours::Login => public.join("/lti/login"),
        Ours::Keys => public.join("/lti/jwks"),
        Ours::CanvasJson => public.join("/lti/config/canvas.json"),
        Ours::RedirectList => format!("[\"{}\"]", public.join("/lti/launch")),
        Ours::Custom => custom(),
        Ours::CustomList => format!("[\"{}\"]", custom()),
        Ours::Domain => {
            let url = url::Url::parse(&public.join("/")).ok();
            let host = url.as_ref().and_then(url::Url::host_str);
            host.unwrap_or_default().to_owned()
        }
        Ours::Choose(what) => what.to_owned(),
    }
}

/// The line that asks for the courses that a course was copied from.
fn custom() -> String {
    format!("{}={}", parameter::HISTORY, parameter::HISTORY_VARIABLE)
}

/// The form for what the platform gives back.
fn back(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    guide: &Guide,
    (entry, mistakes): (&Entry, &Mistakes),
) -> Markup {
    let fields = html! {
        (fields::registration(m, guide.shape, &guide.labels, entry, mistakes))
        (fields::deployment(m, &guide.labels, entry, mistakes))
        (fields::named(m, entry, mistakes))
        (button(&Button {
            label: &m.text("guide-connect"),
            style: Style::Primary,
            ..Button::default()
        }))
    };
    form(
        &Form {
            action: &path(app, &format!("connections/new/{}", guide.slug)),
            hidden: &[("form_token", administrator.form_token())],
            ..Form::default()
        },
        &fields,
    )
}

/// `POST /admin/connections/new/{platform}`: connects it, or shows the form again with what is wrong.
pub async fn connect(app: &App, input: &mut Input, slug: &str) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    let guide = guides::named(slug).ok_or(Error::NotFound)?;
    let m = Messages::default();
    let entry = Entry::read(&fields);
    let mistakes = match make(app, m, &administrator, guide, &entry).await? {
        Ok(id) => return Ok(Page::see_other(&path(app, &format!("connections/{id}")))),
        Err(mistakes) => mistakes,
    };
    let page = whole(app, &administrator, guide, &entry, &mistakes)?;
    Ok(page.status(StatusCode::BAD_REQUEST))
}

async fn make(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    guide: &Guide,
    entry: &Entry,
) -> Result<Result<ConnectionId, Mistakes>, Error> {
    let registration = entry::registration(app, m, guide.shape, entry).await;
    let (registration, mut mistakes) = match registration {
        Ok(registration) => (Some(registration), Mistakes::default()),
        Err(mistakes) => (None, mistakes),
    };
    let name = entry::name(m, &entry.name);
    let audience = entry::audience(m, &entry.audience);
    if let Err(text) = &name {
        mistakes.note("name", text.clone());
    }
    if let Err(text) = &audience {
        mistakes.note("token_audience", text.clone());
    }
    let (Some(registration), Ok(name), Ok(token_audience)) = (registration, name, audience) else {
        return Ok(Err(mistakes));
    };
    let deployments = Some(entry.deployment.clone()).filter(|id| !id.is_empty());
    let new = New {
        connection: Connection {
            registration: Some(registration),
            accept_deployments: entry.accept,
            settings: Settings {
                token_audience,
                ..Settings::default()
            },
            ..Connection::new(&name, Source::Registered, app.world.now())
        },
        deployments: deployments.into_iter().collect(),
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
        Ok(id) => Ok(Ok(id)),
        Err(Registering::Exists(other)) => {
            let text = m.with("entry-exists", &[("number", other.to_string().into())]);
            mistakes.note("client_id", text);
            Ok(Err(mistakes))
        }
        Err(Registering::Store(error)) => Err(error.into()),
        Err(Registering::Unknown) => Err(Error::NotFound),
    }
}
