//! From text to the words that are indexed and looked for.
//!
//! Case and diacritics are folded. There is no stemming: a library holds many languages, nothing
//! says which one a title is in, and the wrong stemmer loses words; the beginning of a word and one
//! wrong letter are forgiven instead.

use std::fmt::Write;

use unicode_normalization::UnicodeNormalization;

/// The most characters of a word that count; what follows is cut, in the index and in queries.
const WORD_MAX: usize = 40;

/// A word. Most have one part. In scripts that put no space between words every character is a
/// part, so that a run of them is found wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word(Vec<String>);

impl Word {
    /// Its parts, at least one.
    pub(super) fn parts(&self) -> &[String] {
        &self.0
    }
}

/// The words of a text, folded.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut last = Kind::Between;
    for c in text.nfkd().filter(|c| !is_mark(*c)) {
        let kind = Kind::of(c);
        match (kind, last) {
            (Kind::Between, _) => {}
            (Kind::Letter, Kind::Letter) => extend(words.last_mut(), c),
            (Kind::Unspaced, Kind::Unspaced) => {
                if let Some(Word(parts)) = words.last_mut() {
                    parts.push(c.into());
                }
            }
            (Kind::Letter, _) => {
                words.push(Word(vec![String::new()]));
                extend(words.last_mut(), c);
            }
            (Kind::Unspaced, _) => words.push(Word(vec![c.into()])),
        }
        last = kind;
    }
    words
}

/// The same words as one text, for a tokenizer that splits at spaces.
pub(super) fn spaced(text: &str) -> String {
    let words = words(text);
    let parts: Vec<&str> = words
        .iter()
        .flat_map(Word::parts)
        .map(String::as_str)
        .collect();
    parts.join(" ")
}

/// The most characters of a title that decide its place.
const ORDER_MAX: usize = 60;

/// What titles are ordered by: their folded words, and numbers by their value, so that "Lecture 2"
/// comes before "Lecture 10".
pub(super) fn order(title: &str) -> String {
    let folded: String = spaced(title).chars().take(ORDER_MAX).collect();
    let mut ordered = String::with_capacity(folded.len() + 8);
    let mut rest = folded.as_str();
    while let Some(first) = rest.chars().next() {
        let digit = first.is_ascii_digit();
        let len = rest
            .find(|c: char| c.is_ascii_digit() != digit)
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(len);
        if digit {
            let number = run.trim_start_matches('0');
            // Of two numbers the longer one is larger. Two digits hold any length up to the cut.
            // Writing into a `String` cannot fail.
            let _ = write!(ordered, "{:02}", number.len());
            ordered.push_str(number);
        } else {
            ordered.push_str(run);
        }
        rest = after;
    }
    ordered
}

/// A tag as filters know it: tags that differ in case alone are one.
pub(super) fn tag(tag: &str) -> String {
    tag.to_lowercase()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Between,
    Letter,
    Unspaced,
}

impl Kind {
    fn of(c: char) -> Self {
        if !c.is_alphanumeric() {
            Self::Between
        } else if is_unspaced(c) {
            Self::Unspaced
        } else {
            Self::Letter
        }
    }
}

fn extend(word: Option<&mut Word>, c: char) {
    let Some(part) = word.and_then(|word| word.0.last_mut()) else {
        return;
    };
    if part.chars().count() >= WORD_MAX {
        return;
    }
    for c in c.to_lowercase() {
        match undecomposed(c) {
            Some(plain) => part.push_str(plain),
            None => part.push(c),
        }
    }
}

/// Marks that are written or left out as one likes: combining diacritical marks, Hebrew points,
/// Arabic vowel signs (Unicode blocks of these names).
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}

/// Thai, Lao, Myanmar and Khmer, kana and ideographs.
const fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// Letters that Unicode does not decompose, as people write them on a keyboard without them.
const fn undecomposed(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ð' | 'đ' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "n",
        'ŧ' => "t",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_diacritics_are_folded() {
        for (text, expected) in [
            ("Größe & WÄRME", "grosse warme"),
            ("e\u{301}tude Étude", "etude etude"),
            ("Łódź, Ærø; Ðorđe", "lodz aero dorde"),
            ("ΌΡΟΣ όρος", "οροσ οροσ"),
            ("Ёлка й", "елка и"),
            ("lecture_week1.final-2.mp4", "lecture week1 final 2 mp4"),
            ("don't ﬁle Ⅳ", "don t file iv"),
            ("שָׁלוֹם كِتَاب", "שלום كتاب"),
            ("İstanbul ısı", "istanbul isi"),
            ("  !?… ", ""),
            ("", ""),
        ] {
            assert_eq!(spaced(text), expected, "{text}");
        }
    }

    #[test]
    fn scripts_without_spaces_fall_into_characters() {
        assert_eq!(spaced("光の波 light"), "光 の 波 light");
        let words = words("光の波2");
        assert_eq!(words[0].parts(), ["光", "の", "波"]);
        assert_eq!(words[1].parts(), ["2"]);
    }

    #[test]
    fn long_words_are_cut() {
        let long = "x".repeat(500);
        assert_eq!(spaced(&long).len(), WORD_MAX);
    }

    #[test]
    fn numbers_in_titles_go_by_their_value() {
        let mut titles = [
            "Lecture 10",
            "lecture 2",
            "Écho",
            "Lecture 2b",
            "lecture 007",
        ];
        titles.sort_by_key(|title| order(title));
        assert_eq!(
            titles,
            [
                "Écho",
                "lecture 2",
                "Lecture 2b",
                "lecture 007",
                "Lecture 10"
            ]
        );
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text: String) {
            let once = spaced(&text);
            prop_assert_eq!(spaced(&once), once);
        }

        #[test]
        fn every_word_is_bounded(text in "\\PC{0,200}") {
            for word in words(&text) {
                for part in word.parts() {
                    prop_assert!(!part.is_empty() && part.chars().count() <= WORD_MAX + 2);
                }
            }
            order(&text);
        }
    }
}
