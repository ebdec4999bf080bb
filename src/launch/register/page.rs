//! The pages of a registration. They are shown in a frame or a window of an LMS of which nothing is
//! known before, so anybody may frame them: who has the invitation needs no trick to register.

use maud::{Markup, html};

use super::failed::Failed;
use crate::app::{App, Framing, Input, Page};
use crate::lti::names::{message, scope};
use crate::lti::presets::{self, product};
use crate::lti::registration::{Configuration, Endpoint, Request};
use crate::people::connections::register::same_platform;
use crate::store::rows::invitations::Invitation;
use crate::store::rows::people::{Connection, Registration};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{list, moment};
use crate::ui::forms::{Field, Form, Text, copy_field, form, text_field};
use crate::ui::layout::{Area, Frame, Width, page};
use crate::ui::lms::where_to_paste;
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::{disclosure, facts};

/// What is shown before anything is registered.
pub(super) struct Shown<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) request: &'a Request,
    pub(super) invitation: &'a Invitation,
    /// The connection that would be changed.
    pub(super) before: Option<&'a Connection>,
    /// What a new connection would be called.
    pub(super) name: &'a str,
    pub(super) sealed: &'a str,
}

/// What was registered.
pub(super) struct Done {
    pub(super) name: String,
    pub(super) family: Option<String>,
    /// Whether launches open at once.
    pub(super) deployment_known: bool,
    /// Whether it waits for an administrator.
    pub(super) waits: bool,
}

fn framed(app: &App, m: Messages, title: &str, content: &Markup) -> Page {
    let frame = Frame {
        title,
        base: app.public().base_path(),
        messages: m,
        area: Area::Public,
        width: Width::Narrow,
        ..Frame::default()
    };
    let mut page = Page::html(page(&frame, content));
    page.framing = Framing::Anyone;
    page
}

fn action(app: &App) -> String {
    format!("{}/lti/register", app.public().base_path())
}

/// The page for whoever opened the address by hand: it is to be pasted.
pub(super) fn for_the_platform(app: &App, secret: &str, invitation: &Invitation) -> Page {
    let m = Messages::default();
    let address = app
        .public()
        .join(&format!("/lti/register?invitation={secret}"));
    let content = html! {
        p.lead { (m.text("register-paste-lead")) }
        (copy_field(m, "address", &m.text("invitation-address"), &address))
        p.hint { (m.text("invitation-until")) " " (moment(invitation.ends)) }
        (where_to_paste(m))
    };
    framed(app, m, &m.text("register-paste-title"), &content)
}

/// With whom and as what Lanterna would register.
pub(super) fn shown(app: &App, shown: &Shown<'_>) -> Page {
    let m = Messages::default();
    let configuration = shown.configuration;
    let product = configuration.family.as_deref().map(product);
    let title = match product {
        Some(product) => m.with("register-title", &[("product", product.into())]),
        None => m.text("register-title-plain").into_owned(),
    };
    let content = html! {
        p.lead { (m.text("register-lead")) }
        (warnings(m, shown))
        section aria-labelledby="lms" {
            h2 #lms { (m.text("register-lms")) }
            (platform(m, configuration))
        }
        section aria-labelledby="asks" {
            h2 #asks { (m.text("register-asks")) }
            (asks(m, shown.request))
        }
        (press(app, m, shown))
    };
    framed(app, m, &title, &content)
}

fn warnings(m: Messages, shown: &Shown<'_>) -> Markup {
    let configuration = shown.configuration;
    let shared = presets::of_issuer(&configuration.issuer).is_some();
    html! {
        @if let Some(before) = shown.before {
            @let moved = before.registration.as_ref().is_none_or(|registration| {
                !same_platform(registration, &registration_of(configuration))
            });
            @let title = m.with("register-changes", &[("name", before.name.as_str().into())]);
            @let tone = if moved { Tone::Warning } else { Tone::Info };
            @let text = if moved { "register-changes-moved" } else { "register-changes-same" };
            (notice(m, tone, &title, Some(&html! { p { (m.text(text)) } })))
        }
        @if shared {
            (notice(m, Tone::Info, &m.text("register-shared"), Some(&html! {
                p { (m.text("register-shared-text")) }
            })))
        } @else if shown.invitation.any_issuer {
            (notice(m, Tone::Warning, &m.text("register-any-issuer"), Some(&html! {
                p { (m.text("register-any-issuer-text")) }
            })))
        }
    }
}

