//! Who watched what of all that is placed in the course.

use std::cmp::Ordering;

use maud::{Markup, html};

use super::order::{Columns, Head, Order};
use super::{
    beside, decimal, evidence, exact, name, named, of_all, sums, take_away, teacher, when, whole,
    without_names,
};
use crate::app::{App, Csv, Form, Input, Page};
use crate::browse::Error;
use crate::browse::around::{Around, Here, kind};
use crate::people::Member;
use crate::ui::Messages;
use crate::ui::buttons::way_up;
use crate::ui::charts::{self, bar, strip};
use crate::ui::notices::{Empty, badge, empty_state};
use crate::ui::tables::{Table, disclosure, pager, sortable, table};
use crate::watching::statistics::{
    Cell, FLOOR, Look, OfCourse, OfEach, OfPlaced, State, of_course, sums_of_course,
};

/// People of one page.
const ROWS: usize = 50;
/// Items that are seen at a glance; more are unfolded.
const FEW_ITEMS: usize = 25;

const NAME: Head = Head {
    by: "name",
    label: "statistics-name",
    most_first: false,
};
const FINISHED: Head = Head {
    by: "finished",
    label: "statistics-finished",
    most_first: true,
};
const BEGUN: Head = Head {
    by: "begun",
    label: "statistics-begun",
    most_first: true,
};
const PERCENT: Head = Head {
    by: "percent",
    label: "statistics-percent",
    most_first: true,
};
const LAST: Head = Head {
    by: "last",
    label: "statistics-last",
    most_first: true,
};
const EACH: Head = Head {
    by: "",
    label: "statistics-each",
    most_first: false,
};
const HEADS: [Head; 6] = [NAME, FINISHED, BEGUN, PERCENT, LAST, EACH];

/// `GET /s/{token}/course/progress`: what the course's learners watched, in the `order` of a column,
/// and from `page` on.
pub async fn progress(app: &App, member: &Member, input: &Input) -> Result<Page, Error> {
    let teacher = teacher(app, member)?;
    let around = Around::one_below(app, member)?;
    let m = around.messages;
    let store = app.store.clone();
    let (content, actions) = if teacher.sees_persons() {
        let named = named(app, member, Look::Course).await?;
        let all = beside(move || of_course(&store, &named)).await?;
        let actions = (!all.people.is_empty()).then(|| take_away(m, "progress.csv"));
        (whole_course(m, &all, &input.query())?, actions)
    } else {
        let (items, learners) = beside(move || sums_of_course(&store, &teacher)).await?;
        let content = html! { (without_names(m)) (media(m, &items, learners)) };
        (content, None)
    };
    let content = html! { (back(m)) (evidence(m)) (content) };
    let title = m.text("statistics-course-title");
    Ok(around.page(&title, Here::People, actions.as_ref(), &content))
}

/// `GET /s/{token}/course/progress.csv`: everybody and everything, to take away.
pub async fn progress_csv(app: &App, member: &Member) -> Result<Page, Error> {
    let named = named(app, member, Look::CourseSaved).await?;
    let store = app.store.clone();
    let all = beside(move || of_course(&store, &named)).await?;
    let m = Messages::for_locale(member.session().locale.as_deref());
    let columns = [
        "statistics-name",
        "statistics-finished",
        "statistics-begun",
        "statistics-csv-percent",
        "statistics-csv-played",
        "statistics-last",
        "statistics-csv-gone",
    ];
    let columns = columns.map(|id| m.text(id).into_owned());
    let titles = all.items.iter().map(|item| item.title.clone());
    let mut csv = Csv::new(columns.into_iter().chain(titles));
    for (people, left) in [
        (&all.people, "statistics-no"),
        (&all.gone, "statistics-yes"),
    ] {
        for person in people {
            let cells = [
                person.name.clone().unwrap_or_default(),
                person.finished.to_string(),
                person.begun.to_string(),
                decimal(person.percent),
                (person.played_ms / 1_000).to_string(),
                exact(person.last),
                m.text(left).into_owned(),
            ];
            let items = person
                .cells
                .iter()
                .map(|cell| cell.percent.map_or_else(String::new, decimal));
            csv.row(cells.into_iter().chain(items));
        }
    }
    Ok(csv.page("course-progress"))
}

/// The way back to the course's page.
fn back(m: Messages) -> Markup {
    way_up("../course", &m.text("course-title"))
}

