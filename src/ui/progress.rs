//! What somebody has seen of an item: a sentence, and a bar that shows which parts.
//! `js/watched.js` keeps both up to date.

use maud::{Markup, html};

use super::Messages;

/// The bar is so many units long.
pub const LONG: u64 = 1_000;
/// What was seen shows, however short it is.
const LEAST: u64 = 4;

/// What was seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bar<'a> {
    /// The sentence.
    pub words: &'a str,
    /// How much, in percent; `None` where nobody knows of how much: then there is no bar.
    pub percent: Option<u16>,
    /// Where each part begins and ends, in thousandths of the whole.
    pub parts: &'a [[u64; 2]],
}

/// Where a page tells what is watched.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// The address.
    pub to: &'a str,
    /// What shows that the page is ours, where the browser cannot say so.
    pub pass: &'a str,
}

/// The sentence and the bar.
pub fn bar(m: Messages, bar: &Bar<'_>) -> Markup {
    html! {
        div.own data-own {
            p.own-words #own-words data-part="words" { (bar.words) }
            @if let Some(percent) = bar.percent {
                div.own-bar
                    role="progressbar"
                    aria-label=(m.text("own-bar"))
                    aria-describedby="own-words"
                    aria-valuemin="0"
                    aria-valuemax="100"
                    aria-valuenow=(percent)
                    data-part="bar"
                {
                    svg
                        viewBox={ "0 0 " (LONG) " 1" }
                        preserveAspectRatio="none"
                        aria-hidden="true"
                    {
                        @for [start, end] in bar.parts {
                            rect
                                x=(start)
                                y="0"
                                width=(end.saturating_sub(*start).max(LEAST))
                                height="1" {}
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_shows_which_parts_were_seen() {
        let m = Messages::default();
        let shown = bar(
            m,
            &Bar {
                words: "You have watched 62 %.",
                percent: Some(62),
                parts: &[[0, 500], [700, 701]],
            },
        )
        .0;
        assert!(shown.contains(r#"aria-valuenow="62""#));
        assert!(shown.contains(r#"<rect x="0" y="0" width="500""#));
        assert!(shown.contains(r#"<rect x="700" y="0" width="4""#));
        let unknown = bar(m, &Bar::default()).0;
        assert!(!unknown.contains("progressbar"), "of unknown length");
    }
}
