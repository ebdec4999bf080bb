//! Times and sizes as people type them.

/// The longest time that is taken: a hundred hours.
const MOST_SECONDS: f64 = 360_000.0;
/// The smallest frame that is taken, in pixels.
const LEAST_PIXELS: u32 = 100;
/// The largest, likewise.
const MOST_PIXELS: u32 = 4_000;

/// The milliseconds of `90`, `1:30`, `1:02:03` and `1:30.5`.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded before it is cast"
)]
pub(super) fn time(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let (last, before) = parts.split_last()?;
    if before.len() > 2 {
        return None;
    }
    let mut seconds = 0.0;
    for part in before {
        seconds = seconds * 60.0 + f64::from(digits(part)?);
    }
    let (whole, fraction) = last.split_once(['.', ',']).unwrap_or((last, "0"));
    digits(whole)?;
    digits(fraction)?;
    let last: f64 = format!("{whole}.{fraction}").parse().ok()?;
    if !before.is_empty() && last >= 60.0 {
        return None;
    }
    let seconds = seconds * 60.0 + last;
    (seconds < MOST_SECONDS).then(|| (seconds * 1000.0).round() as u64)
}

fn digits(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// A moment as it is typed: `1:30`, `1:02:03`, with a fraction where it has one.
pub(super) fn typed_time(ms: u64) -> String {
    let (seconds, rest) = (ms / 1000, ms % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if rest == 0 {
        String::new()
    } else {
        format!(".{rest:03}").trim_end_matches('0').to_owned()
    };
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}{fraction}")
    } else {
        format!("{minutes}:{seconds:02}{fraction}")
    }
}

/// A width or a height.
pub(super) fn pixels(text: &str) -> Option<u32> {
    digits(text.trim()).filter(|size| (LEAST_PIXELS..=MOST_PIXELS).contains(size))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_as_players_show_them() {
        for (text, ms) in [
            ("0", Some(0)),
            ("90", Some(90_000)),
            (" 1:30 ", Some(90_000)),
            ("01:02:03", Some(3_723_000)),
            ("1:30.5", Some(90_500)),
            ("1:30,25", Some(90_250)),
            ("99:59:59", Some(359_999_000)),
            ("100:00:00", None),
            ("1:60", None),
            ("1:2:3:4", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("1:", None),
            (":30", None),
            ("", None),
            ("abc", None),
            ("inf", None),
        ] {
            assert_eq!(time(text), ms, "{text}");
        }
    }

    #[test]
    fn sizes_have_bounds() {
        assert_eq!(pixels("640"), Some(640));
        for wrong in ["99", "4001", "", "60%", "-1", "640.5"] {
            assert_eq!(pixels(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_time_is_typed_as_it_is_read(ms in 0_u64..359_999_999) {
            prop_assert_eq!(time(&typed_time(ms)), Some(ms));
        }

        #[test]
        fn nothing_typed_makes_it_panic(text in "\\PC{0,20}|[0-9:.,]{0,12}") {
            let _ = (time(&text), pixels(&text));
        }
    }
}
