//! What is kept about people, in their hands: export, erasure, and how long it is kept.

pub mod table;
