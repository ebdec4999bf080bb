//! Who watched an item, in this course.

use std::cmp::Ordering;
use std::time::Duration;

use maud::{Markup, html};

use super::order::{Columns, Head, Order};
use super::{
    FEW, decimal, evidence, exact, length, name, named, of_all, state, sums, take_away, teacher,
    when, whole, without_names,
};
use crate::app::{App, Csv, Form, Input, Page};
use crate::browse::around::{Around, Here};
use crate::browse::{Error, back};
use crate::library::{self, Opened, Viewer};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::ui::Messages;
use crate::ui::charts::{self, Along, Heat, Steps, bar, heat, steps};
use crate::ui::notices::{Empty, empty_state};
use crate::ui::tables::{disclosure, pager, sortable};
use crate::watching::statistics::{
    FLOOR, Look, Person, State, Sums, Watched, of_item, sums_of_item,
};
use crate::watching::{Measure, PAGE};
use crate::world::Time;

/// People of one page.
const ROWS: usize = 100;

const NAME: Head = Head {
    by: "name",
    label: "statistics-name",
    most_first: false,
};
const STATE: Head = Head {
    by: "state",
    label: "statistics-state",
    most_first: true,
};
const PERCENT: Head = Head {
    by: "percent",
    label: "statistics-percent",
    most_first: true,
};
const TIME: Head = Head {
    by: "time",
    label: "statistics-time",
    most_first: true,
};
const TIMES: Head = Head {
    by: "times",
    label: "statistics-times",
    most_first: true,
};
const FIRST: Head = Head {
    by: "first",
    label: "statistics-first",
    most_first: false,
};
const LAST: Head = Head {
    by: "last",
    label: "statistics-last",
    most_first: true,
};
const HEADS: [Head; 7] = [NAME, STATE, PERCENT, TIME, TIMES, FIRST, LAST];

/// `GET /s/{token}/media/{item}/viewers`: who watched it in the launch's course, in the `order` of a
/// column, and from `page` on.
pub async fn viewers(
    app: &App,
    member: &Member,
    input: &Input,
    item: ItemId,
) -> Result<Page, Error> {
    let teacher = teacher(app, member)?;
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    let around = Around::two_below(app, member)?;
    let m = around.messages;
    let title = m.with(
        "statistics-item-title",
        &[("title", opened.item().title.as_str().into())],
    );
    let now = app.world.now();
    let (content, actions) = if teacher.sees_persons() {
        let named = named(app, member, Look::Item(item)).await?;
        let all = of_item(&app.store, &named, &opened)?;
        let query = input.query();
        let people = html! {
            (charted(m, &opened, &all.sums, now))
            (watchers(m, &opened, &all.people, &query)?)
            (others(m, &all.people))
            (gone(m, &opened, &all.gone))
        };
        (people, Some(take_away(m, "viewers.csv")))
    } else {
        let sums = sums_of_item(&app.store, &teacher, &opened)?;
        let content = html! {
            (without_names(m))
            @match &sums {
                Some(sums) => { (charted(m, &opened, sums, now)) },
                None => { p.lead { (m.with("statistics-too-few", &[("floor", FLOOR.into())])) } },
            }
        };
        (content, None)
    };
    let content = html! { (back(m, &opened)) (evidence(m)) (content) };
    Ok(around.page(&title, Here::Elsewhere, actions.as_ref(), &content))
}

/// `GET /s/{token}/media/{item}/viewers.csv`: the same to take away, with everybody in the course.
pub async fn viewers_csv(app: &App, member: &Member, item: ItemId) -> Result<Page, Error> {
    teacher(app, member)?;
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    let named = named(app, member, Look::ItemSaved(item)).await?;
    let all = of_item(&app.store, &named, &opened)?;
    let m = Messages::for_locale(member.session().locale.as_deref());
    let mut csv = Csv::new(
        [
            "statistics-name",
            "statistics-state",
            "statistics-csv-percent",
            seen_in(&opened),
            "statistics-csv-played",
            "statistics-times",
            "statistics-first",
            "statistics-last",
            "statistics-csv-finished",
            "statistics-csv-gone",
        ]
        .map(|id| m.text(id)),
    );
    for (people, left) in [
        (&all.people, "statistics-no"),
        (&all.gone, "statistics-yes"),
    ] {
        for person in people {
            csv.row(line(m, person, &m.text(left)));
        }
    }
    Ok(csv.page(&format!("viewers-{item}")))
}

