//! How watching counts, as people set it: where something is placed, and later.

use maud::{Markup, html};

use crate::grades::counting::USUAL_THRESHOLD;
use crate::store::rows::library::Counts;
use crate::ui::Messages;
use crate::ui::format::hundredths;
use crate::ui::forms::{Choice, Field, Text, select, text_field};

/// The most points, in hundredths.
const MOST_POINTS: f64 = 1_000_000.0;
/// What watching is worth unless the person says otherwise.
pub(super) const USUAL_POINTS: &str = "100";
/// How many characters a number may have.
const LONGEST: u32 = 20;

/// The hundredths of `100`, `12.5` and `12,5`; more than nought.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded before it is cast"
)]
pub(super) fn points(text: &str) -> Option<u32> {
    let text = text.trim();
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    digits(whole)?;
    digits(fraction)?;
    let number: f64 = format!("{whole}.{fraction}").parse().ok()?;
    let hundredths = (number * 100.0).round();
    (1.0..=MOST_POINTS)
        .contains(&hundredths)
        .then_some(hundredths as u32)
}

/// The hundredths of a percent of `90`, `87.5`, `87,5` and `90 %`: more than nought, at most all.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded before it is cast"
)]
pub(super) fn percent(text: &str) -> Option<u16> {
    let text = text.trim().trim_end_matches('%').trim_end();
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    digits(whole)?;
    digits(fraction)?;
    let number: f64 = format!("{whole}.{fraction}").parse().ok()?;
    let hundredths = (number * 100.0).round();
    (100.0..=10_000.0)
        .contains(&hundredths)
        .then_some(hundredths as u16)
}

/// What is typed, or what a field that is left empty means.
pub(super) fn or_usual<'a>(typed: Option<&'a str>, usual: &'a str) -> &'a str {
    let typed = typed.filter(|text| !text.trim().is_empty());
    typed.unwrap_or(usual)
}

fn digits(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// What a form names; completion where it names nothing that is known.
pub(super) fn named(name: Option<&str>) -> Counts {
    match name {
        Some("proportion") => Counts::Proportion,
        _ => Counts::Completion,
    }
}

/// The name in forms.
pub(super) const fn name(counts: Counts) -> &'static str {
    match counts {
        Counts::Completion => "completion",
        Counts::Proportion => "proportion",
    }
}

/// The fields that say how watching counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fields<'a> {
    /// Tells their ids from those of other such fields of the page.
    pub(super) apart: &'a str,
    /// Their names.
    pub(super) names: [&'a str; 3],
    /// What is in them: the most points, how they are earned, how much is enough.
    pub(super) values: [&'a str; 3],
    /// What is wrong with the points, and with how much is enough.
    pub(super) mistakes: [Option<&'a str>; 2],
}

impl Fields<'_> {
    /// The fields.
    pub(super) fn show(&self, m: Messages) -> Markup {
        let [maximum, counts, threshold] = self.names;
        let usual = hundredths(u32::from(USUAL_THRESHOLD));
        let id = |name: &str| (!self.apart.is_empty()).then(|| format!("{name}-{}", self.apart));
        let line = |name, label: &str, hint: &str, value, error| {
            let id = id(name);
            let field = Field {
                name,
                id: id.as_deref(),
                label: &m.text(label),
                hint: Some(hint),
                error,
                // What is left empty is said; it only matters where it counts.
                depends: true,
                ..Field::default()
            };
            let text = Text {
                value,
                autocomplete: Some("off"),
                max_length: Some(LONGEST),
                ..Text::default()
            };
            text_field(m, &field, &text)
        };
        let completion = m.text("counting-completion");
        let proportion = m.text("counting-proportion");
        let choices = [
            Choice {
                value: name(Counts::Completion),
                label: &completion,
                ..Choice::default()
            },
            Choice {
                value: name(Counts::Proportion),
                label: &proportion,
                ..Choice::default()
            },
        ];
        let points = m.with("counting-points-hint", &[("usual", USUAL_POINTS.into())]);
        let enough = m.with("counting-threshold-hint", &[("usual", usual.into())]);
        html! {
            (select(m, &Field {
                name: counts,
                id: id(counts).as_deref(),
                label: &m.text("counting-counts"),
                ..Field::default()
            }, &choices, self.values[1]))
            (line(maximum, "select-field-maximum", &points, self.values[0], self.mistakes[0]))
            (line(threshold, "counting-threshold", &enough, self.values[2], self.mistakes[1]))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn points_have_bounds() {
        for (text, hundredths) in [
            ("100", Some(10_000)),
            ("12.5", Some(1_250)),
            ("12,5", Some(1_250)),
            ("0.01", Some(1)),
            ("10000", Some(1_000_000)),
            ("10000.01", None),
            ("0", None),
            ("-5", None),
            ("1e3", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(points(text), hundredths, "{text}");
        }
    }

    #[test]
    fn percents_have_bounds() {
        for (text, hundredths) in [
            ("90", Some(9_000)),
            (" 87.5 % ", Some(8_750)),
            ("87,5", Some(8_750)),
            ("100", Some(10_000)),
            ("100.01", None),
            ("0.5", None),
            ("0", None),
            ("-5", None),
            ("%", None),
        ] {
            assert_eq!(percent(text), hundredths, "{text}");
        }
    }

    proptest! {
        #[test]
        fn points_are_typed_as_they_are_read(number in 1..=1_000_000_u32) {
            prop_assert_eq!(points(&hundredths(number)), Some(number));
        }

        #[test]
        fn nothing_typed_makes_it_panic(text in "\\PC{0,20}|[0-9:.,%]{0,12}") {
            let _ = (points(&text), percent(&text));
        }
    }
}
