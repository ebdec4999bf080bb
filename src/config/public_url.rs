//! The address by which browsers reach Lanterna.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use figment::value::Value;
use url::{Host, Url};

use super::address::{ADDRESS, Origin, has_user};
use super::setting::{Setting, Wrong, from_text};

/// The address by which browsers reach Lanterna.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: Origin,
    host: String,
    base_path: String,
    loopback: bool,
}

impl PublicUrl {
    /// The address of a listener on loopback.
    pub(super) fn of_listener(listen: SocketAddr, tls: bool) -> Option<Self> {
        let scheme = if tls { "https" } else { "http" };
        public_url(&format!("{scheme}://{listen}")).ok()
    }

    /// The same address with the port that a listener was given, where the port here is 0.
    #[must_use]
    pub fn with_listener_port(&self, port: u16) -> Self {
        let given = |mut url: Url| {
            (url.port() == Some(0)).then(|| url.set_port(Some(port)).ok())??;
            public_url(url.as_str()).ok()
        };
        let url = Url::parse(&self.to_string()).ok();
        url.and_then(given).unwrap_or_else(|| self.clone())
    }

    /// Scheme, host and port.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The path under which everything stands: empty, or such as `/lanterna`.
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// What browsers send in `Host`: the host, and the port when it is not the scheme's own.
    pub fn host_header(&self) -> &str {
        &self.host
    }

    /// Whether only this machine reaches it.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.origin.as_str().starts_with("https:")
    }

    /// The full address of `path`, which begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.base_path)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.base_path)
    }
}

impl Setting for PublicUrl {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#"the address of Lanterna, such as "https://media.school.example""#;
        from_text(value, RIGHT, public_url)
    }
}

/// Answers what would be right when `text` is no public address.
fn public_url(text: &str) -> Result<PublicUrl, &'static str> {
    const PATH: &str =
        "a path of letters, digits, \"-\", \"_\", \".\" and \"~\" between single slashes";
    let url: Url = text.trim().parse().map_err(|_| ADDRESS)?;
    if has_user(&url) {
        return Err("an address without a name or password in it");
    }
    let (Some(host), Some(origin)) = (url.host(), Origin::of(&url)) else {
        return Err(ADDRESS);
    };
    if url.query().is_some() || url.fragment().is_some() {
        return Err("an address without \"?\" and \"#\"");
    }
    let loopback = is_loopback(&host);
    if url.scheme() == "http" && !loopback {
        return Err("an https address: browsers keep no session over http, except on this machine");
    }
    let base_path = url.path().trim_end_matches('/');
    if !base_path.split('/').skip(1).all(is_plain) {
        return Err(PATH);
    }
    Ok(PublicUrl {
        origin,
        host: match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        },
        base_path: base_path.to_owned(),
        loopback,
    })
}

/// Whether a segment means the same in an address, a cookie's path and a router, and is there.
fn is_plain(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    !segment.is_empty() && segment.bytes().all(plain)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_public_url_is_taken_apart() {
        let url = public_url("https://Media.School.example:443/lanterna/").unwrap();
        assert_eq!(url.origin().as_str(), "https://media.school.example");
        assert_eq!(url.host_header(), "media.school.example");
        assert_eq!(url.base_path(), "/lanterna");
        assert_eq!(
            url.join("/lti/launch"),
            "https://media.school.example/lanterna/lti/launch"
        );
        assert_eq!(url.to_string(), "https://media.school.example/lanterna");
        assert!(url.is_https() && !url.is_loopback());

        let url = public_url("http://[::1]:8080").unwrap();
        assert_eq!((url.host_header(), url.base_path()), ("[::1]:8080", ""));
        assert_eq!(url.join("/"), "http://[::1]:8080/");
        assert!(url.is_loopback());
    }

    #[test]
    fn port_0_becomes_that_of_the_listener() {
        let shown = |text| {
            public_url(text)
                .unwrap()
                .with_listener_port(4711)
                .to_string()
        };
        assert_eq!(
            shown("http://[::1]:0/lanterna"),
            "http://[::1]:4711/lanterna"
        );
        assert_eq!(shown("http://localhost:8080"), "http://localhost:8080");
        assert_eq!(shown("https://media.example"), "https://media.example");
    }

    #[test]
    fn http_is_for_loopback_only() {
        for text in [
            "http://localhost",
            "http://127.0.0.1:1",
            "http://practice.localhost:8080",
        ] {
            assert!(public_url(text).unwrap().is_loopback(), "{text}");
        }
        for text in [
            "http://media.school.example",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://notlocalhost",
        ] {
            assert!(public_url(text).is_err(), "{text}");
        }
        assert!(
            !public_url("https://localhost.example")
                .unwrap()
                .is_loopback()
        );
    }

    #[test]
    fn a_public_url_is_nothing_more() {
        for text in [
            "",
            "media.school.example",
            "https://",
            "https://a@media.example",
            "https://a:b@media.example",
            "https://media.example/?a",
            "https://media.example/#a",
            "https://media.example//a",
            "https://media.example/a//b",
            "https://media.example/a;b",
            "https://media.example/a b",
            "ftp://media.example",
            "mailto:a@media.example",
        ] {
            assert!(public_url(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = public_url(&text);
        }

        #[test]
        fn joined_addresses_stay_below_the_base(path in "(/[a-z]{1,8}){0,3}") {
            let url = public_url(&format!("https://media.example{path}")).unwrap();
            prop_assert_eq!(url.base_path(), &path);
            prop_assert_eq!(url.join("/x"), format!("https://media.example{path}/x"));
        }
    }
}