/// What the configuration's addresses would make; the client id is not known yet.
fn registration_of(configuration: &Configuration) -> Registration {
    Registration {
        issuer: configuration.issuer.clone(),
        client_id: String::new(),
        auth_url: configuration.authorization_endpoint.clone(),
        token_url: configuration.token_endpoint.clone(),
        jwks_url: configuration.jwks_uri.clone(),
    }
}

fn platform(m: Messages, configuration: &Configuration) -> Markup {
    let unknown = || m.text("register-unknown").into_owned();
    let kind = configuration.family.as_deref().map(product);
    let kind = match (kind, configuration.version.as_deref()) {
        (Some(kind), Some(version)) => format!("{kind} {version}"),
        (Some(kind), None) => kind.to_owned(),
        (None, _) => unknown(),
    };
    let mut about = vec![(m.text("register-product"), html! { (kind) })];
    if let Some(account) = &configuration.account {
        about.push((m.text("register-account"), html! { (account) }));
    }
    about.push((
        m.text("registration-issuer-is"),
        html! { code { (configuration.issuer) } },
    ));
    let about: Vec<(&str, Markup)> = about
        .iter()
        .map(|(name, value)| (name.as_ref(), value.clone()))
        .collect();
    html! {
        (facts(&about))
        (disclosure(&m.text("register-addresses"), &addresses(m, configuration)))
    }
}

fn addresses(m: Messages, configuration: &Configuration) -> Markup {
    let name = |endpoint: Endpoint| match endpoint {
        Endpoint::Authentication => m.text("register-auth"),
        Endpoint::Token => m.text("register-token"),
        Endpoint::KeySet => m.text("register-keys"),
        Endpoint::Registration => m.text("register-endpoint"),
    };
    let endpoints = configuration.endpoints();
    let named = endpoints.map(|(endpoint, address)| (name(endpoint), html! { code { (address) } }));
    let named: Vec<(&str, Markup)> = named
        .iter()
        .map(|(name, address)| (name.as_ref(), address.clone()))
        .collect();
    facts(&named)
}

/// What is asked for, in words.
fn asks(m: Messages, request: &Request) -> Markup {
    let scope = |scope: &str| request.scopes.iter().any(|asked| asked == scope);
    let email = request.claims.iter().any(|claim| claim == "email");
    let people = if email {
        "register-people-email"
    } else {
        "register-people-name"
    };
    let mut selection = request.messages.iter();
    let selection = selection.find(|asked| asked.kind == message::DEEP_LINKING);
    let or_not = |asked: bool, id: &'static str| {
        let id = if asked { id } else { "register-not-offered" };
        html! { (m.text(id)) }
    };
    facts(&[
        (&m.text("register-people"), html! { (m.text(people)) }),
        (
            &m.text("register-selection"),
            match selection {
                Some(asked) if !asked.placements.is_empty() => {
                    let places = list(m, &places(m, &asked.placements));
                    html! { (m.with("register-selection-at", &[("places", places.into())])) }
                }
                other => or_not(other.is_some(), "register-selection-text"),
            },
        ),
        (
            &m.text("register-roster"),
            or_not(scope(scope::ROSTER), "register-roster-text"),
        ),
        (
            &m.text("register-grades"),
            or_not(
                scope(scope::SCORE) || scope(scope::BASIC_OUTCOME),
                "register-grades-text",
            ),
        ),
        (
            &m.text("register-copies"),
            html! { (m.text("register-copies-text")) },
        ),
    ])
}

