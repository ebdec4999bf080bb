//! The gradebook: for a teacher everybody's grades by activity, for students their own.

use maud::{Markup, html};

use super::outline::{beside, points_of};
use super::{Standing, path, shell};
use crate::app::{App, Input, Page};
use crate::practice::gradebook::{WAYS, book};
use crate::practice::people::{Person, ROSTER};
use crate::practice::visit::Visit;
use crate::practice::{Error, courses, outage, panel};
use crate::store::rows::gradebook::LineItem;
use crate::store::rows::practice::{PracticeActivity, Way};
use crate::store::rows::tools::{Received, Via};
use crate::tools::gradebook::service::{Person as Graded, standing};
use crate::ui::Messages;
use crate::ui::format::moment;
use crate::ui::notices::{Empty, Tone, badge, empty_state};
use crate::ui::tables::{Table, table};

/// Results of one column that are read: more than there are people.
const MOST_RESULTS: usize = 50;
/// Columns that are shown.
const MOST_COLUMNS: usize = 100;

/// A column with what was reported into it.
struct Column {
    way: Way,
    row: LineItem,
    /// The activity that it belongs to.
    activity: Option<(u32, PracticeActivity)>,
    results: Vec<(String, Received)>,
}

impl Column {
    /// What was reported of somebody.
    fn of(&self, person: &Person) -> Option<&Received> {
        let mut results = self.results.iter();
        results
            .find(|(user, _)| user == person.id)
            .map(|(_, result)| result)
    }
}

/// `GET /practice/gradebook/{person}`
pub fn gradebook(app: &App, input: &Input, person: &str) -> Result<Page, Error> {
    let visit = Visit::read(person, Way::Token, &input.query())?;
    let m = Messages::default();
    let columns = columns(app, visit.course)?;
    let teaches = visit.person.teaches();
    let grades = match (columns.is_empty(), teaches) {
        (true, true) => empty(app, m, visit),
        (true, false) => html! { p { (m.text("practice-gradebook-wait")) } },
        (false, true) => html! { @for column in &columns { (everybody(app, m, visit, column)) } },
        (false, false) => own(app, m, visit, &columns),
    };
    let content = html! {
        p { (m.text(if teaches { "practice-gradebook-text" } else { "practice-gradebook-own" })) }
        (grades)
        @if teaches { (outage::panel(app, m, visit)) }
        (panel::beside(app, m))
    };
    let course = visit.course(app)?;
    let content = beside(app, m, visit, &course, &visit.path("gradebook"), &content)?;
    let title = courses::title(m, &course);
    let standing = Standing {
        visit: Some(visit),
        course: Some(&title),
        ..Standing::default()
    };
    Ok(shell(
        app,
        m,
        &m.text("practice-gradebook"),
        &standing,
        &content,
    ))
}

/// The columns of all connections, in the order of their activities.
fn columns(app: &App, course: u32) -> Result<Vec<Column>, Error> {
    let activities = courses::activities(&app.store, course)?;
    let mut columns = Vec::new();
    for way in WAYS {
        let book = book(app, way, course);
        for (number, row) in book.all()?.into_iter().take(MOST_COLUMNS) {
            let mut own = activities.iter();
            let activity = own.find(|(_, activity)| Some(&activity.link) == row.link.as_ref());
            columns.push(Column {
                way,
                activity: activity.cloned(),
                results: book.results(number, None, MOST_RESULTS)?,
                row,
            });
        }
    }
    columns.sort_by_key(|column| {
        column
            .activity
            .as_ref()
            .map_or(u32::MAX, |(number, _)| *number)
    });
    Ok(columns)
}

fn empty(app: &App, m: Messages, visit: Visit) -> Markup {
    empty_state(&Empty {
        title: &m.text("practice-gradebook-empty"),
        text: &m.text("practice-gradebook-empty-text"),
        action: Some((&path(app, &visit.path("add")), &m.text("practice-add"))),
    })
}

/// What a column is about: the way to its activity.
fn heading(app: &App, visit: Visit, column: &Column) -> Markup {
    html! {
        @match &column.activity {
            Some((number, _)) => {
                a href=(path(app, &visit.activity("activity", *number))) { (column.row.label) }
            },
            None => { (column.row.label) },
        }
    }
}

/// One column, for a teacher.
fn everybody(app: &App, m: Messages, visit: Visit, column: &Column) -> Markup {
    let shown = ROSTER
        .iter()
        .filter(|person| column.of(person).is_some() || expected(person));
    let rows: Vec<Vec<Markup>> = shown
        .map(|person| {
            let mut row = vec![html! { (person.name) }];
            row.extend(cells(m, column, column.of(person)));
            row
        })
        .collect();
    let columns = names(m, "practice-roster-name");
    html! {
        section.practice-column {
            div.practice-column-head {
                h2 { (heading(app, visit, column)) }
                p.practice-marks {
                    (super::outline::way_of(m, column.way)) " "
                    span.hint {
                        (m.with("practice-out-of", &[("points", points_of(column.row.maximum).into())]))
                    }
                }
            }
            (table(&Table {
                caption: &m.with("practice-grades-of", &[("title", column.row.label.as_str().into())]),
                columns: &columns.each_ref().map(String::as_str),
                rows: &rows,
                empty: "",
            }))
        }
    }
}

/// Whether a teacher waits for somebody's grade.
fn expected(person: &Person) -> bool {
    person.graded() == Graded::Learner && !person.is_preview()
}

/// All columns, for a student.
fn own(app: &App, m: Messages, visit: Visit, columns: &[Column]) -> Markup {
    let rows: Vec<Vec<Markup>> = columns
        .iter()
        .map(|column| {
            let mut row = vec![heading(app, visit, column)];
            row.extend(cells(m, column, column.of(visit.person)));
            row
        })
        .collect();
    let names = names(m, "practice-grade-activity");
    table(&Table {
        caption: &m.text("practice-grades-own"),
        columns: &names.each_ref().map(String::as_str),
        rows: &rows,
        empty: "",
    })
}

fn names(m: Messages, first: &str) -> [String; 4] {
    [
        m.text(first).into_owned(),
        m.text("practice-grade").into_owned(),
        m.text("practice-grade-via").into_owned(),
        m.text("practice-grade-when").into_owned(),
    ]
}

/// The grade, by what it came, and when.
fn cells(m: Messages, column: &Column, received: Option<&Received>) -> [Markup; 3] {
    let Some(received) = received else {
        return [
            html! { span.hint { (m.text("practice-grade-none")) } },
            html! { span.hint { "–" } },
            html! { span.hint { "–" } },
        ];
    };
    let standing = standing("", received, column.row.maximum);
    let grade = html! {
        @match standing.score {
            Some(points) => {
                strong { (m.with("practice-points", &[
                    ("points", points_of(points).into()),
                    ("most", points_of(column.row.maximum).into()),
                ])) }
            },
            None => (badge(Some(Tone::Info), None, &m.text(if pending(received) {
                "practice-grade-pending"
            } else {
                "practice-grade-cleared"
            }))),
        }
        @if let Some(comment) = &standing.comment { br; span.hint { (comment) } }
    };
    let via = match received.via {
        Via::Ags => m.text("practice-via-ags"),
        Via::Outcomes => m.text("practice-via-outcomes"),
    };
    [grade, html! { (via) }, moment(received.changed)]
}

/// Whether the tool said that grading is still under way.
fn pending(received: &Received) -> bool {
    let grading = received.grading.as_deref();
    grading.is_some_and(|grading| grading != "FullyGraded")
}
