//! The guarded HTTP client: every request that Lanterna makes to somebody else.
