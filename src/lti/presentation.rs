//! The way back to the platform (LTI Core 1.3, section 5.4.5): its return address, with a word for
//! the person where there is one to say.

use url::Url;

use super::origin::web_url;

/// The longest word that goes along, in characters.
const LONGEST: usize = 300;

/// What is said on the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// Nothing.
    None,
    /// Something went wrong.
    Error {
        /// For the person (`lti_errormsg`).
        told: &'a str,
        /// For the platform's log (`lti_errorlog`).
        logged: &'a str,
    },
}

/// The return address with a word added to its query. `None`: it is no http(s) address.
pub fn way_back(address: &str, word: Word<'_>) -> Option<Url> {
    let mut url = web_url(address)?;
    let Word::Error { told, logged } = word else {
        return Some(url);
    };
    for (name, text) in [("lti_errormsg", told), ("lti_errorlog", logged)] {
        let text: String = text.chars().take(LONGEST).collect();
        url.query_pairs_mut().append_pair(name, &text);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn failed(told: &str) -> Word<'_> {
        Word::Error {
            told,
            logged: "code",
        }
    }

    fn back(address: &str, word: Word<'_>) -> Option<String> {
        way_back(address, word).map(|url| url.to_string())
    }

    #[test]
    fn a_word_joins_the_query_that_is_there() {
        let address = "https://lms.example/return.php?course=7&instanceid=%20x#top";
        assert_eq!(back(address, Word::None).as_deref(), Some(address));
        assert_eq!(
            back(address, failed("Not found & more")).as_deref(),
            Some(
                "https://lms.example/return.php?course=7&instanceid=%20x\
                 &lti_errormsg=Not+found+%26+more&lti_errorlog=code#top"
            )
        );
        assert_eq!(
            back("http://lms.example", failed("ü")).as_deref(),
            Some("http://lms.example/?lti_errormsg=%C3%BC&lti_errorlog=code")
        );
    }

    #[test]
    fn only_web_addresses_lead_back() {
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//lms.example/",
            "/x",
            "",
        ] {
            assert_eq!(back(address, failed("x")), None, "{address}");
        }
    }

    proptest! {
        #[test]
        fn a_word_changes_nothing_else(word: String, path in "[a-z/]{0,12}", query in "[a-z=&]{0,12}") {
            let mut address = Url::parse("https://lms.example/").unwrap();
            address.set_path(&path);
            address.set_query(Some(&query));
            let url = way_back(address.as_str(), failed(&word)).unwrap();
            prop_assert_eq!(url.origin(), address.origin());
            prop_assert_eq!(url.path(), address.path());
            let told = url.query_pairs().find(|(name, _)| name == "lti_errormsg").unwrap();
            let expected: String = word.chars().take(LONGEST).collect();
            prop_assert_eq!(told, ("lti_errormsg".into(), expected.into()));
        }
    }
}
