//! The page to which tools lead back (`launch_presentation_return_url`). It knows nobody: the way back
//! into a session is no tool's to know.

use maud::html;

use crate::app::{App, Framing, Page};
use crate::ui::Messages;
use crate::ui::layout::{Area, Frame, bare_page};

/// `GET /tools/{tool}/return`
pub fn returned(app: &App) -> Page {
    let m = Messages::default();
    let frame = Frame {
        title: &m.text("tool-returned"),
        base: app.public().base_path(),
        messages: m,
        area: Area::Public,
        ..Frame::default()
    };
    let content = html! { p.lead { (m.text("tool-returned-text")) } };
    let mut page = Page::html(bare_page(&frame, &content));
    page.framing = Framing::Anyone;
    page
}
