//! `[admin]`

use std::time::Duration;

use crate::config::section::section;

section! {
    /// The sessions of administrators.
    table Admin "admin" {
        /// A session ends when nothing was asked of it for so long.
        idle: Duration = "30 min";
        /// A session ends after this time in any case.
        lifetime: Duration = "12 h";
    }
}
