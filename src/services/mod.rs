//! Calls to platforms.

pub mod calls;
pub mod clocks;
pub mod key_sets;
pub mod probe;
pub mod registration;
pub mod roster;
pub mod tokens;

#[cfg(test)]
pub(crate) mod testing;
