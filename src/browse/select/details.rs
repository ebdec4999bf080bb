//! The page on which one says how each pick is shown.

use maud::{Markup, html};

use super::answer::Way;
use super::named::typed_time;
use super::picks::{Field, Pick};
use super::{Asking, CANCEL, looking};
use crate::app::{Form, Page};
use crate::browse::around::{Around, Here, kind};
use crate::browse::counting::{self, USUAL_POINTS};
use crate::browse::embedding::Size;
use crate::browse::lists::shelf;
use crate::grades::counting::USUAL_THRESHOLD;
use crate::store::rows::library::{Counts, Kind};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, button_row, link_button};
use crate::ui::format::hundredths;
use crate::ui::forms::{self, Text, checkbox, form, text_field};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, notice};
use crate::ui::picker::{Heading, heading};
use crate::ui::tables::disclosure;

/// The greatest length of a title.
const TITLE_MAX: u32 = 200;
/// The page; with what was typed and its mistakes, when it comes `again`.
pub(super) fn page(
    asking: &Asking<'_>,
    around: &Around<'_>,
    picked: &[Pick],
    fields: &Form,
    again: bool,
) -> Page {
    let m = around.messages;
    let place = forms::Form {
        action: "select",
        ..forms::Form::default()
    };
    let number = picked.len();
    let add = button(&Button {
        label: &m.with("select-add", &[("number", number.into())]),
        style: Style::Primary,
        icon: Some(Icon::Check),
        sends: None,
    });
    let cancel = button(&Button {
        label: &m.text("select-cancel"),
        style: Style::Quiet,
        sends: Some((CANCEL, "yes")),
        ..Button::default()
    });
    let back = looking(picked, fields);
    let others = link_button(&LinkButton {
        href: &back,
        label: &m.text("select-others"),
        icon: Some(Icon::Back),
        ..LinkButton::default()
    });
    let body = html! {
        ul.picked-list role="list" {
            @for pick in picked {
                li { (Detailed { asking, m, pick, fields, again, only: number == 1 }.section()) }
            }
        }
        (button_row(&html! { (add) (others) (cancel) }))
    };
    let wrong = picked.iter().any(|pick| !pick.mistakes.is_empty());
    let content = html! {
        @if wrong { (notice(m, Tone::Error, &m.text("form-mistakes"), None)) }
        @if !wrong { p.lead { (m.text("select-details-lead")) } }
        (form(&place, &body))
    };
    around.page(&m.text("select-details"), Here::Select, None, &content)
}

struct Detailed<'a> {
    asking: &'a Asking<'a>,
    m: Messages,
    pick: &'a Pick,
    fields: &'a Form,
    again: bool,
    /// Whether nothing else is picked.
    only: bool,
}

