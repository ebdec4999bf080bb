//! Facts of real files, and what is sent in their place.

mod facts;
mod front;
mod hostile;
mod located;
mod pictures;
mod sent;

use super::source::Source;
use super::{Examined, Sending};

/// A file among the fixtures.
fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/media");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

fn examine(bytes: &Vec<u8>) -> Examined {
    let len = bytes.len() as u64;
    let found = super::examine(&Source::new(bytes, len)).unwrap_or_default();
    assert_eq!(found.clone().checked(len), found);
    found
}

/// What others receive.
fn assembled(bytes: &[u8], sent: &Sending) -> Vec<u8> {
    let mut out = Vec::new();
    for extent in &sent.extents {
        let from = if extent.in_head { &sent.head } else { bytes };
        let start = usize::try_from(extent.start).unwrap();
        let len = usize::try_from(extent.len).unwrap();
        out.extend_from_slice(&from[start..start + len]);
    }
    out
}
