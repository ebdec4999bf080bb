//! The courses of the person, beside their own media: to be read, since what is in a course opens by
//! a launch from it.

use maud::{Markup, html};

use crate::app::{App, Form};
use crate::browse::Error;
use crate::browse::around::role;
use crate::people::Member;
use crate::people::courses::{self, Known};
use crate::ui::Messages;
use crate::ui::format::moment;
use crate::ui::icons::{Icon, icon};
use crate::ui::notices::badge;
use crate::ui::tables::pager;

/// Courses of one page.
const PAGE: usize = 60;

/// The section; nothing where the launch's own course is all there is to tell.
pub(super) fn section(
    app: &App,
    m: Messages,
    member: &Member,
    query: &Form,
) -> Result<Markup, Error> {
    let after = query.get("courses").map(str::parse).transpose();
    let after = after.map_err(|_| Error::BadRequest)?;
    let (known, next) = courses::page(&app.store, member, after, PAGE)?;
    let here = member.session().course;
    let others = known.iter().any(|one| Some(one.course) != here);
    if here.is_some() && !others && after.is_none() {
        return Ok(html! {});
    }
    let more = next.map(|next| format!("library?view=mine&courses={next}#courses"));
    Ok(html! {
        section.courses aria-labelledby="courses" {
            h2 #courses { (m.text("courses-title")) }
            @if known.is_empty() {
                p.hint { (m.text(if after.is_some() { "find-end" } else { "courses-none" })) }
            } @else {
                ul.course-list role="list" {
                    @for one in &known { (course(m, one, Some(one.course) == here)) }
                }
                p.hint { (m.text("courses-hint")) }
            }
            (pager(m, more.as_deref()))
        }
    })
}

fn course(m: Messages, known: &Known, here: bool) -> Markup {
    let title = known.title.as_deref();
    html! {
        li.course-row {
            span.course-sign { (icon(Icon::Course)) }
            div {
                p.course-name {
                    @match title {
                        Some(title) if here => a href="library?view=course" { (title) },
                        Some(title) => (title),
                        None => (m.text("courses-untitled")),
                    }
                }
                p.course-facts {
                    (badge(None, None, &role(known.role).name(m)))
                    @if here {
                        span { (m.text("courses-here")) }
                    } @else if let Some(time) = known.last_launch {
                        span { (m.text("courses-last")) " " (moment(time)) }
                    } @else {
                        span { (m.text("courses-never")) }
                    }
                }
            }
        }
    }
}
