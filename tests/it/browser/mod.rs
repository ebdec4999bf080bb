//! The built binary in a real browser.

mod driver;
mod library;
mod pages;
mod practice;
