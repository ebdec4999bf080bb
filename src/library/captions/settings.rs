//! Cue settings (WebVTT, section 4.4 and 6.3): where a cue stands.

/// The most bytes of a number.
const NUMBER_MAX: usize = 10;

const NAMES: [&str; 5] = ["vertical", "line", "position", "size", "align"];

/// What is valid of `text`, each setting once, in one order. Regions are left out, since they are
/// defined where only cues are kept. What is clean already stays as it is.
pub(super) fn clean(text: &str) -> String {
    let mut found: [Option<&str>; NAMES.len()] = [None; NAMES.len()];
    for setting in text.split_ascii_whitespace() {
        let Some((name, value)) = setting.split_once(':') else {
            continue;
        };
        let at = NAMES.iter().position(|known| *known == name);
        if let Some(at) = at.filter(|_| is_valid(name, value)) {
            // As in browsers, the last one counts.
            found[at] = Some(value);
        }
    }
    let settings = NAMES.iter().zip(found);
    let settings = settings.filter_map(|(name, value)| Some(format!("{name}:{}", value?)));
    settings.collect::<Vec<_>>().join(" ")
}

fn is_valid(name: &str, value: &str) -> bool {
    match name {
        "vertical" => matches!(value, "rl" | "lr"),
        "line" => {
            let (line, align) = with_alignment(value);
            (is_percentage(line) || is_line(line))
                && align.is_none_or(|align| matches!(align, "start" | "center" | "end"))
        }
        "position" => {
            let (position, align) = with_alignment(value);
            is_percentage(position)
                && align.is_none_or(|align| matches!(align, "line-left" | "center" | "line-right"))
        }
        "size" => is_percentage(value),
        _ => matches!(value, "start" | "center" | "end" | "left" | "right"),
    }
}

fn with_alignment(value: &str) -> (&str, Option<&str>) {
    match value.split_once(',') {
        Some((value, align)) => (value, Some(align)),
        None => (value, None),
    }
}

/// A line number, counted from the end when it is negative.
fn is_line(text: &str) -> bool {
    is_digits(text.strip_prefix('-').unwrap_or(text))
}

/// A number from 0 to 100 with a percent sign.
fn is_percentage(text: &str) -> bool {
    let Some(number) = text.strip_suffix('%') else {
        return false;
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    is_digits(whole)
        && is_digits(fraction)
        && number
            .parse::<f64>()
            .is_ok_and(|n| (0.0..=100.0).contains(&n))
}

fn is_digits(text: &str) -> bool {
    (1..=NUMBER_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn what_is_valid_stays() {
        for (text, kept) in [
            ("", ""),
            ("align:start line:-1", "line:-1 align:start"),
            (
                "position:10.5%,line-left size:35%",
                "position:10.5%,line-left size:35%",
            ),
            ("line:0%,end vertical:rl", "vertical:rl line:0%,end"),
            ("align:left align:right", "align:right"),
            ("align:left align:middle", "align:left"),
        ] {
            assert_eq!(clean(text), kept, "{text}");
            assert_eq!(clean(kept), kept, "{text}");
        }
    }

    #[test]
    fn what_is_not_is_left_out() {
        for text in [
            "region:fred",
            "vertical:up",
            "line:1.5",
            "line:--1",
            "line:5,left",
            "position:101%",
            "position:10",
            "position:.5%",
            "position:10%,start",
            "size:-1%",
            "size:12345678901%",
            "align:middle",
            "align",
            "ALIGN:start",
            "onclick:alert(1)",
        ] {
            assert_eq!(clean(text), "", "{text}");
        }
    }
}
