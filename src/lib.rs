//! Lanterna: a media library for a school's LMS, in one static binary.
//!
//! One module per room. A room uses only rooms below it; `ARCHITECTURE.md` draws the graph and
//! `tests/it/rooms.rs` holds it.

pub mod admin;
pub mod app;
pub mod audit;
pub mod browse;
pub mod cli;
pub mod config;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod grades;
pub mod jobs;
pub mod keys;
pub mod launch;
pub mod launchlog;
pub mod library;
pub mod lti;
pub mod outbound;
pub mod people;
pub mod practice;
pub mod privacy;
pub mod services;
pub mod store;
pub mod tools;
pub mod ui;
pub mod watching;
pub mod web;
pub mod world;
