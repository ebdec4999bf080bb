//! Integration tests: one binary, a module each.

// Clippy takes only `#[test]` functions for tests, not the helpers beside them; and whatever is
// public here is so for the modules of this binary.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod admin;
mod browser;
mod cli;
mod connections;
mod doctor;
mod erasing;
mod examine;
mod grades;
mod harness;
mod https;
mod import;
mod key_sets;
mod keys;
mod launch_1p1;
mod launch_bad;
mod launch_binding;
mod launch_good;
mod launch_storage;
mod migration;
mod process;
mod registration;
mod restart;
mod rooms;
mod rosters;
mod search_index;
mod selection;
mod server;
mod sessions;
mod sign_in;
mod store_damage;
mod store_disks;
mod store_full;
mod store_journal;
mod store_kill;
mod store_model;
mod store_open;
mod store_power;
mod store_sample;
mod store_support;
mod tools;
