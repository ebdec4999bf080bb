//! `[[tool]]`

use std::path::Path;

use figment::value::Value;
use url::Url;

use crate::config::secret::Passport;
use crate::config::section::section;
use crate::config::setting::{Setting, Wrong, from_text};

section! {
    /// An external LTI 1.1 tool to embed; may stand more than once.
    repeated Tool "tool" {
        /// What people see, and what recognises the tool when its other values change.
        name: String = "Book reader";
        /// What the tool's maker gave: "name:key:secret".
        passport: Passport = "reader:key:secret";
        /// The address to which the tool is launched.
        launch_url: Url = "https://reader.example/launch";
        /// What every launch of the tool says besides, as "name=value".
        custom_parameters: Vec<CustomParameter> = ["vbid=12", "book_location=page/3"];
        /// What the tool may be told of people who agree to it: "name", "username", "email". Left
        /// out, nothing.
        share: Vec<Share> = ["name"];
        /// Whether the tool may report grades. Left out, it may.
        grades: Option<bool> = true;
    }
}

/// What a tool may be told of people who agree to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Their names.
    Name,
    /// By what name the LMS knows them.
    Username,
    /// Their email address.
    Email,
}

impl Setting for Share {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#""name", "username" or "email""#;
        from_text(value, RIGHT, |text| match text.trim() {
            "name" => Ok(Self::Name),
            "username" => Ok(Self::Username),
            "email" => Ok(Self::Email),
            _ => Err(RIGHT),
        })
    }
}

/// A custom parameter of a launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomParameter {
    /// Its name, as written.
    pub name: String,
    /// Its value; may be empty.
    pub value: String,
}

impl Setting for CustomParameter {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#"a name and a value, such as "chapter=12""#;
        from_text(value, RIGHT, |text| match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => Ok(Self {
                name: name.trim().to_owned(),
                value: value.trim().to_owned(),
            }),
            _ => Err(RIGHT),
        })
    }
}
