//! The `Range` header (RFC 9110, section 14).

/// What a `Range` header asks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// No single range of bytes: the whole file, as if there were no header. A header of another
    /// unit or that breaks the grammar is ignored (14.2), several ranges may be (14.2 too).
    Whole,
    /// These bytes. Never empty, and within the file.
    Part {
        /// The first byte's position.
        start: u64,
        /// How many bytes.
        len: u64,
    },
    /// A range that begins beyond the file, or asks for no byte.
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
    let mut ranges = ranges
        .split(',')
        .map(trim)
        .filter(|range| !range.is_empty());
    let (Some(range), None) = (ranges.next(), ranges.next()) else {
        return Asked::Whole;
    };
    match range.split_once('-') {
        Some(("", last)) => digits(last).map_or(Asked::Whole, |count| suffix(count, len)),
        Some((first, "")) => digits(first).map_or(Asked::Whole, |first| part(first, u64::MAX, len)),
        Some((first, last)) => match (digits(first), digits(last)) {
            (Some(first), Some(last)) if first <= last => part(first, last, len),
            _ => Asked::Whole,
        },
        None => Asked::Whole,
    }
}

/// From `first` to `last`, both included, or to the file's end.
fn part(first: u64, last: u64, len: u64) -> Asked {
    if first >= len {
        return Asked::Unsatisfiable;
    }
    Asked::Part {
        start: first,
        len: last.min(len - 1) - first + 1,
    }
}

/// The last `count` bytes.
fn suffix(count: u64, len: u64) -> Asked {
    let count = count.min(len);
    if count == 0 {
        return Asked::Unsatisfiable;
    }
    Asked::Part {
        start: len - count,
        len: count,
    }
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
    use proptest::prelude::*;

    use super::Asked::{Part, Unsatisfiable, Whole};
    use super::*;

    #[test]
    fn single_ranges_and_everything_else() {
        let huge = "99999999999999999999999";
        for (header, expected) in [
            ("bytes=0-0", Part { start: 0, len: 1 }),
            ("bytes=0-99", Part { start: 0, len: 100 }),
            ("bytes=0-", Part { start: 0, len: 100 }),
            ("bytes=99-", Part { start: 99, len: 1 }),
            ("bytes=99-99", Part { start: 99, len: 1 }),
            ("bytes=10-19", Part { start: 10, len: 10 }),
            ("bytes=90-1000", Part { start: 90, len: 10 }),
            (&format!("bytes=90-{huge}"), Part { start: 90, len: 10 }),
            ("bytes=-1", Part { start: 99, len: 1 }),
            ("bytes=-100", Part { start: 0, len: 100 }),
            ("bytes=-101", Part { start: 0, len: 100 }),
            (&format!("bytes=-{huge}"), Part { start: 0, len: 100 }),
            ("BYTES=5-6", Part { start: 5, len: 2 }),
            ("bytes= 5-6 ", Part { start: 5, len: 2 }),
            ("bytes=,5-6,\t", Part { start: 5, len: 2 }),
            ("bytes=0005-6", Part { start: 5, len: 2 }),
            ("bytes=100-", Unsatisfiable),
            ("bytes=100-100", Unsatisfiable),
            (&format!("bytes={huge}-"), Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=0-1,5-6", Whole),
            ("bytes=6-5", Whole),
            ("bytes=5 - 6", Whole),
            ("bytes=+5-6", Whole),
            ("bytes=--6", Whole),
            ("bytes=5-6-7", Whole),
            ("bytes=a-b", Whole),
            ("bytes=-", Whole),
            ("bytes=5", Whole),
            ("bytes=", Whole),
            ("bytes", Whole),
            ("seconds=0-1", Whole),
            ("bytesx=0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(parse(header, 100), expected, "{header}");
        }
    }

    #[test]
    fn the_longest_file_does_not_overflow() {
        let len = u64::MAX;
        assert_eq!(parse("bytes=0-", len), Part { start: 0, len });
        assert_eq!(
            parse("bytes=-1", len),
            Part {
                start: len - 1,
                len: 1
            }
        );
    }

    #[test]
    fn an_empty_file_has_no_range() {
        for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            assert_eq!(parse(header, 0), Unsatisfiable, "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_never_empty_and_within_the_file(header in "(bytes=)?[0-9 ,=-]{0,24}", len: u64) {
            if let Part { start, len: part } = parse(&header, len) {
                prop_assert!(part > 0 && start.checked_add(part).is_some_and(|end| end <= len));
            }
        }

        #[test]
        fn any_text_is_taken_without_panic(header: String, len: u64) {
            let _ = parse(&header, len);
        }

        #[test]
        fn a_range_is_what_it_says(first in 0_u64..1000, more in 0_u64..1000, beyond in 1_u64..1000) {
            let last = first + more;
            let len = last + beyond;
            let part = Part { start: first, len: more + 1 };
            prop_assert_eq!(parse(&format!("bytes={first}-{last}"), len), part);
        }
    }
}
