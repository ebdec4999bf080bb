//! Calls to platforms.

pub mod key_sets;
