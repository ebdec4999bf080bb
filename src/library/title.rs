//! Titles and file names as people give them.

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

    proptest! {
        #[test]
        fn whatever_the_file_its_title_is_one(name: String) {
            let title = Title::of_file(&name);
            prop_assert_eq!(Title::parse(title.as_str()), Ok(title));
            prop_assert!(clean_file_name(&name).len() <= FILE_NAME_MAX);
        }
    }
}
