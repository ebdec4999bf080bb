//! Keys that Lanterna signs and seals with.
