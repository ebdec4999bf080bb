//! Connections: what there is, how to make one, and what is decided about each.

mod list;

pub use list::list;
