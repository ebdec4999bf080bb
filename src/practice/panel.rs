//! The messages that crossed, for people to look at.

use maud::{Markup, html};

use super::pages::{Standing, shell};
use crate::app::wire::{Crossing, Part, Signature, Towards};
use crate::app::{App, Page};
use crate::ui::Messages;
use crate::ui::format::moment;
use crate::ui::icons::{Icon, icon};
use crate::ui::notices::{Empty, Tone, badge, empty_state};

/// Messages of the whole page.
const ALL: usize = 200;
/// Messages beside the course.
const BESIDE: usize = 12;

/// `GET /practice/messages`: everything that crossed lately.
pub fn messages(app: &App) -> Page {
    let m = Messages::default();
    let crossed = app.wire.recent(ALL);
    let content = html! {
        p.lead { (m.text("wire-lead")) }
        @if crossed.is_empty() {
            (empty_state(&Empty {
                title: &m.text("wire-empty"),
                text: &m.text("wire-empty-text"),
                action: Some((&super::pages::path(app, "/course/amara"), &m.text("wire-empty-action"))),
            }))
        } @else {
            p.hint { (m.text("wire-hint")) }
            (list(m, &crossed))
        }
    };
    let standing = Standing {
        current: "/messages",
        ..Standing::default()
    };
    shell(app, m, &m.text("wire-title"), &standing, &content)
}

/// The last messages, beside what they opened. Where there are scripts, they stay up to date.
pub(super) fn beside(app: &App, m: Messages) -> Markup {
    let all = super::pages::path(app, "/messages");
    html! {
        details.disclosure.wire-beside data-wire=(all) data-wire-most=(BESIDE) {
            summary { (m.text("wire-beside")) }
            div.disclosure-body {
                p { (m.text("wire-beside-text")) " " a href=(all) { (m.text("wire-all")) } }
                (list(m, &app.wire.recent(BESIDE)))
            }
        }
    }
}

fn list(m: Messages, crossed: &[Crossing]) -> Markup {
    html! {
        ol.wire role="list" aria-label=(m.text("wire-title")) {
            @for crossing in crossed {
                li id=(format!("message-{}", crossing.number)) { (message(m, crossing)) }
            }
        }
    }
}

fn message(m: Messages, crossing: &Crossing) -> Markup {
    let kind = crossing.kind;
    let (class, direction) = match crossing.towards {
        Towards::Tool => ("to-tool", "wire-to-tool"),
        Towards::Platform => ("to-platform", "wire-to-platform"),
    };
    html! {
        details class={ "wire-message " (class) } {
            summary {
                span.wire-number { (crossing.number) }
                span.wire-what {
                    span.wire-direction { (m.text(direction)) }
                    strong { (m.text(&format!("wire-{kind}"))) }
                }
                span.wire-marks {
                    (signature(m, &crossing.signature))
                    span.wire-time { (moment(crossing.at)) }
                }
                (icon(Icon::After))
            }
            div.wire-body {
                p { (m.text(&format!("wire-{kind}-text"))) }
                p.wire-address { code { (crossing.address) } }
                @if let Some(detail) = detail(&crossing.signature) {
                    p.hint { (m.text("wire-signature")) " " code { (detail) } }
                }
                @for part in &crossing.parts { (lines(m, part)) }
            }
        }
    }
}

fn signature(m: Messages, signature: &Signature) -> Markup {
    match signature {
        Signature::None => html! {},
        Signature::Signed(_) => badge(None, Some(Icon::Lock), &m.text("wire-signed")),
        Signature::Verified(_) => badge(
            Some(Tone::Success),
            Some(Icon::Check),
            &m.text("wire-verified"),
        ),
        Signature::Refused(_) => badge(
            Some(Tone::Error),
            Some(Icon::Error),
            &m.text("wire-refused"),
        ),
    }
}

fn detail(signature: &Signature) -> Option<&str> {
    match signature {
        Signature::None => None,
        Signature::Signed(text) | Signature::Verified(text) | Signature::Refused(text) => {
            Some(text)
        }
    }
}

fn lines(m: Messages, part: &Part) -> Markup {
    html! {
        h2 { (m.text(&format!("wire-{}", part.title))) }
        dl.wire-lines {
            @for (name, value) in &part.lines {
                div {
                    @let (before, word) = name.rsplit_once('/').unwrap_or(("", name));
                    dt {
                        @if !before.is_empty() { span.wire-prefix { (before) "/" } }
                        span { (word) }
                    }
                    dd {
                        @if value.contains('\n') { pre tabindex="0" { code { (value) } } }
                        @else { code { (value) } }
                    }
                }
            }
        }
    }
}
