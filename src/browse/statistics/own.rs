//! What one watched oneself in the course.

use maud::{Markup, html};

use super::{length, of_all, state, sums, when, whole};
use crate::app::{App, Page};
use crate::browse::Error;
use crate::browse::around::{Around, Here, kind};
use crate::people::Member;
use crate::ui::Messages;
use crate::ui::charts::bar;
use crate::ui::notices::{Empty, Tone, badge, empty_state, notice};
use crate::ui::tables::{Table, table};
use crate::watching::Measure;
use crate::watching::statistics::{OfPerson, Seen, State, is_told, own as watched};

/// `GET /s/{token}/progress`: what the launched person watched in the launch's course.
pub fn own(app: &App, member: &Member) -> Result<Page, Error> {
    let around = Around::new(app, member)?;
    let m = around.messages;
    let of = watched(&app.store, member, &super::goals(app, member)?)?;
    let content = match &of {
        None => empty_state(&Empty {
            title: &m.text("course-none"),
            text: &m.text("statistics-own-none"),
            action: Some(("library", &m.text("browse-back"))),
        }),
        Some(of) => html! {
            @if member.contributor().is_some() {
                (notice(m, Tone::Info, &m.text("statistics-own-staff"), None))
            }
            p.evidence {
                @if is_told(&app.store, member)? { (m.text("statistics-own-evidence")) }
                @else { (m.text("statistics-own-alone")) }
            }
            (sums_of(m, of))
            (media(m, of, ""))
        },
    };
    Ok(around.page(
        &m.text("statistics-own-title"),
        Here::People,
        None,
        &content,
    ))
}

/// How many items somebody is through with, and has begun.
pub(super) fn sums_of(m: Messages, of: &OfPerson) -> Markup {
    let count = |states: &[State]| {
        let fits = |one: &&Seen| states.contains(&one.state());
        of.placed.iter().filter(fits).count()
    };
    let all = of.placed.len();
    let seen = of.placed.iter().filter_map(|one| one.watched);
    let percent: u64 = seen.map(|one| u64::from(one.percent)).sum();
    let percent = u16::try_from(percent / all.max(1) as u64).unwrap_or(0);
    let last = of.placed.iter().chain(&of.besides);
    let last = last.filter_map(|one| one.watched?.last).max();
    html! {
        @if all > 0 {
            (sums(&[
                (&m.text("statistics-finished"), of_all(m, count(&[State::Finished]), all)),
                (
                    &m.text("statistics-begun"),
                    of_all(m, count(&[State::Begun, State::Finished]), all),
                ),
                (&m.text("statistics-percent"), html! {
                    (m.with("chart-percent", &[("percent", whole(percent).into())]))
                }),
                (&m.text("statistics-last"), html! { small { (when(last)) } }),
            ]))
        }
    }
}

/// What is placed in the course, and what else somebody watched here. `up` leads to the level of
/// `library`.
pub(super) fn media(m: Messages, of: &OfPerson, up: &str) -> Markup {
    html! {
        section aria-labelledby="placed" {
            h2 #placed { (m.text("course-placed")) }
            @if of.placed.is_empty() {
                (empty_state(&Empty {
                    title: &m.text("course-placed-empty"),
                    text: &m.text("course-placed-empty-student"),
                    action: None,
                }))
            } @else {
                (list(m, &m.text("course-placed"), &of.placed, up))
            }
        }
        @if !of.besides.is_empty() {
            section aria-labelledby="besides" {
                h2 #besides { (m.text("statistics-besides")) }
                (list(m, &m.text("statistics-besides"), &of.besides, up))
            }
        }
    }
}

fn list(m: Messages, caption: &str, seen: &[Seen], up: &str) -> Markup {
    let rows: Vec<Vec<Markup>> = seen.iter().map(|one| row(m, one, up)).collect();
    table(&Table {
        caption,
        columns: &[
            &m.text("course-placed-title"),
            &m.text("course-placed-kind"),
            &m.text("statistics-state"),
            &m.text("statistics-percent"),
            &m.text("statistics-time"),
            &m.text("statistics-first"),
            &m.text("statistics-last"),
        ],
        rows: &rows,
        empty: "",
    })
}

fn row(m: Messages, one: &Seen, up: &str) -> Vec<Markup> {
    let measured = Measure::of(&one.item).length().is_some();
    let watched = one.watched;
    vec![
        html! { a href={ (up) "media/" (one.id) } { (one.item.title) } },
        badge(None, None, &kind(one.item.kind).name(m)),
        state(m, one.state()),
        html! {
            @match watched {
                Some(watched) if !measured => { (length(watched.seen_ms)) },
                watched => { (bar(m, whole(watched.map_or(0, |one| one.percent)))) },
            }
        },
        html! {
            @match watched { Some(watched) => { (length(watched.played_ms)) }, None => { "–" } }
        },
        when(watched.and_then(|one| one.first)),
        when(watched.and_then(|one| one.last)),
    ]
}
