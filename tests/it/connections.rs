//! Connections: what is decided about each and what launches make of it, the pages of
//! administration that make and change them, and the quirks of platforms.

mod settings;
