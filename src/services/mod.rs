//! Calls to platforms.

pub mod calls;
pub mod clocks;
pub mod grading;
pub mod key_sets;
pub mod line_items;
pub mod outcomes;
pub mod probe;
pub mod registration;
pub mod roster;
pub mod scores;
pub mod signing;
pub mod tokens;

#[cfg(test)]
pub(crate) mod testing;
