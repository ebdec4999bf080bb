//! What several people's watching comes to.

use super::Watched;
use crate::store::rows::watching::{Heat, Span};
use crate::world::Time;

/// Of fewer people than this no sums are told where single people are not.
pub const FLOOR: usize = 5;
/// The most parts of an item in a chart.
const MOST_PARTS: u64 = 50;
/// What a part of a heat counts for each time that all of it was played.
const ONCE: u64 = 100;
const A_SECOND: u64 = 1_000;
const A_DAY: u64 = 24 * 60 * 60 * 1_000;

/// What the learners of a course watched of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    /// How many learners there are.
    pub learners: usize,
    /// How many have begun.
    pub begun: usize,
    /// How many are through; `None`: some, fewer than are told.
    pub finished: Option<usize>,
    /// How much those who began have seen, in the middle, in hundredths of a percent.
    pub median: Option<u16>,
    /// How long it was played by all, in milliseconds.
    pub played_ms: u64,
    /// What of it was played: parts of the same length. Empty where nobody knows how long it is.
    pub parts: Vec<Part>,
    /// How it stood at the end of each day on which something changed.
    pub days: Vec<Day>,
}

/// What was played of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// How many people played most of it.
    pub people: u64,
    /// How often it was played again.
    pub again: u64,
}

/// How it stood at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day's first moment.
    pub at: Time,
    /// How many had begun.
    pub begun: u64,
    /// How many were through.
    pub finished: u64,
}

impl Sums {
    /// The sums over `learners` people, of whom these have begun.
    pub(super) fn of(learners: usize, watched: &[Watched], parts: Vec<Part>) -> Self {
        let finished = watched.iter().filter(|one| one.finished.is_some()).count();
        Self {
            learners,
            begun: watched.len(),
            finished: Some(finished),
            median: median(watched.iter().map(|one| one.percent).collect()),
            played_ms: watched
                .iter()
                .fold(0, |sum: u64, one| sum.saturating_add(one.played_ms)),
            parts,
            days: days(watched),
        }
    }

    /// The same without what would tell of fewer than [`FLOOR`] people; `None` when that is all.
    pub(super) fn floored(mut self) -> Option<Self> {
        if self.begun < FLOOR {
            return None;
        }
        self.finished = self.finished.filter(|n| *n == 0 || *n >= FLOOR);
        let enough = |people: u64| if people < FLOOR as u64 { 0 } else { people };
        for part in &mut self.parts {
            part.people = enough(part.people);
            if part.people == 0 {
                part.again = 0;
            }
        }
        self.days.retain(|day| day.begun >= FLOOR as u64);
        for day in &mut self.days {
            day.finished = enough(day.finished);
        }
        Some(self)
    }
}

/// The value in the middle; of two the lower.
fn median(mut values: Vec<u16>) -> Option<u16> {
    let middle = values.len().checked_sub(1)? / 2;
    let (_, median, _) = values.select_nth_unstable(middle);
    Some(*median)
}

/// How it stood at the end of each day on which something changed.
fn days(watched: &[Watched]) -> Vec<Day> {
    let day = |time: Time| Time(time.0 / A_DAY * A_DAY);
    let begun = watched
        .iter()
        .filter_map(|one| Some((day(one.first?), 1, 0)));
    let finished = watched
        .iter()
        .filter(|one| one.first.is_some())
        .filter_map(|one| Some((day(one.finished?), 0, 1)));
    let mut changes: Vec<(Time, u64, u64)> = begun.chain(finished).collect();
    changes.sort_unstable_by_key(|(at, ..)| *at);
    let mut days: Vec<Day> = Vec::new();
    for (at, more_begun, more_finished) in changes {
        let before = days.last().copied();
        let mut now = before.unwrap_or(Day {
            at,
            begun: 0,
            finished: 0,
        });
        now.at = at;
        now.begun += more_begun;
        now.finished += more_finished;
        match days.last_mut().filter(|last| last.at == at) {
            Some(last) => *last = now,
            None => days.push(now),
        }
    }
    days
}

/// Counts what is played of the parts of an item.
pub(super) struct Along {
    length: u64,
    parts: Vec<Part>,
    /// Repetitions in hundredths, by part.
    again: Vec<u64>,
}

impl Along {
    /// Of an item so long, where that is known; `least` is the shortest part that makes sense.
    pub(super) fn new(length: Option<u64>) -> Self {
        let length = length.unwrap_or(0);
        let count = length.div_ceil(A_SECOND).min(MOST_PARTS);
        let count = usize::try_from(count).unwrap_or(0);
        Self {
            length,
            parts: vec![Part::default(); count],
            again: vec![0; count],
        }
    }

    /// What one person has seen.
    pub(super) fn seen(&mut self, spans: &[Span]) {
        let (length, count) = (u128::from(self.length), self.parts.len() as u128);
        let bound = |index: u128| u64::try_from(length * index / count).unwrap_or(u64::MAX);
        for (index, part) in (0..).zip(&mut self.parts) {
            let (start, end) = (bound(index), bound(index + 1));
            let inside = |span: &Span| span.end.min(end).saturating_sub(span.start.max(start));
            let inside: u64 = spans.iter().map(inside).sum();
            if inside > 0 && inside * 2 >= end - start {
                part.people += 1;
            }
        }
    }

