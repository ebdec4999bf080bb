//! What a person's items take up: one row a person, changed in the commits that make and delete
//! items, so that no request ever adds up a library.

use super::error::Error;
use crate::store::ids::UserId;
use crate::store::rows::library;
use crate::store::trees;
use crate::store::{Commit, Row, Store};

/// A person's usage as it stands in the store.
pub(super) struct Usage {
    user: UserId,
    row: Option<Row<library::Usage>>,
}

impl Usage {
    /// Reads it.
    pub(super) fn of(store: &Store, user: UserId) -> Result<Self, Error> {
        let row = store.read::<trees::Usage>(&user)?;
        Ok(Self { user, row })
    }

    /// The numbers.
    pub(super) fn now(&self) -> library::Usage {
        self.row
            .as_ref()
            .map_or_else(Default::default, |row| row.value)
    }

    /// Makes `commit` store new numbers, provided that nobody changes them meanwhile.
    pub(super) fn change(&self, commit: &mut Commit, new: library::Usage) {
        match &self.row {
            Some(row) => commit.expect_unchanged::<trees::Usage>(&self.user, row),
            None => commit.expect_absent::<trees::Usage>(&self.user),
        }
        .put::<trees::Usage>(&self.user, &new);
    }
}
