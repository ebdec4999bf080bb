//! Calls to platforms.

pub mod calls;
pub mod clocks;
pub mod key_sets;
pub mod registration;
pub mod roster;
pub mod tokens;

#[cfg(test)]
mod testing;
