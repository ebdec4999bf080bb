//! The course, the page on which a teacher picks, and an activity: each with a frame.

use maud::{Markup, html};

use super::outline::marks;
use super::path;
use super::stage::{Around, Shown, connections, stage};
use crate::app::{App, Form as Query, Input, Page};
use crate::practice::visit::Visit;
use crate::practice::{Error, courses};
use crate::store::rows::practice::{PracticeActivity, Way};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Field, Form, Text, form, text_field};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::disclosure;

/// `GET /practice/course/{person}`, and by the other connections with what their paths end with: the
/// media library, in a frame.
pub fn course(app: &App, input: &Input, person: &str, way: Way) -> Result<Page, Error> {
    let query = input.query();
    let visit = Visit::read(person, way, &query)?;
    let m = Messages::default();
    let shown = Shown {
        title: &m.text("practice-link-title"),
        current: visit.by(Way::Token).path("course"),
        source: visit.path("launch"),
        window: Some(visit.path("window")),
    };
    let around = Around {
        news: added(m, &query),
        above: connections(app, m, visit, "course")?,
        below: html! {},
    };
    stage(app, m, visit, &shown, &around)
}

/// What a selection has just added.
fn added(m: Messages, query: &Query) -> Markup {
    let number = query
        .get("added")
        .and_then(|text| text.parse::<usize>().ok());
    let number = number.filter(|number| (1..=courses::MOST_ACTIVITIES).contains(number));
    html! {
        @if let Some(number) = number {
            (notice(m, Tone::Success, &m.with("practice-added", &[("number", number.into())]), None))
        }
    }
}

/// `GET /practice/add/{person}`, likewise: the page on which a teacher picks, in a frame.
pub fn add(app: &App, input: &Input, person: &str, way: Way) -> Result<Page, Error> {
    let visit = Visit::read(person, way, &input.query())?;
    if !visit.person.teaches() {
        return Err(Error::TeachersOnly);
    }
    let m = Messages::default();
    let shown = Shown {
        title: &m.text("practice-add"),
        current: visit.by(Way::Token).path("add"),
        source: visit.path("select"),
        window: None,
    };
    let around = Around {
        news: html! {},
        above: html! {
            p.hint { (m.text("practice-add-text")) }
            (connections(app, m, visit, "add")?)
        },
        below: html! {},
    };
    stage(app, m, visit, &shown, &around)
}

/// An activity, in a frame.
pub(in crate::practice) fn activity(
    app: &App,
    visit: Visit,
    number: u32,
    row: &PracticeActivity,
) -> Result<Page, Error> {
    let m = Messages::default();
    let shown = Shown {
        title: &row.title,
        current: visit.activity("activity", number),
        source: visit.activity("open", number),
        window: Some(visit.activity("open-window", number)),
    };
    let around = Around {
        news: html! {},
        above: html! {
            @if let Some(text) = &row.text { p { (text) } }
            p.practice-marks { (marks(m, row)) }
        },
        below: html! {
            @if visit.person.teaches() { (changing(app, m, visit, number, row)) }
        },
    };
    stage(app, m, visit, &shown, &around)
}

/// What a teacher may change about an activity.
fn changing(app: &App, m: Messages, visit: Visit, number: u32, row: &PracticeActivity) -> Markup {
    let (number, course) = (number.to_string(), visit.course.to_string());
    let hidden = [
        ("person", visit.person.id),
        ("course", course.as_str()),
        ("activity", number.as_str()),
    ];
    let title = Field {
        name: "title",
        label: &m.text("practice-rename-title"),
        required: true,
        ..Field::default()
    };
    let value = Text {
        value: &row.title,
        max_length: Some(200),
        ..Text::default()
    };
    let rename = html! {
        (text_field(m, &title, &value))
        (button(&Button { label: &m.text("practice-rename"), ..Button::default() }))
    };
    let remove = button(&Button {
        label: &m.text("practice-remove"),
        style: Style::Danger,
        icon: Some(Icon::Trash),
        ..Button::default()
    });
    let posting = |action: &str, body: &Markup| {
        let action = path(app, action);
        form(
            &Form {
                action: &action,
                hidden: &hidden,
                ..Form::default()
            },
            body,
        )
    };
    disclosure(
        &m.text("practice-change"),
        &html! {
            (posting("/rename", &rename))
            (posting("/remove", &remove))
        },
    )
}
