//! Scores in lists, alike for teachers and for administrators.

use maud::{Markup, html};

use super::App;
use crate::grades::{Listed, differs};
use crate::store;
use crate::store::rows::grades::{Grade, Standing};
use crate::store::rows::library::Item;
use crate::store::trees::{Items, Users};
use crate::ui::Messages;
use crate::ui::format::moment;
use crate::ui::grades::{Stands, Trouble, points};
use crate::ui::notices::{Tone, badge};
use crate::ui::tables::{Table, table};

/// How scores stand, as components know it.
pub const fn stands(standing: Standing) -> Stands {
    match standing {
        Standing::Stopped => Stands::Stopped,
        Standing::Due => Stands::Due,
        Standing::Taken => Stands::Taken,
    }
}

/// The same the other way round.
pub const fn standing(stands: Stands) -> Standing {
    match stands {
        Stands::Stopped => Standing::Stopped,
        Stands::Due => Standing::Due,
        Stands::Taken => Standing::Taken,
    }
}

/// Draws what was watched, where that is still there.
type Watched<'a> = dyn Fn(&Listed, Option<&Item>) -> Result<Markup, store::Error> + 'a;

/// What a list draws by itself.
pub struct Drawing<'a> {
    /// What was watched.
    pub watched: &'a Watched<'a>,
    /// What can be done about a score, where something can.
    pub act: Option<&'a dyn Fn(&Listed) -> Markup>,
}

impl std::fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drawing").finish_non_exhaustive()
    }
}

/// A list of scores that stand so.
pub fn list(
    app: &App,
    m: Messages,
    here: Standing,
    listed: &[Listed],
    drawing: &Drawing<'_>,
) -> Result<Markup, store::Error> {
    let rows = listed.iter().map(|one| row(app, m, one, drawing));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let mut columns = vec![
        m.text("grades-person"),
        m.text("grades-item"),
        m.text("grades-points"),
        m.text("grades-how"),
    ];
    if drawing.act.is_some() {
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

fn row(
    app: &App,
    m: Messages,
    one: &Listed,
    drawing: &Drawing<'_>,
) -> Result<Vec<Markup>, store::Error> {
    let user = app.store.get::<Users>(&one.key.user)?;
    let item = app.store.get::<Items>(&one.grade.item)?;
    let grade = &one.grade;
    let earned = points(m, (grade.value.points(), grade.value.maximum));
    let mut row = vec![
        html! {
            @match user.and_then(|user| user.name) {
                Some(name) => { (name) },
                None => { span.hint { (m.text("course-people-nameless")) } },
            }
        },
        (drawing.watched)(one, item.as_ref())?,
        html! { span.points { (earned) } },
        how(m, grade),
    ];
    row.extend(drawing.act.map(|act| act(one)));
    Ok(row)
}

/// How it stands and since when, and why where that is not well.
fn how(m: Messages, grade: &Grade) -> Markup {
    let trouble = grade.trouble.as_ref();
    let waits = grade.standing == Standing::Due && trouble.is_some();
    html! {
        div.told {
            (stands(grade.standing).badge(m))
            @if differs(grade) {
                " " (badge(Some(Tone::Warning), None, &m.text("grade-differs")))
            }
            " " span.hint { (moment(grade.since)) }
            @if differs(grade) {
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
            @if let Some(due) = grade.due.filter(|_| waits) {
                br;
                span.hint { (m.text("grade-next")) " " (moment(due)) "." }
            }
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
