//! The page to which tools lead back (`launch_presentation_return_url`), with what they say on the way.
//! It knows nobody: the way back into a session is no tool's to know. Anybody can make up an address of
//! it, so that what is said there is shown as the tool's words, and as nothing but text.

use maud::{Markup, html};

use crate::app::{App, Form, Framing, Input, Page};
use crate::store::Error as StoreError;
use crate::store::ids::ToolId;
use crate::store::rows::tools::Tool;
use crate::ui::Messages;
use crate::ui::layout::{Area, Frame, bare_page};
use crate::ui::notices::{Tone, notice};

use super::registry;

/// So much of what a tool says is shown and logged, in characters.
const SHOWN: usize = 500;

/// `GET /tools/{tool}/return`, with `lti_msg` and `lti_errormsg` for the person, and `lti_log` and
/// `lti_errorlog` for the log.
pub fn returned(app: &App, input: &Input, tool: &str) -> Result<Page, StoreError> {
    let query = input.query();
    let known = match tool.parse::<ToolId>() {
        Ok(id) => registry::find(&app.store, id)?.map(|tool| (id, tool)),
        Err(_) => None,
    };
    if let Some((id, _)) = &known {
        note(app, *id, &query);
    }
    let m = Messages::default();
    let frame = Frame {
        title: &m.text("tool-returned"),
        base: app.public().base_path(),
        messages: m,
        area: Area::Public,
        ..Frame::default()
    };
    let content = html! {
        div.returned {
            @if let Some((_, tool)) = &known { (words(m, tool, &query)) }
            p.lead { (m.text("tool-returned-text")) }
        }
    };
    let mut page = Page::html(bare_page(&frame, &content));
    page.framing = Framing::Anyone;
    Ok(page)
}

/// What the tool says to the person.
fn words(m: Messages, tool: &Tool, query: &Form) -> Markup {
    let name = [("tool", tool.name.as_str().into())];
    let says = |parameter: &str, tone, title: &str| {
        let text = said(query, parameter)?;
        let body = html! { p { q { bdi { (text) } } } };
        Some(notice(m, tone, &m.with(title, &name), Some(&body)))
    };
    html! {
        @if let Some(error) = says("lti_errormsg", Tone::Warning, "tool-returned-error") { (error) }
        @if let Some(text) = says("lti_msg", Tone::Info, "tool-returned-says") { (text) }
    }
}

/// What the tool says to us. Strangers may come with such addresses as well: it is logged only as often
/// as refusals are.
fn note(app: &App, tool: ToolId, query: &Form) {
    let texts = [said(query, "lti_errorlog"), said(query, "lti_log")];
    for text in texts.into_iter().flatten() {
        if app.refusals.take(None, app.world.now()).is_ok() {
            tracing::info!(%tool, ?text, "a tool says on the way back");
        }
    }
}

fn said(query: &Form, parameter: &str) -> Option<String> {
    line(query.get(parameter)?)
}

/// What a tool says, in one line and not longer than is shown.
pub(super) fn line(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(SHOWN).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(text: &str) -> Form {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("lti_msg", text).finish();
        Form::parse(query.as_bytes())
    }

    #[test]
    fn what_is_said_is_one_bounded_line() {
        assert_eq!(
            said(&form("a\r\n\u{0}b \t c"), "lti_msg").as_deref(),
            Some("a b c")
        );
        assert_eq!(said(&form(" \n"), "lti_msg"), None);
        assert_eq!(said(&form("a"), "lti_errormsg"), None);
        let long = said(&form(&"é".repeat(2_000)), "lti_msg").unwrap();
        assert_eq!(long.chars().count(), SHOWN);
    }

    proptest! {
        #[test]
        fn nothing_said_breaks_a_line(text: String) {
            if let Some(said) = said(&form(&text), "lti_msg") {
                prop_assert!(!said.chars().any(char::is_control));
                prop_assert!(said.chars().count() <= SHOWN);
            }
        }
    }
}
