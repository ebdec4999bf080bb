//! Cue text (WebVTT, sections 4.2.2 and 6.4): words with a few tags, read as browsers do and written
//! anew.

use super::cues::timestamp;
use super::read::time;

/// How deep tags stand in one another.
const DEPTH_MAX: usize = 16;
/// The most bytes of a character reference, such as `&#x1F600;`.
const REFERENCE_MAX: usize = 10;
/// The most bytes of a time within a cue: `0000:00:00.000`.
const MOMENT_MAX: usize = 14;

/// Cue text for a cue shown from `start` to `end`, in milliseconds, with nothing in it but words
/// and the tags of WebVTT; `None` when there are no words. What is clean already stays as it is.
pub(super) fn clean(text: &str, start: u64, end: u64) -> Option<String> {
    let mut writer = Writer {
        out: String::with_capacity(text.len()),
        open: Vec::new(),
        words: false,
        latest: start,
        end,
    };
    // No tag begins after the last `>`. Asked once, so that text full of `<` costs no more.
    let last = text.rfind('>');
    let ends = |after: &str| last.is_some_and(|last| text.len() - after.len() <= last);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '<' if ends(after)
                && let Some((tag, after)) = tag(after) =>
            {
                writer.tag(tag);
                after
            }
            '&' if let Some((c, after)) = reference(after) => {
                writer.character(c);
                after
            }
            c => {
                writer.character(c);
                after
            }
        };
    }
    writer.finish()
}

/// What stands between `<` and `>`, and what follows, where the `<` begins a tag at all: people
/// write it for "less than" too.
fn tag(text: &str) -> Option<(&str, &str)> {
    let first = text.chars().next()?;
    if !(first.is_ascii_alphanumeric() || matches!(first, '/' | '.' | '>')) {
        return None;
    }
    if !first.is_ascii_digit() {
        return text.split_once('>');
    }
    // What is no time is read again as words, so that the search must end soon.
    let end = text.bytes().take(MOMENT_MAX + 1).position(|b| b == b'>')?;
    let (tag, after) = (&text[..end], &text[end + 1..]);
    time(tag).is_some().then_some((tag, after))
}

/// The character that a reference names, and what follows it.
fn reference(text: &str) -> Option<(char, &str)> {
    let end = text.bytes().take(REFERENCE_MAX).position(|b| b == b';')?;
    let (name, after) = (&text[..end], &text[end + 1..]);
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "lrm" => '\u{200e}',
        "rlm" => '\u{200f}',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            // A line break by number would end the cue.
            char::from_u32(code.ok()?).filter(|c| !c.is_control())?
        }
    };
    Some((c, after))
}

struct Writer {
    out: String,
    /// The tags that are open.
    open: Vec<&'static str>,
    /// Whether anything is to be read.
    words: bool,
    /// The latest moment that the text names.
    latest: u64,
    end: u64,
}

impl Writer {
    fn character(&mut self, c: char) {
        match c {
            // An empty line would end the cue.
            '\n' if self.out.is_empty() || self.out.ends_with('\n') => {}
            '\n' => self.out.push('\n'),
            '\t' => self.out.push(' '),
            c if c.is_control() => {}
            c => {
                self.words |= !c.is_whitespace();
                escape(&mut self.out, c);
            }
        }
    }

    /// A tag, by what stands between its angle brackets. Tags that WebVTT does not know are left
    /// out; what they stand around is kept.
    fn tag(&mut self, tag: &str) {
        if let Some(name) = tag.strip_prefix('/') {
            self.close(name.trim());
        } else if tag.starts_with(|c: char| c.is_ascii_digit()) {
            self.moment(tag);
        } else {
            self.begin(tag);
        }
    }

    /// A moment from which the following words are shown: within the cue, after those before.
    fn moment(&mut self, tag: &str) {
        if let Some(moment) = time(tag).filter(|m| (self.latest + 1..self.end).contains(m)) {
            self.latest = moment;
            self.out.push('<');
            self.out.push_str(&timestamp(moment));
            self.out.push('>');
        }
    }

    fn begin(&mut self, tag: &str) {
        let split = tag.find(|c: char| c.is_whitespace()).unwrap_or(tag.len());
        let (name, annotation) = tag.split_at(split);
        let mut parts = name.split('.');
        let name = parts.next().unwrap_or_default();
        let Some(name) = known(name).filter(|_| self.open.len() < DEPTH_MAX) else {
            return;
        };
        let annotation = match name {
            "v" | "lang" => annotation_of(annotation),
            _ => String::new(),
        };
        let out_of_place = match name {
            "v" => annotation.is_empty(),
            "lang" => !is_language(&annotation),
            "rt" => self.open.last() != Some(&"ruby"),
            _ => false,
        };
        if out_of_place {
            return;
        }
        self.open.push(name);
        self.out.push('<');
        self.out.push_str(name);
        for class in parts.filter(|class| is_class(class)) {
            self.out.push('.');
            self.out.push_str(class);
        }
        if !annotation.is_empty() {
            self.out.push(' ');
            annotation.chars().for_each(|c| escape(&mut self.out, c));
        }
        self.out.push('>');
    }

    /// Only what was opened last can be closed, save that the end of `ruby` ends its `rt` too.
    fn close(&mut self, name: &str) {
        if name.eq_ignore_ascii_case("ruby") && self.open.last() == Some(&"rt") {
            self.close_last();
        }
        let open = self.open.last();
        if open.is_some_and(|open| name.eq_ignore_ascii_case(open)) {
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        if let Some(name) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    fn finish(mut self) -> Option<String> {
        let end = self.out.trim_end_matches('\n').len();
        self.out.truncate(end);
        while !self.open.is_empty() {
            self.close_last();
        }
        self.words.then_some(self.out)
    }
}

fn escape(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\u{a0}' => out.push_str("&nbsp;"),
        '\u{200e}' => out.push_str("&lrm;"),
        '\u{200f}' => out.push_str("&rlm;"),
        c => out.push(c),
    }
}

fn known(name: &str) -> Option<&'static str> {
    const KNOWN: [&str; 8] = ["c", "i", "b", "u", "ruby", "rt", "v", "lang"];
    KNOWN
        .into_iter()
        .find(|known| name.eq_ignore_ascii_case(known))
}

fn is_class(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    !text.is_empty() && text.bytes().all(plain)
}

fn is_language(text: &str) -> bool {
    text.parse::<unic_langid::LanguageIdentifier>().is_ok()
}

/// The words of an annotation with its references resolved and single spaces between.
fn annotation_of(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let named = if c == '&' { reference(after) } else { None };
        let (c, after) = named.unwrap_or((c, after));
        plain.push(if c.is_control() { ' ' } else { c });
        rest = after;
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
