//! Calls to platforms.

pub mod calls;
pub mod key_sets;
pub mod roster;
pub mod tokens;

#[cfg(test)]
mod testing;
