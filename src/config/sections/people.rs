//! `[people]`

use std::time::Duration;

use crate::config::section::section;

section! {
    /// What is kept about people.
    table People "people" {
        /// Whether email addresses that platforms send are kept. Nothing needs them.
        email: bool = false;
        /// How long a person is kept after their last launch, at least 30 days; empty: until an
        /// administrator erases them. Whoever owns media that others use waits for an administrator.
        kept_after_last_launch: Option<Duration> = "";
        /// How long what a person watched of an item is kept after they last watched it.
        views_kept: Duration = "730 days";
    }
}