    /// How often one person played what. Of a file that was replaced it tells nothing.
    pub(super) fn played(&mut self, heat: &Heat) {
        let (count, finer) = (self.again.len(), heat.parts.len());
        if heat.length != self.length || finer < count || count == 0 {
            return;
        }
        let mut sums = vec![(0_u64, 0_u64); count];
        for (index, times) in heat.parts.iter().enumerate() {
            let (sum, number) = &mut sums[index * count / finer];
            *sum += u64::from(*times);
            *number += 1;
        }
        for (again, (sum, number)) in self.again.iter_mut().zip(sums) {
            *again += (sum / number.max(1)).saturating_sub(ONCE);
        }
    }

    /// What all of that comes to.
    pub(super) fn parts(self) -> Vec<Part> {
        let again = self
            .again
            .into_iter()
            .map(|again| (again + ONCE / 2) / ONCE);
        let parts = self.parts.into_iter().zip(again);
        parts.map(|(part, again)| Part { again, ..part }).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn watched(percent: u16, first: u64, finished: Option<u64>) -> Watched {
        Watched {
            percent,
            enough: finished.is_some(),
            seen_ms: 0,
            played_ms: u64::MAX / 2,
            plays: 1,
            first: Some(Time(first)),
            begun: Time(first),
            last: Some(Time(first)),
            finished: finished.map(Time),
        }
    }

    fn span(start: u64, end: u64) -> Span {
        Span { start, end }
    }

    #[test]
    fn the_median_is_one_of_the_values() {
        for (values, expected) in [
            (&[][..], None),
            (&[7][..], Some(7)),
            (&[9, 1][..], Some(1)),
            (&[9, 1, 5][..], Some(5)),
            (&[9, 1, 5, 7][..], Some(5)),
        ] {
            assert_eq!(median(values.to_vec()), expected, "{values:?}");
        }
    }

    #[test]
    fn days_add_up() {
        let all = [
            watched(9_500, 2 * A_DAY + 5, Some(3 * A_DAY)),
            watched(100, 2 * A_DAY + 9, None),
            watched(9_000, 5 * A_DAY, Some(5 * A_DAY + 7)),
        ];
        let sums: Vec<_> = days(&all)
            .iter()
            .map(|day| (day.at.0 / A_DAY, day.begun, day.finished))
            .collect();
        assert_eq!(sums, [(2, 2, 0), (3, 2, 1), (5, 3, 2)]);
    }

    #[test]
    fn a_part_counts_when_half_of_it_was_played() {
        let mut along = Along::new(Some(100_000));
        along.seen(&[span(0, 50_000), span(61_000, 62_500)]);
        along.seen(&[span(0, 2_000)]);
        let parts = along.parts();
        assert_eq!(parts.len(), 50);
        assert_eq!((parts[0].people, parts[1].people), (2, 1));
        assert_eq!((parts[25].people, parts[30].people), (0, 1));
        assert_eq!(parts[31].people, 0, "a quarter is too little");
    }

    #[test]
    fn repetitions_are_what_is_beyond_the_first_time() {
        let mut along = Along::new(Some(4_000));
        let heat = |length, parts: &[u16]| Heat {
            length,
            parts: parts.to_vec(),
        };
        along.played(&heat(4_000, &[100, 300, 50, 0]));
        along.played(&heat(4_000, &[200, 160, 0, 0]));
        along.played(&heat(9_000, &[900, 900, 900, 900]));
        let again: Vec<u64> = along.parts().iter().map(|part| part.again).collect();
        assert_eq!(again, [1, 3, 0, 0]);
    }

    #[test]
    fn an_item_of_unknown_length_has_no_parts() {
        let mut along = Along::new(None);
        along.seen(&[span(0, 9)]);
        assert!(along.parts().is_empty());
    }

    #[test]
    fn of_few_people_nothing_is_told() {
        let few = vec![watched(9_500, 0, Some(1)); FLOOR - 1];
        assert_eq!(Sums::of(30, &few, Vec::new()).floored(), None);
        let mut some = vec![watched(100, 0, None); FLOOR];
        some.extend(few);
        let part = |people, again| Part { people, again };
        let parts = vec![part(4, 9), part(5, 2)];
        let sums = Sums::of(30, &some, parts).floored().unwrap();
        assert_eq!((sums.begun, sums.finished), (9, None));
        assert_eq!(sums.parts, [part(0, 0), part(5, 2)]);
        assert_eq!(sums.days[0].finished, 0);
        some.push(watched(9_500, 0, Some(1)));
        let sums = Sums::of(30, &some, Vec::new()).floored().unwrap();
        assert_eq!(sums.finished, Some(FLOOR));
    }

    proptest! {
        #[test]
        fn whatever_was_played_no_part_has_more_people_than_there_are(
            length in proptest::option::of(any::<u64>()),
            people in proptest::collection::vec(
                proptest::collection::vec((any::<u32>(), any::<u32>()), 0..4), 0..5),
            heats in proptest::collection::vec(
                (any::<u64>(), proptest::collection::vec(any::<u16>(), 0..210)), 0..4),
        ) {
            let mut along = Along::new(length);
            for spans in &people {
                // In order and apart, as views have them.
                let mut at = 0;
                let spans: Vec<Span> = spans
                    .iter()
                    .map(|(skipped, long)| {
                        let start = at + u64::from(*skipped);
                        at = start + u64::from(*long);
                        span(start, at)
                    })
                    .collect();
                along.seen(&spans);
            }
            for (other, parts) in heats {
                along.played(&Heat { length: length.unwrap_or(other), parts });
            }
            for part in along.parts() {
                prop_assert!(part.people <= people.len() as u64);
            }
        }
    }
}
