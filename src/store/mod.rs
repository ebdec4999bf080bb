//! The store: sled holds the rows, a journal makes them durable.

pub mod commit;
pub mod ids;
pub mod key;
pub mod rows;
pub mod tree;
pub mod trees;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use commit::Expected;
pub use commit::{Commit, Row};
use key::{Key, PrefixOf};
use tree::{Tree, Value};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that the commit expected is not so: read again and decide anew.
    #[error("what the commit expected has changed")]
    Conflict,
    /// The disk has less free space than the configured floor: nothing is written.
    #[error("the disk is full")]
    Full,
    /// Writing failed earlier; the store takes no more until a restart.
    #[error("the store has stopped writing")]
    Stopped,
    /// A row cannot be read, or the store is being rebuilt.
    #[error("the store cannot be read: {0}")]
    Damaged(String),
}

/// How the store is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    /// Whether it takes nothing any more.
    pub stopped: bool,
    /// Whether it cannot be read.
    pub damaged: bool,
    /// Free bytes on its disk.
    pub free_space: Option<u64>,
    /// Bytes that it takes.
    pub disk_bytes: u64,
    /// Bytes of its journal.
    pub journal_bytes: u64,
    /// When everything was last in sled.
    pub last_checkpoint: Option<crate::world::Time>,
    /// When the last snapshot was taken.
    pub last_snapshot: Option<crate::world::Time>,
}

type Map = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

/// A handle on the store. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Store {
    rows: Arc<Mutex<Map>>,
}

impl Store {
    /// The value under `key`.
    pub fn get<T: Tree>(&self, key: &T::Key) -> Result<Option<T::Value>, Error> {
        Ok(self.read::<T>(key)?.map(|row| row.value))
    }

    /// The value under `key` with what [`Commit::expect_unchanged`] needs.
    pub fn read<T: Tree>(&self, key: &T::Key) -> Result<Option<Row<T::Value>>, Error> {
        let rows = self.rows.lock().map_err(|_| Error::Stopped)?;
        let Some(bytes) = rows.get(&(T::NAME, key.bytes())) else {
            return Ok(None);
        };
        decode::<T>(bytes).map(|value| {
            Some(Row {
                value,
                bytes: bytes.clone(),
            })
        })
    }

    /// At most `limit` entries whose keys begin with `prefix`, in order, after the key `after`.
    pub fn page<T: Tree>(
        &self,
        prefix: &impl PrefixOf<T::Key>,
        after: Option<&T::Key>,
        limit: usize,
    ) -> Result<Vec<(T::Key, T::Value)>, Error> {
        let rows = self.rows.lock().map_err(|_| Error::Stopped)?;
        let prefix = prefix.bytes();
        let after = after.map(Key::bytes);
        rows.iter()
            .filter(|((tree, key), _)| *tree == T::NAME && key.starts_with(&prefix))
            .filter(|((_, key), _)| after.as_ref().is_none_or(|after| key > after))
            .take(limit)
            .map(|((_, key), bytes)| {
                let key = T::Key::parse(key).ok_or_else(|| Error::Damaged(T::NAME.into()))?;
                Ok((key, decode::<T>(bytes)?))
            })
            .collect()
    }

    /// Like [`Store::page`], backwards: from the last entry before the key `before`.
    pub fn page_back<T: Tree>(
        &self,
        prefix: &impl PrefixOf<T::Key>,
        before: Option<&T::Key>,
        limit: usize,
    ) -> Result<Vec<(T::Key, T::Value)>, Error> {
        let mut entries = self.page::<T>(prefix, None, usize::MAX)?;
        let before = before.map(Key::bytes);
        entries.retain(|(key, _)| before.as_ref().is_none_or(|before| key.bytes() < *before));
        entries.reverse();
        entries.truncate(limit);
        Ok(entries)
    }

    /// How the store is.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }

    /// A store for a test.
    pub fn temporary() -> Self {
        Self::default()
    }

    /// Makes the commit true and durable, or answers why not; then nothing of it is.
    pub async fn commit(&self, commit: Commit) -> Result<(), Error> {
        let mut rows = self.rows.lock().map_err(|_| Error::Stopped)?;
        for expectation in &commit.expectations {
            let found = rows.get(&(expectation.tree, expectation.key.clone()));
            let holds = match &expectation.expected {
                Expected::Absent => found.is_none(),
                Expected::Present => found.is_some(),
                Expected::Bytes(bytes) => found == Some(bytes),
            };
            if !holds {
                return Err(Error::Conflict);
            }
        }
        for change in commit.changes {
            match change.value {
                Some(value) => rows.insert((change.tree, change.key), value),
                None => rows.remove(&(change.tree, change.key)),
            };
        }
        Ok(())
    }
}

fn decode<T: Tree>(bytes: &[u8]) -> Result<T::Value, Error> {
    T::Value::decode(bytes).ok_or_else(|| Error::Damaged(format!("a row of {}", T::NAME)))
}
