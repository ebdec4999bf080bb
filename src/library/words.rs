//! Titles, descriptions, tags and file names as people give them.

/// The most characters of a title.
pub const TITLE_MAX: usize = 200;

/// The most bytes of a file name: what common file systems take.
const FILE_NAME_MAX: usize = 255;

/// Why a title cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTitle {
    /// Nothing but white space.
    #[error("the title is empty")]
    Empty,
    /// More than [`TITLE_MAX`] characters.
    #[error("the title is longer than 200 characters")]
    TooLong,
    /// A line break, a tab or another control character.
    #[error("the title has control characters")]
    ControlCharacter,
}

/// A title: 1 to [`TITLE_MAX`] characters, no control characters, no white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// The title that `text` gives.
    pub fn parse(text: &str) -> Result<Self, BadTitle> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadTitle::Empty);
        }
        if text.chars().count() > TITLE_MAX {
            return Err(BadTitle::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(BadTitle::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// A title for a file that came without one: its name without the extension, cut to length.
    pub fn of_file(name: &str) -> Self {
        let name = clean_file_name(name);
        let stem = match name.rsplit_once('.') {
            Some((stem, _)) if !stem.trim().is_empty() => stem,
            _ => &name,
        };
        let cut: String = stem.trim().chars().take(TITLE_MAX).collect();
        Self(cut.trim_end().to_owned())
    }

    /// The title.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The title.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// The most characters of a description.
pub const DESCRIPTION_MAX: usize = 5_000;

/// The description is longer than [`DESCRIPTION_MAX`] characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the description is longer than 5,000 characters")]
pub struct DescriptionTooLong;

/// A description: plain text of at most [`DESCRIPTION_MAX`] characters, perhaps none. Line breaks
/// are LF; no other control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description(String);

impl Description {
    /// The description that `text` gives. Control characters are left out, as pasted text may
    /// have some.
    pub fn parse(text: &str) -> Result<Self, DescriptionTooLong> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let plain: String = text
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        let plain = plain.trim();
        if plain.chars().count() > DESCRIPTION_MAX {
            return Err(DescriptionTooLong);
        }
        Ok(Self(plain.to_owned()))
    }

    /// The description.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The most tags of an item.
pub const TAGS_MAX: usize = 20;
/// The most characters of a tag.
pub const TAG_MAX: usize = 50;

/// Why tags cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTags {
    /// More than [`TAGS_MAX`].
    #[error("more than 20 tags")]
    TooMany,
    /// One of more than [`TAG_MAX`] characters.
    #[error("a tag is longer than 50 characters")]
    TooLong,
}

/// Tags: at most [`TAGS_MAX`], each of 1 to [`TAG_MAX`] characters, no two alike whatever their
/// case, in the order they were given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<String>);

impl Tags {
    /// The tags in `text`, separated by commas or line breaks.
    pub fn parse(text: &str) -> Result<Self, BadTags> {
        let mut tags: Vec<String> = Vec::new();
        for tag in text.split([',', '\n']) {
            let words: Vec<_> = tag
                .split(|c: char| c.is_whitespace() || c.is_control())
                .filter(|word| !word.is_empty())
                .collect();
            let tag = words.join(" ");
            let folded = tag.to_lowercase();
            if tag.is_empty() || tags.iter().any(|known| known.to_lowercase() == folded) {
                continue;
            }
            if tag.chars().count() > TAG_MAX {
                return Err(BadTags::TooLong);
            }
            tags.push(tag);
        }
        if tags.len() > TAGS_MAX {
            return Err(BadTags::TooMany);
        }
        Ok(Self(tags))
    }

    /// The tags.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// A file's name without folders and control characters, cut to what file systems take; `file`
/// when nothing is left.
pub fn clean_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control()).collect();
    let plain = plain.trim();
    match &plain[..plain.floor_char_boundary(FILE_NAME_MAX)] {
        "" | "." | ".." => "file".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn titles_are_trimmed_and_bounded() {
        let longest = "ü".repeat(TITLE_MAX);
        for (text, expected) in [
            ("  A title ", Ok("A title")),
            (longest.as_str(), Ok(longest.as_str())),
            ("", Err(BadTitle::Empty)),
            (" \n\t", Err(BadTitle::Empty)),
            (&format!("{longest}x"), Err(BadTitle::TooLong)),
            ("two\nlines", Err(BadTitle::ControlCharacter)),
            ("nul\0", Err(BadTitle::ControlCharacter)),
        ] {
            let found = Title::parse(text);
            assert_eq!(
                found.as_ref().map(Title::as_str),
                expected.as_ref().map(|t| *t)
            );
        }
    }

    #[test]
    fn a_file_names_its_item() {
        for (name, file, title) in [
            ("lecture.mp4", "lecture.mp4", "lecture"),
            (
                "C:\\videos\\week 1.final.mov",
                "week 1.final.mov",
                "week 1.final",
            ),
            ("../../etc/passwd", "passwd", "passwd"),
            (".hidden", ".hidden", ".hidden"),
            ("", "file", "file"),
            ("folder/", "file", "file"),
            ("..", "file", "file"),
            ("a\r\nb.png", "ab.png", "ab"),
        ] {
            assert_eq!(clean_file_name(name), file, "{name}");
            assert_eq!(Title::of_file(name).as_str(), title, "{name}");
        }
    }

    #[test]
    fn descriptions_keep_their_lines() {
        for (text, expected) in [
            ("  one\r\ntwo\rthree\n", Ok("one\ntwo\nthree")),
            ("a\0b\u{7}", Ok("ab")),
            ("", Ok("")),
            (&"x".repeat(DESCRIPTION_MAX + 1), Err(DescriptionTooLong)),
        ] {
            let found = Description::parse(text);
            assert_eq!(
                found.as_ref().map(Description::as_str),
                expected.as_ref().copied()
            );
        }
    }

    #[test]
    fn tags_are_separated_and_told_apart() {
        let tags = Tags::parse("light,  Wave  optics ,,LIGHT\nlens\r\n").unwrap();
        assert_eq!(tags.as_slice(), ["light", "Wave optics", "lens"]);
        assert!(Tags::parse(" , \n").unwrap().as_slice().is_empty());
        assert_eq!(Tags::parse(&"x".repeat(TAG_MAX + 1)), Err(BadTags::TooLong));
        let many: Vec<String> = (0..=TAGS_MAX).map(|n| n.to_string()).collect();
        assert_eq!(Tags::parse(&many.join(",")), Err(BadTags::TooMany));
        assert_eq!(
            Tags::parse(&many[1..].join(",")).unwrap().as_slice().len(),
            TAGS_MAX
        );
    }

    proptest! {
        #[test]
        fn whatever_is_taken_reads_the_same_again(text: String) {
            if let Ok(tags) = Tags::parse(&text) {
                prop_assert_eq!(Tags::parse(&tags.as_slice().join(", ")), Ok(tags));
            }
            if let Ok(description) = Description::parse(&text) {
                prop_assert_eq!(Description::parse(description.as_str()), Ok(description));
            }
        }

        #[test]
        fn whatever_the_file_its_title_is_one(name: String) {
            let title = Title::of_file(&name);
            prop_assert_eq!(Title::parse(title.as_str()), Ok(title));
            prop_assert!(clean_file_name(&name).len() <= FILE_NAME_MAX);
        }
    }
}
