//! Every text for people, from the Fluent files in `assets/messages`.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::assets;

/// The value of a message's variable: text or number, from either by `into()`.
pub use fluent_bundle::FluentValue as Value;

/// One language with its texts.
struct Locale {
    tag: &'static str,
    language: LanguageIdentifier,
    bundle: FluentBundle<FluentResource>,
}

impl Locale {
    fn load(tag: &'static str) -> Self {
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        // What cannot be parsed is left out here and found by the tests.
        let resource =
            FluentResource::try_new(assets::texts(tag)).unwrap_or_else(|(resource, _)| resource);
        let mut bundle = FluentBundle::new_concurrent(vec![language.clone()]);
        // Isolation marks would end up in titles, file names and attributes.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self {
            tag,
            language,
            bundle,
        }
    }
}

/// The first is the one for everybody whose own language is missing.
static LOCALES: LazyLock<[Locale; 1]> = LazyLock::new(|| [Locale::load("en")]);

/// The texts in one language. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Messages(&'static Locale);

impl Messages {
    /// The texts for a person who asked for this language (BCP 47); English when it is not there.
    pub fn for_locale(wanted: Option<&str>) -> Self {
        let locales: &'static [Locale; 1] = &LOCALES;
        wanted
            .and_then(|tag| tag.parse::<LanguageIdentifier>().ok())
            .and_then(|wanted| {
                locales
                    .iter()
                    .find(|locale| locale.language.language == wanted.language)
            })
            .map_or(Self(&locales[0]), Self)
    }

    /// The language of these texts (BCP 47), for the `lang` attribute.
    pub const fn lang(self) -> &'static str {
        self.0.tag
    }

    /// Whether there is a text with this id.
    pub fn has(self, id: &str) -> bool {
        self.0.bundle.has_message(id)
    }

    /// A text without variables.
    ///
    /// A missing text shows as its id, and stops a debug build: the tests are to find it.
    pub fn text(self, id: &str) -> Cow<'static, str> {
        self.format(id, None)
            .unwrap_or_else(|| Cow::Owned(id.to_owned()))
    }

    /// A text with variables.
    ///
    /// A missing text shows as its id, and stops a debug build: the tests are to find it.
    pub fn with(self, id: &str, variables: &[(&str, Value<'_>)]) -> String {
        let arguments: FluentArgs<'_> = variables
            .iter()
            .map(|(name, value)| (*name, value.clone()))
            .collect();
        self.format(id, Some(&arguments))
            .map_or_else(|| id.to_owned(), Cow::into_owned)
    }

    fn format(self, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<Cow<'static, str>> {
        let bundle = &self.0.bundle;
        let pattern = bundle.get_message(id).and_then(|message| message.value());
        debug_assert!(pattern.is_some(), "no message {id}");
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern?, arguments, &mut errors);
        debug_assert!(errors.is_empty(), "message {id}: {errors:?}");
        Some(text)
    }
}

impl Default for Messages {
    fn default() -> Self {
        Self::for_locale(None)
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Messages").field(&self.0.tag).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_parses_and_names_nothing_twice() {
        let resource = FluentResource::try_new(assets::texts("en"))
            .map_err(|(_, errors)| errors)
            .unwrap();
        let mut bundle = FluentBundle::new_concurrent(vec!["en".parse().unwrap()]);
        bundle.add_resource(resource).unwrap();
    }

    #[test]
    fn every_locale_has_a_language_and_texts() {
        for locale in LOCALES.iter() {
            assert_eq!(locale.language.to_string(), locale.tag);
            assert!(locale.bundle.has_message("brand"), "{}", locale.tag);
        }
    }

    #[test]
    fn unknown_languages_read_english() {
        for wanted in [
            None,
            Some("en-GB"),
            Some("xx"),
            Some("not a language"),
            Some(""),
        ] {
            assert_eq!(Messages::for_locale(wanted).lang(), "en");
        }
    }

    #[test]
    fn variables_are_put_in_without_isolation_marks() {
        let text = Messages::default().with("page-title", &[("title", "Library".into())]);
        assert_eq!(text, "Library · Lanterna");
    }

    #[test]
    #[should_panic(expected = "no message no-such-message")]
    fn a_missing_message_fails_the_tests() {
        Messages::default().text("no-such-message");
    }

    #[test]
    #[should_panic(expected = "page-title")]
    fn a_missing_variable_fails_the_tests() {
        Messages::default().with("page-title", &[]);
    }
}
