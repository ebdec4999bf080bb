//! The `lanterna` binary.

fn main() {}
