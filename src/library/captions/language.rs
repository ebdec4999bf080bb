//! The language of captions, and what it calls itself.

use std::fmt;
use std::str::FromStr;

use unic_langid::LanguageIdentifier;

/// The most characters of a language tag.
const TAG_MAX: usize = 35;

/// The most characters of a label.
pub const LABEL_MAX: usize = 50;

/// The text is not a language tag, such as `en` or `pt-BR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a language tag")]
pub struct BadLanguage;

/// A language (BCP 47): language, script, region and variants, in the usual case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(LanguageIdentifier);

impl Language {
    /// The language of captions that do not say which.
    pub fn unknown() -> Self {
        Self(LanguageIdentifier::default())
    }

    /// What people choose it by: what the language calls itself, where that is known, with the tag
    /// when that says more; else the tag.
    pub fn label(&self) -> String {
        let tag = self.to_string();
        let own = NAMES
            .iter()
            .find(|(code, _)| *code == self.0.language.as_str());
        match own {
            Some((code, name)) if *code == tag => (*name).to_owned(),
            Some((_, name)) => format!("{name} ({tag})"),
            None => tag,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Language {
    type Err = BadLanguage;
    fn from_str(text: &str) -> Result<Self, BadLanguage> {
        let text = text.trim();
        if text.len() > TAG_MAX {
            return Err(BadLanguage);
        }
        text.parse().map(Self).map_err(|_| BadLanguage)
    }
}

/// The language that a file's name tells, as in `lecture.en.vtt`: the part before the extension,
/// when it begins with two or three letters that can be a language.
pub fn of_file(name: &str) -> Option<Language> {
    let (stem, _) = name.rsplit_once('.')?;
    let (_, tag) = stem.rsplit_once('.')?;
    let language: Language = tag.parse().ok()?;
    let short = (2..=3).contains(&language.0.language.as_str().len());
    (short && !tag.contains(' ')).then_some(language)
}

/// What people choose captions by: at most [`LABEL_MAX`] characters, spaces single; `None` when
/// nothing is left of `text`.
pub(super) fn label(text: &str) -> Option<String> {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let cut: String = words.join(" ").chars().take(LABEL_MAX).collect();
    let label = cut.trim_end();
    (!label.is_empty()).then(|| label.to_owned())
}

/// Languages by the name that their speakers have for them.
pub const NAMES: [(&str, &str); 56] = [
    ("ar", "العربية"),
    ("be", "Беларуская"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("bs", "Bosanski"),
    ("ca", "Català"),
    ("cs", "Čeština"),
    ("cy", "Cymraeg"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("et", "Eesti"),
    ("eu", "Euskara"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("ga", "Gaeilge"),
    ("gl", "Galego"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("hy", "Հայերեն"),
    ("id", "Bahasa Indonesia"),
    ("is", "Íslenska"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ka", "ქართული"),
    ("kk", "Қазақ тілі"),
    ("ko", "한국어"),
    ("lb", "Lëtzebuergesch"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("mk", "Македонски"),
    ("ms", "Bahasa Melayu"),
    ("mt", "Malti"),
    ("nb", "Norsk bokmål"),
    ("nl", "Nederlands"),
    ("nn", "Norsk nynorsk"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("sq", "Shqip"),
    ("sr", "Српски"),
    ("sv", "Svenska"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_one_spelling_and_a_name() {
        for (text, tag, name) in [
            ("en", "en", "English"),
            (" DE-ch ", "de-CH", "Deutsch (de-CH)"),
            ("zh_hant_TW", "zh-Hant-TW", "中文 (zh-Hant-TW)"),
            ("tlh", "tlh", "tlh"),
            ("und", "und", "und"),
        ] {
            let language: Language = text.parse().unwrap();
            assert_eq!(language.to_string(), tag);
            assert_eq!(language.label(), name);
        }
        assert_eq!(Language::unknown().to_string(), "und");
    }

    #[test]
    fn what_is_no_language_is_refused() {
        for text in [
            "",
            "e",
            "english language",
            "../en",
            "en\n",
            "en-x-private",
            "日本",
        ] {
            let read = text.parse::<Language>();
            // White space around it does no harm.
            assert_eq!(read.is_ok(), text == "en\n", "{text:?} {read:?}");
        }
    }

    #[test]
    fn a_file_may_tell_its_language() {
        for (name, expected) in [
            ("lecture.en.vtt", Some("en")),
            ("week 1.final.pt-br.srt", Some("pt-BR")),
            ("lecture.vtt", None),
            ("lecture.final.vtt", None),
            ("lecture.mp4.vtt", None),
            ("en.vtt", None),
            ("lecture. en.vtt", None),
            ("", None),
        ] {
            let found = of_file(name).map(|language| language.to_string());
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn labels_are_short_lines() {
        assert_eq!(label(" by\thand \n").as_deref(), Some("by hand"));
        assert_eq!(label(" \u{7}"), None);
        let long = "ü ".repeat(LABEL_MAX);
        assert!(label(&long).unwrap().chars().count() <= LABEL_MAX);
    }
}
