//! Finding things in a list: a search field, filters, an order, and what narrows the list now.

use maud::{Markup, html};

use super::Messages;
use super::buttons::{Button, Style, button};
use super::forms::{Choice, Field, Form, Sending, form, select};
use super::icons::{Icon, icon};

/// One of the lists to choose from beside the search field.
#[derive(Debug, Clone, Copy)]
pub struct Narrowing<'a> {
    /// The name it is sent under.
    pub name: &'a str,
    /// What it is for.
    pub label: &'a str,
    /// What there is to choose; the first is what nobody has to choose.
    pub choices: &'a [Choice<'a>],
    /// The value that is chosen.
    pub chosen: &'a str,
}

/// Something that narrows the list, with the way to do without it.
#[derive(Debug, Clone, Copy)]
pub struct Chip<'a> {
    /// What it is.
    pub label: &'a str,
    /// What taking it away does, for those who do not see the cross.
    pub remove: &'a str,
    /// The list without it.
    pub href: &'a str,
}

/// A search field with filters. Works without JavaScript.
#[derive(Debug, Clone, Copy)]
pub struct Finder<'a> {
    /// Where the list is.
    pub action: &'a str,
    /// What is sent along unseen: name and value.
    pub hidden: &'a [(&'a str, &'a str)],
    /// What is looked for.
    pub text: &'a str,
    /// The most characters of it.
    pub text_max: usize,
    /// What there is to choose.
    pub narrowings: &'a [Narrowing<'a>],
    /// What narrows the list now besides.
    pub chips: &'a [Chip<'a>],
}

/// A search field with filters, for media.
pub fn finder(m: Messages, finder: &Finder<'_>) -> Markup {
    finder_of(m, &m.text("find-label"), &m.text("find-text"), finder)
}

/// A search field with filters: what it is, and the field's label.
pub fn finder_of(m: Messages, name: &str, label: &str, finder: &Finder<'_>) -> Markup {
    let place = Form {
        action: finder.action,
        sending: Sending::Get,
        hidden: finder.hidden,
        ..Form::default()
    };
    html! {
        search.finder aria-label=(name) {
            (form(&place, &fields(m, label, finder)))
            @if !finder.chips.is_empty() {
                ul.chips role="list" aria-label=(m.text("find-narrowed")) {
                    @for one in finder.chips { li { (chip(one)) } }
                }
            }
        }
    }
}

fn fields(m: Messages, label: &str, finder: &Finder<'_>) -> Markup {
    html! {
        div.finder-fields {
            div.field.finder-text {
                label for="field-q" { (label) }
                input
                    id="field-q"
                    name="q"
                    type="search"
                    value=(finder.text)
                    maxlength=(finder.text_max)
                    autocomplete="off"
                    enterkeyhint="search";
            }
            @for one in finder.narrowings {
                (select(m, &Field {
                    name: one.name,
                    label: one.label,
                    ..Field::default()
                }, one.choices, one.chosen))
            }
            (button(&Button {
                label: &m.text("find-button"),
                style: Style::Secondary,
                icon: Some(Icon::Search),
                ..Button::default()
            }))
        }
    }
}

fn chip(chip: &Chip<'_>) -> Markup {
    html! {
        a.chip href=(chip.href) aria-label=(chip.remove) {
            span { (chip.label) }
            (icon(Icon::Close))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finder_is_a_form_that_keeps_what_was_chosen() {
        let choices = ["", "video"].map(|value| Choice {
            value,
            label: value,
            hint: None,
        });
        let markup = finder(
            Messages::default(),
            &Finder {
                action: "library",
                hidden: &[("view", "mine")],
                text: "\"waves\"",
                text_max: 200,
                narrowings: &[Narrowing {
                    name: "kind",
                    label: "Type",
                    choices: &choices,
                    chosen: "video",
                }],
                chips: &[Chip {
                    label: "light",
                    remove: "Without light",
                    href: "library?view=mine",
                }],
            },
        )
        .0;
        for text in [
            "<search",
            r#"method="get""#,
            r#"name="view" value="mine""#,
            r#"type="search" value="&quot;waves&quot;""#,
            r#"value="video" selected"#,
            r#"<label for="field-q">"#,
            r#"aria-label="Without light""#,
        ] {
            assert!(markup.contains(text), "{text}");
        }
    }
}
