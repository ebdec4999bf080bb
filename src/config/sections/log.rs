//! `[log]`

use std::fmt;
use std::path::Path;

use figment::value::Value;
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::config::section::section;
use crate::config::setting::{Setting, Wrong, from_text};

section! {
    /// The log, which goes to standard error. It holds no secrets and no names of people.
    table Log "log" {
        /// "human" (lines for people) or "json" (an object per line).
        format: Format = "human";
        /// "error", "warn", "info", "debug" or "trace"; parts of the program may have their own:
        /// `"info,lanterna::store=debug"`.
        level: Level = "info";
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    Human,
    /// A JSON object per line.
    Json,
}

impl Setting for Format {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#""human" or "json""#;
        from_text(value, RIGHT, |text| match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(RIGHT),
        })
    }
}

/// What is logged.
#[derive(Clone, PartialEq)]
pub struct Level(Targets);

impl Level {
    /// As a filter for the log.
    pub const fn targets(&self) -> &Targets {
        &self.0
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Level({})", self.0)
    }
}

impl Setting for Level {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str =
            r#""error", "warn", "info", "debug" or "trace", such as "info,lanterna::store=debug""#;
        // A lone word that is no level would be taken for a part's name, all of which is logged.
        let is_directive = |directive: &str| {
            let level = directive.rsplit('=').next().unwrap_or_default().trim();
            !level.is_empty() && level.parse::<LevelFilter>().is_ok()
        };
        from_text(value, RIGHT, |text| {
            let all = text.split(',').all(is_directive);
            let targets = all.then(|| text.parse().ok()).flatten();
            targets.map(Self).ok_or(RIGHT)
        })
    }
}
