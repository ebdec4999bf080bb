//! `[people]`

use std::time::Duration;

use crate::config::section::section;

section! {
    /// What is kept about people.
    table People "people" {
        /// Whether email addresses that platforms send are kept. Nothing needs them.
        email: bool = false;
        /// How long what a person watched of an item is kept after they last watched it.
        views_kept: Duration = "730 days";
    }
}
