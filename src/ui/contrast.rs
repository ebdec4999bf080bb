//! The colours of `assets/css/tokens.css` keep the contrast that WCAG 2.2 asks for (1.4.3, 1.4.11),
//! in light and in dark.

use std::collections::BTreeMap;

use super::assets;

type Colours = BTreeMap<String, [u8; 3]>;

/// The six-figure colours among the custom properties of a rule.
fn colours(css: &str) -> Colours {
    css.lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"))
        .map(|(name, value)| {
            let value = u32::from_str_radix(value.trim_end_matches(';'), 16).unwrap();
            let [_, red, green, blue] = value.to_be_bytes();
            (name.to_owned(), [red, green, blue])
        })
        .collect()
}

/// Relative luminance (WCAG 2.2, definitions).
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The two themes: light, and dark on top of it.
fn themes() -> [Colours; 2] {
    let css = assets::get("css/tokens.css").unwrap();
    let css = String::from_utf8(css.bytes.to_vec()).unwrap();
    let (light, dark) = css.split_once("@media").unwrap();
    let light = colours(light);
    let mut both = light.clone();
    both.extend(colours(dark));
    assert_ne!(light, both);
    [light, both]
}

fn hold(theme: &Colours, ratio: f64, fronts: &[&str], backs: &[&str]) {
    for front in fronts {
        for back in backs {
            let seen = contrast(theme[*front], theme[*back]);
            assert!(seen >= ratio, "{front} on {back}: {seen:.2} < {ratio}");
        }
    }
}

#[test]
fn text_can_be_read() {
    let backs = ["paper", "surface", "sunken", "accent-soft", "glow"];
    for theme in themes() {
        hold(&theme, 4.5, &["ink", "ink-soft"], &backs);
        hold(&theme, 4.5, &["accent", "accent-strong"], &backs[..4]);
        hold(&theme, 4.5, &["on-accent"], &["accent", "accent-strong"]);
        hold(&theme, 4.5, &["on-error"], &["error"]);
        for tone in ["info", "success", "warning", "error"] {
            let soft = format!("{tone}-soft");
            hold(&theme, 4.5, &[tone], &["paper", "surface", &soft]);
            hold(&theme, 4.5, &["ink", "accent"], &[&soft]);
        }
    }
}

#[test]
fn controls_and_focus_can_be_seen() {
    let backs = ["paper", "surface", "sunken", "accent-soft"];
    for theme in themes() {
        hold(&theme, 3.0, &["line-strong", "focus"], &backs);
        hold(&theme, 3.0, &["accent"], &["line", "glow"]);
    }
}
