//! The values of the trees: plain data, numbered fields. A number is never used again.

pub mod admin;
pub mod collections;
pub mod connections;
pub mod gradebook;
pub mod grades;
pub mod invitations;
pub mod keys;
pub mod launchlog;
pub mod library;
pub mod people;
pub mod practice;
pub mod privacy;
pub mod settings;
pub mod tools;
pub mod watching;
