//! Addresses in the configuration, checked when it is read.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use figment::value::Value;
use url::{Host, Url};

use super::secret::Secret;
use super::setting::{Setting, Wrong, from_text};

const ADDRESS: &str = r#"a web address, such as "https://moodle.school.example/""#;

/// An http or https address with a host and without user information.
fn web(text: &str) -> Option<Url> {
    let url: Url = text.trim().parse().ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (web && !has_user(&url)).then_some(url)
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
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
        from_text(value, RIGHT, |text| proxy(text.trim()).ok_or(RIGHT))
    }
}

fn proxy(text: &str) -> Option<Proxy> {
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
        self.origin.0.starts_with("https:")
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<T: Setting>(text: &str) -> Result<T, Wrong> {
        T::read(&Value::from(text), Path::new(""))
    }

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

    #[test]
    fn a_proxy_may_want_a_password() {
        let proxy: Proxy = read("http://proxy.lan:3128").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("proxy.lan", 3128));
        assert_eq!(proxy.login, None);

        let proxy: Proxy = read("http://school:p%40ss@proxy.lan").unwrap();
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
            assert!(read::<Proxy>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = (public_url(&text).is_ok(), read::<TrustedHost>(&text).is_ok());
            let _ = (read::<Proxy>(&text).is_ok(), read::<Issuer>(&text).is_ok());
        }

        #[test]
        fn joined_addresses_stay_below_the_base(path in "(/[a-z]{1,8}){0,3}") {
            let url = public_url(&format!("https://media.example{path}")).unwrap();
            prop_assert_eq!(url.base_path(), &path);
            prop_assert_eq!(url.join("/x"), format!("https://media.example{path}/x"));
        }
    }
}
