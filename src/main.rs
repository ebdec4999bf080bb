//! The `lanterna` binary.

use std::process::ExitCode;

/// The C library that static binaries come with halves the throughput of TLS by its allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    lanterna::cli::run()
}
