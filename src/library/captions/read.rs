//! Reading captions: WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format", section 6) and
//! SubRip, which has no standard and is read as players do.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::cues::{BYTES_MAX, BadCaptions, CUE_MAX, CUES_MAX, Captions, Cue, LINE_MAX};

/// What stands between the times of a cue.
const ARROW: &str = "-->";

/// The captions in a file. Whatever is not a cue, such as styles, regions and notes, is left out.
pub fn parse(file: &[u8]) -> Result<Captions, BadCaptions> {
    if file.len() > BYTES_MAX {
        return Err(BadCaptions::TooLarge);
    }
    let text = decode(file);
    let lines = lines(&text)?;
    if is_vtt(&lines) {
        Captions::of(vtt(&lines)?)
    } else if lines.iter().any(|line| line.contains(ARROW)) {
        Captions::of(subrip(&lines)?)
    } else {
        Err(BadCaptions::NotCaptions)
    }
}

/// WebVTT is UTF-8 always; SubRip files are what their writer's system had, most often its Western
/// code page where they are not Unicode.
fn decode(file: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(file) {
        return encoding.decode_without_bom_handling(&file[mark..]).0;
    }
    match str::from_utf8(file) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(file).0,
    }
}

/// The lines of a text, which end with LF, CR or both.
fn lines(text: &str) -> Result<Vec<&str>, BadCaptions> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        if end > LINE_MAX {
            let line = lines.len() + 1;
            return Err(BadCaptions::LineTooLong { line });
        }
        lines.push(&rest[..end]);
        let after = &rest[end..];
        rest = match after.strip_prefix("\r\n") {
            Some(rest) => rest,
            None => after.get(1..).unwrap_or_default(),
        };
    }
    Ok(lines)
}

fn is_vtt(lines: &[&str]) -> bool {
    let rest = lines.first().and_then(|line| line.strip_prefix("WEBVTT"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// The cues of a WebVTT file: each begins with its times and goes to the next empty line, or to the
/// next times. Other blocks are not kept.
fn vtt(lines: &[&str]) -> Result<Vec<Cue>, BadCaptions> {
    let mut cues = Vec::new();
    let mut at = 1;
    while let Some(line) = lines.get(at) {
        at += 1;
        if !line.contains(ARROW) {
            continue;
        }
        let times = times(line, at)?;
        let text = &lines[at..];
        let len = text
            .iter()
            .position(|line| line.is_empty() || line.contains(ARROW))
            .unwrap_or(text.len());
        times.cue(&text[..len].join("\n"), &mut cues)?;
        at += len;
    }
    Ok(cues)
}

/// The cues of a SubRip file: each goes to the number above the next times. Some have empty lines
/// inside.
fn subrip(lines: &[&str]) -> Result<Vec<Cue>, BadCaptions> {
    let begins: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].contains(ARROW))
        .collect();
    let mut cues = Vec::new();
    for (nth, begin) in begins.iter().enumerate() {
        let next = begins.get(nth + 1);
        let mut text = &lines[begin + 1..next.copied().unwrap_or(lines.len())];
        if let ([above @ .., last], true) = (text, next.is_some())
            && is_number(last)
            && above.last().is_none_or(|line| line.trim().is_empty())
        {
            text = above;
        }
        let text: Vec<_> = text
            .iter()
            .map(|line| without_overrides(line))
            .filter(|line| !line.trim().is_empty())
            .collect();
        times(lines[*begin], begin + 1)?.cue(&text.join("\n"), &mut cues)?;
    }
    Ok(cues)
}

fn is_number(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
}

/// A line of SubRip without what other players know: `{\an8}` says where to stand.
fn without_overrides(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{\\") {
        let Some((_, after)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What a line with an arrow says.
struct Times<'a> {
    line: usize,
    start: u64,
    end: u64,
    settings: &'a str,
}

impl Times<'_> {
    fn cue(&self, text: &str, cues: &mut Vec<Cue>) -> Result<(), BadCaptions> {
        let line = self.line;
        if text.len() > CUE_MAX {
            return Err(BadCaptions::CueTooLong { line });
        }
        let Some(cue) = Cue::new(self.start, self.end, self.settings, text) else {
            return Ok(());
        };
        // Escaped, it may have become longer.
        if cue.text.len() > CUE_MAX {
            return Err(BadCaptions::CueTooLong { line });
        }
        if cue.text.lines().any(|line| line.len() > LINE_MAX) {
            return Err(BadCaptions::LineTooLong { line });
        }
        cues.push(cue);
        if cues.len() > CUES_MAX {
            return Err(BadCaptions::TooManyCues);
        }
        Ok(())
    }
}

fn times(text: &str, line: usize) -> Result<Times<'_>, BadCaptions> {
    let bad = BadCaptions::Timing { line };
    let (start, rest) = text.split_once(ARROW).ok_or(bad)?;
    let rest = rest.trim_start();
    let (end, settings) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let start = time(start.trim()).ok_or(bad)?;
    let end = time(end.trim()).ok_or(bad)?;
    if end < start {
        return Err(BadCaptions::Backwards { line });
    }
    Ok(Times {
        line,
        start,
        end,
        settings,
    })
}

/// A time in milliseconds: hours, which may be missing, minutes, seconds and their fraction, after
/// a comma in SubRip.
pub(super) fn time(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "000"));
    let mut parts = whole.rsplit(':');
    let seconds = number(parts.next()?, 2).filter(|s| *s < 60)?;
    let minutes = number(parts.next()?, 2).filter(|m| *m < 60)?;
    let hours = parts.next().map_or(Some(0), |hours| number(hours, 4))?;
    if parts.next().is_some() {
        return None;
    }
    let millis = number(fraction, 3)? * [0, 100, 10, 1].get(fraction.len())?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}

fn number(text: &str, most: usize) -> Option<u64> {
    let plain = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}
