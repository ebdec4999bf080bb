//! Where the log goes.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{Format, Log};

/// Writes the log to standard error from now on. Later calls change nothing.
pub(super) fn start(log: &Log) {
    // Fails only when there is a log already, as in tests.
    let _ = start_with(log.format, log.level.targets().clone());
}

fn start_with(format: Format, targets: Targets) -> Result<(), TryInitError> {
    let filtered = tracing_subscriber::registry().with(targets);
    let lines = fmt::layer().with_writer(io::stderr);
    match format {
        Format::Human => {
            let lines = lines
                .with_target(false)
                .with_ansi(io::stderr().is_terminal());
            filtered.with(lines).try_init()
        }
        Format::Json => filtered.with(lines.json().flatten_event(true)).try_init(),
    }
}
