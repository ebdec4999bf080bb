//! What an LMS opens the page with.

use crate::app::Form;

/// What an LMS opens the page with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// The invitation's secret.
    pub(super) invitation: String,
    /// Where the configuration is; nothing when somebody opened the address by hand.
    pub(super) configuration: Option<String>,
    /// The token for asking and registering, where the LMS has one.
    pub(super) token: Option<String>,
}

impl Asked {
    /// Reads the query. Some platforms put their own after another question mark, although there is
    /// one in the address already.
    pub(super) fn read(query: &str) -> Self {
        let (own, rest) = match query.split_once('?') {
            Some((own, rest)) if !own.contains('&') => (own, rest),
            _ => ("", query),
        };
        let (own, rest) = (Form::parse(own.as_bytes()), Form::parse(rest.as_bytes()));
        let get = |name: &str| {
            let value = own.get(name).or_else(|| rest.get(name));
            value.map(str::trim).filter(|value| !value.is_empty())
        };
        Self {
            invitation: get("invitation").unwrap_or_default().to_owned(),
            configuration: get("openid_configuration").map(str::to_owned),
            token: get("registration_token").map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_appended_never_changes_the_invitation(rest in "[a-z_=&?%]{0,60}") {
            let asked = Asked::read(&format!("invitation=secret&{rest}"));
            prop_assert_eq!(asked.invitation, "secret");
        }

        #[test]
        fn any_query_is_answered(query in "\\PC{0,80}") {
            let _ = Asked::read(&query);
        }
    }

    #[test]
    fn what_platforms_append_is_read_however_they_do() {
        let config = "openid_configuration=https%3A%2F%2Flms.example%2Fc%3Fa%3D1%26b";
        let whole = Asked {
            invitation: "secret".into(),
            configuration: Some("https://lms.example/c?a=1&b".into()),
            token: Some("t.o-k".into()),
        };
        for query in [
            format!("invitation=secret&{config}&registration_token=t.o-k"),
            format!("invitation=secret?{config}&registration_token=t.o-k"),
            format!("{config}&registration_token=t.o-k&invitation=secret"),
            format!("invitation=secret&&{config}&registration_token=t.o-k&x="),
        ] {
            assert_eq!(Asked::read(&query), whole, "{query}");
        }
        let unescaped = "invitation=secret&openid_configuration=https://lms.example/c?a=1";
        let asked = Asked::read(unescaped);
        assert_eq!(asked.invitation, "secret");
        assert_eq!(
            asked.configuration.as_deref(),
            Some("https://lms.example/c?a=1")
        );
        for query in [
            "invitation=secret",
            "invitation=secret&openid_configuration=",
        ] {
            let asked = Asked::read(query);
            assert_eq!(asked.configuration, None);
            assert_eq!(asked.invitation, "secret");
        }
        assert_eq!(Asked::read(""), Asked::default());
        assert_eq!(Asked::read("?&=?"), Asked::default());
    }
}
