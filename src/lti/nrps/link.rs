//! The `Link` header, by which a roster goes on (RFC 8288, section 3; NRPS 2.0, section 2.4.2).

use url::Url;

use crate::lti::origin::{same_origin, web_url};

/// The longest header that is read, in bytes.
const LONGEST: usize = 16 * 1024;

/// The next page lies on another host, or at no web address. It is not fetched: the access token
/// would go with the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the next page of the roster lies on another host")]
pub struct ForeignNext;

/// The address of the page after `page`, as the `Link` headers of its answer say.
pub fn next_page<'a>(
    headers: impl IntoIterator<Item = &'a str>,
    page: &Url,
) -> Result<Option<Url>, ForeignNext> {
    let Some(target) = headers.into_iter().find_map(next_target) else {
        return Ok(None);
    };
    let next = page.join(target).map_err(|_| ForeignNext)?;
    let mut next = web_url(next.as_str()).ok_or(ForeignNext)?;
    if !same_origin(&next, page) {
        return Err(ForeignNext);
    }
    next.set_fragment(None);
    Ok(Some(next))
}

/// The header that names the next page.
pub fn next_header(next: &Url) -> String {
    format!("<{next}>; rel=\"next\"")
}

/// The target of the first link of one header whose relation is `next`.
fn next_target(header: &str) -> Option<&str> {
    if header.len() > LONGEST {
        return None;
    }
    let mut rest = header;
    loop {
        let opened = rest.find('<')?;
        let (target, after) = rest[opened + 1..].split_once('>')?;
        let (parameters, following) = split_at(after, ',');
        if is_next(parameters) {
            return Some(target.trim());
        }
        rest = following;
    }
}

/// What stands before the first `mark` outside of quotation marks, and what after it.
fn split_at(text: &str, mark: char) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == mark && !quoted => return (&text[..at], &text[at + c.len_utf8()..]),
            _ => {}
        }
    }
    (text, "")
}

/// Whether the relation, one or several words in any case, includes `next`. Only the first `rel`
/// counts.
fn is_next(parameters: &str) -> bool {
    let mut rest = parameters;
    while !rest.is_empty() {
        let (parameter, following) = split_at(rest, ';');
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("rel")
        {
            let words = value.trim().trim_matches('"');
            let mut words = words.split_ascii_whitespace();
            return words.any(|word| word.eq_ignore_ascii_case("next"));
        }
        rest = following;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page() -> Url {
        Url::parse("https://lms.example/courses/1/memberships?limit=50").unwrap()
    }

    fn next(header: &str) -> Result<Option<String>, ForeignNext> {
        Ok(next_page([header], &page())?.map(|url| url.to_string()))
    }

    #[test]
    fn the_next_page_is_found_however_it_is_written() {
        for (header, path) in [
            (r#"<https://lms.example/m?page=2>; rel="next""#, "m?page=2"),
            ("<https://lms.example/m?page=2>; rel=next", "m?page=2"),
            ("<https://lms.example:443/m>;REL=\"Next\"", "m"),
            (r#"</m?a=1,2>; rel="next""#, "m?a=1,2"),
            (
                r#"<https://lms.example/a>; rel="first", </b>; rel="next""#,
                "b",
            ),
            (
                r#"</a>; title="x, y; rel=next"; rel=first, </b>; rel="last next""#,
                "b",
            ),
            (
                r#"</d>; rel="differences",</b>; rel="next"; title="\",""#,
                "b",
            ),
        ] {
            let expected = format!("https://lms.example/{path}");
            assert_eq!(next(header), Ok(Some(expected)), "{header}");
        }
        let both = ["</a>; rel=\"current\"", "</b>; rel=\"next\""];
        let url = next_page(both, &page()).unwrap().unwrap();
        assert_eq!(url.path(), "/b");
    }

    #[test]
    fn without_one_the_roster_ends() {
        for header in [
            "",
            "<https://lms.example/m>",
            r#"<https://lms.example/m>; rel="differences""#,
            r#"<https://lms.example/m>; rel="nextish""#,
            r#"</m>; rel="prev"; rel="next""#,
            "https://lms.example/m; rel=next",
            "<https://lms.example/m; rel=next",
        ] {
            assert_eq!(next(header), Ok(None), "{header}");
        }
        let long = format!("</{}>; rel=next", "a".repeat(LONGEST));
        assert_eq!(next(&long), Ok(None));
    }

    #[test]
    fn the_token_goes_to_no_other_host() {
        for target in [
            "https://evil.example/m",
            "http://lms.example/m",
            "https://lms.example:8443/m",
            "//evil.example/m",
            "https://user@lms.example/m",
            "javascript:alert(1)",
            "https://",
        ] {
            let header = format!("<{target}>; rel=\"next\"");
            assert_eq!(next(&header), Err(ForeignNext), "{target}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_leaves(header in r#"[<>;,="\\ a-zé/:]{0,80}"#) {
            if let Ok(Some(url)) = next_page([header.as_str()], &page()) {
                prop_assert!(same_origin(&url, &page()));
            }
        }

        #[test]
        fn any_target_in_any_link_keeps_the_origin(target: String) {
            let header = format!("<{target}>; rel=\"next\"");
            if let Ok(Some(url)) = next_page([header.as_str()], &page()) {
                prop_assert!(same_origin(&url, &page()));
            }
        }

        #[test]
        fn what_is_written_is_read(path in "[a-z0-9/]{0,20}", query in "[a-z0-9=&%,;]{0,20}") {
            let mut url = page();
            url.set_path(&path);
            url.set_query(Some(&query));
            let header = next_header(&url);
            prop_assert_eq!(next_page([header.as_str()], &page()), Ok(Some(url)));
        }
    }
}
