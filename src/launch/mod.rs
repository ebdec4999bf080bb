//! Lanterna as a tool: login, launch, keys.
