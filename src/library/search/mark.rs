//! Whether store and index belong together: both hold the same mark.

use std::fmt;

use crate::store::trees::Meta;
use crate::store::{self, Store};
use crate::world::World;

/// Counts what the index is made of: its fields, and how text becomes words. Another number makes
/// it anew.
const VERSION: u8 = 1;

/// Names one making of the index, and how far it has come since. The index writes a mark first,
/// then the store: it is the same, or one ahead of the store's when the process ended between the
/// two. What it is ahead by is still due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    version: u8,
    made: [u8; 16],
    batch: u64,
}

impl Mark {
    /// Where the store keeps it.
    pub(super) const KEY: &'static str = "search";

    /// For an index that is made now.
    pub(super) fn new(world: &World) -> Self {
        Self {
            version: VERSION,
            made: world.random(),
            batch: 0,
        }
    }

    /// The store's.
    pub(super) fn of(store: &Store) -> Result<Option<Self>, store::Error> {
        let bytes = store.get::<Meta>(&Self::KEY.to_owned())?;
        Ok(bytes.and_then(|bytes| Self::parse(&bytes)))
    }

    /// The next batch's.
    pub(super) const fn next(self) -> Self {
        Self {
            batch: self.batch + 1,
            ..self
        }
    }

    /// Whether an index with this mark belongs to a store with the other.
    pub(super) fn belongs_to(self, store: Self) -> bool {
        self.version == VERSION && (self == store || self == store.next())
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        let mut bytes = vec![self.version];
        bytes.extend(self.made);
        bytes.extend(self.batch.to_be_bytes());
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (made, batch) = rest.split_first_chunk()?;
        Some(Self {
            version: *version,
            made: *made,
            batch: u64::from_be_bytes(batch.try_into().ok()?),
        })
    }

    /// The mark that the index holds as text.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let digits = text.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = digits
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
            .collect();
        Self::parse(&bytes?)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.bytes() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_may_be_one_batch_ahead_and_no_more() {
        let world = World::system();
        let mark = Mark::new(&world);
        assert_eq!(Mark::from_text(&mark.to_string()), Some(mark));
        assert!(mark.belongs_to(mark));
        assert!(mark.next().belongs_to(mark));
        assert!(!mark.next().next().belongs_to(mark));
        assert!(!mark.belongs_to(mark.next()), "the index lacks a batch");
        assert!(!Mark::new(&world).belongs_to(mark), "another making");
        let other = Mark {
            version: VERSION + 1,
            ..mark
        };
        assert!(!other.belongs_to(other));
        for text in ["", "0", "zz", "ä", "00"] {
            assert_eq!(Mark::from_text(text), None, "{text}");
        }
    }
}