/// In what the seen part of an item is measured.
fn seen_in(opened: &Opened) -> &'static str {
    match Measure::of(opened.item()) {
        Measure::Pages(_) => "statistics-csv-pages",
        Measure::Playing(_) | Measure::Opening => "statistics-csv-seen",
    }
}

fn line(m: Messages, person: &Person, left: &str) -> [String; 10] {
    let watched = person.watched.as_ref();
    let number = |of: fn(&Watched) -> u64| watched.map_or(0, of).to_string();
    let state = watched.map_or(State::NotBegun, Watched::state);
    let state = match state {
        State::NotBegun => "statistics-not-begun",
        State::Begun => "statistics-begun",
        State::Finished => "statistics-finished",
    };
    [
        person.name.clone().unwrap_or_default(),
        m.text(state).into_owned(),
        decimal(watched.map_or(0, |one| one.percent)),
        // A page is a thousand as well.
        number(|one| one.seen_ms / PAGE),
        number(|one| one.played_ms / 1_000),
        number(|one| u64::from(one.plays)),
        exact(watched.and_then(|one| one.first)),
        exact(watched.and_then(|one| one.last)),
        exact(watched.and_then(|one| one.finished)),
        left.to_owned(),
    ]
}

/// What it comes to, in numbers and charts.
fn charted(m: Messages, opened: &Opened, of: &Sums, now: Time) -> Markup {
    let few = || m.with("statistics-few", &[("floor", FLOOR.into())]);
    let parts: Vec<charts::Part> = of
        .parts
        .iter()
        .map(|part| charts::Part {
            people: part.people,
            again: part.again,
        })
        .collect();
    let days: Vec<charts::Day> = of
        .days
        .iter()
        .map(|day| charts::Day {
            at: day.at,
            started: day.begun,
            finished: day.finished,
        })
        .collect();
    let labels = [
        "statistics-have-begun",
        "statistics-have-finished",
        "statistics-median",
        "statistics-played",
    ];
    let [begun, finished, median, played] = labels.map(|id| m.text(id));
    let numbers: [(&str, Markup); 4] = [
        (&begun, of_all(m, of.begun, of.learners)),
        (
            &finished,
            html! {
                @match of.finished {
                    Some(number) => { (of_all(m, number, of.learners)) },
                    None => { small { (few()) } },
                }
            },
        ),
        (
            &median,
            html! {
                @match of.median.filter(|_| measured(opened)) {
                    Some(median) => {
                        (m.with("chart-percent", &[("percent", whole(median).into())]))
                    },
                    None => { "–" },
                }
            },
        ),
        (&played, html! { (length(of.played_ms)) }),
    ];
    html! {
        (sums(&numbers))
        @if of.begun > 0 && of.parts.len() > 1 {
            section aria-labelledby="what" {
                h2 #what { (m.text("statistics-what")) }
                (heat(m, &Heat {
                    id: "heat",
                    along: along(opened),
                    parts: &parts,
                    started: of.begun as u64,
                }))
            }
        }
        @if !days.is_empty() {
            section aria-labelledby="over-time" {
                h2 #over-time { (m.text("statistics-over-time")) }
                (steps(m, &Steps {
                    id: "steps",
                    days: &days,
                    until: now,
                    people: of.learners as u64,
                }))
            }
        }
    }
}

/// Whether anybody knows how long the item is.
fn measured(opened: &Opened) -> bool {
    Measure::of(opened.item()).length().is_some()
}

fn along(opened: &Opened) -> Along {
    match Measure::of(opened.item()) {
        Measure::Pages(pages) => Along::Pages(pages.unwrap_or(0)),
        Measure::Playing(ms) => Along::Time(Duration::from_millis(ms.unwrap_or(0))),
        Measure::Opening => Along::Pages(1),
    }
}

