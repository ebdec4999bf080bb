//! What is decided about the launches of a platform.

use std::path::Path;

use figment::value::Value;

use super::setting::{Setting, Wrong, from_text};
use crate::lti::basic::is_custom;
use crate::lti::key::SignatureAlgorithm;
use crate::lti::roles::CourseRole;

impl Setting for SignatureAlgorithm {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#""RS256", "RS384" or "RS512""#;
        from_text(value, RIGHT, |text| Self::parse(text).ok_or(RIGHT))
    }
}

/// How browsers are sent to an authentication endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// By a redirect.
    Get,
    /// By a form that is posted.
    Post,
}

impl Setting for AuthMethod {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#""GET" or "POST""#;
        from_text(value, RIGHT, |text| match text {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            _ => Err(RIGHT),
        })
    }
}

/// A role that counts as something else than it usually does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleOverride {
    /// The role, as the platform writes it.
    pub role: String,
    /// What it counts as.
    pub counts_as: CourseRole,
}

impl RoleOverride {
    /// `role = word`, where the word is that of [`CourseRole::name`].
    pub fn parse(text: &str) -> Option<Self> {
        // Roles have no equals sign as a rule; where one does, the last one counts.
        let (role, word) = text.rsplit_once('=')?;
        let role = role.trim();
        let counts_as = CourseRole::parse(word.trim())?;
        (!role.is_empty()).then(|| Self {
            role: role.to_owned(),
            counts_as,
        })
    }
}

impl Setting for RoleOverride {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#"a role and what it counts as, such as "Aide = contributor" ("member", "contributor" or "manager")"#;
        from_text(value, RIGHT, |text| Self::parse(text).ok_or(RIGHT))
    }
}

/// The whole name of a custom parameter of LTI 1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptParameter(pub String);

impl KeptParameter {
    /// `custom_` and a name behind it.
    pub fn parse(text: &str) -> Option<Self> {
        is_custom(text).then(|| Self(text.to_owned()))
    }
}

impl Setting for KeptParameter {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#"the whole name of a custom parameter, such as "custom_tpa_class""#;
        from_text(value, RIGHT, |text| Self::parse(text).ok_or(RIGHT))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_role_and_what_it_counts_as() {
        let read = RoleOverride::parse("urn:x#Aide =  contributor ").unwrap();
        assert_eq!(read.role, "urn:x#Aide");
        assert_eq!(read.counts_as, CourseRole::Contributor);
        assert_eq!(RoleOverride::parse("a=b = member").unwrap().role, "a=b");
        for text in [
            "",
            "Aide",
            "= member",
            "Aide =",
            "Aide = owner",
            "Aide = Manager",
        ] {
            assert_eq!(RoleOverride::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_kept_parameter_has_its_whole_name() {
        let long = format!("custom_{}", "x".repeat(200));
        assert_eq!(
            KeptParameter::parse("custom_tpa_class").unwrap().0,
            "custom_tpa_class"
        );
        for text in [
            "",
            "tpa_class",
            "custom_",
            "custom_a b",
            "Custom_a",
            "custom_a\n",
            &long,
        ] {
            assert_eq!(KeptParameter::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,60}") {
            let _ = (RoleOverride::parse(&text), KeptParameter::parse(&text));
        }
    }
}
