//! `[people]`

use crate::config::section::section;

section! {
    /// What is kept about people.
    table People "people" {
        /// Whether email addresses that platforms send are kept. Nothing needs them.
        email: bool = false;
    }
}
