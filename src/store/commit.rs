//! A commit: what must be true, and what to put and delete. Plain data; nothing happens until the
//! store takes it, and then all of it or nothing.

use super::key::Key;
use super::tree::{Tree, Value};
use super::trees::{self, Expiry};
use crate::world::Time;

/// What a commit expects of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing is stored there.
    Absent,
    /// Something is stored there.
    Present,
    /// Exactly these bytes are stored there.
    Bytes(Vec<u8>),
}

/// One expectation of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The tree's name.
    pub tree: &'static str,
    /// The key's bytes.
    pub key: Vec<u8>,
    /// What is expected there.
    pub expected: Expected,
}

/// One change of a commit: a put, or a deletion when there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The tree's name.
    pub tree: &'static str,
    /// Whether that tree is an index.
    pub index: bool,
    /// The key's bytes.
    pub key: Vec<u8>,
    /// The value's bytes; `None` deletes.
    pub value: Option<Vec<u8>>,
}

/// A row together with the bytes it was read from, so that a commit can insist on them.
#[derive(Debug, Clone)]
pub struct Row<V> {
    /// The value.
    pub value: V,
    /// As it was stored.
    pub(super) bytes: Vec<u8>,
}

/// Expectations and absolute changes that become true together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    pub(super) expectations: Vec<Expectation>,
    pub(super) changes: Vec<Change>,
    pub(super) frees: bool,
}

impl Commit {
    /// A commit that does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it would change nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Says that this commit lets go of more than it takes: it deletes rows, or makes way for
    /// files to be deleted. A store whose disk is full still takes such commits, down to a lower
    /// floor, so that a full disk never keeps anybody from making room.
    pub const fn frees(&mut self) -> &mut Self {
        self.frees = true;
        self
    }

    /// How many bytes its keys and values have.
    pub(super) fn bytes(&self) -> usize {
        let value = |change: &Change| change.value.as_ref().map_or(0, Vec::len);
        self.changes
            .iter()
            .map(|change| change.key.len() + value(change))
            .sum()
    }

    /// Whether it neither expects nor changes anything.
    pub(super) const fn is_void(&self) -> bool {
        self.expectations.is_empty() && self.changes.is_empty()
    }

    /// Fails the commit unless nothing is stored under `key`.
    pub fn expect_absent<T: Tree>(&mut self, key: &T::Key) -> &mut Self {
        self.expect::<T>(key, Expected::Absent)
    }

    /// Fails the commit unless something is stored under `key`.
    pub fn expect_present<T: Tree>(&mut self, key: &T::Key) -> &mut Self {
        self.expect::<T>(key, Expected::Present)
    }

    /// Fails the commit unless `key` still holds exactly what was read.
    pub fn expect_unchanged<T: Tree>(&mut self, key: &T::Key, row: &Row<T::Value>) -> &mut Self {
        self.expect::<T>(key, Expected::Bytes(row.bytes.clone()))
    }

    fn expect<T: Tree>(&mut self, key: &T::Key, expected: Expected) -> &mut Self {
        self.expectations.push(Expectation {
            tree: T::NAME,
            key: key.bytes(),
            expected,
        });
        self
    }

    /// Stores `value` under `key`.
    pub fn put<T: Tree>(&mut self, key: &T::Key, value: &T::Value) -> &mut Self {
        self.change::<T>(key, Some(value.encode()))
    }

    /// Stores `value` under `key` until `end`, when the expiry task deletes it.
    pub fn put_until<T: Tree>(&mut self, key: &T::Key, value: &T::Value, end: Time) -> &mut Self {
        self.put::<T>(key, value)
            .put::<Expiry>(&expiry_key::<T>(key, end), &())
    }

    /// Stores `value` under `key`, and moves its end from `old` to `new`.
    pub fn put_moving_end<T: Tree>(
        &mut self,
        key: &T::Key,
        value: &T::Value,
        old: Time,
        new: Time,
    ) -> &mut Self {
        if old != new {
            self.delete::<Expiry>(&expiry_key::<T>(key, old));
        }
        self.put_until::<T>(key, value, new)
    }

    /// What this commit stores under `key` so far, for whoever adds to a commit of others; `None`:
    /// nothing.
    pub fn puts<T: Tree>(&self, key: &T::Key) -> Option<T::Value> {
        let key = key.bytes();
        let here = |change: &&Change| change.tree == T::NAME && change.key == key;
        let last = self.changes.iter().rev().find(here)?;
        T::Value::decode(last.value.as_deref()?)
    }

    /// Deletes `key`.
    pub fn delete<T: Tree>(&mut self, key: &T::Key) -> &mut Self {
        self.change::<T>(key, None)
    }

    /// Deletes `key`, which would have ended at `end`.
    pub fn delete_ending<T: Tree>(&mut self, key: &T::Key, end: Time) -> &mut Self {
        self.delete::<T>(key)
            .delete::<Expiry>(&expiry_key::<T>(key, end))
    }

    /// Deletes a key of the tree called `name`. A tree that no longer exists has nothing to delete.
    pub(super) fn delete_named(&mut self, name: &str, key: &[u8]) -> &mut Self {
        if let Some((tree, index)) = trees::ALL.iter().find(|(tree, _)| *tree == name) {
            self.changes.push(Change {
                tree,
                index: *index,
                key: key.to_vec(),
                value: None,
            });
        }
        self
    }

    fn change<T: Tree>(&mut self, key: &T::Key, value: Option<Vec<u8>>) -> &mut Self {
        self.changes.push(Change {
            tree: T::NAME,
            index: T::INDEX,
            key: key.bytes(),
            value,
        });
        self
    }
}

fn expiry_key<T: Tree>(key: &T::Key, end: Time) -> (Time, String, Vec<u8>) {
    (end, T::NAME.to_owned(), key.bytes())
}
