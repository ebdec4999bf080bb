//! Small bars beside numbers: how far somebody is with one thing, and with each of many.

use std::fmt::Write;

use maud::{Markup, html};

use super::share;
use crate::ui::Messages;

/// How far somebody is, in hundredths, as a bar with its number. The number says it; the bar only
/// shows it.
pub fn bar(m: Messages, percent: u32) -> Markup {
    let percent = percent.min(100);
    html! {
        span.bar {
            svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
                rect.bar-track width="100" height="8" {}
                rect.bar-fill width=(percent) height="8" {}
            }
            span.bar-number { (m.with("chart-percent", &[("percent", percent.into())])) }
        }
    }
}

/// How far somebody is with one of many things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// They have not begun.
    Untouched,
    /// So far, in hundredths.
    Begun(u32),
    /// They are through.
    Finished,
}

/// The height of a strip's grid, and of the least that shows in it.
const HIGH: u32 = 20;
const LEAST: u32 = 3;

/// How far somebody is with each of many things, as bars in a row: a glance at what the words
/// beside it sum up. Finished ones reach the top and stand in another tone.
pub fn strip(cells: &[Cell]) -> Markup {
    let width = cells.len().max(1) * 4;
    let (mut begun, mut finished) = (String::new(), String::new());
    for (index, cell) in cells.iter().enumerate() {
        let left = index * 4;
        // Writing to a string never fails.
        let _ = match cell {
            Cell::Untouched => Ok(()),
            Cell::Finished => write!(finished, "M{left} 0h3v{HIGH}h-3z"),
            Cell::Begun(percent) => {
                let high = share(u64::from(*percent), 100) * HIGH / 1000;
                let high = high.clamp(LEAST, HIGH);
                write!(begun, "M{left} {}h3v{high}h-3z", HIGH - high)
            }
        };
    }
    html! {
        svg.strip
            viewBox={ "0 0 " (width) " " (HIGH + 2) }
            preserveAspectRatio="none"
            aria-hidden="true"
        {
            rect.strip-base y=(HIGH) width=(width) height="2" {}
            @if !begun.is_empty() { path.strip-begun d=(begun) {} }
            @if !finished.is_empty() { path.strip-finished d=(finished) {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bar_says_its_number() {
        let m = Messages::default();
        assert!(bar(m, 62).0.contains("62 %"));
        assert!(bar(m, 62).0.contains(r#"width="62""#));
        assert!(bar(m, u32::MAX).0.contains("100 %"));
    }

    #[test]
    fn a_strip_has_a_place_for_each_thing() {
        let cells = [Cell::Finished, Cell::Untouched, Cell::Begun(50)];
        let markup = strip(&cells).0;
        assert!(markup.contains(r#"viewBox="0 0 12 22""#), "{markup}");
        assert!(markup.contains(r#"d="M0 0h3v20h-3z""#), "{markup}");
        assert!(markup.contains(r#"d="M8 10h3v10h-3z""#), "{markup}");
        assert!(strip(&[]).0.contains(r#"viewBox="0 0 4 22""#));
    }

    proptest! {
        #[test]
        fn whatever_was_watched_stays_in_the_strip(percent: u32) {
            let markup = strip(&[Cell::Begun(percent)]).0;
            let (_, rest) = markup.split_once("M0 ").unwrap();
            let top: u32 = rest.split('h').next().unwrap().parse().unwrap();
            prop_assert!(top <= HIGH - LEAST);
        }
    }
}
