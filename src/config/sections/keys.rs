//! `[keys]`

use std::time::Duration;

use crate::config::section::section;

section! {
    /// The keys that Lanterna signs with. A new one is published a week before it signs, and the
    /// former one a week longer, so that platforms which read the key set notice nothing. A
    /// platform that was given a key as text needs the new one from you: administration says when.
    table Keys "keys" {
        /// How long a key signs before the next one takes over by itself, at least 30 days; empty:
        /// only an administrator changes keys.
        rotate_after: Option<Duration> = "365 days";
    }
}
