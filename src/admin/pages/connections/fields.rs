//! The fields in which an administrator enters what a platform gives back.

use maud::{Markup, html};

use super::entry::{Entry, Mistakes, OWN};
use crate::admin::pages::guides::{Labels, Shape};
use crate::lti::presets;
use crate::ui::Messages;
use crate::ui::forms::{Choice, Field, Text, TextKind, checkbox, select, text_field};
use crate::ui::tables::disclosure;

/// One line of text.
pub(super) fn line(
    m: Messages,
    names: (&str, &str),
    entered: (&str, Option<&str>),
    hint: Option<&str>,
    required: bool,
) -> Markup {
    of_kind(m, TextKind::Plain, names, entered, hint, required)
}

/// A web address.
fn address(
    m: Messages,
    names: (&str, &str),
    entered: (&str, Option<&str>),
    hint: Option<&str>,
    required: bool,
) -> Markup {
    of_kind(m, TextKind::Url, names, entered, hint, required)
}

fn of_kind(
    m: Messages,
    kind: TextKind,
    (name, label): (&str, &str),
    (value, error): (&str, Option<&str>),
    hint: Option<&str>,
    required: bool,
) -> Markup {
    text_field(
        m,
        &Field {
            name,
            label,
            hint,
            error,
            required,
            ..Field::default()
        },
        &Text {
            kind,
            value,
            autocomplete: Some("off"),
            ..Text::default()
        },
    )
}

/// The name of a connection. Another form of the page has a field of this name, too.
pub(super) fn named(m: Messages, entry: &Entry, mistakes: &Mistakes) -> Markup {
    text_field(
        m,
        &Field {
            name: "name",
            id: Some("connection-name"),
            label: &m.text("settings-name"),
            hint: Some(&m.text("settings-name-hint")),
            error: mistakes.of("name"),
            required: true,
            ..Field::default()
        },
        &Text {
            value: &entry.name,
            autocomplete: Some("off"),
            ..Text::default()
        },
    )
}

/// The fields that this shape of registration asks for, under the platform's own labels.
pub(super) fn registration(
    m: Messages,
    shape: Shape,
    labels: &Labels,
    entry: &Entry,
    mistakes: &Mistakes,
) -> Markup {
    let of = |name| mistakes.of(name);
    html! {
        @match shape {
            Shape::Canvas => (sites(m, entry, mistakes)),
            Shape::Addresses | Shape::Moodle => (address(
                m, ("issuer", labels.issuer), (&entry.issuer, of("issuer")),
                Some(&m.text("entry-issuer-hint")), true,
            )),
            Shape::Preset(_) => {}
        }
        (line(m, ("client_id", labels.client_id), (&entry.client_id, of("client_id")), None, true))
        @match shape {
            Shape::Addresses => (addresses(m, labels, entry, mistakes, true)),
            Shape::Moodle => {
                @if of("auth_url").or(of("token_url")).or(of("jwks_url")).is_some() {
                    (addresses(m, labels, entry, mistakes, false))
                } @else {
                    (disclosure(
                        &m.text("entry-addresses"),
                        &addresses(m, labels, entry, mistakes, false),
                    ))
                }
            }
            Shape::Canvas | Shape::Preset(_) => {}
        }
    }
}

fn addresses(
    m: Messages,
    labels: &Labels,
    entry: &Entry,
    mistakes: &Mistakes,
    required: bool,
) -> Markup {
    let hint = (!required).then(|| m.text("entry-addresses-hint").into_owned());
    html! {
        @if let Some(hint) = &hint { p.hint { (hint) } }
        @for (name, label, value) in [
            ("jwks_url", labels.keys, &entry.jwks_url),
            ("token_url", labels.token, &entry.token_url),
            ("auth_url", labels.auth, &entry.auth_url),
        ] {
            (address(m, (name, label), (value, mistakes.of(name)), None, required))
        }
    }
}

/// Which Canvas it is.
fn sites(m: Messages, entry: &Entry, mistakes: &Mistakes) -> Markup {
    let own = m.text("entry-canvas-own");
    let shared = presets::ALL
        .iter()
        .filter(|preset| preset.family == "canvas");
    let mut choices: Vec<Choice<'_>> = shared
        .map(|preset| Choice {
            value: preset.id,
            label: preset.issuer.trim_start_matches("https://"),
            hint: None,
        })
        .collect();
    choices.push(Choice {
        value: OWN,
        label: &own,
        hint: None,
    });
    let of = |name| mistakes.of(name);
    let root = address(
        m,
        ("root", &m.text("entry-canvas-root")),
        (&entry.root, of("root")),
        Some(&m.text("entry-canvas-root-hint")),
        false,
    );
    let more = html! {
        (root)
        (address(
            m, ("issuer", &m.text("entry-canvas-issuer")), (&entry.issuer, of("issuer")),
            Some(&m.text("entry-canvas-issuer-hint")), false,
        ))
    };
    html! {
        (select(m, &Field {
            name: "site",
            label: &m.text("entry-canvas"),
            hint: Some(&m.text("entry-canvas-hint")),
            error: of("site"),
            required: true,
            ..Field::default()
        }, &choices, &entry.site))
        @if entry.site == OWN {
            (more)
        } @else {
            (disclosure(&m.text("entry-canvas-more"), &more))
        }
    }
}

/// The deployment, and whether others are taken as well.
pub(super) fn deployment(
    m: Messages,
    labels: &Labels,
    entry: &Entry,
    mistakes: &Mistakes,
) -> Markup {
    html! {
        (line(
            m, ("deployment_id", labels.deployment),
            (&entry.deployment, mistakes.of("deployment_id")),
            Some(&m.text("entry-deployment-hint")), false,
        ))
        (checkbox(m, &Field {
            name: "accept_deployments",
            label: &m.text("settings-accept"),
            hint: Some(&m.text("settings-accept-hint")),
            required: true,
            ..Field::default()
        }, entry.accept))
        @if let Some(label) = labels.audience {
            (line(
                m, ("token_audience", label), (&entry.audience, mistakes.of("token_audience")),
                Some(&m.text("settings-audience-hint")), false,
            ))
        }
    }
}
