//! What people see: the page layout, components, messages and the embedded files behind them.
//!
//! Components are functions from plain values to [`maud::Markup`]. They know nothing of the other
//! rooms: whoever calls them maps its own types to the small enums here. Every text that a
//! component brings along comes from [`messages::Messages`]; texts that a caller passes in should
//! come from there too. No component writes inline styles or scripts, so pages work under a
//! content security policy without `unsafe-inline`.

pub mod assets;
pub mod buttons;
pub mod charts;
pub mod finder;
pub mod format;
pub mod forms;
pub mod grades;
pub mod icons;
pub mod layout;
pub mod lms;
pub mod media;
pub mod messages;
pub mod notices;
pub mod pdf;
pub mod picker;
pub mod playable;
pub mod player;
pub mod progress;
pub mod prose;
pub mod tables;
pub mod upload;

#[cfg(test)]
mod contrast;
pub mod csv;
#[cfg(test)]
mod used_messages;

pub use messages::Messages;
