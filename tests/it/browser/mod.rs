//! The built binary in a real browser.

mod driver;
mod item;
mod library;
mod media;
mod pages;
mod player;
mod practice;
mod registration;
mod spread;
mod uploads;
mod ways;
mod wire;
