//! What of an item is watched, along its time bar or its pages: above the line how many people
//! played a part, below it how often it was played again.

use std::ops::Range;
use std::time::Duration;

use maud::{Markup, html};

use super::{Figure, legend, share};
use crate::ui::Messages;
use crate::ui::format::duration;
use crate::ui::tables::{Table, disclosure, table};

/// What an item's parts are parts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// So much time.
    Time(Duration),
    /// So many pages.
    Pages(u32),
}

/// One part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// How many people played it.
    pub people: u64,
    /// How often it was played again.
    pub again: u64,
}

/// What of an item is watched.
#[derive(Debug, Clone, Copy)]
pub struct Heat<'a> {
    /// The name of its parts in the page.
    pub id: &'a str,
    /// What they are parts of.
    pub along: Along,
    /// The parts, all as long.
    pub parts: &'a [Part],
    /// How many people began.
    pub started: u64,
}

/// How high people and repetitions reach, and where the line between them lies.
const ABOVE: u32 = 640;
const LINE: u32 = 20;
const BELOW: u32 = 340;
/// What fewer than this share of those who began have played counts as skipped, in thousandths.
const SKIPPED: u32 = 500;

/// What of an item is watched, as a chart with its table.
pub fn heat(m: Messages, heat: &Heat<'_>) -> Markup {
    let description = words(m, heat);
    let figure = Figure {
        id: heat.id,
        title: &m.text("chart-heat-title"),
        description: &description,
        grid: (
            u32::try_from(heat.parts.len().max(1))
                .unwrap_or(u32::MAX)
                .saturating_mul(10),
            ABOVE + LINE + BELOW,
        ),
        class: "chart-heat",
    };
    html! {
        figure.chart {
            (figure.picture(&shapes(heat)))
            (axis(heat.along))
            (legend(&[
                ("mark-people", &m.text("chart-heat-people")),
                ("mark-again", &m.text("chart-heat-again")),
            ]))
            figcaption { p { (description) } }
        }
        (disclosure(&m.text("chart-heat-table"), &numbers(m, heat)))
    }
}

fn shapes(heat: &Heat<'_>) -> Markup {
    let most = heat.parts.iter().map(|part| part.again).max().unwrap_or(0);
    let bars = heat.parts.iter().enumerate().map(|(index, part)| {
        let above = share(part.people, heat.started) * ABOVE / 1000;
        let below = share(part.again, most) * BELOW / 1000;
        (index * 10, above, below)
    });
    let width = heat.parts.len().max(1) * 10;
    html! {
        rect.heat-track width=(width) height=(ABOVE) {}
        @for (left, above, below) in bars {
            @if above > 0 {
                rect.heat-people x=(left) y=(ABOVE - above) width="9" height=(above) {}
            }
            @if below > 0 {
                rect.heat-again x=(left) y=(ABOVE + LINE) width="9" height=(below) {}
            }
        }
    }
}

/// The beginning, the middle and the end.
fn axis(along: Along) -> Markup {
    let labels = match along {
        Along::Time(all) => [Duration::ZERO, all / 2, all].map(duration),
        Along::Pages(pages) => [1, pages.div_ceil(2), pages].map(|page| page.to_string()),
    };
    let mut labels = labels.to_vec();
    labels.dedup();
    html! {
        div.chart-axis aria-hidden="true" {
            @for label in &labels { span { (label) } }
        }
    }
}

/// Where some parts lie, in words: `1:30–2:00`, or pages `3–4`.
pub fn span_of(along: Along, parts: usize, range: &Range<usize>) -> String {
    let of =
        |whole: u128, index: usize| whole.saturating_mul(index as u128) / (parts.max(1) as u128);
    match along {
        Along::Time(all) => {
            let at = |index| {
                let ms = of(all.as_millis(), index);
                duration(Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX)))
            };
            format!("{}–{}", at(range.start), at(range.end))
        }
        Along::Pages(pages) => {
            let first = of(u128::from(pages), range.start) + 1;
            let last = of(u128::from(pages), range.end).max(first);
            if first == last {
                first.to_string()
            } else {
                format!("{first}–{last}")
            }
        }
    }
}

/// The longest run of parts for which something holds; the first of those as long.
fn longest(parts: &[Part], holds: impl Fn(&Part) -> bool) -> Option<Range<usize>> {
    let mut best: Option<Range<usize>> = None;
    let mut start = None;
    for (index, part) in parts.iter().enumerate() {
        if !holds(part) {
            start = None;
            continue;
        }
        let run = *start.get_or_insert(index)..index + 1;
        if best.as_ref().is_none_or(|best| run.len() > best.len()) {
            best = Some(run);
        }
    }
    best
}

