//! Sizes and durations: a number with its unit, never a bare number.

use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use figment::value::Value;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::setting::{Setting, Wrong, from_text};

const SIZE: &str = r#"a size with its unit in quotes, such as "8 GiB" or "500 MB""#;
const DURATION: &str = r#"a duration with its unit in quotes, such as "30 s", "5 min" or "7 days""#;

impl Setting for ByteSize {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        from_text(value, SIZE, |text| size(text).ok_or(SIZE))
    }
}

impl Setting for Duration {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        from_text(value, DURATION, |text| duration(text).ok_or(DURATION))
    }
}

/// A size such as "8 GiB" (binary) or "500 MB" (decimal).
fn size(text: &str) -> Option<ByteSize> {
    // The crate takes a bare number as bytes, which is hardly ever what was meant.
    let has_unit = text.ends_with(|last: char| last.is_ascii_alphabetic());
    let size = has_unit.then(|| text.trim().parse::<ByteSize>().ok())??;
    // It also answers the greatest number for anything greater.
    (size.as_u64() < u64::MAX).then_some(size)
}

/// A duration such as "5 min" or "1 day 12 h"; a day has 24 hours, a week seven days. Months and
/// years have no fixed length and are refused, as are negative durations.
fn duration(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    let duration: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(duration).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("8 GiB", 8 << 30),
            ("8GiB", 8 << 30),
            ("500 MB", 500_000_000),
            ("1.5 kB", 1_500),
            ("0 B", 0),
        ] {
            assert_eq!(size(text), Some(ByteSize(bytes)), "{text}");
        }
        for text in [
            "",
            "8",
            "8.5",
            "GiB",
            "-1 GiB",
            "8 apples",
            "8 GiB 1",
            "99999999 EiB",
            "5 min",
        ] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [
            ("30 s", 30),
            ("5 min", 300),
            ("2 h", 7_200),
            ("1 day", 86_400),
            ("7 days", 604_800),
            ("1 day 12 h", 129_600),
            ("2 weeks", 1_209_600),
            ("0 s", 0),
        ] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "5",
            "0",
            "min",
            "-5 min",
            "5 min ago",
            "1 month",
            "1 year",
            "8 GiB",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whole_sizes_are_exact(number in 0..1_u64 << 20, unit in 0..4_usize) {
            let (name, factor) =
                [("B", 1), ("KiB", 1 << 10), ("MB", 1_000_000), ("GiB", 1_u64 << 30)][unit];
            prop_assert_eq!(size(&format!("{number} {name}")), Some(ByteSize(number * factor)));
        }

        #[test]
        fn whole_durations_are_exact(number in 0..100_000_u64, unit in 0..4_usize) {
            let (name, factor) = [("s", 1), ("min", 60), ("h", 3_600), ("days", 86_400)][unit];
            let expected = Duration::from_secs(number * factor);
            prop_assert_eq!(duration(&format!("{number} {name}")), Some(expected));
        }

        #[test]
        fn bare_numbers_are_refused(number: u64) {
            prop_assert_eq!(size(&number.to_string()), None);
            prop_assert_eq!(duration(&number.to_string()), None);
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,20}") {
            let _ = (size(&text), duration(&text));
        }
    }
}
