//! Sizes, durations and moments in words.

use std::time::Duration;

use maud::{Markup, html};

use super::Messages;
use crate::world::Time;

/// The units above bytes; each is a thousand of the one before.
const UNITS: [&str; 4] = [
    "size-kilobytes",
    "size-megabytes",
    "size-gigabytes",
    "size-terabytes",
];

/// A size in the unit that people would choose, powers of 1000: `1.4 GB`.
pub fn size(m: Messages, bytes: u64) -> String {
    let mut unit = None;
    let mut scale = 1;
    for name in UNITS {
        if rounded(bytes, scale) < 1000 {
            break;
        }
        unit = Some(name);
        scale *= 1000;
    }
    let Some(unit) = unit else {
        return m.with("size-bytes", &[("number", bytes.into())]);
    };
    let tenths = rounded(bytes.saturating_mul(10), scale);
    let number = if tenths >= 1000 || tenths.is_multiple_of(10) {
        rounded(bytes, scale).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    m.with(unit, &[("number", number.into())])
}

/// `number / scale`, to the nearest.
const fn rounded(number: u64, scale: u64) -> u64 {
    number / scale + (number % scale >= scale.div_ceil(2)) as u64
}

/// A duration as players show it: `4:05`, `1:02:03`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// Several things in one phrase: `a, b and c`.
pub fn list(m: Messages, things: &[String]) -> String {
    let Some((last, before)) = things.split_last() else {
        return String::new();
    };
    let mut phrase = last.clone();
    for (index, thing) in before.iter().rev().enumerate() {
        let id = if index == 0 { "list-last" } else { "list-more" };
        let (first, rest) = (thing.as_str().into(), phrase.as_str().into());
        phrase = m.with(id, &[("first", first), ("rest", rest)]);
    }
    phrase
}

/// A length of time in words, in whole days or else in hours.
pub fn span(m: Messages, span: Duration) -> String {
    let hours = span.as_secs().div_ceil(3600);
    let (id, number) = if hours >= 24 {
        ("span-days", hours / 24)
    } else {
        ("span-hours", hours)
    };
    m.with(id, &[("number", number.into())])
}

/// A moment, in UTC; `js/moments.js` rewrites it in the reader's own time and way of writing.
pub fn moment(time: Time) -> Markup {
    let timestamp = time.timestamp();
    let machine = timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let people = timestamp.strftime("%Y-%m-%d %H:%M UTC").to_string();
    html! { time datetime=(machine) data-moment { (people) } }
}

/// The day of a moment, likewise.
pub fn day(time: Time) -> Markup {
    let timestamp = time.timestamp();
    let machine = timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let people = timestamp.strftime("%Y-%m-%d").to_string();
    html! { time datetime=(machine) data-day { (people) } }
}

/// A number that is kept in hundredths, such as `12.5`.
pub fn hundredths(number: u32) -> String {
    let (whole, rest) = (number / 100, number % 100);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:02}")
        .trim_end_matches('0')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_two_figures_or_so() {
        let m = Messages::default();
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1 kB"),
            (1450, "1.5 kB"),
            (15_400_000, "15.4 MB"),
            (154_400_000, "154 MB"),
            (999_999, "1 MB"),
            (999_499, "999 kB"),
            (9_950, "10 kB"),
            (8_589_934_592, "8.6 GB"),
            (2_000_000_000_000_000, "2000 TB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(size(m, bytes), text);
        }
    }

    #[test]
    fn durations_read_like_players() {
        for (seconds, text) in [(0, "0:00"), (65, "1:05"), (600, "10:00"), (3723, "1:02:03")] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn lists_read_as_one_phrase() {
        let m = Messages::default();
        let things = ["a", "b", "c", "d"].map(String::from);
        for (count, phrase) in [
            (0, ""),
            (1, "a"),
            (2, "a and b"),
            (3, "a, b and c"),
            (4, "a, b, c and d"),
        ] {
            assert_eq!(list(m, &things[..count]), phrase);
        }
    }

    #[test]
    fn spans_are_days_or_hours() {
        let m = Messages::default();
        for (hours, text) in [
            (1, "1 hour"),
            (23, "23 hours"),
            (24, "1 day"),
            (720, "30 days"),
        ] {
            assert_eq!(span(m, Duration::from_hours(hours)), text);
        }
        assert_eq!(span(m, Duration::from_secs(10)), "1 hour");
    }

    #[test]
    fn a_moment_is_for_machines_and_people() {
        let markup = moment(Time::from_seconds(1_795_356_300)).0;
        assert_eq!(
            markup,
            "<time datetime=\"2026-11-22T14:05:00Z\" data-moment>2026-11-22 14:05 UTC</time>"
        );
        assert!(moment(Time(u64::MAX)).0.contains("9999"));
        let markup = day(Time::from_seconds(1_795_356_300)).0;
        assert_eq!(
            markup,
            "<time datetime=\"2026-11-22T14:05:00Z\" data-day>2026-11-22</time>"
        );
    }
}
