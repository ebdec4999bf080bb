//! `[[tool]]`

use std::path::Path;

use figment::value::Value;
use url::Url;

use crate::config::secret::Passport;
use crate::config::section::section;
use crate::config::setting::{Setting, Wrong, from_text};

section! {
    /// An external LTI 1.1 tool to embed; may stand more than once. This version launches none yet.
    repeated Tool "tool" {
        /// What people see, and what recognises the tool when its other values change.
        name: String = "Book reader";
        /// What the tool's maker gave: "name:key:secret".
        passport: Passport = "reader:key:secret";
        /// The address to which the tool is launched.
        launch_url: Url = "https://reader.example/launch";
        /// What every launch of the tool says besides, as "name=value".
        custom_parameters: Vec<CustomParameter> = ["vbid=12", "book_location=page/3"];
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
