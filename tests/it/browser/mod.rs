//! The built binary in a real browser.

mod circle;
mod connections;
mod course;
mod driver;
mod earning;
mod grades;
mod item;
mod library;
mod media;
mod pages;
mod people;
mod player;
mod practice;
mod registration;
mod selection;
mod sign_in;
mod spread;
mod statistics;
mod storage;
mod tools;
mod tour;
mod uploads;
mod watching;
mod ways;
mod wire;
