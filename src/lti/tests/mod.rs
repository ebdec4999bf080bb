//! Tokens through every step, from the posted string to the launch.

mod anything;
mod attacks;
mod certification;
mod checks;
mod envelope;
mod forms;
mod launches;
mod oidc;
mod round_trip;
mod selection;
