//! Addresses in the configuration, checked when it is read.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use figment::value::Value;
use url::Url;

use super::setting::{Setting, Wrong, from_text};

pub(super) const ADDRESS: &str = r#"a web address, such as "https://moodle.school.example/""#;

/// An http or https address with a host and without user information.
fn web(text: &str) -> Option<Url> {
    let url: Url = text.trim().parse().ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (web && !has_user(&url)).then_some(url)
}

pub(super) fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

impl Setting for Url {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        from_text(value, ADDRESS, |text| {
            web(text)
                .filter(|url| url.fragment().is_none())
                .ok_or(ADDRESS)
        })
    }
}

/// Scheme, host and port of an http or https address (RFC 6454), in one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin of an http or https address; `None` for any other address.
    pub fn of(url: &Url) -> Option<Self> {
        let web = matches!(url.scheme(), "http" | "https");
        web.then(|| Self(url.origin().ascii_serialization()))
    }

    /// As browsers write it: `https://moodle.school.example`, `http://10.1.2.3:8080`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The origin that an address is, when it is nothing more than that.
fn bare_origin(text: &str) -> Option<Origin> {
    let url = web(text)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    bare.then(|| Origin::of(&url)).flatten()
}

impl Setting for Origin {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#"an address without a path, such as "https://moodle.school.example""#;
        from_text(value, RIGHT, |text| bare_origin(text).ok_or(RIGHT))
    }
}

/// A host that may be reached as it is written: https with port 443 unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TrustedHost(pub Origin);

impl Setting for TrustedHost {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str =
            r#"a host, such as "moodle.lan", "10.1.2.3:8080" or, without TLS, "http://moodle.lan""#;
        from_text(value, RIGHT, |text| {
            let text = text.trim();
            let address = if text.contains("://") {
                Cow::Borrowed(text)
            } else {
                Cow::Owned(format!("https://{text}"))
            };
            bare_origin(&address).map(Self).ok_or(RIGHT)
        })
    }
}

/// The issuer of a platform: a web address that is compared letter by letter, so it stays as it
/// was written (LTI 1.3 core, section 5.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer(String);

impl Issuer {
    /// The issuer as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for Issuer {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str =
            r#"the platform's own address, such as "https://moodle.school.example""#;
        from_text(value, RIGHT, |text| {
            let text = text.trim();
            web(text)
                .filter(|url| url.query().is_none() && url.fragment().is_none())
                .map(|_| Self(text.to_owned()))
                .ok_or(RIGHT)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<T: Setting>(text: &str) -> Result<T, Wrong> {
        T::read(&Value::from(text), Path::new(""))
    }

    #[test]
    fn trusted_hosts_are_exact() {
        for (text, origin) in [
            ("moodle.lan", "https://moodle.lan"),
            ("Moodle.LAN", "https://moodle.lan"),
            ("moodle.lan:443", "https://moodle.lan"),
            ("10.1.2.3:8080", "https://10.1.2.3:8080"),
            ("http://moodle.lan", "http://moodle.lan"),
            ("http://moodle.lan:8080/", "http://moodle.lan:8080"),
            ("[fd00::1]:8443", "https://[fd00::1]:8443"),
        ] {
            assert_eq!(read::<TrustedHost>(text).unwrap().0.as_str(), origin);
        }
        for text in [
            "",
            "moodle.lan/path",
            "a@moodle.lan",
            "ftp://moodle.lan",
            "moodle lan",
        ] {
            assert!(read::<TrustedHost>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_issuer_stays_as_written() {
        let issuer: Issuer = read("https://Moodle.school.example").unwrap();
        assert_eq!(issuer.as_str(), "https://Moodle.school.example");
        assert!(read::<Issuer>("moodle").is_err());
        assert!(read::<Issuer>("https://moodle.example/?a=b").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = (read::<TrustedHost>(&text).is_ok(), read::<Issuer>(&text).is_ok());
        }
    }
}
