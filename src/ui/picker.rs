//! Picking things out of lists: a search field, lists to choose between, things to tick, and a bar
//! with what is ticked that stays in sight.
//!
//! All of it is one form, sent by GET while one looks around, so that what is ticked stays so
//! without scripts; its last buttons send it by POST. `js/select.js` counts along.

use std::time::Duration;

use maud::{Markup, html};

use super::Messages;
use super::buttons::{Button, Style, button};
use super::format::duration;
use super::forms::{self, Field, select};
use super::icons::{Icon, icon};
use super::media::Kind;
use super::notices::{Tone, notice};

/// A list to choose.
#[derive(Debug, Clone, Copy)]
pub struct Tab<'a> {
    /// The value that its button sends as `view`.
    pub value: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// Whether it is the one that is shown.
    pub current: bool,
}

/// A thing to tick.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The address of a small picture of it.
    pub thumbnail: Option<&'a str>,
    /// How long it plays.
    pub duration: Option<Duration>,
    /// Whose it is, where that isn't plain.
    pub owner: Option<&'a str>,
    /// Why it cannot be ticked.
    pub hindrance: Option<&'a str>,
    /// Whether it is ticked.
    pub picked: bool,
}

/// Something that is ticked and not in the list that is shown.
#[derive(Debug, Clone, Copy)]
pub struct Picked<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
}

/// The bar with what is ticked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bar<'a> {
    /// What is ticked and not in the list that is shown.
    pub elsewhere: &'a [Picked<'a>],
    /// How many are ticked.
    pub number: usize,
}

/// A form to pick things.
#[derive(Debug, Clone, Copy)]
pub struct Picker<'a> {
    /// Where it is, and where what is picked goes.
    pub action: &'a str,
    /// Whether several are taken.
    pub several: bool,
    /// The list that is shown, sent as `in`.
    pub list: &'a str,
    /// What is looked for.
    pub text: &'a str,
    /// The most characters of it.
    pub text_max: usize,
    /// The kinds to choose from.
    pub kinds: &'a [forms::Choice<'a>],
    /// The kind that is chosen.
    pub kind: &'a str,
    /// The lists.
    pub tabs: &'a [Tab<'a>],
    /// What is in the list.
    pub choices: &'a [Choice<'a>],
    /// What to say when nothing is in it.
    pub empty: Option<&'a Markup>,
    /// Where the next page of the list begins.
    pub more: Option<&'a str>,
    /// Whether the search does not know all yet.
    pub unfinished: bool,
    /// The bar.
    pub bar: Bar<'a>,
}

/// A form to pick things.
pub fn picker(m: Messages, picker: &Picker<'_>) -> Markup {
    html! {
        form.picker action=(picker.action) method="get" accept-charset="utf-8" data-picker {
            input type="hidden" name="in" value=(picker.list);
            (finder(m, picker))
            (tabs(m, picker))
            @if picker.unfinished {
                (notice(m, Tone::Info, &m.text("find-unfinished"), Some(&html! {
                    p { (m.text("find-unfinished-text")) }
                })))
            }
            fieldset.picks {
                legend.unseen { (m.text("select-list")) }
                ul.pick-list role="list" {
                    @for choice in picker.choices { li { (pick(m, choice, picker.several)) } }
                }
                @if let Some(empty) = picker.empty { (empty) }
            }
            @if let Some(cursor) = picker.more {
                div.button-row {
                    (button(&Button {
                        label: &m.text("select-more"),
                        sends: Some(("cursor", cursor)),
                        ..Button::default()
                    }))
                }
            }
            (bar(m, picker))
        }
    }
}

/// Before the lists' buttons: Enter in the field presses the form's first button.
fn finder(m: Messages, picker: &Picker<'_>) -> Markup {
    html! {
        search.picker-find aria-label=(m.text("find-label")) {
            div.field.picker-text {
                label for="field-q" { (m.text("find-text")) }
                input
                    id="field-q"
                    name="q"
                    type="search"
                    value=(picker.text)
                    maxlength=(picker.text_max)
                    autocomplete="off"
                    enterkeyhint="search";
            }
            (select(m, &Field {
                name: "kind",
                label: &m.text("find-kind"),
                ..Field::default()
            }, picker.kinds, picker.kind))
            (button(&Button {
                label: &m.text("find-button"),
                style: Style::Secondary,
                icon: Some(Icon::Search),
                ..Button::default()
            }))
        }
    }
}

fn tabs(m: Messages, picker: &Picker<'_>) -> Markup {
    html! {
        div.picker-tabs role="group" aria-label=(m.text("select-lists")) {
            @for tab in picker.tabs {
                button
                    type="submit"
                    class="picker-tab"
                    name="view"
                    value=(tab.value)
                    aria-current=[tab.current.then_some("true")]
                { (tab.label) }
            }
        }
    }
}

fn pick(m: Messages, choice: &Choice<'_>, several: bool) -> Markup {
    let kind = if several { "checkbox" } else { "radio" };
    html! {
        @if let Some(why) = choice.hindrance {
            div class="pick closed" {
                (seen(m, choice))
                span.pick-body { (words(m, choice)) span.pick-why { (why) } }
            }
        } @else {
            label.pick {
                input type=(kind) name="item" value=(choice.id) checked[choice.picked];
                (seen(m, choice))
                span.pick-body { (words(m, choice)) }
            }
        }
    }
}

