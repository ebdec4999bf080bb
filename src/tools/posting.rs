//! The page that takes a message to a tool through the browser.

use maud::html;

use crate::app::{App, Page};
use crate::lti::origin::origin_of;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::layout::{Area, Frame, page};

/// The page that posts `fields` to a tool's address by itself, or by its button where there is no
/// JavaScript; it may be framed by our own pages only.
pub fn posting(app: &App, address: &str, fields: &[(&str, &str)]) -> Page {
    page_of(app, address, fields, false)
}

/// Likewise into a window of its own, which browsers open at a press only.
pub(super) fn posting_in_window(app: &App, address: &str, fields: &[(&str, &str)]) -> Page {
    page_of(app, address, fields, true)
}

fn page_of(app: &App, address: &str, fields: &[(&str, &str)], window: bool) -> Page {
    let m = Messages::default();
    let go_on = button(&Button {
        label: &m.text("platform-continue"),
        style: Style::Primary,
        ..Button::default()
    });
    let content = html! {
        p.lead { (m.text("platform-continue-text")) }
        (form(&Form {
            action: address,
            hidden: fields,
            auto_submit: !window,
            target: window.then_some("_blank"),
            ..Form::default()
        }, &go_on))
    };
    let frame = Frame {
        title: &m.text("platform-continue-title"),
        base: app.public().base_path(),
        messages: m,
        area: Area::Launched,
        ..Frame::default()
    };
    let answer = Page::html(page(&frame, &content)).framed_by(Vec::new());
    match origin_of(address) {
        Some(origin) => answer.posts_to(origin),
        None => answer,
    }
}
