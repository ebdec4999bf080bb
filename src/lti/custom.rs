//! Custom parameters as people write them: `name=value`, one in a line.

use super::basic::spelled;

/// The most lines.
const MOST: usize = 100;
/// The longest line, in bytes.
const LONGEST: usize = 2_000;

/// A line that is no custom parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCustom {
    /// It has no name before an equals sign.
    #[error("line {number} is not name=value: {line}")]
    Line {
        /// Which line, from 1.
        number: usize,
        /// How it begins.
        line: String,
    },
    /// It says again what a line before it said.
    #[error("line {number} repeats {name}")]
    Repeated {
        /// Which line, from 1.
        number: usize,
        /// The name.
        name: String,
    },
    /// There are more lines than any tool needs.
    #[error("more than {MOST} lines")]
    TooMany,
}

/// Reads custom parameters; empty lines are left out. A value may be empty, and may hold equals
/// signs.
pub fn read_lines(text: &str) -> Result<Vec<(String, String)>, BadCustom> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if pairs.len() == MOST {
            return Err(BadCustom::TooMany);
        }
        let number = index + 1;
        let (name, value) = pair(line).ok_or_else(|| BadCustom::Line {
            number,
            line: line.chars().take(60).collect(),
        })?;
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(BadCustom::Repeated { number, name });
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

fn pair(line: &str) -> Option<(String, String)> {
    if line.len() > LONGEST || line.contains(char::is_control) {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    // A name that is nothing but punctuation would be one of underscores.
    let named = name.contains(char::is_alphanumeric);
    named.then(|| (name.to_owned(), value.to_owned()))
}

/// The lines again.
pub fn write_lines(pairs: &[(String, String)]) -> String {
    let lines: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    lines.join("\n")
}

/// The names under which a launch of LTI 1.1 sends a parameter: as it was written, and as the
/// specification spells it (Implementation Guide 1.1, section 3), where that is another.
pub fn names(name: &str) -> impl Iterator<Item = String> {
    let spelled = spelled(name);
    let other = (spelled != name).then_some(spelled);
    std::iter::once(name.to_owned()).chain(other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        read_lines(text).unwrap()
    }

    #[test]
    fn lines_are_names_and_values() {
        let pairs = read("vbid=12\r\n\n book location = page/3=x \nempty=\n");
        let expected = [("vbid", "12"), ("book location", "page/3=x"), ("empty", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
        assert_eq!(read(&write_lines(&pairs)), pairs);
        assert_eq!(read(" \n"), []);
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let bad = |number, line: &str| {
            Err(BadCustom::Line {
                number,
                line: line.to_owned(),
            })
        };
        assert_eq!(read_lines("a=1\nb"), bad(2, "b"));
        assert_eq!(read_lines("=1"), bad(1, "=1"));
        assert_eq!(read_lines("\n\n -- = 1"), bad(3, "-- = 1"));
        let repeated = BadCustom::Repeated {
            number: 2,
            name: "a".into(),
        };
        assert_eq!(read_lines("a=1\na=2"), Err(repeated));
        let many: Vec<String> = (0..=MOST).map(|n| format!("a{n}=1")).collect();
        assert_eq!(read_lines(&many.join("\n")), Err(BadCustom::TooMany));
    }

    #[test]
    fn parameters_are_sent_under_both_spellings() {
        let sent = |name| names(name).collect::<Vec<_>>();
        assert_eq!(sent("vbid"), ["vbid"]);
        assert_eq!(sent("Book:ID"), ["Book:ID", "book_id"]);
        assert_eq!(sent("kapitel ü"), ["kapitel ü", "kapitel__"]);
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_read_again(text: String) {
            if let Ok(pairs) = read_lines(&text) {
                prop_assert_eq!(read_lines(&write_lines(&pairs)), Ok(pairs));
            }
        }
    }
}
