//! The `Authorization` header (RFC 5849, section 3.5.1).

use percent_encoding::percent_decode_str;

use super::Pair;
use super::base::encode;
use crate::lti::refusal::Refusal;

/// The most parameters of a header. OAuth defines nine, and a realm.
const MOST: usize = 50;

/// The parameters of an `Authorization` header, less its realm; none when it is of another scheme.
pub(super) fn parse(header: &str) -> Result<Vec<Pair>, Refusal> {
    let (scheme, parameters) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if !scheme.eq_ignore_ascii_case("oauth") {
        return Ok(Vec::new());
    }
    let parts = parameters.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    if parts.clone().nth(MOST).is_some() {
        return Err(Refusal::MalformedAuthorization);
    }
    let pairs: Option<Vec<Pair>> = parts.map(pair).collect();
    let mut pairs = pairs.ok_or(Refusal::MalformedAuthorization)?;
    pairs.retain(|(name, _)| !name.eq_ignore_ascii_case("realm"));
    Ok(pairs)
}

/// `name="value"`, both percent-encoded. A value that holds a comma or a quotation mark as such is
/// none: an encoder would have encoded them.
fn pair(part: &str) -> Option<Pair> {
    let (name, value) = part.split_once('=')?;
    let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().ok()?;
        Some(decoded.into_owned())
    };
    (!value.contains('"')).then_some(())?;
    Some((decode(name.trim())?, decode(value)?))
}

/// The header with these parameters.
pub(super) fn write(pairs: &[Pair]) -> String {
    let parts: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}=\"{}\"", encode(name), encode(value)))
        .collect();
    format!("OAuth {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_is_taken_apart() {
        let header = r#"oauth realm="https://x/", oauth_nonce="a%20b%2C%22" ,oauth_empty="",  "#;
        let pairs = [("oauth_nonce", "a b,\""), ("oauth_empty", "")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parse(header), Ok(pairs.to_vec()));
        assert_eq!(parse("Bearer abc"), Ok(Vec::new()));
        assert_eq!(parse(""), Ok(Vec::new()));
        for broken in [
            "OAuth oauth_nonce",
            "OAuth oauth_nonce=a",
            "OAuth oauth_nonce=\"a",
            "OAuth oauth_nonce=\"a\"b\"",
            "OAuth oauth_nonce=\"%FF\"",
        ] {
            assert_eq!(
                parse(broken),
                Err(Refusal::MalformedAuthorization),
                "{broken}"
            );
        }
    }

    #[test]
    fn a_header_has_so_many_parameters() {
        let header = |count: usize| {
            let parts: Vec<String> = (0..count).map(|n| format!("oauth_{n}=\"\"")).collect();
            format!("OAuth {}", parts.join(","))
        };
        assert_eq!(parse(&header(MOST)).map(|pairs| pairs.len()), Ok(MOST));
        for many in [MOST + 1, 10_000] {
            assert_eq!(parse(&header(many)), Err(Refusal::MalformedAuthorization));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pairs in prop::collection::vec(("[^r]*", any::<String>()), 0..5)) {
            prop_assert_eq!(parse(&write(&pairs)), Ok(pairs));
        }

        #[test]
        fn any_header_is_read_or_refused(header: String) {
            let _ = parse(&header);
            let _ = parse(&format!("OAuth {header}"));
        }
    }
}
