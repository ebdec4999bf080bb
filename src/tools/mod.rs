//! Lanterna as a platform.
