//! The fields in which a teacher or an administrator says what a tool is.

use maud::{Markup, html};

use super::entry::{Entry, Mistakes};
use crate::ui::Messages;
use crate::ui::forms::{
    Choice, Field, Lines, Text, TextKind, checkbox, radio_group, text_area, text_field,
};
use crate::ui::tables::disclosure;

/// The fields of a form, as they stand and with what is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// The language.
    pub m: Messages,
    /// What stands in them.
    pub entry: &'a Entry,
    /// What is wrong with it.
    pub mistakes: &'a Mistakes,
    /// Whether the tool is there already: then it keeps its version, and its secret is not shown.
    pub known: bool,
    /// Whether the form has a description, which belongs to an item.
    pub describes: bool,
}

impl Fields<'_> {
    fn field<'a>(&'a self, name: &'a str, label: &'a str, hint: Option<&'a str>) -> Field<'a> {
        Field {
            name,
            label,
            hint,
            error: self.mistakes.of(name),
            ..Field::default()
        }
    }

    fn line(&self, (name, value): (&str, &str), kind: TextKind, required: bool) -> Markup {
        let (label, hint) = self.words(name);
        let field = Field {
            required,
            depends: name == "login_url",
            ..self.field(name, &label, hint.as_deref())
        };
        let text = Text {
            kind,
            value,
            autocomplete: Some("off"),
            ..Text::default()
        };
        text_field(self.m, &field, &text)
    }

    fn lines(&self, (name, value): (&str, &str), rows: u32) -> Markup {
        let (label, hint) = self.words(name);
        let lines = Lines {
            value,
            rows,
            max_length: None,
        };
        let field = Field {
            depends: name == "redirect_uris",
            ..self.field(name, &label, hint.as_deref())
        };
        text_area(self.m, &field, &lines)
    }

    fn switch(&self, name: &str, on: bool) -> Markup {
        let (label, hint) = self.words(name);
        checkbox(self.m, &self.field(name, &label, hint.as_deref()), on)
    }

    /// The label of a field, and what helps to fill it in where there is something.
    fn words(&self, name: &str) -> (String, Option<String>) {
        let id = format!("tool-field-{}", name.replace('_', "-"));
        let hint = format!("{id}-hint");
        let hint = self.m.has(&hint).then(|| self.m.text(&hint).into_owned());
        (self.m.text(&id).into_owned(), hint)
    }

    /// All of a tool's own fields.
    pub fn of_tool(&self) -> Markup {
        let entry = self.entry;
        html! {
            div.tool-form {
                (self.line(("title", &entry.title), TextKind::Plain, true))
                @if self.describes { (self.lines(("description", &entry.description), 3)) }
                @if !self.known { (self.version()) }
                @else if entry.newer { input type="hidden" name="version" value="1.3"; }
                (self.line(("launch_url", &entry.launch_url), TextKind::Url, true))
                @if !self.known || !entry.newer { div.only-1p1 { (self.passport()) } }
                @if !self.known || entry.newer { div.only-1p3 { (self.registration()) } }
                (self.sharing())
                (self.grades())
                (self.presentation())
                (self.more())
            }
        }
    }

    /// What one item says besides its tool.
    pub fn of_link(&self) -> Markup {
        html! {
            (self.presentation())
            (self.lines(("custom", &self.entry.custom), 3))
        }
    }

    fn version(&self) -> Markup {
        let m = self.m;
        let field = Field {
            name: "version",
            label: &m.text("tool-version"),
            required: true,
            ..Field::default()
        };
        let versions = [
            ("1.1", "tool-version-1p1", "tool-version-1p1-hint"),
            ("1.3", "tool-version-1p3", "tool-version-1p3-hint"),
        ];
        let chosen = if self.entry.newer { "1.3" } else { "1.1" };
        explained(m, &field, versions, chosen)
    }

    fn passport(&self) -> Markup {
        let m = self.m;
        let (label, hint) = self.words("passport");
        let kept = m.text("tool-passport-kept");
        let hint = if self.known {
            Some(kept.as_ref())
        } else {
            hint.as_deref()
        };
        // Typed in the open: it is pasted from a letter of the tool's maker, colons and all.
        text_field(
            m,
            &Field {
                depends: !self.known,
                ..self.field("passport", &label, hint)
            },
            &Text {
                autocomplete: Some("off"),
                ..Text::default()
            },
        )
    }

    fn registration(&self) -> Markup {
        let (m, entry) = (self.m, self.entry);
        let keys = html! {
            (self.line(("keys_url", &entry.keys_url), TextKind::Url, false))
            (self.lines(("keys_pem", &entry.keys_pem), 4))
        };
        html! {
            p.hint { (m.text("tool-registration-hint")) }
            (self.line(("login_url", &entry.login_url), TextKind::Url, false))
            (self.lines(("redirect_uris", &entry.redirect_uris), 2))
            (keys)
            (self.line(("selection_url", &entry.selection_url), TextKind::Url, false))
        }
    }

    fn sharing(&self) -> Markup {
        let asks = self.entry.asks;
        html! {
            fieldset.field {
                legend { (self.m.text("tool-sharing")) }
                p.hint { (self.m.text("tool-sharing-hint")) }
                (self.switch("ask_name", asks.name))
                (self.switch("ask_email", asks.email))
                (self.switch("ask_username", asks.username))
            }
        }
    }

    fn grades(&self) -> Markup {
        self.switch("grades", self.entry.grades)
    }

    fn presentation(&self) -> Markup {
        let (m, entry) = (self.m, self.entry);
        let place = Field {
            name: "place",
            label: &m.text("tool-place"),
            required: true,
            ..Field::default()
        };
        let places = [
            ("frame", "tool-place-frame", "tool-place-frame-hint"),
            ("window", "tool-place-window", "tool-place-window-hint"),
        ];
        let chosen = if entry.window { "window" } else { "frame" };
        html! {
            div.tool-place {
                (explained(m, &place, places, chosen))
                div.only-frame { (self.line(("height", &entry.height), TextKind::Plain, false)) }
                div.only-window { (self.line(("button", &entry.button), TextKind::Plain, false)) }
            }
            (self.switch("hide_launch", entry.hide_launch))
        }
    }

    fn more(&self) -> Markup {
        let body = self.lines(("custom", &self.entry.custom), 4);
        // What is wrong must be seen.
        if self.mistakes.of("custom").is_some() || !self.entry.custom.is_empty() {
            return body;
        }
        disclosure(&self.m.text("tool-more"), &body)
    }
}

/// Choices by their values, the messages that name them, and those that say what they mean.
fn explained(
    m: Messages,
    field: &Field<'_>,
    choices: [(&str, &str, &str); 2],
    chosen: &str,
) -> Markup {
    let words = choices.map(|(value, label, hint)| (value, m.text(label), m.text(hint)));
    let choices = words.each_ref().map(|(value, label, hint)| Choice {
        value,
        label,
        hint: Some(hint),
    });
    radio_group(m, field, &choices, chosen)
}
