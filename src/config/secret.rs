//! Values that are never shown.

use std::fmt;
use std::path::Path;

use figment::value::Value;

use super::setting::{Setting, Wrong, from_text};
use crate::lti::passport;

/// A secret text, not empty. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// `None` when there is no text.
    pub(super) fn new(text: String) -> Option<Self> {
        (!text.is_empty()).then_some(Self(text))
    }

    /// The text itself, for whoever must compare or send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Setting for Secret {
    const SECRET: bool = true;

    fn read(value: &Value, base: &Path) -> Result<Self, Wrong> {
        String::read(value, base).map(Self)
    }
}

/// What an LTI 1.1 tool gives to a platform: a name, a consumer key and its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passport {
    /// The name that links use for the tool.
    pub name: String,
    /// The consumer key.
    pub key: String,
    /// The secret of the key.
    pub secret: Secret,
}

impl Setting for Passport {
    const SECRET: bool = true;

    /// `name:key:secret`; only the secret may hold further colons.
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        from_text(value, r#"a passport, such as "name:key:secret""#, |text| {
            let read = passport::Passport::parse(text);
            let read =
                read.map_err(|bad| format!(r#"a passport, such as "name:key:secret" ({bad})"#))?;
            Ok::<_, String>(Self {
                name: read.name,
                key: read.key,
                secret: Secret(read.secret),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passport(text: &str) -> Option<Passport> {
        Passport::read(&Value::from(text), Path::new("")).ok()
    }

    #[test]
    fn a_passport_has_three_parts() {
        let read = passport("reader:school:a:b").unwrap();
        assert_eq!(
            (read.name.as_str(), read.key.as_str()),
            ("reader", "school")
        );
        assert_eq!(read.secret.expose(), "a:b");
        for text in [
            "",
            "reader",
            "reader:school",
            "reader:school:",
            ":school:secret",
            "::",
        ] {
            assert_eq!(passport(text), None, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", passport("reader:school:topsecret").unwrap());
        assert!(!shown.contains("topsecret"), "{shown}");
    }
}
