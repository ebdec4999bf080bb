//! What learners of the course have earned, by how it stands.

use maud::{Markup, html};

use super::{standing, stands};
use crate::app::{App, Form as Query};
use crate::browse::Error;
use crate::grades::{self, Listed, differs};
use crate::people::Member;
use crate::store::rows::grades::{Grade, Standing};
use crate::store::trees::{Items, Users};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, form};
use crate::ui::grades::{Stands, Trouble, points, ways};
use crate::ui::icons::Icon;
use crate::ui::notices::{Tone, badge};
use crate::ui::tables::{Table, pager, table};

/// Scores of one page.
const PAGE: usize = 50;

pub(super) fn section(
    app: &App,
    m: Messages,
    member: &Member,
    query: &Query,
) -> Result<Markup, Error> {
    let numbers = grades::numbers_of_course(&app.store, member)?;
    let numbers = Standing::ALL.map(|standing| (standing, numbers.of(standing)));
    // What needs somebody is first, where there is any.
    let first = numbers.iter().find(|(_, number)| *number > 0);
    let usual = first.map_or(Standing::Taken, |(standing, _)| *standing);
    let wanted = query.get("list").and_then(Stands::named);
    let here = wanted.map_or(usual, standing);
    let after = query.get("after").map(str::parse).transpose();
    let after = after.map_err(|_| Error::BadRequest)?;
    let (listed, next) = grades::of_course(&app.store, member, here, after.as_ref(), PAGE)?;
    let next = next.map(|next| format!("grades?list={}&after={next}", stands(here).name()));
    let shown: Vec<_> = numbers.iter().map(|(one, n)| (stands(*one), *n)).collect();
    Ok(html! {
        section aria-labelledby="scores" {
            h2 #scores { (m.text("grades-scores")) }
            (ways(m, &m.text("grades-scores"), stands(here), &shown))
            (list(app, m, member, here, &listed)?)
            (pager(m, next.as_deref()))
        }
    })
}

fn list(
    app: &App,
    m: Messages,
    member: &Member,
    here: Standing,
    listed: &[Listed],
) -> Result<Markup, Error> {
    let acts = member.manager().is_some() && here != Standing::Taken;
    let rows = listed.iter().map(|one| row(app, m, one, acts));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let mut columns = vec![
        m.text("grades-person"),
        m.text("grades-item"),
        m.text("grades-points"),
        m.text("grades-how"),
        m.text("grades-since"),
    ];
    if acts {
        columns.push(m.text("grades-act"));
    }
    let names: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    Ok(table(&Table {
        caption: &stands(here).label(m),
        columns: &names,
        rows: &rows,
        empty: &stands(here).none(m),
    }))
}

fn row(app: &App, m: Messages, one: &Listed, acts: bool) -> Result<Vec<Markup>, Error> {
    let user = app.store.get::<Users>(&one.key.user)?;
    let name = user.and_then(|user| user.name);
    let item = app.store.get::<Items>(&one.grade.item)?;
    let grade = &one.grade;
    let mut row = vec![
        html! {
            @match &name {
                Some(name) => { (name) },
                None => { span.hint { (m.text("course-people-nameless")) } },
            }
        },
        html! {
            @match &item {
                Some(item) => { a href={ "../media/" (grade.item) } { (item.title) } },
                None => { span.hint { (m.text("grades-item-gone")) } },
            }
        },
        html! { (points(m, (grade.value.points(), grade.value.maximum))) },
        how(m, grade),
        moment(grade.since),
    ];
    if acts {
        row.push(again(m, &one.name()));
    }
    Ok(row)
}

/// How it stands, and why where that is not well.
fn how(m: Messages, grade: &Grade) -> Markup {
    let trouble = grade.trouble.as_ref();
    html! {
        (stands(grade.standing).badge(m))
        @if differs(grade) {
            " " (badge(Some(Tone::Warning), None, &m.text("grade-differs")))
            br;
            span.hint { (found(m, grade)) }
        }
        @if let Some(trouble) = trouble {
            br;
            (Trouble {
                code: &trouble.code,
                status: trouble.status,
                said: trouble.said.as_deref(),
            }.told(m))
        }
        @if let Some(due) = grade.due.filter(|_| grade.standing == Standing::Due && trouble.is_some()) {
            br;
            span.hint { (m.text("grade-next")) " " (moment(due)) "." }
        }
    }
}

/// What stands in the gradebook instead.
fn found(m: Messages, grade: &Grade) -> String {
    match grade.result.and_then(|result| result.points) {
        Some(found) => m.with("grade-found", &[("points", points(m, found).into())]),
        None => m.text("grade-found-none").into_owned(),
    }
}

fn again(m: Messages, name: &str) -> Markup {
    let place = Form {
        action: "grades/retry",
        hidden: &[("grade", name)],
        inline: true,
        ..Form::default()
    };
    form(
        &place,
        &button(&Button {
            label: &m.text("grade-retry"),
            style: Style::Quiet,
            icon: Some(Icon::Again),
            ..Button::default()
        }),
    )
}
