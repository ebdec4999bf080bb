//! The page of the launch's course: its people, what is placed in it, and its roster.

mod people;
mod placed;
mod roster;

use maud::{Markup, html};

use super::around::{Around, Here};
use super::{Error, statistics};
use crate::app::{App, Input, Page};
use crate::people::Member;
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, link_button};
use crate::ui::icons::Icon;
use crate::ui::notices::{Empty, empty_state};

pub use roster::sync;

/// `GET /s/{token}/course`: what is placed in the course and, for its staff, its people; with `q`
/// and `after` for a part of the people, `placed` for what is placed.
pub async fn course(app: &App, member: &Member, input: &Input) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let m = around.messages;
    let Some(id) = member.session().course else {
        let state = empty_state(&Empty {
            title: &m.text("course-none"),
            text: &m.text("course-none-text"),
            action: Some(("library", &m.text("browse-back"))),
        });
        return Ok(around.page(&m.text("course-title"), Here::People, None, &state));
    };
    let query = input.query();
    let placed = placed::section(app, m, member, &query)?;
    let Some(contributor) = member.contributor() else {
        let title = m.text("course-title-student");
        let own = page_link(m, "progress", "statistics-nav-own", Icon::Chart);
        return Ok(around.page(&title, Here::People, Some(&own), &placed));
    };
    let roster = roster::Shown::new(app, member, id)?;
    let content = html! {
        (roster.news(m, &query))
        (people::section(app, m, contributor, &query, &roster)?)
        (placed)
    };
    let sees = statistics::sees(app, member)?;
    let actions: Markup = html! {
        @if member.session().sees_learners {
            (page_link(m, "course/grades", "grades-title", Icon::Check))
        }
        @if sees { (page_link(m, "course/progress", "statistics-nav", Icon::Chart)) }
        @if let Some(button) = roster.button(m) { (button) }
    };
    Ok(around.page(
        &m.text("course-title"),
        Here::People,
        Some(&actions),
        &content,
    ))
}

fn page_link(m: Messages, href: &str, label: &str, icon: Icon) -> Markup {
    link_button(&LinkButton {
        href,
        label: &m.text(label),
        icon: Some(icon),
        ..LinkButton::default()
    })
}
