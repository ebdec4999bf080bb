//! The switch "the LMS is down": as long as it is on, no service of the practice course answers. So one
//! sees that nothing is lost by it.

use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use maud::{Markup, html};

use super::pages::path;
use super::services::{answered, crossed, refused};
use super::visit::Visit;
use super::{Error, address, own_page};
use crate::app::wire::{Signature, Towards};
use crate::app::{App, Input, Page};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::notices::{Tone, notice};

/// No form of these pages is larger.
const FORM_LIMIT: usize = 16 * 1024;

/// Whether the LMS is down.
pub(super) fn is_down(app: &App) -> bool {
    app.practice_down.load(Ordering::Relaxed)
}

/// What every service answers while the LMS is down.
pub(super) fn closed(app: &App, method: &str, url: &str) -> Option<Page> {
    is_down(app).then(|| {
        let why = Signature::Refused("the LMS is down".to_owned());
        crossed(app, "down", Towards::Platform, method, url, why, Vec::new());
        let page = refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        answered(app, "down-answer", url, &page);
        page
    })
}

/// `POST /practice/outage`: takes the LMS down, or up again. A restart takes it up as well.
pub async fn switch(app: &App, input: &mut Input) -> Result<Page, Error> {
    own_page(app, input)?;
    let given = input.form(FORM_LIMIT).await?;
    let visit = Visit::changing(&given)?;
    set(&app.practice_down, given.get("down") == Some("yes"));
    Ok(Page::see_other(&address(app, &visit.path("gradebook"))))
}

fn set(switch: &AtomicBool, down: bool) {
    switch.store(down, Ordering::Relaxed);
}

/// What stands above every page while the LMS is down.
pub(super) fn warning(app: &App, m: Messages) -> Markup {
    html! {
        @if is_down(app) {
            (notice(m, Tone::Warning, &m.text("practice-is-down"), Some(&html! {
                p {
                    (m.text("practice-is-down-text")) " "
                    a href=(path(app, "/gradebook/amara#outage")) { (m.text("practice-is-down-link")) }
                }
            })))
        }
    }
}

/// The switch itself, for teachers.
pub(super) fn panel(app: &App, m: Messages, visit: Visit) -> Markup {
    let down = is_down(app);
    let course = visit.course.to_string();
    let label = m.text(if down { "practice-up" } else { "practice-down" });
    let go = button(&Button {
        label: &label,
        style: if down {
            Style::Primary
        } else {
            Style::Secondary
        },
        sends: Some(("down", if down { "no" } else { "yes" })),
        ..Button::default()
    });
    let action = path(app, "/outage");
    let sending = Form {
        action: &action,
        hidden: &[("person", visit.person.id), ("course", &course)],
        ..Form::default()
    };
    html! {
        section #outage.practice-outage aria-labelledby="outage-title" {
            h2 #outage-title { (m.text("practice-outage")) }
            p { (m.text(if down { "practice-outage-on" } else { "practice-outage-off" })) }
            (form(&sending, &go))
        }
    }
}
