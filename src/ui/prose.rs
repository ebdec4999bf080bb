//! Plain text by people: its lines stay, and addresses in it become links.

use maud::{Markup, html};
use url::Url;

/// What ends a sentence or closes a bracket after an address, rather than being of it.
const AFTER: &[char] = &[
    '.', ',', ';', ':', '!', '?', ')', ']', '}', '"', '\'', '”', '’', '»', '>',
];

/// Plain text. Addresses of the web that are written out become links, which tell the other side
/// nothing of where they stand. Everything else is text, whatever it looks like.
pub fn prose(text: &str) -> Markup {
    html! {
        p.prose {
            @for piece in text.split_inclusive(char::is_whitespace) { (marked(piece)) }
        }
    }
}

/// A word and the space after it.
fn marked(piece: &str) -> Markup {
    let word = piece.trim_end();
    let begins = ["https://", "http://"]
        .iter()
        .filter_map(|s| word.find(s))
        .min();
    let Some(start) = begins else {
        return html! { (piece) };
    };
    let (before, rest) = piece.split_at(start);
    let address = trimmed(rest.trim_end());
    let Some(href) = web(address) else {
        return html! { (piece) };
    };
    html! {
        (before)
        a href=(href) target="_blank" rel="noopener noreferrer nofollow ugc" { (address) }
        (&rest[address.len()..])
    }
}

/// Without what only stands after it; a bracket that the address opened itself is of it.
fn trimmed(address: &str) -> &str {
    let mut address = address;
    while let Some(last) = address.chars().next_back().filter(|c| AFTER.contains(c)) {
        if last == ')' && address.matches('(').count() >= address.matches(')').count() {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

/// An address that reads as what it is: without a name or password before the host, and without
/// characters that turn the direction of writing around.
fn web(text: &str) -> Option<Url> {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(turns) {
        return None;
    }
    let url: Url = text.parse().ok()?;
    let plain = url.has_host() && url.username().is_empty() && url.password().is_none();
    (plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn links(text: &str) -> Vec<String> {
        let markup = prose(text).0;
        let found = markup.split("href=\"").skip(1);
        found
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn addresses_become_links() {
        for (text, expected) in [
            ("See https://a.example/x.", vec!["https://a.example/x"]),
            ("(https://a.example/x)", vec!["https://a.example/x"]),
            (
                "https://a.example/Wave_(physics)",
                vec!["https://a.example/Wave_(physics)"],
            ),
            (
                "http://a.example\nhttps://b.example/?q=1&r=2",
                vec!["http://a.example/", "https://b.example/?q=1&amp;r=2"],
            ),
            ("https://paypal.example@evil.example/", vec![]),
            ("https://a.example/\u{202e}gpj.exe", vec![]),
            (
                "javascript:alert(1) ftp://a.example //b.example a.example",
                vec![],
            ),
            ("https:// http://", vec![]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        let markup = prose("<script>x</script>\nhttps://a.example/\"onclick=\"x <b>").0;
        assert!(!markup.contains("<script") && !markup.contains("<b>"));
        assert!(!markup.contains("\"onclick"));
        assert!(markup.contains("&lt;script&gt;"));
    }

    /// The text of the markup, as a reader sees it.
    fn seen(markup: &str) -> String {
        let mut text = String::new();
        let mut inside = false;
        for c in markup.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        for (escaped, plain) in [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&amp;", "&"),
        ] {
            text = text.replace(escaped, plain);
        }
        text
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_or_added(text in "(\\PC|\\n|https://|http://a\\.b/|[<>&\"' ()])*") {
            let markup = prose(&text).0;
            prop_assert_eq!(seen(&markup), text);
        }

        #[test]
        fn only_links_are_marked(text in "(\\PC|https://|http://a\\.b/|[<>\"'=])*") {
            let markup = prose(&text).0;
            let tags = markup.split('<').skip(1).filter(|rest| {
                !["p class=\"prose\">", "/p>", "a href=\"http", "/a>"].iter().any(|t| rest.starts_with(t))
            });
            prop_assert_eq!(tags.count(), 0);
        }
    }
}
