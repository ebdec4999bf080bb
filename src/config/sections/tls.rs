//! `[tls]`

use std::path::{Path, PathBuf};

use figment::value::Value;

use crate::config::section::section;
use crate::config::setting::{Setting, Wrong, from_text};

section! {
    /// HTTPS without a reverse proxy in front.
    table Tls "tls" {
        /// "off" (plain http, for this machine or behind a reverse proxy) or "files" (the two files
        /// below).
        mode: TlsMode = "off";
        /// The certificate with its intermediate certificates, as PEM. Both files are read again
        /// when they change.
        certificate: Option<PathBuf> = "";
        /// The private key of the certificate, as PEM.
        key: Option<PathBuf> = "";
        /// An email address for a certificate authority; used by no mode of this version.
        contact: Option<String> = "";
    }
}

/// Where certificates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Nowhere: plain http.
    Off,
    /// From the files `certificate` and `key`.
    Files,
}

impl Setting for TlsMode {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#""off" or "files""#;
        from_text(value, RIGHT, |text| match text {
            "off" => Ok(Self::Off),
            "files" => Ok(Self::Files),
            "acme" => Err(r#""off" or "files"; "acme" is not available in this version"#),
            _ => Err(RIGHT),
        })
    }
}