fn seen(m: Messages, choice: &Choice<'_>) -> Markup {
    picture(m, choice.kind, choice.thumbnail, choice.duration)
}

fn picture(m: Messages, kind: Kind, thumbnail: Option<&str>, length: Option<Duration>) -> Markup {
    html! {
        span class={ "card-picture pick-picture " (kind.class()) } {
            @if let Some(src) = thumbnail {
                img src=(src) alt="" loading="lazy";
            } @else {
                (icon(kind.icon()))
            }
            @if let Some(length) = length {
                span.card-duration {
                    span.unseen { " " (m.text("card-duration")) " " }
                    (duration(length))
                }
            }
        }
    }
}

fn words(m: Messages, choice: &Choice<'_>) -> Markup {
    html! {
        span.pick-title { (choice.title) }
        span.pick-facts {
            span { (choice.kind.name(m)) }
            @if let Some(owner) = choice.owner { span { (owner) } }
        }
    }
}

/// The bar. Its buttons send what is picked; the first of them by POST.
fn bar(m: Messages, picker: &Picker<'_>) -> Markup {
    let kind = if picker.several { "checkbox" } else { "radio" };
    let number = picker.bar.number.to_string();
    html! {
        div.picker-bar role="group" aria-label=(m.text("select-picked")) {
            ul.chips role="list" data-part="elsewhere" aria-label=(m.text("select-elsewhere")) {
                @for picked in picker.bar.elsewhere {
                    li { (chip(kind, picked.id, picked.title)) }
                }
            }
            template data-part="chip" { li { (chip(kind, "", "")) } }
            div.picker-buttons {
                @if picker.several {
                    p.picker-count role="status" data-part="count"
                        data-say=(m.with("select-count", &[("number", "{number}".into())]))
                    {
                        (m.with("select-count", &[("number", number.into())]))
                    }
                }
                div.button-row {
                    button type="submit" class="button primary" formmethod="post" data-part="finish" {
                        (icon(Icon::Check))
                        span { (m.text("select-finish")) }
                    }
                    (button(&Button {
                        label: &m.text("select-to-details"),
                        style: Style::Secondary,
                        icon: Some(Icon::Edit),
                        sends: Some(("step", "details")),
                    }))
                    button
                        type="submit"
                        class="button quiet"
                        formmethod="post"
                        name="cancel"
                        value="yes"
                    { span { (m.text("select-cancel")) } }
                }
            }
        }
    }
}

fn chip(kind: &str, id: &str, title: &str) -> Markup {
    html! {
        label.chip {
            input type=(kind) name="item" value=(id) checked;
            span data-part="title" { (title) }
        }
    }
}

/// What stands above the details of a thing that is picked.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    /// The id of the heading.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The address of a small picture of it.
    pub thumbnail: Option<&'a str>,
    /// How long it plays.
    pub duration: Option<Duration>,
}

/// What stands above the details of a thing that is picked.
pub fn heading(m: Messages, heading: &Heading<'_>) -> Markup {
    html! {
        div.picked-head {
            (picture(m, heading.kind, heading.thumbnail, heading.duration))
            div {
                h2 id=(heading.id) { (heading.title) }
                p.hint { (heading.kind.name(m)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(several: bool, more: Option<&str>) -> String {
        let m = Messages::default();
        let choices = [
            Choice {
                id: "1",
                title: "Waves <&>",
                picked: true,
                ..Choice::default()
            },
            Choice {
                id: "2",
                title: "Others'",
                hindrance: Some("Not yours"),
                ..Choice::default()
            },
        ];
        let elsewhere = [Picked {
            id: "3",
            title: "Tides",
        }];
        picker(
            m,
            &Picker {
                action: "select",
                several,
                list: "mine",
                text: "\"w\"",
                text_max: 200,
                kinds: &[],
                kind: "",
                tabs: &[Tab {
                    value: "mine",
                    label: "My media",
                    current: true,
                }],
                choices: &choices,
                empty: None,
                more,
                unfinished: false,
                bar: Bar {
                    elsewhere: &elsewhere,
                    number: 2,
                },
            },
        )
        .0
    }

    #[test]
    fn what_is_picked_stays_in_the_form_wherever_it_is_listed() {
        let markup = shown(true, Some("next"));
        let box_of = |id: &str| format!(r#"type="checkbox" name="item" value="{id}" checked"#);
        assert!(markup.contains(&box_of("1")) && markup.contains(&box_of("3")));
        assert!(!markup.contains(r#"value="2""#), "it cannot be picked");
        assert!(markup.contains("Waves &lt;&amp;&gt;") && markup.contains("Not yours"));
        assert!(markup.contains(r#"name="cursor" value="next""#));
        assert!(!shown(true, None).contains("cursor"));
    }

    #[test]
    fn one_is_picked_where_one_is_taken() {
        let markup = shown(false, None);
        assert!(markup.contains(r#"type="radio" name="item""#));
        assert!(!markup.contains("checkbox") && !markup.contains("picker-count"));
    }

    #[test]
    fn enter_in_the_field_looks_for_it() {
        let markup = shown(true, None);
        let first = markup.find("<button").unwrap();
        assert!(first < markup.find("picker-tab\"").unwrap());
        assert!(!markup[first..first + 60].contains("formmethod"));
    }
}
