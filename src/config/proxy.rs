//! The proxy between a school and the internet.

use std::borrow::Cow;
use std::path::Path;

use figment::value::Value;
use url::Url;

use super::secret::Secret;
use super::setting::{Setting, Wrong, from_text};

/// A proxy that forwards connections by CONNECT (RFC 9110, section 9.3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its host; an IPv6 address stands in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The person and password that it wants.
    pub login: Option<(String, Secret)>,
}

impl Setting for Proxy {
    /// It may hold a password.
    const SECRET: bool = true;

    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#""http://host:port" or "http://name:password@host:port"; only http proxies are known"#;
        from_text(value, RIGHT, |text| parse(text.trim()).ok_or(RIGHT))
    }
}

fn parse(text: &str) -> Option<Proxy> {
    let url: Url = text.parse().ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if url.scheme() != "http" || !bare {
        return None;
    }
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        (name, Some(password)) if !name.is_empty() => {
            Some((decoded(name)?, Secret::new(decoded(password)?)?))
        }
        _ => return None,
    };
    Some(Proxy {
        host: url.host_str()?.to_owned(),
        port: url.port_or_known_default()?,
        login,
    })
}

fn decoded(text: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_proxy_may_want_a_password() {
        let proxy = parse("http://proxy.lan:3128").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("proxy.lan", 3128));
        assert_eq!(proxy.login, None);

        let proxy = parse("http://school:p%40ss@proxy.lan").unwrap();
        assert_eq!(proxy.port, 80);
        let (name, password) = proxy.login.clone().unwrap();
        assert_eq!((name.as_str(), password.expose()), ("school", "p@ss"));
        assert!(!format!("{proxy:?}").contains("p@ss"));

        for text in [
            "proxy.lan:3128",
            "https://proxy.lan",
            "socks5://a",
            "http://a/b",
            "http://n@a",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