/// What is to be seen in the chart: what was played again most, and what was skipped.
fn words(m: Messages, heat: &Heat<'_>) -> String {
    let most = heat.parts.iter().map(|part| part.again).max().unwrap_or(0);
    let span = |range: &Range<usize>| span_of(heat.along, heat.parts.len(), range);
    let again = longest(heat.parts, |part| most > 0 && part.again == most);
    let skipped = longest(heat.parts, |part| {
        share(part.people, heat.started) < SKIPPED
    });
    let again = again.map_or_else(
        || m.text("chart-heat-never-again").into_owned(),
        |range| {
            let variables = [("part", span(&range).into()), ("times", most.into())];
            m.with(
                pages_or(heat.along, "chart-heat-most-pages", "chart-heat-most"),
                &variables,
            )
        },
    );
    let skipped = skipped.map_or_else(
        || m.text("chart-heat-none-skipped").into_owned(),
        |range| {
            let variables = [("part", span(&range).into())];
            let id = pages_or(heat.along, "chart-heat-skipped-pages", "chart-heat-skipped");
            m.with(id, &variables)
        },
    );
    format!("{again} {skipped}")
}

const fn pages_or<'a>(along: Along, pages: &'a str, time: &'a str) -> &'a str {
    match along {
        Along::Pages(_) => pages,
        Along::Time(_) => time,
    }
}

fn numbers(m: Messages, heat: &Heat<'_>) -> Markup {
    let rows: Vec<Vec<Markup>> = (0..heat.parts.len())
        .zip(heat.parts)
        .map(|(index, part)| {
            let span = span_of(heat.along, heat.parts.len(), &(index..index + 1));
            vec![
                html! { (span) },
                html! { (part.people) },
                html! { (part.again) },
            ]
        })
        .collect();
    table(&Table {
        caption: &m.text("chart-heat-title"),
        columns: &[
            &m.text(pages_or(heat.along, "chart-heat-page", "chart-heat-part")),
            &m.text("chart-heat-people"),
            &m.text("chart-heat-again"),
        ],
        rows: &rows,
        empty: &m.text("chart-nothing"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(people: u64, again: u64) -> Part {
        Part { people, again }
    }

    fn sample(parts: &[Part]) -> String {
        let shown = Heat {
            id: "heat",
            along: Along::Time(Duration::from_mins(10)),
            parts,
            started: 10,
        };
        heat(Messages::default(), &shown).0
    }

    #[test]
    fn words_tell_what_is_played_again_and_skipped() {
        let markup = sample(&[part(10, 0), part(10, 7), part(3, 0), part(2, 0), part(9, 1)]);
        assert!(markup.contains("2:00–4:00"), "{markup}");
        assert!(markup.contains("7 times"), "{markup}");
        assert!(markup.contains("4:00–8:00"), "{markup}");
        assert!(markup.contains(r#"aria-labelledby="heat-title heat-desc""#));
        assert!(markup.contains("<details"), "its table");
    }

    #[test]
    fn where_all_is_played_once_nothing_is_made_up() {
        let markup = sample(&[part(10, 0), part(10, 0)]);
        assert!(!markup.contains("heat-again"), "{markup}");
    }

    #[test]
    fn pages_are_counted_from_one() {
        for (pages, parts, index, expected) in [
            (10, 10, 0, "1"),
            (10, 10, 9, "10"),
            (10, 5, 1, "3–4"),
            (1, 5, 0, "1"),
        ] {
            let range = index..index + 1;
            assert_eq!(span_of(Along::Pages(pages), parts, &range), expected);
        }
    }

    /// The numbers of all attributes with this name.
    fn attributes(markup: &str, name: &str) -> Vec<u32> {
        let name = format!(" {name}=\"");
        let values = markup.split(&name).skip(1);
        values
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect()
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_are_the_bars_stay_in_the_frame(
            parts in proptest::collection::vec((any::<u64>(), any::<u64>()), 0..60),
            started: u64,
            ms: u64,
            pages in proptest::option::of(any::<u32>()),
        ) {
            let parts: Vec<Part> = parts.into_iter().map(|(p, a)| part(p, a)).collect();
            let along = pages.map_or(Along::Time(Duration::from_millis(ms)), Along::Pages);
            let shown = Heat { id: "x", along, parts: &parts, started };
            let shapes = shapes(&shown).0;
            let tops = attributes(&shapes, "y");
            let heights = attributes(&shapes, "height");
            // The track has no `y`.
            for (top, height) in tops.into_iter().zip(heights.into_iter().skip(1)) {
                prop_assert!(top + height <= ABOVE + LINE + BELOW);
            }
            let _ = heat(Messages::default(), &shown);
        }
    }
}
