//! Forms and their fields.
//!
//! Every field has a visible label. A hint and an error stand beside it and are named by
//! `aria-describedby`, so they are read with the field.

use maud::{Markup, html};

use super::Messages;
use super::icons::{Icon, icon};

/// How a form is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sending {
    /// `GET`, fields in the query: for searches.
    Get,
    /// `POST`, `application/x-www-form-urlencoded`.
    #[default]
    Post,
    /// `POST`, `multipart/form-data`: for files without JavaScript.
    Multipart,
}

/// A form.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form<'a> {
    /// Where it goes.
    pub action: &'a str,
    /// How it is sent.
    pub sending: Sending,
    /// Fields that nobody sees: name and value.
    pub hidden: &'a [(&'a str, &'a str)],
    /// Whether the page sends it by itself as soon as it is shown. Its button stays, for browsers
    /// without JavaScript and for those who come back.
    pub auto_submit: bool,
    /// The browsing context for the answer, such as `_blank` or `_parent`.
    pub target: Option<&'a str>,
    /// Whether it is a single button among others, without space of its own.
    pub inline: bool,
}

/// A form around its fields and buttons.
pub fn form(form: &Form<'_>, body: &Markup) -> Markup {
    let method = match form.sending {
        Sending::Get => "get",
        Sending::Post | Sending::Multipart => "post",
    };
    let encoding = (form.sending == Sending::Multipart).then_some("multipart/form-data");
    html! {
        form
            .inline[form.inline]
            action=(form.action)
            method=(method)
            accept-charset="utf-8"
            enctype=[encoding]
            target=[form.target]
            data-auto-submit[form.auto_submit]
        {
            @for (name, value) in form.hidden {
                input type="hidden" name=(name) value=(value);
            }
            (body)
        }
    }
}

/// What all fields have.
#[derive(Debug, Clone, Copy, Default)]
pub struct Field<'a> {
    /// The name it is sent under.
    pub name: &'a str,
    /// Its id on the page, when another field of the page has the same name.
    pub id: Option<&'a str>,
    /// What it is for.
    pub label: &'a str,
    /// What helps to fill it in.
    pub hint: Option<&'a str>,
    /// What is wrong with what was filled in.
    pub error: Option<&'a str>,
    /// Whether it must be filled in. Others are marked as optional.
    pub required: bool,
    /// Whether it may have to be, which depends on other fields: then it is not marked, and browsers
    /// let it stay empty.
    pub depends: bool,
}

impl Field<'_> {
    fn id(&self) -> String {
        self.id
            .map_or_else(|| format!("field-{}", self.name), str::to_owned)
    }

    /// The ids of hint and error, for `aria-describedby`.
    fn described_by(&self, id: &str) -> Option<String> {
        match (self.hint, self.error) {
            (None, None) => None,
            (Some(_), None) => Some(format!("{id}-hint")),
            (None, Some(_)) => Some(format!("{id}-error")),
            (Some(_), Some(_)) => Some(format!("{id}-hint {id}-error")),
        }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }

    /// The label's text, with a mark when the field may stay empty.
    fn caption(&self, m: Messages) -> Markup {
        html! {
            (self.label)
            @if !self.required && !self.depends {
                " " span.optional { (m.text("field-optional")) }
            }
        }
    }

    /// Hint and error.
    fn notes(&self, m: Messages, id: &str) -> Markup {
        html! {
            @if let Some(hint) = self.hint {
                p.hint id={ (id) "-hint" } { (hint) }
            }
            @if let Some(error) = self.error {
                p.field-error id={ (id) "-error" } {
                    (icon(Icon::Error))
                    span { span.unseen { (m.text("field-error")) " " } (error) }
                }
            }
        }
    }
}

/// What a text field holds; phones show a fitting keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextKind {
    /// Any line of text.
    #[default]
    Plain,
    /// An email address.
    Email,
    /// An address on the web.
    Url,
    /// What to search for.
    Search,
}

/// A line of text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text<'a> {
    /// What it holds.
    pub kind: TextKind,
    /// What is in it at first.
    pub value: &'a str,
    /// The token for the browser's own filling in (HTML, "autofill"), such as `username`.
    pub autocomplete: Option<&'a str>,
    /// The greatest length, in UTF-16 code units as browsers count.
    pub max_length: Option<u32>,
}

/// A field for a line of text.
pub fn text_field(m: Messages, field: &Field<'_>, text: &Text<'_>) -> Markup {
    let id = field.id();
    let kind = match text.kind {
        TextKind::Plain => "text",
        TextKind::Email => "email",
        TextKind::Url => "url",
        TextKind::Search => "search",
    };
    html! {
        div.field {
            label for=(id) { (field.caption(m)) }
            (field.notes(m, &id))
            input
                id=(id)
                name=(field.name)
                type=(kind)
                value=(text.value)
                required[field.required]
                autocomplete=[text.autocomplete]
                maxlength=[text.max_length]
                aria-describedby=[field.described_by(&id)]
                aria-invalid=[field.invalid()];
        }
    }
}

/// Lines of text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lines<'a> {
    /// What is in it at first.
    pub value: &'a str,
    /// How many lines are seen at once.
    pub rows: u32,
    /// The greatest length, in UTF-16 code units as browsers count.
    pub max_length: Option<u32>,
}

