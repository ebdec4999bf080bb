//! `[practice]`

use std::path::Path;

use figment::value::Value;

use crate::config::public_url::PublicUrl;
use crate::config::section::section;
use crate::config::setting::{Setting, Wrong};

section! {
    /// The practice course: a small LMS inside, to try everything without one.
    table Practice "practice" {
        /// true, false, or "auto": only while `public_url` is on this machine. Switched on for
        /// others, it wants an administrator's sign-in.
        enabled: Switch = "auto";
        /// A site name of its own, such as `"http://practice.localhost:8080"`, to try what browsers
        /// do across sites; empty: the same as `public_url`.
        url: Option<PublicUrl> = "";
    }
}

/// On, off, or as the circumstances are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// `true`
    On,
    /// `false`
    Off,
    /// `"auto"`
    Auto,
}

impl Setting for Switch {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        match (value.to_bool(), value.as_str()) {
            (Some(true), _) => Ok(Self::On),
            (Some(false), _) => Ok(Self::Off),
            (None, Some("auto")) => Ok(Self::Auto),
            (None, _) => Err(Wrong::new(value, r#"true, false or "auto""#)),
        }
    }
}