/// Placements in words, those of the specification and of Canvas.
fn places(m: Messages, placements: &[String]) -> Vec<String> {
    let word = |placement: &String| {
        let name = placement.rsplit('/').next().unwrap_or_default();
        let known = match name.to_ascii_lowercase().as_str() {
            "contentarea" => m.text("register-place-content"),
            "richtexteditor" | "editor_button" => m.text("register-place-editor"),
            "assignment_selection" => m.text("register-place-assignments"),
            "link_selection" => m.text("register-place-modules"),
            _ => return name.to_owned(),
        };
        known.into_owned()
    };
    let mut words: Vec<String> = placements.iter().map(word).collect();
    words.dedup();
    words
}

fn press(app: &App, m: Messages, shown: &Shown<'_>) -> Markup {
    let press = button(&Button {
        label: &m.text("register-press"),
        style: Style::Primary,
        ..Button::default()
    });
    let named = shown.invitation.name.as_deref();
    let named = named.filter(|_| shown.before.is_none());
    let fields = html! {
        @if let Some(name) = named {
            p { (m.with("register-named", &[("name", name.into())])) }
        } @else if shown.before.is_none() {
            (text_field(m, &Field {
                name: "name",
                label: &m.text("register-name"),
                hint: Some(&m.text("register-name-hint")),
                required: true,
                ..Field::default()
            }, &Text {
                value: shown.name,
                max_length: Some(100),
                ..Text::default()
            }))
        }
        (press)
    };
    html! {
        (form(&Form {
            action: &action(app),
            hidden: &[("pending", shown.sealed)],
            ..Form::default()
        }, &fields))
        p.hint { (m.text("register-press-hint")) }
    }
}

/// It is done: the page tells the LMS to close it, and what comes next where it stays.
pub(super) fn done(app: &App, done: &Done) -> Page {
    let m = Messages::default();
    let name = [("name", done.name.as_str().into())];
    let family = done.family.as_deref().unwrap_or_default();
    let turn_on = match family {
        family if family.eq_ignore_ascii_case("moodle") => "register-next-moodle",
        family if family.eq_ignore_ascii_case("canvas") => "register-next-canvas",
        _ => "register-next-other",
    };
    let (tone, title) = if done.waits {
        (Tone::Warning, m.with("register-waits", &name))
    } else {
        (Tone::Success, m.with("register-done", &name))
    };
    let content = html! {
        (notice(m, tone, &title, Some(&html! {
            p { (m.text(if done.waits { "register-waits-text" } else { "register-done-text" })) }
        })))
        section data-registered aria-labelledby="next" {
            h2 #next { (m.text("register-next")) }
            ol {
                li { (m.text(turn_on)) }
                @if !done.deployment_known {
                    li { (m.text("register-next-approve")) }
                }
                li { (m.text("register-next-open")) }
            }
            p.hint { (m.text("register-close")) }
        }
    };
    framed(app, m, &m.text("register-done-title"), &content)
}

/// Why it does not go on, with what was seen and what helps.
pub(super) fn failed(app: &App, input: &Input, failed: &Failed) -> Page {
    let m = Messages::default();
    let (sentence, next) = m.problem(failed.code);
    let reference = input.reference.to_string();
    let content = html! {
        div.problem {
            p.lead { (next) }
            @if failed.doubtful {
                (notice(m, Tone::Warning, &m.text("register-doubtful"), Some(&html! {
                    p { (m.text("register-doubtful-text")) }
                })))
            }
            @if let Some(sealed) = &failed.retry {
                (form(&Form {
                    action: &action(app),
                    hidden: &[("pending", sealed)],
                    ..Form::default()
                }, &button(&Button {
                    label: &m.text("register-again"),
                    ..Button::default()
                })))
            }
            @if let Some(line) = &failed.to_allow {
                (copy_field(m, "line", &m.text("registration-line"), line))
            }
            dl.problem-facts {
                div {
                    dt { (m.text("fact-code")) }
                    dd { code { (failed.code) } }
                }
                @for (name, what) in &failed.seen {
                    div {
                        dt { (m.text(name)) }
                        dd { (what) }
                    }
                }
                div {
                    dt { (m.text("fact-reference")) }
                    dd { code { (reference) } }
                }
            }
            p.hint { (m.text("reference-hint")) }
        }
    };
    framed(app, m, &sentence, &content).status(failed.status())
}
