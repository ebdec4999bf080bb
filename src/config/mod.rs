//! The one TOML file: a struct per section beside its documentation.