fn whole_course(m: Messages, all: &OfCourse, query: &Form) -> Result<Markup, Error> {
    if all.people.is_empty() && all.gone.is_empty() {
        return Ok(html! {
            (empty_state(&Empty {
                title: &m.text("statistics-no-learners"),
                text: &m.text("statistics-no-learners-text"),
                action: Some(("../course", &m.text("course-title"))),
            }))
            (media(m, &all.items, 0))
        });
    }
    let learners = all.people.len();
    let idle = all.people.iter().filter(|one| one.begun == 0).count();
    let done = |one: &&OfEach| !all.items.is_empty() && one.finished == all.items.len();
    let done = all.people.iter().filter(done).count();
    let percent: u64 = all.people.iter().map(|one| u64::from(one.percent)).sum();
    let percent = u16::try_from(percent / learners.max(1) as u64).unwrap_or(0);
    Ok(html! {
        (sums(&[
            (&m.text("statistics-learners"), html! { (learners) }),
            (&m.text("statistics-idle"), html! {
                @if idle > 0 { a href="progress?order=begun#people" { (idle) } }
                @else { (idle) }
            }),
            (&m.text("statistics-done"), html! { (done) }),
            (&m.text("statistics-average"), html! {
                (m.with("chart-percent", &[("percent", whole(percent).into())]))
            }),
        ]))
        (people(m, all, query)?)
        (media(m, &all.items, learners))
        (gone(m, all))
    })
}

fn people(m: Messages, all: &OfCourse, query: &Form) -> Result<Markup, Error> {
    let order = Order::read(query, &HEADS);
    let mut people: Vec<&OfEach> = all.people.iter().collect();
    people.sort_by(|one, other| order.of(compare(order.by, one, other)));
    if order.by == NAME.by && order.falling {
        people.reverse();
    }
    let page = query.get("page").map_or(Ok(1), str::parse::<usize>);
    let page = page.map_err(|_| Error::BadRequest)?.max(1);
    let shown = people
        .iter()
        .skip((page - 1).saturating_mul(ROWS))
        .take(ROWS);
    let rows: Vec<Vec<Markup>> = shown.map(|one| row(m, one)).collect();
    let address = |order: &str| format!("progress?order={order}#people");
    let columns = Columns::new(m, &HEADS, order, address);
    let more = (people.len() > page.saturating_mul(ROWS))
        .then(|| format!("progress?order={}&page={}#people", order.text(), page + 1));
    Ok(html! {
        section aria-labelledby="people" {
            h2 #people { (m.text("statistics-people")) }
            p.hint { (m.text("statistics-each-hint")) }
            (sortable(m, &m.text("statistics-people"), &columns.columns(), &rows))
            (pager(m, more.as_deref()))
        }
    })
}

fn compare(by: &str, one: &OfEach, other: &OfEach) -> Ordering {
    match by {
        "finished" => (one.finished, one.percent).cmp(&(other.finished, other.percent)),
        "begun" => (one.begun, one.percent).cmp(&(other.begun, other.percent)),
        "percent" => one.percent.cmp(&other.percent),
        "last" => one.last.cmp(&other.last),
        _ => Ordering::Equal,
    }
}

fn row(m: Messages, one: &OfEach) -> Vec<Markup> {
    let cells: Vec<charts::Cell> = one.cells.iter().map(|cell| drawn(*cell)).collect();
    let all = one.cells.len();
    vec![
        html! {
            a href={ "people/" (one.user) } { (name(m, one.name.as_deref())) }
        },
        of_all(m, one.finished, all),
        of_all(m, one.begun, all),
        bar(m, whole(one.percent)),
        when(one.last),
        strip(&cells),
    ]
}

fn drawn(cell: Cell) -> charts::Cell {
    match (cell.state(), cell.percent) {
        (State::Finished, _) => charts::Cell::Finished,
        (State::Begun, Some(percent)) => charts::Cell::Begun(whole(percent)),
        (State::NotBegun | State::Begun, _) => charts::Cell::Untouched,
    }
}

/// What is placed in the course, and how many watched it.
fn media(m: Messages, items: &[OfPlaced], learners: usize) -> Markup {
    let number = |number: Option<usize>| {
        html! {
            @match number {
                Some(number) => { (of_all(m, number, learners)) },
                None => { (m.with("statistics-few", &[("floor", FLOOR.into())])) },
            }
        }
    };
    let rows: Vec<Vec<Markup>> = items
        .iter()
        .map(|item| {
            vec![
                html! { a href={ "../media/" (item.id) "/viewers" } { (item.title) } },
                badge(None, None, &kind(item.kind).name(m)),
                number(item.begun),
                number(item.finished),
            ]
        })
        .collect();
    let list = table(&Table {
        caption: &m.text("statistics-media"),
        columns: &[
            &m.text("course-placed-title"),
            &m.text("course-placed-kind"),
            &m.text("statistics-have-begun"),
            &m.text("statistics-have-finished"),
        ],
        rows: &rows,
        empty: &m.text("course-placed-empty"),
    });
    html! {
        section aria-labelledby="media" {
            h2 #media { (m.text("statistics-media")) }
            @if items.len() > FEW_ITEMS {
                (disclosure(&m.with("statistics-all-media", &[("number", items.len().into())]), &list))
            } @else {
                (list)
            }
        }
    }
}

/// Those who have left the course.
fn gone(m: Messages, all: &OfCourse) -> Markup {
    let rows: Vec<Vec<Markup>> = all.gone.iter().take(ROWS).map(|one| row(m, one)).collect();
    super::gone(m, &HEADS, &rows)
}
