//! The server: accept loop, routes, problems, assets.
