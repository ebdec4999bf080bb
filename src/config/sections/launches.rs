//! `[launches]`

use std::time::Duration;

use crate::config::section::section;

section! {
    /// Launches and their log.
    table Launches "launches" {
        /// How far a platform's clock may differ from this machine's; at most 5 minutes.
        clock_leeway: Duration = "2 min";
        /// Whether every deployment of a platform that registers from now on is accepted at its first
        /// launch; otherwise an administrator approves each. Connections can be changed one by one in
        /// administration.
        accept_deployments: bool = false;
        /// How long the launch log is kept.
        keep: Duration = "30 days";
        /// How many refused launches are kept, so that strangers cannot fill the log.
        failures_kept: u32 = 1000;
    }
}
