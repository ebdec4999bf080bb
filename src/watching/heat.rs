//! How often somebody played which part of an item, coarsely.

use super::measure::PAGE;
use crate::store::rows::watching::{Heat, Span};

/// An item has at most so many parts.
const MOST: u64 = 200;
/// What a part counts for each time that all of it is played.
const ONCE: u64 = 100;

/// How often each part was played, with what was just played.
pub(super) fn warmed(before: Option<Heat>, length: u64, played: &[Span]) -> Heat {
    let parts = length.div_ceil(PAGE).clamp(1, MOST);
    let count = usize::try_from(parts).unwrap_or(1);
    let known = before.filter(|heat| heat.length == length && heat.parts.len() == count);
    let mut heat = known.unwrap_or_else(|| Heat {
        length,
        parts: vec![0; count],
    });
    for (number, counter) in (0_u64..).zip(&mut heat.parts) {
        let (start, end) = (length * number / parts, length * (number + 1) / parts);
        let inside = |span: &Span| span.end.min(end).saturating_sub(span.start.max(start));
        let inside: u64 = played.iter().map(inside).sum();
        let long = (end - start).max(1);
        let more = u16::try_from((inside * ONCE + long / 2) / long).unwrap_or(u16::MAX);
        *counter = counter.saturating_add(more);
    }
    heat
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(spans: &[(u64, u64)]) -> Vec<Span> {
        let span = |(start, end): &(u64, u64)| Span {
            start: *start,
            end: *end,
        };
        spans.iter().map(span).collect()
    }

    #[test]
    fn each_part_counts_how_often_it_was_played() {
        let heat = warmed(None, 4_000, &played(&[(0, 2_000), (1_000, 2_500)]));
        assert_eq!(heat.parts, [100, 200, 50, 0]);
        let again = warmed(Some(heat), 4_000, &played(&[(2_500, 4_000)]));
        assert_eq!(again.parts, [100, 200, 100, 100]);
    }

    #[test]
    fn parts_are_few_however_long_it_is() {
        let hours = 3 * 3_600_000;
        let mut heat = None;
        for start in (0..hours).step_by(10_000) {
            heat = Some(warmed(heat, hours, &played(&[(start, start + 10_000)])));
        }
        let heat = heat.unwrap();
        assert_eq!(heat.parts.len(), 200);
        let even = heat.parts.iter().all(|part| (95..=105).contains(part));
        assert!(even, "{:?}", heat.parts);
        // Another file has another length, and begins anew.
        assert_eq!(warmed(Some(heat), 1_000, &[]).parts, [0]);
    }
}
