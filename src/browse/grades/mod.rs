//! The grades of the launch's course: how each activity counts, what was earned, and whether the
//! platform has it. For whoever sees learners' data; its managers act.

mod activities;
mod scores;

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
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;
use crate::ui::notices::{Empty, Tone, empty_state, notice};

/// How long the answer waits for the platform's gradebook.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

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
        @if wrong.is_some() { (notice(m, Tone::Error, &m.text("form-mistakes"), None)) }
        (news(m, query))
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
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<u32>().ok());
    let counted = |id: &str, number: u32| m.with(id, &[("number", number.into())]);
    let says = |tone, title: &str| notice(m, tone, title, None);
    if let Some(sent) = number("resent") {
        return says(Tone::Success, &counted("grades-resent", sent));
    }
    if let Some(differ) = number("differ") {
        let tone = if differ == 0 {
            Tone::Success
        } else {
            Tone::Warning
        };
        let unread = number("unread").filter(|unread| *unread > 0);
        return html! {
            (says(tone, &counted("grades-compared", differ)))
            @if let Some(unread) = unread {
                (says(Tone::Warning, &counted("grades-unread", unread)))
            }
        };
    }
    for (name, tone, id) in [
        ("retried", Tone::Info, "grades-retried"),
        ("decided", Tone::Success, "grades-decided"),
        ("slow", Tone::Warning, "grades-compare-slow"),
    ] {
        if query.get(name).is_some() {
            return says(tone, &m.text(id));
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

/// `POST /s/{token}/course/grades/resend`: everything once more.
pub async fn resend(app: &App, member: &Member) -> Result<Page, Error> {
    let manager = manager(member)?;
    let sent = grades::resend(&app.store, &app.world, manager).await?;
    app.grades.wake();
    Ok(Page::see_other(&format!("../grades?resent={sent}")))
}

/// `POST /s/{token}/course/grades/compare`: with what stands in the platform's gradebook.
pub async fn compare(app: &App, member: &Member) -> Result<Page, Error> {
    let manager = manager(member)?;
    let compared = tokio::time::timeout(PATIENCE, app.grades.compare(manager)).await;
    let Ok(compared) = compared else {
        return Ok(Page::see_other("../grades?slow"));
    };
    let compared = compared?;
    let (differ, unread) = (compared.differ, compared.unread);
    let back = format!("../grades?list=taken&differ={differ}&unread={unread}");
    Ok(Page::see_other(&back))
}
