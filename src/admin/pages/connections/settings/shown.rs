//! The form of what is decided about a connection, and what the file decides instead.

use maud::{Markup, html};

use super::Values;
use crate::admin::pages::connections::entry::Mistakes;
use crate::admin::pages::connections::fields::line;
use crate::admin::pages::path;
use crate::admin::sign_in::Administrator;
use crate::app::App;
use crate::lti::key::SignatureAlgorithm;
use crate::lti::roles::{CourseRole, is_beyond_courses};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::Connection;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{
    Choice, Field, Form, Lines, checkbox, form, radio_group, select, text_area,
};
use crate::ui::notices::{Tone, notice};

/// What says: roles of the whole institution count in courses here.
pub(in crate::admin::pages::connections) fn warning(
    m: Messages,
    connection: &Connection,
) -> Markup {
    let mut overrides = connection.settings.role_overrides.iter();
    let raised = overrides.any(|one| {
        CourseRole::from(one.counts_as) > CourseRole::Member && is_beyond_courses(&one.role)
    });
    html! {
        @if raised {
            (notice(m, Tone::Warning, &m.text("settings-roles-beyond"), Some(&html! {
                p { (m.text("settings-roles-beyond-text")) }
            })))
        }
    }
}

/// The form, of a connection that is changed here.
pub(in crate::admin::pages::connections) fn settings_form(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    (id, connection): (ConnectionId, &Connection),
    (values, mistakes): (&Values, &Mistakes),
) -> Markup {
    let fields = html! {
        (line(
            m, ("name", &m.text("settings-name")), (&values.name, mistakes.of("name")),
            None, true,
        ))
        @if connection.registration.is_some() {
            (of_registration(m, values, mistakes))
        } @else {
            (of_consumer(m, values, mistakes))
        }
        (of_both(m, values, mistakes))
        (button(&Button {
            label: &m.text("settings-save"),
            style: Style::Primary,
            ..Button::default()
        }))
    };
    form(
        &Form {
            action: &path(app, &format!("connections/{id}/settings")),
            hidden: &[("form_token", administrator.form_token())],
            ..Form::default()
        },
        &fields,
    )
}

fn of_registration(m: Messages, values: &Values, mistakes: &Mistakes) -> Markup {
    let algorithms = SignatureAlgorithm::ALL.map(|algorithm| Choice {
        value: algorithm.name(),
        label: algorithm.name(),
        hint: None,
    });
    let (get, post) = (m.text("settings-get"), m.text("settings-post"));
    let ways = [
        Choice {
            value: "get",
            label: &get,
            hint: None,
        },
        Choice {
            value: "post",
            label: &post,
            hint: None,
        },
    ];
    html! {
        (checkbox(m, &Field {
            name: "accept_deployments",
            label: &m.text("settings-accept"),
            hint: Some(&m.text("settings-accept-hint")),
            required: true,
            ..Field::default()
        }, values.accept))
        (select(m, &Field {
            name: "algorithm",
            label: &m.text("settings-algorithm"),
            hint: Some(&m.text("settings-algorithm-hint")),
            error: mistakes.of("algorithm"),
            required: true,
            ..Field::default()
        }, &algorithms, &values.algorithm))
        (radio_group(m, &Field {
            name: "authentication",
            label: &m.text("settings-authentication"),
            hint: Some(&m.text("settings-authentication-hint")),
            required: true,
            ..Field::default()
        }, &ways, if values.post { "post" } else { "get" }))
        (line(
            m, ("token_audience", &m.text("settings-audience")),
            (&values.audience, mistakes.of("token_audience")),
            Some(&m.text("settings-audience-hint")), false,
        ))
    }
}

