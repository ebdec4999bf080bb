//! The `Range` header (RFC 9110, section 14).

/// The most ranges of one request. Players ask for one, readers of documents for a few; longer
/// lists serve to wear a server out, and may be ignored (RFC 9110, 14.2).
const MOST: usize = 16;

/// Ranges no further apart than this, in bytes, are sent as one: about what the head of a part
/// takes (RFC 9110, 15.3.7.2).
const GAP: u64 = 128;

/// A run of bytes: never empty, and within the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte's position.
    pub start: u64,
    /// How many bytes.
    pub len: u64,
}

impl Span {
    /// The position after its last byte.
    pub const fn end(self) -> u64 {
        self.start + self.len
    }
}

/// What a `Range` header asks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The whole file, as if there were no header: it is of another unit, breaks the grammar, or
    /// asks for too many ranges (14.2).
    Whole,
    /// These bytes: at least one span, in ascending order, some way apart.
    Parts(Vec<Span>),
    /// Every range begins beyond the file, or asks for no byte.
    Unsatisfiable,
}

/// What `header` asks of a file of `len` bytes.
pub fn parse(header: &str, len: u64) -> Asked {
    let Some((unit, ranges)) = header.split_once('=') else {
        return Asked::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Asked::Whole;
    }
    // A list may have empty elements (RFC 9110, 5.6.1.2).
    let ranges = ranges
        .split(',')
        .map(trim)
        .filter(|range| !range.is_empty());
    let mut asked = 0;
    let mut spans = Vec::new();
    for range in ranges {
        asked += 1;
        match one(range, len) {
            _ if asked > MOST => return Asked::Whole,
            Err(Ungrammatical) => return Asked::Whole,
            Ok(span) => spans.extend(span),
        }
    }
    match (asked, spans.is_empty()) {
        (0, _) => Asked::Whole,
        (_, true) => Asked::Unsatisfiable,
        (_, false) => Asked::Parts(joined(spans)),
    }
}

/// A range that breaks the grammar (RFC 9110, 14.1.2).
struct Ungrammatical;

/// What one range asks; `None` when the file has no such bytes.
fn one(range: &str, len: u64) -> Result<Option<Span>, Ungrammatical> {
    let number = |text| digits(text).ok_or(Ungrammatical);
    match range.split_once('-').ok_or(Ungrammatical)? {
        ("", last) => Ok(suffix(number(last)?, len)),
        (first, "") => Ok(part(number(first)?, u64::MAX, len)),
        (first, last) => match (number(first)?, number(last)?) {
            (first, last) if first <= last => Ok(part(first, last, len)),
            _ => Err(Ungrammatical),
        },
    }
}

/// From `first` to `last`, both included, or to the file's end.
fn part(first: u64, last: u64, len: u64) -> Option<Span> {
    (first < len).then(|| Span {
        start: first,
        len: last.min(len - 1) - first + 1,
    })
}

/// The last `count` bytes.
fn suffix(count: u64, len: u64) -> Option<Span> {
    let count = count.min(len);
    (count > 0).then(|| Span {
        start: len - count,
        len: count,
    })
}

/// In ascending order, with those joined that overlap or nearly touch. So no request makes a server
/// send a byte twice.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start.saturating_sub(last.end()) <= GAP => {
                last.len = last.end().max(span.end()) - last.start;
            }
            _ => joined.push(span),
        }
    }
    joined
}

/// A number; one that is too large for us is as large as can be, since no file reaches it.
fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

