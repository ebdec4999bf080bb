//! Everybody in the course.

use maud::{Markup, html};

use super::outline::beside;
use super::{Standing, shell};
use crate::app::{App, Input, Page};
use crate::practice::people::ROSTER;
use crate::practice::visit::Visit;
use crate::practice::{Error, courses, panel};
use crate::store::rows::practice::Way;
use crate::ui::Messages;
use crate::ui::notices::{Tone, badge};
use crate::ui::tables::{Table, table};

/// `GET /practice/people/{person}`: everybody in the course, as Lanterna may ask for them.
pub fn roster(app: &App, input: &Input, person: &str) -> Result<Page, Error> {
    let visit = Visit::read(person, Way::Token, &input.query())?;
    let m = Messages::default();
    let rows: Vec<Vec<Markup>> = ROSTER
        .iter()
        .map(|person| {
            let state = match (person.active, person.is_preview()) {
                (false, _) => badge(Some(Tone::Warning), None, &m.text("practice-inactive")),
                (true, true) => badge(None, None, &m.text("practice-preview")),
                (true, false) => badge(Some(Tone::Success), None, &m.text("practice-active")),
            };
            vec![
                html! { (person.name) },
                html! { (person.role.name(m)) },
                state,
            ]
        })
        .collect();
    let columns = [
        m.text("practice-roster-name"),
        m.text("practice-roster-role"),
        m.text("practice-roster-state"),
    ];
    let list = table(&Table {
        caption: &m.text("practice-roster"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: "",
    });
    let content = html! {
        p { (m.text("practice-roster-text")) }
        (list)
        (panel::beside(app, m))
    };
    let course = visit.course(app)?;
    let content = beside(app, m, visit, &course, &visit.path("people"), &content)?;
    let title = courses::title(m, &course);
    let standing = Standing {
        visit: Some(visit),
        course: Some(&title),
        ..Standing::default()
    };
    Ok(shell(
        app,
        m,
        &m.text("practice-roster"),
        &standing,
        &content,
    ))
}
