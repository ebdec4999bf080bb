//! Tokens through every step, from the posted string to the launch.

mod attacks;
mod certification;
mod checks;
mod envelope;
mod launches;
mod round_trip;
