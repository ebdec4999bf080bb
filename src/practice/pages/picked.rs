//! What the frame shows when a teacher has picked.

use maud::html;

use super::path;
use crate::app::{App, Page};
use crate::practice::visit::Visit;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, Sending, form};
use crate::ui::layout::{Area, Frame, page};
use crate::ui::notices::{Tone, notice};

/// What the tool tells the person beside what was picked.
pub(in crate::practice) struct Told {
    pub(in crate::practice) error: Option<String>,
    pub(in crate::practice) message: Option<String>,
}

/// What the frame shows when a teacher has picked: the way back, which the page takes by itself
/// unless something went wrong.
pub(in crate::practice) fn picked(app: &App, visit: Visit, number: usize, told: &Told) -> Page {
    let m = Messages::default();
    let (number_text, course) = (number.to_string(), visit.course.to_string());
    let title = if number == 0 {
        m.text("practice-picked-none").into_owned()
    } else {
        m.with("practice-added", &[("number", number.into())])
    };
    let back = button(&Button {
        label: &m.text("practice-back"),
        style: Style::Primary,
        ..Button::default()
    });
    let content = html! {
        @if let Some(error) = &told.error { (notice(m, Tone::Error, error, None)) }
        @if let Some(message) = &told.message { p.lead { (message) } }
        (form(&Form {
            action: &path(app, &format!("/course/{}", visit.person.id)),
            sending: Sending::Get,
            hidden: &[("course", &course), ("added", &number_text)],
            target: Some("_top"),
            auto_submit: told.error.is_none(),
            ..Form::default()
        }, &back))
    };
    let frame = Frame {
        title: &title,
        base: app.public().base_path(),
        messages: m,
        area: Area::Launched,
        ..Frame::default()
    };
    Page::html(page(&frame, &content)).framed_by(Vec::new())
}
