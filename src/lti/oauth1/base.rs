//! The signature base string (RFC 5849, section 3.4.1).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Pair;

/// All but the unreserved characters of RFC 3986 (RFC 5849, section 3.6).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The text with everything but unreserved characters percent-encoded.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// An http(s) address as signatures see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host, port unless it is the scheme's own, and path.
    base: String,
    /// What stands after the question mark.
    query: Vec<Pair>,
}

impl Address {
    /// Takes an absolute http(s) address apart (RFC 5849, section 3.4.1.2). The bytes of its path
    /// stay as they are.
    pub fn parse(address: &str) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let own_port = match scheme.as_str() {
            "http" => "80",
            "https" => "443",
            _ => return None,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match place.find('/') {
            Some(slash) => place.split_at(slash),
            None => (place, "/"),
        };
        let authority = authority.to_ascii_lowercase();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.is_empty() || port == own_port => host,
            _ => &authority,
        };
        if host.is_empty() || host.contains('@') {
            return None;
        }
        Some(Self {
            base: format!("{scheme}://{host}{path}"),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        })
    }

    /// The address without its query.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The parameters of its query.
    pub fn query(&self) -> &[Pair] {
        &self.query
    }
}

/// What is signed: the method, the address, and every parameter but the signature itself, encoded
/// and in order, duplicates and empty ones included.
pub(super) fn base_string<'a>(
    method: &str,
    base: &str,
    parameters: impl IntoIterator<Item = &'a Pair>,
) -> String {
    let mut encoded: Vec<(String, String)> = parameters
        .into_iter()
        .filter(|(name, _)| name != super::SIGNATURE)
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    encoded.sort_unstable();
    let joined: Vec<String> = encoded
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let method = method.to_ascii_uppercase();
    format!("{method}&{}&{}", encode(base), encode(&joined.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        for (address, base) in [
            (
                "HTTP://EXAMPLE.com:80/r%20v/X?id=123",
                "http://example.com/r%20v/X",
            ),
            (
                "https://www.example.net:8080/?q=1",
                "https://www.example.net:8080/",
            ),
            ("https://example.com", "https://example.com/"),
            ("https://example.com?a=b", "https://example.com/"),
            ("https://example.com:443#x", "https://example.com/"),
            ("http://example.com:443/", "http://example.com:443/"),
            (
                "https://example.com:/a/../b//c",
                "https://example.com/a/../b//c",
            ),
            ("http://[::1]:8080/a", "http://[::1]:8080/a"),
            ("http://[::1]/a", "http://[::1]/a"),
        ] {
            let parsed = Address::parse(address);
            assert_eq!(parsed.as_ref().map(Address::base), Some(base), "{address}");
        }
        for address in [
            "",
            "example.com",
            "ftp://example.com/",
            "https://",
            "https://a@b/",
        ] {
            assert_eq!(Address::parse(address), None, "{address}");
        }
    }

    /// The example of RFC 5849, section 3.4.1.1.
    #[test]
    fn the_base_string_of_the_specification() {
        let address =
            Address::parse("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b");
        let address = address.unwrap();
        let mut pairs = address.query().to_vec();
        let more = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
            ("oauth_signature", "bYT5CMsGcbgUdFHObYMEfcx6bsw="),
            ("c2", ""),
            ("a3", "2 q"),
        ];
        pairs.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(
            base_string("post", address.base(), &pairs),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D\
             %253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26\
             oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D\
             137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
    }
}
