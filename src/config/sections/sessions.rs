//! `[sessions]`

use std::time::Duration;

use crate::config::section::section;

section! {
    /// The sessions that launches open.
    table Sessions "sessions" {
        /// A session ends when nothing was asked of it for so long.
        idle: Duration = "2 h";
        /// A session ends after this time in any case.
        lifetime: Duration = "12 h";
    }
}
