//! What is placed in the course.

use maud::{Markup, html};

use crate::app::{App, Form};
use crate::browse::Error;
use crate::browse::about::course_title;
use crate::browse::around::kind;
use crate::browse::tool::scores;
use crate::library::placements::{self, Listed};
use crate::people::Member;
use crate::store::ids::CourseId;
use crate::ui::Messages;
use crate::ui::format::moment;
use crate::ui::notices::{Empty, badge, empty_state};
use crate::ui::tables::{Table, pager, table};

/// Items of one page.
const PAGE: usize = 50;

pub(super) fn section(
    app: &App,
    m: Messages,
    member: &Member,
    query: &Form,
) -> Result<Markup, Error> {
    let after = query.get("placed").map(str::parse).transpose();
    let after = after.map_err(|_| Error::BadRequest)?;
    let (placed, next) = placements::listed(&app.store, member, after, PAGE)?;
    let next = next.map(|next| format!("course?placed={next}#placed"));
    let list = if placed.is_empty() {
        nothing(m, member, after.is_some())
    } else {
        list(app, m, member, &placed)?
    };
    Ok(html! {
        section aria-labelledby="placed" {
            h2 #placed { (m.text("course-placed")) }
            (list)
            (pager(m, next.as_deref()))
        }
    })
}

fn list(app: &App, m: Messages, member: &Member, placed: &[Listed]) -> Result<Markup, Error> {
    let told = match scores::sees(member) {
        Some(course) => scored(app, m, course, placed)?,
        None => vec![None; placed.len()],
    };
    // Where no tool reports anything, nothing is said about scores.
    let scored = told.iter().any(Option::is_some);
    // Where nothing comes from another course, nothing is said about it.
    let copied = placed.iter().any(|one| one.origin.is_some());
    let rows = placed.iter().zip(told).map(|(one, told)| {
        let told = scored.then(|| told.unwrap_or_else(|| html! { span.hint { "–" } }));
        row(app, m, one, copied, told)
    });
    let rows = rows.collect::<Result<Vec<_>, Error>>()?;
    let (title, kind, since, from) = (
        m.text("course-placed-title"),
        m.text("course-placed-kind"),
        m.text("course-placed-since"),
        m.text("course-placed-from"),
    );
    let reported = m.text("course-placed-scores");
    let mut columns: Vec<&str> = vec![&title, &kind, &since];
    columns.extend(copied.then_some(from.as_ref()));
    columns.extend(scored.then_some(reported.as_ref()));
    Ok(table(&Table {
        caption: &m.text("course-placed-caption"),
        columns: &columns,
        rows: &rows,
        empty: "",
    }))
}

/// What tools reported in the course, for each thing that is placed there.
fn scored(
    app: &App,
    m: Messages,
    course: CourseId,
    placed: &[Listed],
) -> Result<Vec<Option<Markup>>, Error> {
    let told = placed.iter();
    told.map(|one| scores::counted(app, m, course, (one.id, &one.item), "course"))
        .collect()
}

fn row(
    app: &App,
    m: Messages,
    one: &Listed,
    copied: bool,
    told: Option<Markup>,
) -> Result<Vec<Markup>, Error> {
    let mut row = vec![
        html! { a href={ "media/" (one.id) } { (one.item.title) } },
        badge(None, None, &kind(one.item.kind).name(m)),
        moment(one.since),
    ];
    if copied {
        row.push(html! {
            @if let Some(origin) = one.origin { (course_title(app, m, origin)?) }
            @else { (m.text("course-placed-here")) }
        });
    }
    row.extend(told);
    Ok(row)
}

fn nothing(m: Messages, member: &Member, further: bool) -> Markup {
    if further {
        return html! { p.lead { (m.text("find-end")) } };
    }
    let staff = member.contributor().is_some();
    let (text, action) = if staff {
        ("course-placed-empty-staff", Some(m.text("browse-mine")))
    } else {
        ("course-placed-empty-student", None)
    };
    empty_state(&Empty {
        title: &m.text("course-placed-empty"),
        text: &m.text(text),
        action: action.as_deref().map(|label| ("library", label)),
    })
}
