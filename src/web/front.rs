//! The front page, health and metrics.

use http::StatusCode;
use maud::html;
use serde_json::json;

use crate::app::{App, Input, Page};
use crate::store::Condition;
use crate::store::ids::Hash;
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, Style, link_button};
use crate::ui::forms::copy_field;
use crate::ui::layout::{Area, Frame, Width, page};

/// The media type of metrics (`OpenMetrics` 1.0).
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What this is, how to connect an LMS, and the ways on.
pub(super) fn page_of(app: &App) -> Page {
    let m = Messages::default();
    let public = app.public();
    let addresses = [
        ("login", "front-login-url", "/lti/login"),
        ("redirect", "front-redirect-url", "/lti/launch"),
        ("keys", "front-jwks-url", "/lti/jwks"),
        ("target", "front-tool-url", "/lti/launch"),
    ];
    let content = html! {
        p.lead { (m.text("front-lead")) }
        div.button-row {
            @if app.config.practice_on() {
                (link_button(&LinkButton {
                    href: "practice/",
                    label: &m.text("front-practice"),
                    style: Style::Primary,
                    icon: None,
                }))
            }
            (link_button(&LinkButton {
                href: "admin/",
                label: &m.text("front-admin"),
                style: Style::Secondary,
                icon: None,
            }))
        }
        section aria-labelledby="connect" {
            h2 #connect { (m.text("front-connect")) }
            p { (m.text("front-connect-text")) }
            @for (id, label, path) in addresses {
                (copy_field(m, id, &m.text(label), &public.join(path)))
            }
            p { (m.text("front-connect-form")) }
            p { a href="lti/public-key" { (m.text("front-public-key")) } }
        }
    };
    let frame = Frame {
        title: &m.text("front-title"),
        base: public.base_path(),
        messages: m,
        area: Area::Public,
        width: Width::Narrow,
        ..Frame::default()
    };
    Page::html(page(&frame, &content))
}

/// Whether Lanterna can do its work: 200, or 503 while the store takes nothing.
pub(super) fn health(app: &App) -> Page {
    let (status, state) = match app.store.stats().condition {
        Condition::Running => (StatusCode::OK, "ok"),
        Condition::Full => (StatusCode::SERVICE_UNAVAILABLE, "store-full"),
        Condition::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "store-stopped"),
        Condition::Damaged => (StatusCode::SERVICE_UNAVAILABLE, "store-damaged"),
    };
    Page::json(&json!({ "status": state })).status(status)
}

/// The figures for Prometheus, for whoever has the token.
pub(super) fn metrics(app: &App, input: &Input) -> Option<Page> {
    let token = app.config.metrics.token.as_ref()?;
    let given = input
        .header(http::header::AUTHORIZATION)?
        .strip_prefix("Bearer ")?;
    // Compared as hashes, so that the time taken tells nothing.
    let matches = Hash::of(given.as_bytes()) == Hash::of(token.expose().as_bytes());
    matches.then(|| {
        app.metrics.store(&app.store.stats());
        Page::whole(OPEN_METRICS, app.metrics.text())
    })
}
