//! The grades of the launch's course: how each activity counts, what was earned, and whether the
//! platform has it. For whoever sees learners' data; its managers act.

mod activities;
mod scores;
mod under_way;

use activities::Wrong;
pub use activities::decide;
pub(super) use activities::words;

use maud::{Markup, html};

use super::around::{Around, Here};
use super::{Error, FORM_LIMIT};
use crate::app::{App, Form as Query, Input, Page};
use crate::grades::{self, links};
use crate::people::{Manager, Member};
use crate::store::ids::CourseId;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button, way_up};
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;
use crate::ui::notices::{Empty, Tone, empty_state, notice};

/// Whoever may look: they see learners' data in the launch's course.
fn course(member: &Member) -> Result<CourseId, Error> {
    let session = member.session();
    let seen = session.course.filter(|_| session.sees_learners);
    seen.ok_or(Error::OnlyManagers)
}

fn manager(member: &Member) -> Result<Manager<'_>, Error> {
    course(member)?;
    member.manager().ok_or(Error::OnlyManagers)
}

/// `GET /s/{token}/course/grades?list=stopped|due|taken&after=…`
pub fn page(app: &App, member: &Member, input: &Input) -> Result<Page, Error> {
    shown(app, member, &input.query(), None)
}

/// The page; with what was typed that cannot be, where something was.
fn shown(app: &App, member: &Member, query: &Query, wrong: Option<&Wrong>) -> Result<Page, Error> {
    let id = course(member)?;
    let around = Around::one_below(app, member)?;
    let m = around.messages;
    let columns = grades::columns_of(&app.store, id)?;
    if columns.is_empty() {
        let state = empty_state(&Empty {
            title: &m.text("grades-none"),
            text: &m.text("grades-none-text"),
            action: Some(("../course", &m.text("grades-course"))),
        });
        return Ok(around.page(&m.text("grades-title"), Here::People, None, &state));
    }
    let content = html! {
        (way_up("../course", &m.text("course-title")))
        @if wrong.is_some() { (notice(m, Tone::Error, &m.text("form-mistakes"), None)) }
        (news(m, query))
        (under_way::shown(app, m, member, query)?)
        (away(app, m, &columns))
        (scores::section(app, m, member, query)?)
        (activities::section(app, m, member, &columns, wrong)?)
        p.hint { (m.text("review-evidence")) }
    };
    let actions = member.manager().map(|_| actions(m));
    let title = m.text("grades-title");
    Ok(around.page(&title, Here::People, actions.as_ref(), &content))
}

/// What managers do with all of it.
fn actions(m: Messages) -> Markup {
    let press = |action: &str, label: &str, icon| {
        let place = Form {
            action,
            inline: true,
            ..Form::default()
        };
        let label = m.text(label);
        form(
            &place,
            &button(&Button {
                label: &label,
                style: Style::Quiet,
                icon: Some(icon),
                ..Button::default()
            }),
        )
    };
    html! {
        (press("grades/compare", "grades-compare", Icon::Check))
        (press("grades/resend", "grades-resend", Icon::Again))
    }
}

/// What became of the button that was just pressed.
fn news(m: Messages, query: &Query) -> Markup {
    for (name, tone, id) in [
        ("retried", Tone::Info, "grades-retried"),
        ("decided", Tone::Success, "grades-decided"),
    ] {
        if query.get(name).is_some() {
            return notice(m, tone, &m.text(id), None);
        }
    }
    html! {}
}

/// That the platform takes no scores at the moment, where that is so.
fn away(app: &App, m: Messages, columns: &[links::Named]) -> Markup {
    let paused = columns
        .iter()
        .find_map(|(link, _)| app.grades.paused(link.connection));
    html! {
        @if let Some(until) = paused {
            (notice(m, Tone::Warning, &m.text("grades-away"), Some(&html! {
                p { (m.text("grades-away-text")) " " (crate::ui::format::moment(until)) "." }
            })))
        }
    }
}

/// `POST /s/{token}/course/grades/retry` with `grade`
pub async fn retry(app: &App, member: &Member, input: &mut Input) -> Result<Page, Error> {
    let manager = manager(member)?;
    let fields = input.form(FORM_LIMIT).await?;
    let key = fields.get("grade").and_then(grades::named);
    let key = key.ok_or(Error::BadRequest)?;
    if grades::retry(&app.store, &app.world, manager, &key).await? {
        app.grades.resume(key.link.connection);
    }
    Ok(Page::see_other("../grades?retried"))
}

/// `POST /s/{token}/course/grades/resend`: everything once more, in the background.
pub async fn resend(app: &App, member: &Member) -> Result<Page, Error> {
    let manager = manager(member)?;
    if grades::resend(&app.store, &app.world, manager).await? {
        app.grades.wake_errands();
    }
    Ok(Page::see_other("../grades?resent"))
}

/// `POST /s/{token}/course/grades/compare`: with what stands in the platform's gradebook, which is read
/// in the background.
pub async fn compare(app: &App, member: &Member) -> Result<Page, Error> {
    let manager = manager(member)?;
    if grades::compare(&app.store, &app.world, manager).await? {
        app.grades.wake_errands();
    }
    Ok(Page::see_other("../grades?list=taken&compared"))
}
