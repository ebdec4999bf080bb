//! How many have begun and how many are through, day by day.

use std::fmt::Write;

use maud::{Markup, html};

use super::{Figure, legend, share};
use crate::ui::Messages;
use crate::ui::format::day;
use crate::ui::tables::{Table, disclosure, table};
use crate::world::Time;

/// How it stood at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Some moment of the day.
    pub at: Time,
    /// How many had begun by then.
    pub started: u64,
    /// How many were through by then.
    pub finished: u64,
}

/// How many have begun and are through, day by day.
#[derive(Debug, Clone, Copy)]
pub struct Steps<'a> {
    /// The name of its parts in the page.
    pub id: &'a str,
    /// The days on which something changed, in order.
    pub days: &'a [Day],
    /// Until when it stands as on the last of them.
    pub until: Time,
    /// How many there are in all.
    pub people: u64,
}

const WIDE: u32 = 1000;
const HIGH: u32 = 1000;

/// The steps, as a chart with its table; without a day, a sentence.
pub fn steps(m: Messages, steps: &Steps<'_>) -> Markup {
    let (Some(first), Some(last)) = (steps.days.first(), steps.days.last()) else {
        return html! { p.hint { (m.text("chart-nothing")) } };
    };
    let description = m.with(
        "chart-steps-words",
        &[
            ("started", last.started.into()),
            ("finished", last.finished.into()),
            ("people", steps.people.into()),
        ],
    );
    let figure = Figure {
        id: steps.id,
        title: &m.text("chart-steps-title"),
        description: &description,
        grid: (WIDE, HIGH),
        class: "chart-steps",
    };
    let started = line(steps, |day| day.started);
    let finished = line(steps, |day| day.finished);
    let shapes = html! {
        rect.steps-track width=(WIDE) height=(HIGH) {}
        path.steps-area d={ (finished) "V" (HIGH) "H0z" } {}
        path.steps-started d=(started) vector-effect="non-scaling-stroke" {}
        path.steps-finished d=(finished) vector-effect="non-scaling-stroke" {}
    };
    html! {
        figure.chart {
            (figure.picture(&shapes))
            div.chart-axis aria-hidden="true" {
                span { (day(first.at)) }
                span { (day(steps.until.max(last.at))) }
            }
            (legend(&[
                ("mark-started", &m.text("chart-steps-started")),
                ("mark-finished", &m.text("chart-steps-finished")),
            ]))
            figcaption { p { (description) } }
        }
        (disclosure(&m.text("chart-steps-table"), &numbers(m, steps)))
    }
}

/// The line of one of the numbers: it goes level until the day on which it changes.
fn line(steps: &Steps<'_>, number: impl Fn(&Day) -> u64) -> String {
    let begin = steps.days.first().map_or(Time(0), |day| day.at);
    let end = steps
        .days
        .last()
        .map_or(begin, |day| steps.until.max(day.at));
    let all = end.0.saturating_sub(begin.0);
    let mut line = format!("M0 {HIGH}");
    for day in steps.days {
        let x = share(day.at.0.saturating_sub(begin.0), all) * WIDE / 1000;
        let y = HIGH - share(number(day), steps.people) * HIGH / 1000;
        // Writing to a string never fails.
        let _ = write!(line, "H{x}V{y}");
    }
    let _ = write!(line, "H{WIDE}");
    line
}

fn numbers(m: Messages, steps: &Steps<'_>) -> Markup {
    let rows: Vec<Vec<Markup>> = steps
        .days
        .iter()
        .map(|one| {
            vec![
                day(one.at),
                html! { (one.started) },
                html! { (one.finished) },
            ]
        })
        .collect();
    table(&Table {
        caption: &m.text("chart-steps-title"),
        columns: &[
            &m.text("chart-steps-day"),
            &m.text("chart-steps-started"),
            &m.text("chart-steps-finished"),
        ],
        rows: &rows,
        empty: "",
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1000;

    fn at(day: u64, started: u64, finished: u64) -> Day {
        Day {
            at: Time(day * DAY),
            started,
            finished,
        }
    }

    #[test]
    fn the_line_goes_up_on_the_day_of_the_change() {
        let shown = Steps {
            id: "s",
            days: &[at(10, 1, 0), at(15, 2, 1)],
            until: Time(20 * DAY),
            people: 4,
        };
        assert_eq!(
            line(&shown, |day| day.started),
            "M0 1000H0V750H500V500H1000"
        );
        assert_eq!(
            line(&shown, |day| day.finished),
            "M0 1000H0V1000H500V750H1000"
        );
        let markup = steps(Messages::default(), &shown).0;
        assert!(markup.contains("2 of 4"), "{markup}");
        assert!(markup.contains("<details"), "its table");
    }

    #[test]
    fn without_a_day_there_is_no_chart() {
        let shown = Steps {
            id: "s",
            days: &[],
            until: Time(0),
            people: 0,
        };
        assert!(!steps(Messages::default(), &shown).0.contains("<svg"));
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_are_the_line_stays_in_the_frame(
            days in proptest::collection::vec((any::<u64>(), any::<u64>(), any::<u64>()), 0..20),
            until: u64,
            people: u64,
        ) {
            let days: Vec<Day> = days
                .into_iter()
                .map(|(at, started, finished)| Day { at: Time(at), started, finished })
                .collect();
            let shown = Steps { id: "s", days: &days, until: Time(until), people };
            for one in line(&shown, |day| day.finished).split(['H', 'V']).skip(1) {
                prop_assert!(one.parse::<u32>().unwrap() <= 1000);
            }
            let _ = steps(Messages::default(), &shown);
        }
    }
}
