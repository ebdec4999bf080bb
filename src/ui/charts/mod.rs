//! Charts as pictures in the page (SVG), made here. Each has a title, a description in words and a
//! table with the same numbers, so that nobody has to see it; nothing in it is told by colour alone.
//!
//! Pictures stretch to the width that there is, so their words stand beside them and not inside.
//! Whatever the numbers are, a chart stays within its frame.

mod bars;
mod heat;
mod steps;

pub use bars::{Cell, bar, strip};
pub use heat::{Along, Heat, Part, heat, span_of};
pub use steps::{Day, Steps, steps};

use maud::{Markup, html};

/// `part` of `whole`, in thousandths: never more than all of it.
fn share(part: u64, whole: u64) -> u32 {
    if whole == 0 {
        return 0;
    }
    let share = u128::from(part) * 1000 / u128::from(whole);
    u32::try_from(share.min(1000)).unwrap_or(1000)
}

/// A chart with what stands around it.
struct Figure<'a> {
    /// The name of its parts in the page.
    id: &'a str,
    /// What it shows.
    title: &'a str,
    /// What is to be seen in it, in words.
    description: &'a str,
    /// The grid that it is drawn on: width and height.
    grid: (u32, u32),
    /// The class that says how high it is shown.
    class: &'a str,
}

impl Figure<'_> {
    /// The picture around its shapes.
    fn picture(&self, shapes: &Markup) -> Markup {
        let (width, height) = self.grid;
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        html! {
            svg
                class={ "chart-picture " (self.class) }
                viewBox={ "0 0 " (width) " " (height) }
                preserveAspectRatio="none"
                role="img"
                aria-labelledby={ (title) " " (description) }
            {
                title #(title) { (self.title) }
                desc #(description) { (self.description) }
                (shapes)
            }
        }
    }
}

/// What a mark in a chart means.
fn legend(marks: &[(&str, &str)]) -> Markup {
    html! {
        ul.chart-legend role="list" {
            @for (class, text) in marks {
                li {
                    svg class={ "chart-mark " (class) } viewBox="0 0 16 16" aria-hidden="true" {
                        rect width="16" height="16" rx="3" {}
                        line x1="0" y1="8" x2="16" y2="8" {}
                    }
                    span { (text) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_of_what_there_is() {
        for (part, whole, thousandths) in [
            (0, 0, 0),
            (5, 0, 0),
            (0, 5, 0),
            (1, 3, 333),
            (5, 5, 1000),
            (9, 5, 1000),
            (u64::MAX, 1, 1000),
            (u64::MAX, u64::MAX, 1000),
        ] {
            assert_eq!(share(part, whole), thousandths, "{part} of {whole}");
        }
    }

    proptest! {
        #[test]
        fn no_share_is_more_than_all(part: u64, whole: u64) {
            prop_assert!(share(part, whole) <= 1000);
        }
    }
}
