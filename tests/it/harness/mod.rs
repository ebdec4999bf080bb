//! What the tests share: the built binary on a free port, an HTTP client that shows everything, and
//! small platforms of either version of LTI that are independent of the crate under test.

pub(crate) mod admin;
pub(crate) mod client;
pub(crate) mod consumer;
pub(crate) mod counterpart;
pub(crate) mod gradebook;
pub(crate) mod platform;
pub(crate) mod registrar;
pub(crate) mod server;
pub(crate) mod services;

use std::path::{Path, PathBuf};

/// A file below `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
