//! Calls to platforms.
