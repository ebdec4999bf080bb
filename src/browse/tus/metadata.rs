//! `Upload-Metadata`: what a client tells of the file.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// More bytes than any title and file name take.
const MOST: usize = 8 * 1024;

/// Names and their texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::browse) struct Metadata(Vec<(String, String)>);

impl Metadata {
    /// What the header says: pairs separated by commas, each a name and, after a space, its text in
    /// UTF-8 and Base64. `None` when it says it in another way, a name twice, or too much.
    pub(in crate::browse) fn parse(header: &str) -> Option<Self> {
        if header.len() > MOST {
            return None;
        }
        let mut found: Vec<(String, String)> = Vec::new();
        for pair in header.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
            if found.iter().any(|(known, _)| known == name) {
                return None;
            }
            let value = BASE64.decode(value.trim()).ok()?;
            found.push((name.to_owned(), String::from_utf8(value).ok()?));
        }
        Some(Self(found))
    }

    /// The text of a name.
    pub(in crate::browse) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, text)| text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn clients_write_it_in_several_ways() {
        for header in [
            "filename bGVzc29uLm1wNA==,title TGVzc29u,secret",
            "filename bGVzc29uLm1wNA, title TGVzc29u, secret ",
            "secret,title  TGVzc29u,,filename bGVzc29uLm1wNA==",
        ] {
            let metadata = Metadata::parse(header).unwrap();
            assert_eq!(metadata.get("filename"), Some("lesson.mp4"), "{header}");
            assert_eq!(metadata.get("title"), Some("Lesson"), "{header}");
            assert_eq!(metadata.get("secret"), Some(""), "{header}");
            assert_eq!(metadata.get("other"), None, "{header}");
        }
        assert_eq!(Metadata::parse(""), Some(Metadata::default()));
    }

    #[test]
    fn what_is_no_metadata_is_refused() {
        for header in [
            "title Lesson!",
            "title TGVzc29u TGVzc29u",
            "title TGVzc29u,title TGVzc29u",
            // Not UTF-8.
            "title /w==",
            &format!("title {}", "A".repeat(MOST)),
        ] {
            assert_eq!(Metadata::parse(header), None, "{header}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_through(text: String) {
            let header = format!("title {}", STANDARD.encode(&text));
            let metadata = Metadata::parse(&header).unwrap();
            prop_assert_eq!(metadata.get("title"), Some(text.as_str()));
        }

        #[test]
        fn any_header_is_taken_without_panic(header: String) {
            let _ = Metadata::parse(&header);
        }
    }
}
