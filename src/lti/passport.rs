//! The passport of an LTI 1.1 tool: `name:key:secret`, as its maker gives it in one line.

/// A passport's three parts.
#[derive(Clone, PartialEq, Eq)]
pub struct Passport {
    /// The name that the tool gave itself.
    pub name: String,
    /// The consumer key.
    pub key: String,
    /// The secret; may hold colons.
    pub secret: String,
}

super::redact::debug_showing! {
    Passport { name, key }
}

/// What is wrong with a passport, by the part that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassport {
    /// There is nothing.
    #[error("the passport is empty")]
    Empty,
    /// Nothing stands before the first colon.
    #[error("the passport has no name before its first colon")]
    NoName,
    /// Nothing stands between the first two colons.
    #[error("the passport has no key between its first two colons")]
    NoKey,
    /// Nothing stands after the second colon.
    #[error("the passport has no secret after its second colon")]
    NoSecret,
    /// It is longer than any, or has line breaks or other control characters.
    #[error("the passport is too long, or has characters that no passport has")]
    Characters,
}

impl BadPassport {
    /// A name for it, the last part of a message's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoName => "name",
            Self::NoKey => "key",
            Self::NoSecret => "secret",
            Self::Characters => "characters",
        }
    }
}

/// The longest passport, in bytes.
const LONGEST: usize = 1_000;

impl Passport {
    /// Reads `name:key:secret`; only the secret may hold further colons.
    pub fn parse(text: &str) -> Result<Self, BadPassport> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadPassport::Empty);
        }
        if text.len() > LONGEST || text.contains(char::is_control) {
            return Err(BadPassport::Characters);
        }
        let mut parts = text.splitn(3, ':');
        let mut part = |missing| {
            let part = parts.next().unwrap_or_default();
            let there = !part.trim().is_empty();
            there.then(|| part.to_owned()).ok_or(missing)
        };
        Ok(Self {
            name: part(BadPassport::NoName)?,
            key: part(BadPassport::NoKey)?,
            secret: part(BadPassport::NoSecret)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        for (text, bad) in [
            ("", BadPassport::Empty),
            (" \n", BadPassport::Empty),
            (":key:secret", BadPassport::NoName),
            ("reader", BadPassport::NoKey),
            ("reader::secret", BadPassport::NoKey),
            ("reader: :secret", BadPassport::NoKey),
            ("reader:key", BadPassport::NoSecret),
            ("reader:key:", BadPassport::NoSecret),
            ("reader:key:sec\nret", BadPassport::Characters),
        ] {
            assert_eq!(Passport::parse(text), Err(bad), "{text}");
        }
        let long = format!("reader:key:{}", "x".repeat(LONGEST));
        assert_eq!(Passport::parse(&long), Err(BadPassport::Characters));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", Passport::parse("reader:key:topsecret").unwrap());
        assert!(!shown.contains("topsecret"), "{shown}");
    }

    proptest! {
        #[test]
        fn only_the_secret_holds_colons(name in "[a-z]{1,9}", key in "[a-z]{1,9}", secret in "[a-z:]{1,9}") {
            let read = Passport::parse(&format!("{name}:{key}:{secret}")).unwrap();
            prop_assert_eq!((read.name, read.key, read.secret), (name, key, secret));
        }

        #[test]
        fn any_text_is_answered(text: String) {
            let _ = Passport::parse(&text);
        }
    }
}
