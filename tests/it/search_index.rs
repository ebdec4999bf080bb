//! The search index beside the store: made anew, and said so, when it cannot be used.

use std::fs;

use crate::harness::server::Setup;

#[test]
fn a_damaged_index_is_made_anew_and_said_in_the_log() {
    let server = Setup::new().env("LANTERNA_LOG__LEVEL", "debug").start();
    let index = server.folder().join("data/search/meta.json");
    server.logged("the search index is made");
    server.logged("the search index holds the whole library");
    let (_, stopped) = server.terminate();
    let server = stopped.start();
    server.logged("the search index holds the whole library");
    let (_, stopped) = server.terminate();
    assert!(!stopped.log.contains("made anew"), "{}", stopped.log);
    fs::write(index, "{").unwrap();
    let server = stopped.start();
    let line = server.logged("made anew");
    assert!(line.contains("WARN"), "{line}");
    server.logged("the search index holds the whole library");
}
