//! The built binary in a real browser.

mod driver;
mod item;
mod pages;
mod player;
mod practice;
mod uploads;
mod wire;