fn of_consumer(m: Messages, values: &Values, mistakes: &Mistakes) -> Markup {
    html! {
        (line(
            m, ("minutes", &m.text("settings-window")), (&values.minutes, mistakes.of("minutes")),
            Some(&m.text("settings-window-hint")), true,
        ))
        (checkbox(m, &Field {
            name: "body_only",
            label: &m.text("settings-body-only"),
            hint: Some(&m.text("settings-body-only-hint")),
            required: true,
            ..Field::default()
        }, values.body_only))
        (line(
            m, ("guid", &m.text("settings-guid")), (&values.guid, mistakes.of("guid")),
            Some(&m.text("settings-guid-hint")), false,
        ))
        (checkbox(m, &Field {
            name: "personal_data",
            label: &m.text("settings-names"),
            hint: Some(&m.text("settings-names-hint")),
            required: true,
            ..Field::default()
        }, values.names))
        (checkbox(m, &Field {
            name: "known_people_only",
            label: &m.text("settings-known"),
            hint: Some(&m.text("settings-known-hint")),
            required: true,
            ..Field::default()
        }, values.known_only))
        (text_area(m, &Field {
            name: "kept_parameters",
            label: &m.text("settings-kept"),
            hint: Some(&m.text("settings-kept-hint")),
            error: mistakes.of("kept_parameters"),
            ..Field::default()
        }, &Lines { value: &values.kept, rows: 2, max_length: None }))
    }
}

fn of_both(m: Messages, values: &Values, mistakes: &Mistakes) -> Markup {
    html! {
        (checkbox(m, &Field {
            name: "anonymous",
            label: &m.text("settings-anonymous"),
            hint: Some(&m.text("settings-anonymous-hint")),
            required: true,
            ..Field::default()
        }, values.anonymous))
        (checkbox(m, &Field {
            name: "sums_only",
            label: &m.text("settings-sums-only"),
            hint: Some(&m.text("settings-sums-only-hint")),
            required: true,
            ..Field::default()
        }, values.sums_only))
        (text_area(m, &Field {
            name: "role_overrides",
            label: &m.text("settings-roles"),
            hint: Some(&m.text("settings-roles-hint")),
            error: mistakes.of("role_overrides"),
            ..Field::default()
        }, &Lines { value: &values.roles, rows: 3, max_length: None }))
        (text_area(m, &Field {
            name: "origins",
            label: &m.text("settings-origins"),
            hint: Some(&m.text("settings-origins-hint")),
            error: mistakes.of("origins"),
            ..Field::default()
        }, &Lines { value: &values.origins, rows: 3, max_length: None }))
    }
}

/// What the file decides, to be read.
pub(in crate::admin::pages::connections) fn read_only(
    m: Messages,
    connection: &Connection,
) -> Vec<(String, Markup)> {
    let values = Values::of(connection);
    let yes = |on: bool| {
        m.text(if on { "settings-yes" } else { "settings-no" })
            .into_owned()
    };
    let text = |text: &str| {
        html! {
            @if text.is_empty() { (m.text("settings-none")) }
            @for line in text.lines() { code { (line) } br; }
        }
    };
    let mut facts = Vec::new();
    let mut fact = |id: &str, value: Markup| facts.push((m.text(id).into_owned(), value));
    if connection.registration.is_some() {
        fact("settings-accept", html! { (yes(values.accept)) });
        fact("settings-algorithm", html! { (values.algorithm) });
        let way = if values.post {
            "settings-post"
        } else {
            "settings-get"
        };
        fact("settings-authentication", html! { (m.text(way)) });
        fact("settings-audience", text(&values.audience));
    } else {
        fact("settings-window", html! { (values.minutes) });
        fact("settings-body-only", html! { (yes(values.body_only)) });
        fact("settings-names", html! { (yes(values.names)) });
        fact("settings-known", html! { (yes(values.known_only)) });
        fact("settings-kept", text(&values.kept));
    }
    fact("settings-anonymous", html! { (yes(values.anonymous)) });
    fact("settings-sums-only", html! { (yes(values.sums_only)) });
    fact("settings-roles", text(&values.roles));
    fact("settings-origins", text(&values.origins));
    facts
}
