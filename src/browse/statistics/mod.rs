//! Who watched what: of an item, of the course, of one person, and of oneself.
//!
//! Everywhere it says what it is: evidence of playing, not of attention.

mod course;
mod item;
mod order;
mod own;
mod person;

pub use course::{progress, progress_csv};
pub use item::{viewers, viewers_csv};
pub use own::own;
pub use person::person;

use std::time::Duration;

use maud::{Markup, html};

use super::Error;
use crate::app::App;
use crate::grades;
use crate::people::Member;
use crate::store::Error as StoreError;
use crate::ui::Messages;
use crate::ui::buttons::{LinkButton, link_button};
use crate::ui::format::{duration, moment};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, badge, notice};
use crate::ui::tables::{Table, table};
use crate::watching::statistics::{FLOOR, Goals, Look, Named, State, Teacher};
use crate::world::Time;
use order::Head;

/// Names that are seen at a glance; more are unfolded.
const FEW: usize = 24;

/// What it is to be through with the items of the launch's course.
fn goals(app: &App, member: &Member) -> Result<Goals, Error> {
    let course = member.session().course;
    let goals = course.map(|course| grades::goals(&app.store, course));
    Ok(goals.transpose()?.unwrap_or_default())
}

/// Whoever sees what learners watched, or why not.
fn teacher(app: &App, member: &Member) -> Result<Teacher, Error> {
    let teacher = Teacher::of(&app.store, member)?.ok_or(Error::LearnersData)?;
    Ok(teacher.with_goals(goals(app, member)?))
}

/// The same to see each of them; refused where nobody does.
async fn named(app: &App, member: &Member, at: Look) -> Result<Named, Error> {
    let named = teacher(app, member)?
        .look(&app.store, &app.world, at)
        .await?;
    named.ok_or(Error::SumsOnly)
}

/// Whether this person finds statistics of the course's learners, for the links that lead there.
pub(super) fn sees(app: &App, member: &Member) -> Result<bool, Error> {
    Ok(Teacher::of(&app.store, member)?.is_some())
}

/// Whether they find statistics of each.
pub(super) fn sees_persons(app: &App, member: &Member) -> Result<bool, Error> {
    let teacher = Teacher::of(&app.store, member)?;
    Ok(teacher.is_some_and(|teacher| teacher.sees_persons()))
}

/// Reads much, beside the requests.
async fn beside<R: Send + 'static>(
    read: impl FnOnce() -> Result<R, crate::library::Error> + Send + 'static,
) -> Result<R, Error> {
    match tokio::task::spawn_blocking(read).await {
        Ok(read) => Ok(read?),
        // Lanterna is being stopped.
        Err(_) => Err(Error::Store(StoreError::Stopped)),
    }
}

/// What such numbers are.
fn evidence(m: Messages) -> Markup {
    html! { p.evidence { (m.text("review-evidence")) } }
}

/// Why there are no names.
fn without_names(m: Messages) -> Markup {
    notice(
        m,
        Tone::Info,
        &m.text("statistics-sums-only"),
        Some(&html! {
            p { (m.with("statistics-sums-only-text", &[("floor", FLOOR.into())])) }
        }),
    )
}

/// Names and their numbers, large.
fn sums(sums: &[(&str, Markup)]) -> Markup {
    html! {
        dl.sums {
            @for (name, number) in sums {
                div { dt { (name) } dd { (number) } }
            }
        }
    }
}

/// Those who have left the course, below the headings of the table above.
fn gone(m: Messages, heads: &[Head], rows: &[Vec<Markup>]) -> Markup {
    let labels: Vec<_> = heads.iter().map(|head| m.text(head.label)).collect();
    let columns: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
    html! {
        @if !rows.is_empty() {
            section aria-labelledby="gone" {
                h2 #gone { (m.text("statistics-gone")) }
                p.hint { (m.text("statistics-gone-text")) }
                (table(&Table {
                    caption: &m.text("statistics-gone"),
                    columns: &columns,
                    rows,
                    empty: "",
                }))
            }
        }
    }
}

/// A number of all there are.
fn of_all(m: Messages, number: usize, all: usize) -> Markup {
    html! {
        span.of-all {
            (number) " " small { (m.with("statistics-of", &[("all", all.into())])) }
        }
    }
}

/// Hundredths of a percent in whole percents: only everything is a hundred.
const fn whole(percent: u16) -> u32 {
    percent as u32 / 100
}

fn state(m: Messages, state: State) -> Markup {
    let (tone, icon, id) = match state {
        State::NotBegun => (None, None, "statistics-not-begun"),
        State::Begun => (Some(Tone::Info), Some(Icon::Play), "statistics-begun"),
        State::Finished => (
            Some(Tone::Success),
            Some(Icon::Check),
            "statistics-finished",
        ),
    };
    badge(tone, icon, &m.text(id))
}

fn name(m: Messages, name: Option<&str>) -> Markup {
    html! {
        @match name {
            Some(name) => { (name) },
            None => span.hint { (m.text("course-people-nameless")) },
        }
    }
}

/// A time, or nothing.
fn when(time: Option<Time>) -> Markup {
    html! { @if let Some(time) = time { (moment(time)) } @else { "–" } }
}

fn length(ms: u64) -> String {
    duration(Duration::from_millis(ms))
}

/// A moment for other programs.
fn exact(time: Option<Time>) -> String {
    time.map_or_else(String::new, |time| {
        let time = time.timestamp();
        time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

/// Percents with two decimals for other programs.
fn decimal(percent: u16) -> String {
    format!("{}.{:02}", percent / 100, percent % 100)
}

/// The way to the same as a table for other programs.
fn take_away(m: Messages, href: &str) -> Markup {
    link_button(&LinkButton {
        href,
        label: &m.text("statistics-csv"),
        icon: Some(Icon::Download),
        ..LinkButton::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_other_programs_are_exact() {
        for (percent, text) in [
            (0, "0.00"),
            (1, "0.01"),
            (9_994, "99.94"),
            (10_000, "100.00"),
        ] {
            assert_eq!(decimal(percent), text);
        }
        assert_eq!(whole(9_999), 99);
        assert_eq!(exact(None), "");
        assert_eq!(exact(Some(Time(1_700_000_000_123))), "2023-11-14T22:13:20Z");
    }
}
