//! Addresses and origins.

use url::{Host, Origin, Url};

/// An absolute http(s) address without a user name or password in it.
pub fn web_url(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    (web && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// The origin of an http(s) address, as browsers write it (`https://lms.example:8443`).
pub fn origin_of(address: &str) -> Option<String> {
    let url = web_url(address)?;
    is_plain(&url).then(|| url.origin().ascii_serialization())
}

/// Whether the host has only letters, digits, dots, hyphens and underscores: the rest that URLs
/// allow (`;`, `,`, `*`) means something else in a header.
fn is_plain(url: &Url) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match url.host() {
        Some(Host::Domain(name)) => name.chars().all(plain),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// The origin that an `Origin` header names, in its normal form; `None` for anything that is more
/// or less than one http(s) origin, `null` included.
pub fn parse_origin(header: &str) -> Option<String> {
    let url = web_url(header)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (bare && is_plain(&url) && !header.ends_with('/')).then(|| url.origin().ascii_serialization())
}

/// Whether both addresses have the same scheme, host and port.
pub fn same_origin(one: &Url, other: &Url) -> bool {
    matches!(one.origin(), Origin::Tuple(..)) && one.origin() == other.origin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_taken() {
        for address in [
            "https://lms.example/return?a=%20b",
            "http://127.0.0.1:8080/",
            "HTTPS://LMS.example",
        ] {
            assert!(web_url(address).is_some(), "{address}");
        }
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//lms.example/x",
            "/x",
            "ftp://lms.example/",
            "https://user@lms.example/",
            "https://:secret@lms.example/",
            "https://",
            "",
        ] {
            assert!(web_url(address).is_none(), "{address}");
        }
    }

    #[test]
    fn an_origin_has_one_form() {
        assert_eq!(
            origin_of("HTTPS://LMS.example:443/a?b").as_deref(),
            Some("https://lms.example")
        );
        assert_eq!(
            parse_origin("https://lms.example:8443").as_deref(),
            Some("https://lms.example:8443")
        );
        for header in [
            "null",
            "",
            "https://lms.example/",
            "https://lms.example/a",
            "https://lms.example?",
            "https://a.example https://b.example",
            "file://",
            "lms.example",
        ] {
            assert_eq!(parse_origin(header), None, "{header}");
        }
    }

    #[test]
    fn scheme_host_and_port_make_an_origin() {
        let url = |address| Url::parse(address).unwrap();
        let ours = url("https://media.example/base");
        assert!(same_origin(&ours, &url("https://media.example:443/lti?x")));
        for foreign in [
            "http://media.example/",
            "https://media.example:8443/",
            "https://media.example.evil/",
            "https://evil/media.example",
            "data:,x",
        ] {
            assert!(!same_origin(&ours, &url(foreign)), "{foreign}");
        }
        assert!(!same_origin(&url("data:,x"), &url("data:,x")));
    }
}
