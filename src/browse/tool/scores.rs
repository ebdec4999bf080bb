//! What tools reported, for those of the course's staff who may see learners' data.

use maud::{Markup, html};

use crate::app::{App, Input, Page};
use crate::browse::Error;
use crate::browse::around::{Around, Here};
use crate::library::{self, Opened, Viewer, collections};
use crate::people::Member;
use crate::store::ids::{CourseId, ItemId, ToolId, UserId};
use crate::store::rows::library::{Item, Kind};
use crate::store::rows::tools::{Received, ResultData};
use crate::store::trees::Users;
use crate::tools::received;
use crate::ui::Messages;
use crate::ui::buttons::way_up;
use crate::ui::format::moment;
use crate::ui::notices::{Empty, empty_state};
use crate::ui::tables::{Table, pager, table};

/// People of one page.
const PAGE: usize = 50;
/// So much of a text that was handed in is shown, in characters.
const SHOWN: usize = 500;

/// A score as people read it: a percentage, or points where there are more than one.
pub(in crate::browse) fn written(m: Messages, kept: &Received) -> Option<String> {
    let score = kept.score?;
    let number = |value: f64| format!("{value:.1}").trim_end_matches(".0").to_owned();
    Some(if kept.maximum > 1.0 {
        m.with(
            "score-points",
            &[
                ("score", number(score).into()),
                ("maximum", number(kept.maximum).into()),
            ],
        )
    } else {
        m.with("score-percent", &[("score", number(score * 100.0).into())])
    })
}

/// Whether `member` sees what tools report in the launch's course.
pub(in crate::browse) fn sees(member: &Member) -> Option<CourseId> {
    let session = member.session();
    let staff = member.contributor().is_some() && session.sees_learners;
    session.course.filter(|_| staff)
}

/// How many people have a result in an item of the course: at most [`PAGE`] are counted. Each thing of a
/// collection has its own, where one of them launches a tool. `page` leads to the course's own page.
pub(in crate::browse) fn counted(
    app: &App,
    m: Messages,
    course: CourseId,
    (id, item): (ItemId, &Item),
    page: &str,
) -> Result<Option<Markup>, Error> {
    if item.kind == Kind::Collection && collections::holds_tools(&app.store, id)? {
        let each = m.text("scores-each");
        return Ok(Some(html! { a href={ (page) "/scores/" (id) } { (each) } }));
    }
    let Some(tool) = item.tool else {
        return Ok(None);
    };
    let (found, more) = received::page(&app.store, tool, course, id.0, None, PAGE)?;
    let words = m.with(
        if more.is_some() {
            "scores-more"
        } else {
            "scores-number"
        },
        &[("number", found.len().into())],
    );
    Ok(Some(
        html! { a href={ (page) "/scores/" (id) } { (words) } },
    ))
}

/// `GET /s/{token}/course/scores/{item}`
pub fn scores(app: &App, member: &Member, input: &Input, id: ItemId) -> Result<Page, Error> {
    let course = sees(member).ok_or(library::Error::NotFound)?;
    let opened = library::open(&app.store, &Viewer::of(member), id)?;
    let query = input.query();
    let after = query.get("after").map(str::parse::<UserId>).transpose();
    let after = after.map_err(|_| Error::BadRequest)?;
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let content = html! {
        (way_up("../../course", &m.text("scores-back")))
        @match opened.item().tool {
            Some(tool) => { (shown(app, m, (tool, course, id), after)?) },
            None => { (each(app, m, member, course, &opened)?) },
        }
    };
    let title = m.with(
        "scores-title",
        &[("title", opened.item().title.as_str().into())],
    );
    Ok(around.page(&title, Here::People, None, &content))
}

/// The tools of a collection, each with the way to its own scores.
fn each(
    app: &App,
    m: Messages,
    member: &Member,
    course: CourseId,
    collection: &Opened,
) -> Result<Markup, Error> {
    if collection.item().kind != Kind::Collection {
        return Err(library::Error::NotFound.into());
    }
    let mut rows = Vec::new();
    for entry in collections::opened(&app.store, &Viewer::of(member), collection)? {
        let own = (entry.id(), entry.item());
        if let Some(told) = counted(app, m, course, own, "../../course")? {
            let title = html! { a href={ "../../media/" (entry.id()) } { (entry.item().title) } };
            rows.push(vec![title, told]);
        }
    }
    let columns = [
        m.text("course-placed-title"),
        m.text("course-placed-scores"),
    ];
    Ok(table(&Table {
        caption: &m.text("scores-each-caption"),
        columns: &columns.each_ref().map(AsRef::as_ref),
        rows: &rows,
        empty: &m.text("scores-each-none"),
    }))
}

fn shown(
    app: &App,
    m: Messages,
    (tool, course, item): (ToolId, CourseId, ItemId),
    after: Option<UserId>,
) -> Result<Markup, Error> {
    let (found, next) = received::page(&app.store, tool, course, item.0, after, PAGE)?;
    if found.is_empty() && after.is_none() {
        return Ok(empty_state(&Empty {
            title: &m.text("scores-none"),
            text: &m.text("scores-none-text"),
            action: None,
        }));
    }
    let mut rows = Vec::with_capacity(found.len());
    for (user, kept) in &found {
        let name = app.store.get::<Users>(user)?.and_then(|user| user.name);
        rows.push(vec![
            html! {
                @match name {
                    Some(name) => { (name) },
                    None => { span.hint { (m.text("course-people-nameless")) } },
                }
            },
            html! { (written(m, kept).unwrap_or_else(|| "–".to_owned())) },
            said(m, kept),
            moment(kept.changed),
        ]);
    }
    let columns = [
        m.text("scores-person"),
        m.text("scores-score"),
        m.text("scores-said"),
        m.text("scores-when"),
    ];
    let more = next.map(|next| format!("?after={next}"));
    Ok(html! {
        p.lead { (m.text("scores-lead")) }
        (table(&Table {
            caption: &m.text("scores-caption"),
            columns: &columns.each_ref().map(AsRef::as_ref),
            rows: &rows,
            empty: "",
        }))
        (pager(m, more.as_deref()))
    })
}

/// What the tool said, and what was handed in. Addresses come from tools: they are shown as text, so
/// that nobody opens one by mistake.
fn said(m: Messages, kept: &Received) -> Markup {
    let cut = |text: &str| text.chars().take(SHOWN).collect::<String>();
    html! {
        @if let Some(comment) = &kept.comment { (cut(comment)) }
        @match &kept.data {
            None => {},
            Some(ResultData::Text(text)) => { span.hint { (m.text("scores-handed-in")) } " " (cut(text)) },
            Some(ResultData::Url(url) | ResultData::LaunchUrl(url)) => {
                span.hint { (m.text("scores-handed-in")) } " " code { (cut(url)) }
            },
        }
        @if kept.comment.is_none() && kept.data.is_none() { "–" }
    }
}
