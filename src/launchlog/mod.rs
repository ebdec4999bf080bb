//! The launch log: every login and launch with each check.
