//! The pages of administration. Never framed.

mod audit;
pub mod connections;
mod entry;
mod grades;
mod guides;
pub mod invitations;
mod keys;
mod launches;
pub mod people;
mod status;
pub mod tools;

use maud::Markup;

pub use audit::{audit, audit_csv};
pub use entry::{claim, claim_page, sign_in, sign_in_page, sign_out, to_sign_in};
pub use grades::{grades, retry as retry_grade};
pub use keys::{change as change_keys, keys};
pub use launches::{approve as approve_launch, launch, launches};
pub use status::status;

use super::sign_in::Administrator;
use crate::app::{App, Page};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::layout::{Area, Frame, NavLink, Role, Width, page};

/// Forms of administration are short.
const FORM_LIMIT: usize = 16 * 1024;

/// The path of a page of administration.
fn path(app: &App, below: &str) -> String {
    format!("{}/admin/{below}", app.public().base_path())
}

/// A page for a signed-in administrator. `here` is the page's path below `/admin/`.
fn signed_in(
    app: &App,
    administrator: &Administrator,
    title: &str,
    here: &str,
    content: &Markup,
) -> Page {
    signed_in_with(app, administrator, (title, None), here, content)
}

/// Likewise with buttons beside the title.
fn signed_in_with(
    app: &App,
    administrator: &Administrator,
    (title, actions): (&str, Option<&Markup>),
    here: &str,
    content: &Markup,
) -> Page {
    let m = Messages::default();
    let (status, launches) = (path(app, ""), path(app, "launches"));
    let keys = path(app, "keys");
    let connections = path(app, "connections");
    let people = path(app, "people");
    let grades = path(app, "grades");
    let audit = path(app, "audit");
    let tools = path(app, "tools");
    let navigation = [
        NavLink {
            href: &status,
            label: &m.text("admin-status"),
            current: here.is_empty(),
        },
        NavLink {
            href: &connections,
            label: &m.text("admin-connections"),
            current: here == "connections",
        },
        NavLink {
            href: &people,
            label: &m.text("admin-people"),
            current: here == "people",
        },
        NavLink {
            href: &launches,
            label: &m.text("admin-launches"),
            current: here == "launches",
        },
        NavLink {
            href: &grades,
            label: &m.text("admin-grades"),
            current: here == "grades",
        },
        NavLink {
            href: &tools,
            label: &m.text("admin-tools"),
            current: here == "tools",
        },
        NavLink {
            href: &keys,
            label: &m.text("admin-keys"),
            current: here == "keys",
        },
        NavLink {
            href: &audit,
            label: &m.text("admin-audit"),
            current: here == "audit",
        },
    ];
    let leave = form(
        &Form {
            action: &path(app, "sign-out"),
            hidden: &[("form_token", administrator.form_token())],
            inline: true,
            ..Form::default()
        },
        &button(&Button {
            label: &m.text("sign-out"),
            style: Style::Quiet,
            ..Button::default()
        }),
    );
    let frame = Frame {
        title,
        base: app.public().base_path(),
        messages: m,
        area: Area::Admin,
        person: Some(administrator.name()),
        role: Some(Role::Administrator),
        navigation: &navigation,
        corner: Some(&leave),
        actions,
        ..Frame::default()
    };
    Page::html(page(&frame, content))
}

/// A page for whoever is not signed in.
fn signed_out(app: &App, title: &str, content: &Markup) -> Page {
    let frame = Frame {
        title,
        base: app.public().base_path(),
        area: Area::Admin,
        width: Width::Narrow,
        ..Frame::default()
    };
    Page::html(page(&frame, content))
}