/// A field for several lines of text.
pub fn text_area(m: Messages, field: &Field<'_>, lines: &Lines<'_>) -> Markup {
    let id = field.id();
    html! {
        div.field {
            label for=(id) { (field.caption(m)) }
            (field.notes(m, &id))
            textarea
                id=(id)
                name=(field.name)
                rows=(lines.rows)
                required[field.required]
                maxlength=[lines.max_length]
                aria-describedby=[field.described_by(&id)]
                aria-invalid=[field.invalid()]
            // Browsers drop one line break after the tag.
            { "\n" (lines.value) }
        }
    }
}

/// Something that is on or off. Sent as `on`; a hidden `off` goes with it, so that an unchecked box
/// differs from a form without one.
pub fn checkbox(m: Messages, field: &Field<'_>, checked: bool) -> Markup {
    let id = field.id();
    html! {
        div.field.check {
            input type="hidden" name=(field.name) value="off";
            div.choice {
                input
                    type="checkbox"
                    id=(id)
                    name=(field.name)
                    value="on"
                    checked[checked]
                    aria-describedby=[field.described_by(&id)];
                label for=(id) { (field.label) }
                (field.notes(m, &id))
            }
        }
    }
}

/// Whose choice a password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// The one that was chosen before.
    Current,
    /// One to be chosen now: password managers offer one.
    New,
}

/// A field for a password. What was typed is never sent back to the page.
pub fn password_field(m: Messages, field: &Field<'_>, password: Password) -> Markup {
    let id = field.id();
    let autocomplete = match password {
        Password::Current => "current-password",
        Password::New => "new-password",
    };
    html! {
        div.field {
            label for=(id) { (field.caption(m)) }
            (field.notes(m, &id))
            input
                id=(id)
                name=(field.name)
                type="password"
                required[field.required]
                autocomplete=(autocomplete)
                aria-describedby=[field.described_by(&id)]
                aria-invalid=[field.invalid()];
        }
    }
}

/// One of several choices.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// What is sent.
    pub value: &'a str,
    /// What is shown.
    pub label: &'a str,
    /// What it means; shown by radio groups.
    pub hint: Option<&'a str>,
}

/// A list to choose one of. Needs no optional mark: something is always chosen.
pub fn select(m: Messages, field: &Field<'_>, choices: &[Choice<'_>], selected: &str) -> Markup {
    let id = field.id();
    html! {
        div.field {
            label for=(id) { (field.label) }
            (field.notes(m, &id))
            select
                id=(id)
                name=(field.name)
                aria-describedby=[field.described_by(&id)]
                aria-invalid=[field.invalid()]
            {
                @for choice in choices {
                    option value=(choice.value) selected[choice.value == selected] {
                        (choice.label)
                    }
                }
            }
        }
    }
}

/// A few choices, all to be seen at once.
pub fn radio_group(
    m: Messages,
    field: &Field<'_>,
    choices: &[Choice<'_>],
    selected: &str,
) -> Markup {
    let id = field.id();
    html! {
        fieldset.field id=(id) aria-describedby=[field.described_by(&id)] {
            legend { (field.label) }
            (field.notes(m, &id))
            div.choices {
                @for choice in choices { (radio(field, &id, choice, selected)) }
            }
        }
    }
}

fn radio(field: &Field<'_>, group: &str, choice: &Choice<'_>, selected: &str) -> Markup {
    let id = format!("{group}-{}", choice.value);
    let hint = choice.hint.map(|_| format!("{id}-hint"));
    html! {
        div.choice {
            input
                type="radio"
                id=(id)
                name=(field.name)
                value=(choice.value)
                checked[choice.value == selected]
                required[field.required]
                aria-describedby=[hint.as_deref()];
            label for=(id) { (choice.label) }
            @if let Some(text) = choice.hint {
                p.hint id=[hint.as_deref()] { (text) }
            }
        }
    }
}

/// Which files may be chosen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files<'a> {
    /// Media types and extensions, as in HTML's `accept`. Empty: any.
    pub accept: &'a str,
    /// Whether several may be chosen at once.
    pub multiple: bool,
}

/// A field for files.
pub fn file_field(m: Messages, field: &Field<'_>, files: &Files<'_>) -> Markup {
    let id = field.id();
    html! {
        div.field {
            label for=(id) { (field.caption(m)) }
            (field.notes(m, &id))
            input
                id=(id)
                name=(field.name)
                type="file"
                accept=[(!files.accept.is_empty()).then_some(files.accept)]
                multiple[files.multiple]
                required[field.required]
                aria-describedby=[field.described_by(&id)]
                aria-invalid=[field.invalid()];
        }
    }
}

/// A text to be taken elsewhere, with a button that copies it. Without JavaScript, or where
/// copying is forbidden to frames, the text can be selected.
pub fn copy_field(m: Messages, id: &str, label: &str, value: &str) -> Markup {
    html! {
        div.field.copy data-copy {
            label for=(id) { (label) }
            div.copy-row {
                input id=(id) type="text" value=(value) readonly;
                button
                    type="button"
                    class="button"
                    hidden
                    data-copied=(m.text("copy-done"))
                    data-failed=(m.text("copy-failed"))
                {
                    (icon(Icon::Copy))
                    span { (m.text("copy-button")) span.unseen { " " (label) } }
                }
            }
            p.copy-status role="status" {}
        }
    }
}

#[cfg(test)]
mod tests;
