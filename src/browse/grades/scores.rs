//! What learners of the course have earned, by how it stands.

use maud::{Markup, html};

use crate::app::scores::{self, Drawing, standing, stands};
use crate::app::{App, Form as Query};
use crate::browse::Error;
use crate::grades::{self, Listed};
use crate::people::Member;
use crate::store::rows::grades::Standing;
use crate::store::rows::library::Item;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::grades::{Stands, ways};
use crate::ui::icons::Icon;
use crate::ui::tables::pager;

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
    let watched = |one: &Listed, item: Option<&Item>| {
        Ok(html! {
            @match item {
                Some(item) => { a href={ "../media/" (one.grade.item) } { (item.title) } },
                None => { span.hint { (m.text("grades-item-gone")) } },
            }
        })
    };
    let act = |one: &Listed| again(m, &one.name());
    let drawing = Drawing {
        watched: &watched,
        act: acts.then_some(&act),
    };
    Ok(scores::list(app, m, here, listed, &drawing)?)
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
