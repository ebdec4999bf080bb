//! The grade queue against an independent gradebook: killed at random moments, storms, and the whole
//! way through the built binary.

mod kills;
mod reading;