impl Detailed<'_> {
    fn section(&self) -> Markup {
        let (m, opened) = (self.m, &self.pick.opened);
        let (id, item) = (opened.id(), opened.item());
        let picture = shelf::picture(self.asking.app, self.asking.member, id, item);
        let name = format!("picked-{id}");
        html! {
            section.picked aria-labelledby=(name) {
                (heading(m, &Heading {
                    id: &name,
                    title: &item.title,
                    kind: kind(item.kind),
                    thumbnail: picture.as_deref(),
                    duration: item.facts.duration_ms.map(std::time::Duration::from_millis),
                }))
                input type="hidden" name="item" value=(id);
                (self.line(Field::Title, "select-field-title", Some("select-field-title-hint"), ""))
                @if self.pick.way == Way::Launch {
                    @if matches!(item.kind, Kind::Video | Kind::Audio) { (self.times()) }
                    @if item.kind.counts() && self.asking.selecting.settings.accept_lineitem != Some(false) {
                        (self.grade())
                    }
                }
                @if self.pick.way != Way::File && self.pick.way != Way::Image { (self.size()) }
            }
        }
    }

    /// What is in a field: what was typed, else `usual`.
    fn value(&self, field: Field, usual: &str) -> String {
        let typed = self.fields.get(&field.of(self.pick.opened.id()));
        match typed.filter(|_| self.again) {
            Some(typed) => typed.to_owned(),
            None => usual.to_owned(),
        }
    }

    fn mistake(&self, field: Field) -> Option<String> {
        let mut mistakes = self.pick.mistakes.iter();
        let (_, message) = mistakes.find(|(wrong, _)| *wrong == field)?;
        Some(self.m.text(message).into_owned())
    }

    fn line(&self, field: Field, label: &str, hint: Option<&str>, usual: &str) -> Markup {
        let m = self.m;
        let name = field.of(self.pick.opened.id());
        let (mistake, hint) = (self.mistake(field), hint.map(|hint| m.text(hint)));
        let usual = if field == Field::Title {
            self.title()
        } else {
            usual.to_owned()
        };
        text_field(
            m,
            &forms::Field {
                name: &name,
                label: &m.text(label),
                hint: hint.as_deref(),
                error: mistake.as_deref(),
                // The hint says what it means when it is left empty.
                depends: hint.is_some(),
                ..forms::Field::default()
            },
            &Text {
                value: &self.value(field, &usual),
                autocomplete: Some("off"),
                max_length: Some(if field == Field::Title { TITLE_MAX } else { 20 }),
                ..Text::default()
            },
        )
    }

    /// What the platform suggests for a single pick, else the item's own.
    fn title(&self) -> String {
        let settings = &self.asking.selecting.settings;
        let suggested = settings.title.clone().filter(|_| self.only);
        suggested.unwrap_or_else(|| self.pick.opened.item().title.clone())
    }

    fn times(&self) -> Markup {
        let length = self.pick.opened.item().facts.duration_ms;
        let hint = length.map(|length| {
            let length = typed_time(length / 1000 * 1000);
            self.m
                .with("select-times-length", &[("time", length.into())])
        });
        html! {
            div.field-pair {
                (self.line(Field::Start, "select-field-start", Some("select-field-start-hint"), ""))
                (self.line(Field::End, "select-field-end", Some("select-field-end-hint"), ""))
            }
            p.hint {
                (self.m.text("select-times-hint"))
                @if let Some(hint) = hint { " " (hint) }
            }
        }
    }

    fn grade(&self) -> Markup {
        let m = self.m;
        let id = self.pick.opened.id();
        let name = Field::Graded.of(id);
        let on = self.again && self.fields.is_on(&name);
        let mut hint = m.text("select-field-graded-hint").into_owned();
        if self.pick.opened.item().kind == Kind::Collection {
            hint = format!("{} {hint}", m.text("counting-collection"));
        }
        let field = forms::Field {
            name: &name,
            label: &m.text("select-field-graded"),
            hint: Some(&hint),
            ..forms::Field::default()
        };
        let names = [Field::Maximum, Field::Counts, Field::Threshold].map(|field| field.of(id));
        let usual = hundredths(u32::from(USUAL_THRESHOLD));
        let values = [
            self.value(Field::Maximum, USUAL_POINTS),
            self.value(Field::Counts, counting::name(Counts::default())),
            self.value(Field::Threshold, &usual),
        ];
        let mistakes = [Field::Maximum, Field::Threshold].map(|field| self.mistake(field));
        let fields = counting::Fields {
            names: names.each_ref().map(String::as_str),
            values: values.each_ref().map(String::as_str),
            mistakes: mistakes.each_ref().map(Option::as_deref),
            ..counting::Fields::default()
        };
        html! {
            div.picked-grade {
                (checkbox(m, &field, on))
                (fields.show(m))
            }
        }
    }

    fn size(&self) -> Markup {
        let usual = Size::of(self.pick.opened.item(), Size::USUAL);
        let (width, height) = (usual.width.to_string(), usual.height.to_string());
        let body = html! {
            div.field-pair {
                (self.line(Field::Width, "select-field-width", None, &width))
                (self.line(Field::Height, "select-field-height", None, &height))
            }
        };
        let wrong = [Field::Width, Field::Height];
        let wrong = wrong.iter().any(|field| self.mistake(*field).is_some());
        html! {
            @if wrong { (body) } @else { (disclosure(&self.m.text("select-size"), &body)) }
        }
    }
}
