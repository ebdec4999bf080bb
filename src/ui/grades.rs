//! Grades in words: points, how a score stands, and why it was not taken.

use maud::{Markup, html};

use super::Messages;
use super::format::hundredths;
use super::notices::{Tone, badge};

/// How a score stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Refused for good.
    Stopped,
    /// On its way.
    Due,
    /// Taken.
    Taken,
}

impl Stands {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 3] = [Self::Stopped, Self::Due, Self::Taken];

    /// Its name in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Due => "due",
            Self::Taken => "taken",
        }
    }

    /// What has this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stands| stands.name() == name)
    }

    /// What lists call it.
    pub fn label(self, m: Messages) -> String {
        let id = match self {
            Self::Stopped => "grades-stopped",
            Self::Due => "grades-due",
            Self::Taken => "grades-taken",
        };
        m.text(id).into_owned()
    }

    /// What stands in place of an empty list of them.
    pub fn none(self, m: Messages) -> String {
        let id = match self {
            Self::Stopped => "grades-stopped-none",
            Self::Due => "grades-due-none",
            Self::Taken => "grades-taken-none",
        };
        m.text(id).into_owned()
    }

    /// It as a badge.
    pub fn badge(self, m: Messages) -> Markup {
        let (tone, id) = match self {
            Self::Stopped => (Tone::Error, "grade-stopped"),
            Self::Due => (Tone::Info, "grade-due"),
            Self::Taken => (Tone::Success, "grade-taken"),
        };
        badge(Some(tone), None, &m.text(id))
    }
}

/// Points out of how many, both in hundredths.
pub fn points(m: Messages, (points, maximum): (u32, u32)) -> String {
    m.with(
        "grade-points",
        &[
            ("points", hundredths(points).into()),
            ("maximum", hundredths(maximum).into()),
        ],
    )
}

/// Why a score was not taken.
#[derive(Debug, Clone, Copy)]
pub struct Trouble<'a> {
    /// A message below `grade-trouble-`.
    pub code: &'a str,
    /// The status of the platform's answer.
    pub status: Option<u16>,
    /// What the platform says.
    pub said: Option<&'a str>,
}

impl Trouble<'_> {
    /// The sentence, and the next step.
    pub fn words(&self, m: Messages) -> (String, String) {
        let id = format!("grade-trouble-{}", self.code);
        let id = if m.has(&id) {
            id
        } else {
            "grade-trouble-refused".to_owned()
        };
        let next = m.text(&format!("{id}-next")).into_owned();
        (m.text(&id).into_owned(), next)
    }

    /// The same with what the platform answered, for staff.
    pub fn told(&self, m: Messages) -> Markup {
        let (sentence, next) = self.words(m);
        html! {
            span.trouble { (sentence) }
            br;
            span.hint {
                (next)
                @if let Some(status) = self.status {
                    " " (m.with("grade-trouble-status", &[("status", status.to_string().into())]))
                }
                @if let Some(said) = self.said.filter(|said| !said.is_empty()) {
                    " " (m.with("grade-trouble-said", &[("said", said.into())]))
                }
            }
        }
    }
}

/// The ways to the lists of grades below `grades`, and how many stand in each.
pub fn ways(m: Messages, label: &str, here: Stands, numbers: &[(Stands, u64)]) -> Markup {
    html! {
        nav.ways aria-label=(label) {
            ul role="list" {
                @for (stands, number) in numbers {
                    li {
                        a href={ "grades?list=" (stands.name()) }
                            aria-current=[(*stands == here).then_some("page")] {
                            span { (stands.label(m)) }
                            " "
                            span.tab-number { (number) }
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
    fn every_reason_has_a_sentence_and_a_step() {
        let m = Messages::default();
        for code in ["unreachable", "not-gradable", "no-such-reason"] {
            let trouble = Trouble {
                code,
                status: Some(400),
                said: Some("<b>"),
            };
            let (sentence, next) = trouble.words(m);
            assert!(!sentence.is_empty() && !next.is_empty());
            assert!(trouble.told(m).into_string().contains("&lt;b&gt;"));
        }
    }

    #[test]
    fn names_are_read_as_written() {
        for stands in Stands::ALL {
            assert_eq!(Stands::named(stands.name()), Some(stands));
        }
        assert_eq!(Stands::named("other"), None);
    }
}
