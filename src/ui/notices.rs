//! What the page has to say: notices, badges, empty places, problems.

use maud::{Markup, html};

use super::Messages;
use super::buttons::{LinkButton, Style, link_button};
use super::icons::{Icon, icon};
use super::layout::{Frame, Width, page};

/// What a notice or badge is about. Colour never says it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Info,
    /// Something worked.
    Success,
    /// Something wants to be known before going on.
    Warning,
    /// Something didn't work.
    Error,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Info => Icon::Info,
            Self::Success => Icon::Check,
            Self::Warning => Icon::Warning,
            Self::Error => Icon::Error,
        }
    }

    /// Errors interrupt; the rest is read when there is time.
    const fn role(self) -> &'static str {
        match self {
            Self::Error => "alert",
            Self::Info | Self::Success | Self::Warning => "status",
        }
    }
}

/// A notice with a title, and more below it.
pub fn notice(m: Messages, tone: Tone, title: &str, body: Option<&Markup>) -> Markup {
    let tone_name = match tone {
        Tone::Info => m.text("tone-info"),
        Tone::Success => m.text("tone-success"),
        Tone::Warning => m.text("tone-warning"),
        Tone::Error => m.text("tone-error"),
    };
    html! {
        div class={ "notice " (tone.class()) } role=(tone.role()) {
            (icon(tone.icon()))
            div {
                p.notice-title { span.unseen { (tone_name) " " } (title) }
                @if let Some(body) = body { (body) }
            }
        }
    }
}

/// A word or two about a thing, such as its state.
pub fn badge(tone: Option<Tone>, name: Option<Icon>, text: &str) -> Markup {
    html! {
        span class={ "badge" @if let Some(tone) = tone { " " (tone.class()) } } {
            @if let Some(name) = name { (icon(name)) }
            span { (text) }
        }
    }
}

/// A place where nothing is yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Empty<'a> {
    /// What isn't there.
    pub title: &'a str,
    /// How something gets there.
    pub text: &'a str,
    /// What to do: address and label.
    pub action: Option<(&'a str, &'a str)>,
}

/// A place where nothing is yet.
pub fn empty_state(empty: &Empty<'_>) -> Markup {
    html! {
        div.empty {
            span.empty-picture { (icon(Icon::Lantern)) }
            h2 { (empty.title) }
            p { (empty.text) }
            @if let Some((href, label)) = empty.action {
                (link_button(&LinkButton { href, label, style: Style::Primary, icon: None }))
            }
        }
    }
}

/// Something that ended a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Problem<'a> {
    /// Its code. `problem-{code}` and `problem-{code}-next` are its sentence and its next step.
    pub code: &'a str,
    /// What of the request it is about, where that has a name.
    pub parameter: Option<&'a str>,
    /// Where the log has it, when it is there.
    pub reference: Option<&'a str>,
    /// Where to go from here: address and label.
    pub action: Option<(&'a str, &'a str)>,
}

impl Messages {
    /// The sentence and the next step of a problem. A code without its own words gets those of
    /// `unavailable`, and stops a debug build.
    pub fn problem(self, code: &str) -> (String, String) {
        let id = format!("problem-{code}");
        let known = self.has(&id);
        debug_assert!(known, "no message {id}");
        let id = if known {
            id
        } else {
            "problem-unavailable".to_owned()
        };
        let next = format!("{id}-next");
        (self.text(&id).into_owned(), self.text(&next).into_owned())
    }
}

/// The whole page for a problem: its sentence, its next step, and what to tell whoever helps. The
/// frame's title gives way to the sentence.
pub fn problem_page(frame: &Frame<'_>, problem: &Problem<'_>) -> Markup {
    let m = frame.messages;
    let (sentence, next) = m.problem(problem.code);
    let content = html! {
        div.problem {
            p.lead { (next) }
            @if let Some((href, label)) = problem.action {
                p { (link_button(&LinkButton { href, label, ..LinkButton::default() })) }
            }
            dl.problem-facts {
                div {
                    dt { (m.text("fact-code")) }
                    dd { code { (problem.code) } }
                }
                @if let Some(parameter) = problem.parameter {
                    div {
                        dt { (m.text("fact-parameter")) }
                        dd { code { (parameter) } }
                    }
                }
                @if let Some(reference) = problem.reference {
                    div {
                        dt { (m.text("fact-reference")) }
                        dd { code { (reference) } }
                    }
                }
            }
            @if problem.reference.is_some() {
                p.hint { (m.text("reference-hint")) }
            }
        }
    };
    let frame = Frame {
        title: &sentence,
        width: Width::Narrow,
        ..*frame
    };
    page(&frame, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_interrupt() {
        let m = Messages::default();
        assert!(
            notice(m, Tone::Error, "No", None)
                .0
                .contains(r#"role="alert""#)
        );
        for tone in [Tone::Info, Tone::Success, Tone::Warning] {
            assert!(notice(m, tone, "Yes", None).0.contains(r#"role="status""#));
        }
    }

    #[test]
    fn a_problem_says_sentence_step_code_and_reference() {
        let problem = Problem {
            code: "not-found",
            parameter: Some("user_id"),
            reference: Some("01JD<"),
            action: None,
        };
        let markup = problem_page(&Frame::default(), &problem).0;
        let (sentence, next) = Messages::default().problem("not-found");
        let escaped = html! { (sentence) }.0;
        assert!(markup.contains(&format!("<h1>{escaped}</h1>")));
        assert!(markup.contains(&html! { (next) }.0));
        assert!(markup.contains("<code>not-found</code>"));
        assert!(markup.contains("<code>user_id</code>"));
        assert!(markup.contains("01JD&lt;"));
    }

    #[test]
    fn a_problem_without_reference_speaks_of_none() {
        let problem = Problem {
            code: "not-found",
            ..Problem::default()
        };
        let markup = problem_page(&Frame::default(), &problem).0;
        assert_eq!(markup.matches("<dt>").count(), 1);
    }

    #[test]
    #[should_panic(expected = "no message problem-never-heard-of")]
    fn a_problem_without_words_fails_the_tests() {
        Messages::default().problem("never-heard-of");
    }
}