/// Without optional white space (RFC 9110, 5.6.3).
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Asked::{Parts, Unsatisfiable, Whole};
    use super::*;

    fn one(start: u64, len: u64) -> Asked {
        Parts(vec![Span { start, len }])
    }

    fn several(spans: &[(u64, u64)]) -> Asked {
        let spans = spans.iter();
        Parts(spans.map(|&(start, len)| Span { start, len }).collect())
    }

    #[test]
    fn single_ranges_and_everything_else() {
        let huge = "99999999999999999999999";
        for (header, expected) in [
            ("bytes=0-0", one(0, 1)),
            ("bytes=0-99", one(0, 100)),
            ("bytes=0-", one(0, 100)),
            ("bytes=99-", one(99, 1)),
            ("bytes=99-99", one(99, 1)),
            ("bytes=10-19", one(10, 10)),
            ("bytes=90-1000", one(90, 10)),
            (&format!("bytes=90-{huge}"), one(90, 10)),
            ("bytes=-1", one(99, 1)),
            ("bytes=-100", one(0, 100)),
            ("bytes=-101", one(0, 100)),
            (&format!("bytes=-{huge}"), one(0, 100)),
            ("BYTES=5-6", one(5, 2)),
            ("bytes= 5-6 ", one(5, 2)),
            ("bytes=,5-6,\t", one(5, 2)),
            ("bytes=0005-6", one(5, 2)),
            ("bytes=100-", Unsatisfiable),
            ("bytes=100-100", Unsatisfiable),
            (&format!("bytes={huge}-"), Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=100-,-0", Unsatisfiable),
            ("bytes=6-5", Whole),
            ("bytes=5-6,6-5", Whole),
            ("bytes=5 - 6", Whole),
            ("bytes=+5-6", Whole),
            ("bytes=--6", Whole),
            ("bytes=5-6-7", Whole),
            ("bytes=a-b", Whole),
            ("bytes=-", Whole),
            ("bytes=5", Whole),
            ("bytes=", Whole),
            ("bytes=,", Whole),
            ("bytes", Whole),
            ("seconds=0-1", Whole),
            ("bytesx=0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(parse(header, 100), expected, "{header}");
        }
    }

    #[test]
    fn several_ranges_are_ordered_and_joined() {
        for (header, expected) in [
            ("bytes=0-0,-1", several(&[(0, 1), (9999, 1)])),
            ("bytes=5000-5001, 10-19", several(&[(10, 10), (5000, 2)])),
            ("bytes=0-99,50-149", one(0, 150)),
            ("bytes=0-99,20-29", one(0, 100)),
            ("bytes=0-99,100-199", one(0, 200)),
            ("bytes=0-99,228-299", one(0, 300)),
            ("bytes=0-99,229-299", several(&[(0, 100), (229, 71)])),
            ("bytes=5-6,10000-", one(5, 2)),
            ("bytes=0-,0-,0-", one(0, 10_000)),
        ] {
            assert_eq!(parse(header, 10_000), expected, "{header}");
        }
    }

    #[test]
    fn a_few_ranges_are_taken_and_many_ignored() {
        let asking = |count: u64| {
            let ranges = (0..count).map(|i| format!("{0}-{0}", i * 1000));
            format!("bytes={}", ranges.collect::<Vec<_>>().join(","))
        };
        let Parts(spans) = parse(&asking(16), 1 << 20) else {
            panic!("not taken");
        };
        assert_eq!(spans.len(), 16);
        assert_eq!(parse(&asking(17), 1 << 20), Whole);
    }

    #[test]
    fn the_longest_file_does_not_overflow() {
        let len = u64::MAX;
        assert_eq!(parse("bytes=0-", len), one(0, len));
        assert_eq!(parse("bytes=-1", len), one(len - 1, 1));
        assert_eq!(parse("bytes=0-,-1", len), one(0, len));
    }

    #[test]
    fn an_empty_file_has_no_range() {
        for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            assert_eq!(parse(header, 0), Unsatisfiable, "{header}");
        }
    }

    /// The bytes of a short file that ranges name, one by one.
    fn named(ranges: &[(u64, u64)], len: u64) -> BTreeSet<u64> {
        let each = ranges.iter().flat_map(|&(first, last)| first..=last);
        each.filter(|at| *at < len).collect()
    }

    proptest! {
        #[test]
        fn spans_are_in_order_apart_and_within_the_file(
            header in "(bytes=)?[0-9 ,=-]{0,40}",
            len: u64,
        ) {
            if let Parts(spans) = parse(&header, len) {
                prop_assert!(!spans.is_empty());
                prop_assert!(spans.iter().all(|span| span.len > 0));
                prop_assert!(spans.iter().all(|span| span.start.checked_add(span.len) <= Some(len)));
                prop_assert!(spans.windows(2).all(|two| two[0].end() + GAP < two[1].start));
            }
        }

        #[test]
        fn what_was_asked_is_there_and_little_else(
            ranges in prop::collection::vec((0_u64..3000, 0_u64..400), 1..=MOST),
            len in 1_u64..2500,
        ) {
            let ranges: Vec<_> = ranges.iter().map(|(first, more)| (*first, first + more)).collect();
            let texts: Vec<_> = ranges.iter().map(|(a, b)| format!("{a}-{b}")).collect();
            let wanted = named(&ranges, len);
            match parse(&format!("bytes={}", texts.join(",")), len) {
                Whole => prop_assert!(false, "ignored"),
                Unsatisfiable => prop_assert!(wanted.is_empty()),
                Parts(spans) => {
                    let sent: BTreeSet<u64> =
                        spans.iter().flat_map(|span| span.start..span.end()).collect();
                    prop_assert!(wanted.is_subset(&sent));
                    // What was not asked for lies in a short gap.
                    for extra in sent.difference(&wanted) {
                        let near = |mut steps: std::ops::RangeInclusive<u64>| {
                            steps.any(|at| wanted.contains(&at))
                        };
                        prop_assert!(near(extra.saturating_sub(GAP)..=*extra));
                        prop_assert!(near(*extra..=extra + GAP));
                    }
                }
            }
        }

        #[test]
        fn any_text_is_taken_without_panic(header: String, len: u64) {
            let _ = parse(&header, len);
        }
    }
}