/// Those who watched, in the order that is asked for.
fn watchers(
    m: Messages,
    opened: &Opened,
    people: &[Person],
    query: &Form,
) -> Result<Markup, Error> {
    let mut rows: Vec<(&Person, Watched)> = people
        .iter()
        .filter_map(|person| Some((person, person.watched?)))
        .collect();
    let order = Order::read(query, &HEADS);
    // They come by name, and stay so where the order leaves it open.
    rows.sort_by(|one, other| order.of(compare(order.by, one, other)));
    if order.by == NAME.by && order.falling {
        rows.reverse();
    }
    let page = query.get("page").map_or(Ok(1), str::parse::<usize>);
    let page = page.map_err(|_| Error::BadRequest)?.max(1);
    let shown = rows.iter().skip((page - 1).saturating_mul(ROWS)).take(ROWS);
    let shown: Vec<Vec<Markup>> = shown
        .map(|(person, watched)| {
            let person_page = format!("../../course/people/{}", person.user);
            let who = html! { a href=(person_page) { (name(m, person.name.as_deref())) } };
            row(m, opened, who, watched)
        })
        .collect();
    let address = |order: &str| format!("viewers?order={order}#people");
    let columns = Columns::new(m, &HEADS, order, address);
    let more = (rows.len() > page.saturating_mul(ROWS))
        .then(|| format!("viewers?order={}&page={}#people", order.text(), page + 1));
    Ok(html! {
        section aria-labelledby="people" {
            h2 #people { (m.text("statistics-watchers")) }
            @if rows.is_empty() {
                (empty_state(&Empty {
                    title: &m.text("statistics-nobody"),
                    text: &m.text("statistics-nobody-text"),
                    action: None,
                }))
            } @else {
                (sortable(m, &m.text("statistics-watchers"), &columns.columns(), &shown))
                (pager(m, more.as_deref()))
            }
        }
    })
}

fn compare(by: &str, (_, one): &(&Person, Watched), (_, other): &(&Person, Watched)) -> Ordering {
    match by {
        "state" => one.state().cmp(&other.state()),
        "percent" => (one.percent, one.seen_ms).cmp(&(other.percent, other.seen_ms)),
        "time" => one.played_ms.cmp(&other.played_ms),
        "times" => one.plays.cmp(&other.plays),
        "first" => one.first.cmp(&other.first),
        "last" => one.last.cmp(&other.last),
        _ => Ordering::Equal,
    }
}

fn row(m: Messages, opened: &Opened, who: Markup, watched: &Watched) -> Vec<Markup> {
    vec![
        who,
        state(m, watched.state()),
        html! {
            @if measured(opened) { (bar(m, whole(watched.percent))) }
            @else { (length(watched.seen_ms)) }
        },
        html! { (length(watched.played_ms)) },
        html! { (watched.plays) },
        when(watched.first),
        when(watched.last),
    ]
}

/// Those who have not begun.
fn others(m: Messages, people: &[Person]) -> Markup {
    let others: Vec<&Person> = people
        .iter()
        .filter(|person| person.watched.is_none())
        .collect();
    let names = html! {
        ul.people-names role="list" {
            @for person in &others { li { (name(m, person.name.as_deref())) } }
        }
    };
    html! {
        @if !others.is_empty() {
            section aria-labelledby="not-begun" {
                h2 #not-begun {
                    (m.with("statistics-not-begun-title", &[("number", others.len().into())]))
                }
                @if others.len() > FEW {
                    (disclosure(&m.text("statistics-names"), &names))
                } @else {
                    (names)
                }
            }
        }
    }
}

/// Those who have left the course.
fn gone(m: Messages, opened: &Opened, people: &[Person]) -> Markup {
    let rows: Vec<Vec<Markup>> = people
        .iter()
        .filter_map(|person| {
            let who = name(m, person.name.as_deref());
            Some(row(m, opened, who, &person.watched?))
        })
        .take(ROWS)
        .collect();
    super::gone(m, &HEADS, &rows)
}
