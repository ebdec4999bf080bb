//! The built binary in a real browser.

mod driver;
mod item;
mod library;
mod pages;
mod player;
mod practice;
mod uploads;
mod wire;
