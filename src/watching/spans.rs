//! Parts of an item as intervals: exact sets of milliseconds.
//!
//! A list is *merged* when its spans are in order, apart from each other and not empty.

use crate::store::rows::watching::Span;

/// A view keeps this many spans at most. Whoever jumps about more than that loses the shortest.
const MOST: usize = 200;

/// How long the spans of a merged list are together.
pub fn length(merged: &[Span]) -> u64 {
    merged.iter().map(|span| span.end - span.start).sum()
}

/// What two merged lists have together, merged.
pub fn union(one: &[Span], other: &[Span]) -> Vec<Span> {
    let mut all: Vec<Span> = one.iter().chain(other).copied().collect();
    merge(&mut all);
    all
}

/// Puts spans in order and joins those that touch.
pub fn merge(spans: &mut Vec<Span>) {
    spans.retain(|span| span.start < span.end);
    spans.sort_unstable_by_key(|span| span.start);
    let mut last = 0;
    for index in 1..spans.len() {
        let span = spans[index];
        if span.start <= spans[last].end {
            spans[last].end = spans[last].end.max(span.end);
        } else {
            last += 1;
            spans[last] = span;
        }
    }
    spans.truncate(last + 1);
}

/// What of a merged list lies within `start..end`.
pub fn within(merged: &[Span], start: u64, end: u64) -> Vec<Span> {
    let cut = |span: &Span| Span {
        start: span.start.max(start),
        end: span.end.min(end),
    };
    let inside = merged.iter().map(cut);
    inside.filter(|span| span.start < span.end).collect()
}

/// Leaves out the shortest spans of a merged list that has too many: whatever is kept was seen.
pub fn bound(merged: &mut Vec<Span>) {
    while merged.len() > MOST {
        let spans = merged.iter().enumerate();
        let shortest = spans.min_by_key(|(_, span)| span.end - span.start);
        if let Some((index, _)) = shortest {
            merged.remove(index);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Spans as a player might tell them, and as it never would.
    pub(in crate::watching) fn any_spans(most: usize) -> impl Strategy<Value = Vec<Span>> {
        let span = (0_u64..500, 0_u64..60).prop_map(|(start, long)| Span {
            start,
            end: start + long,
        });
        proptest::collection::vec(span, 0..most)
    }

    fn merged(most: usize) -> impl Strategy<Value = Vec<Span>> {
        any_spans(most).prop_map(|mut spans| {
            merge(&mut spans);
            spans
        })
    }

    fn members(spans: &[Span]) -> BTreeSet<u64> {
        spans.iter().flat_map(|span| span.start..span.end).collect()
    }

    proptest! {
        #[test]
        fn merging_keeps_exactly_what_was_there(spans in any_spans(20)) {
            let mut all = spans.clone();
            merge(&mut all);
            prop_assert_eq!(members(&all), members(&spans));
            prop_assert_eq!(length(&all), members(&spans).len() as u64);
            let apart = all.windows(2).all(|pair| pair[0].end < pair[1].start);
            prop_assert!(apart && all.iter().all(|span| span.start < span.end));
        }

        #[test]
        fn union_is_one_of_sets(a in merged(9), b in merged(9), c in merged(9)) {
            prop_assert_eq!(union(&a, &a), a.clone());
            prop_assert_eq!(union(&a, &b), union(&b, &a));
            prop_assert_eq!(union(&union(&a, &b), &c), union(&a, &union(&b, &c)));
        }

        #[test]
        fn a_cut_keeps_what_lies_within(spans in merged(9), start in 0_u64..600, long in 0_u64..600) {
            let cut = within(&spans, start, start + long);
            let wanted: BTreeSet<u64> =
                members(&spans).range(start..start + long).copied().collect();
            prop_assert_eq!(members(&cut), wanted);
        }
    }

    #[test]
    fn too_many_spans_lose_the_shortest() {
        let spans = (0..300_u64).map(|n| Span {
            start: n * 1_000,
            end: n * 1_000 + 1 + n,
        });
        let mut spans: Vec<Span> = spans.collect();
        bound(&mut spans);
        assert_eq!(spans.len(), MOST);
        assert_eq!(spans[0].end - spans[0].start, 101, "the longest stay");
    }
}
