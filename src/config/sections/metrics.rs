//! `[metrics]`

use crate::config::secret::Secret;
use crate::config::section::section;

section! {
    /// Figures for Prometheus at /metrics.
    table Metrics "metrics" {
        /// The Bearer token that opens them; empty: there are none.
        token: Option<Secret> = "";
    }
}
