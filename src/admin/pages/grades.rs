//! The grade queue of all connections.

use maud::{Markup, html};

use super::{FORM_LIMIT, path, signed_in};
use crate::admin::Error;
use crate::admin::sign_in::{Administrator, administrator, administrator_by_form};
use crate::app::scores::{self, Drawing, stands};
use crate::app::{App, Form as Query, Input, Page};
use crate::grades::{self, Listed};
use crate::people::connections;
use crate::store;
use crate::store::ids::ConnectionId;
use crate::store::rows::grades::Standing;
use crate::store::rows::library::Item;
use crate::store::trees::Courses;
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, form};
use crate::ui::grades::{Stands, ways};
use crate::ui::icons::Icon;
use crate::ui::notices::{Empty, Tone, empty_state, notice};
use crate::ui::tables::pager;

/// Grades of one page.
const PAGE: usize = 50;

/// `GET /admin/grades?list=stopped|due|taken&after=…`
pub async fn grades(app: &App, input: &Input) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let m = Messages::default();
    let query = input.query();
    let numbers = grades::numbers(&app.store)?;
    let numbers = Standing::ALL.map(|standing| (standing, numbers.of(standing)));
    let wanted = query.get("list").and_then(Stands::named);
    let named = Standing::ALL
        .into_iter()
        .find(|one| Some(stands(*one)) == wanted);
    let first = numbers.iter().find(|(_, number)| *number > 0);
    let here = named.unwrap_or_else(|| first.map_or(Standing::Taken, |(one, _)| *one));
    let after = query.get("after").map(str::parse).transpose();
    let after = after.map_err(|_| Error::NotFound)?;
    let (listed, next) = grades::all(&app.store, here, after.as_ref(), PAGE)?;
    let next = next.map(|next| format!("grades?list={}&after={next}", stands(here).name()));
    let shown: Vec<_> = numbers.iter().map(|(one, n)| (stands(*one), *n)).collect();
    let content = html! {
        p.lead { (m.text("admin-grades-lead")) }
        (news(m, &query))
        (away(app, m, &administrator)?)
        @if first.is_none() {
            (empty_state(&Empty {
                title: &m.text("admin-grades-none"),
                text: &m.text("admin-grades-none-text"),
                action: None,
            }))
        } @else {
            (ways(m, &m.text("admin-grades"), stands(here), &shown))
            (list(app, m, &administrator, here, &listed)?)
            (pager(m, next.as_deref()))
        }
    };
    let title = m.text("admin-grades");
    Ok(signed_in(app, &administrator, &title, "grades", &content))
}

fn news(m: Messages, query: &Query) -> Markup {
    html! {
        @if query.get("retried").is_some() {
            (notice(m, Tone::Info, &m.text("grades-retried"), None))
        }
    }
}

/// The platforms that take nothing at the moment.
fn away(app: &App, m: Messages, administrator: &Administrator) -> Result<Markup, Error> {
    let mut away = Vec::new();
    for id in app.grades.away() {
        let name = connections::any(&app.store, id)?.map(|connection| connection.name);
        if let (Some(name), Some(until)) = (name, app.grades.paused(id)) {
            away.push((id, name, until));
        }
    }
    Ok(html! {
        @for (id, name, until) in &away {
            @let title = m.with("admin-grades-away", &[("name", name.as_str().into())]);
            (notice(m, Tone::Warning, &title, Some(&html! {
                p { (m.text("grades-away-text")) " " (moment(*until)) "." }
                (act(app, m, administrator, ("connection", &id.to_string()), "admin-grades-now", Style::Secondary))
            })))
        }
    })
}

fn list(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    here: Standing,
    listed: &[Listed],
) -> Result<Markup, Error> {
    let watched = |one: &Listed, item: Option<&Item>| watched(app, m, one, item);
    let again = |one: &Listed| {
        let what = ("grade", one.name());
        act(
            app,
            m,
            administrator,
            (what.0, &what.1),
            "grade-retry",
            Style::Quiet,
        )
    };
    let drawing = Drawing {
        watched: &watched,
        act: (here != Standing::Taken).then_some(&again),
    };
    Ok(scores::list(app, m, here, listed, &drawing)?)
}

/// What somebody watched, in which course of which LMS.
fn watched(
    app: &App,
    m: Messages,
    one: &Listed,
    item: Option<&Item>,
) -> Result<Markup, store::Error> {
    let course = app.store.get::<Courses>(&one.grade.course)?;
    let course = course.and_then(|course| course.title.or(course.label));
    let connection = connections::any(&app.store, one.key.link.connection)?;
    Ok(html! {
        div.told {
            @match item {
                Some(item) => { (item.title) },
                None => { span.hint { (m.text("grades-item-gone")) } },
            }
            br;
            span.hint {
                @match course {
                    Some(course) => { (course) },
                    None => { (m.text("course-untitled")) },
                }
                br;
                @match connection {
                    Some(connection) => { (connection.name) },
                    None => { (m.text("launches-no-connection")) },
                }
            }
        }
    })
}

fn act(
    app: &App,
    m: Messages,
    administrator: &Administrator,
    what: (&str, &str),
    label: &str,
    style: Style,
) -> Markup {
    let place = Form {
        action: &path(app, "grades"),
        hidden: &[("form_token", administrator.form_token()), what],
        inline: true,
        ..Form::default()
    };
    let label = m.text(label);
    form(
        &place,
        &button(&Button {
            label: &label,
            style,
            icon: Some(Icon::Again),
            ..Button::default()
        }),
    )
}

/// `POST /admin/grades` with `grade`, to be sent now, or `connection`, whose platform is tried now.
pub async fn retry(app: &App, input: &mut Input) -> Result<Page, Error> {
    let fields = input.form(FORM_LIMIT).await?;
    let administrator = administrator_by_form(app, input, fields.get("form_token")).await?;
    if let Some(id) = fields.get("connection") {
        let id: ConnectionId = id.parse().map_err(|_| Error::NotFound)?;
        app.grades.resume(id);
    } else {
        let key = fields.get("grade").and_then(grades::named);
        let key = key.ok_or(Error::NotFound)?;
        let (store, world) = (&app.store, &app.world);
        if grades::retry_any(store, world, administrator.name(), &key).await? {
            app.grades.resume(key.link.connection);
        }
    }
    Ok(Page::see_other(&path(app, "grades?retried")))
}

/// That some grades were not taken, on the status page.
pub(super) fn trouble(app: &App, m: Messages) -> Result<Markup, Error> {
    let stopped = grades::numbers(&app.store)?.stopped;
    let title = m.with("status-grades-stopped", &[("number", stopped.into())]);
    Ok(html! {
        @if stopped > 0 {
            (notice(m, Tone::Warning, &title, Some(&html! {
                p { a href=(path(app, "grades?list=stopped")) { (m.text("status-grades-link")) } }
            })))
        }
    })
}
