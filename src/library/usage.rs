//! What items take up: one row a person and one a course, changed in the commits that make, move
//! and delete items, so that no request ever adds up a library.

use super::error::Error;
use crate::store::ids::{CourseId, UserId};
use crate::store::rows::library;
use crate::store::trees;
use crate::store::{Commit, Row, Store, Tree};

/// What an item costs at least, in bytes of a quota: rows, places in the search index and small
/// pictures, which no length tells.
const ITEM_MIN: u64 = 64 * 1024;

/// A usage as it stands in the store.
struct Kept<T: Tree<Value = library::Usage>> {
    key: T::Key,
    row: Option<Row<library::Usage>>,
}

impl<T: Tree<Value = library::Usage>> Kept<T> {
    fn read(store: &Store, key: T::Key) -> Result<Self, Error> {
        let row = store.read::<T>(&key)?;
        Ok(Self { key, row })
    }

    fn now(&self) -> library::Usage {
        self.row
            .as_ref()
            .map_or_else(Default::default, |row| row.value)
    }

    fn change(&self, commit: &mut Commit, new: library::Usage) {
        match &self.row {
            Some(row) => commit.expect_unchanged::<T>(&self.key, row),
            None => commit.expect_absent::<T>(&self.key),
        }
        .put::<T>(&self.key, &new);
    }
}

/// What a person's items take up, and those of the course that they belong to, if they do.
pub(super) struct Usage {
    person: Kept<trees::Usage>,
    course: Option<Kept<trees::CourseUsage>>,
}

/// A change of both.
pub(super) struct Change {
    bytes_before: u64,
    bytes: u64,
    items: i16,
    begun: bool,
}

impl Change {
    /// An item comes, of so many bytes.
    pub(super) const fn comes(bytes: u64) -> Self {
        Self {
            bytes_before: 0,
            bytes,
            items: 1,
            begun: false,
        }
    }

    /// So many items come, none of which has a file.
    pub(super) const fn come(items: u8) -> Self {
        Self {
            bytes_before: 0,
            bytes: 0,
            items: items as i16,
            begun: false,
        }
    }

    /// An item goes.
    pub(super) const fn goes(bytes: u64) -> Self {
        Self {
            bytes_before: bytes,
            bytes: 0,
            items: -1,
            begun: false,
        }
    }

    /// An item has other bytes.
    pub(super) const fn becomes(bytes_before: u64, bytes: u64) -> Self {
        Self {
            bytes_before,
            bytes,
            items: 0,
            begun: false,
        }
    }

    /// An upload begins.
    pub(super) const fn begins() -> Self {
        Self {
            bytes_before: 0,
            bytes: 0,
            items: 0,
            begun: true,
        }
    }

    const fn apply(&self, now: library::Usage) -> library::Usage {
        let bytes = now.bytes.saturating_sub(self.bytes_before);
        let items = if self.items < 0 {
            now.items.saturating_sub(1)
        } else {
            now.items + self.items.unsigned_abs() as u64
        };
        library::Usage {
            bytes: bytes.saturating_add(self.bytes),
            items,
            begun: now.begun + self.begun as u64,
        }
    }
}

impl Usage {
    /// Reads what a person and a course have.
    pub(super) fn of(store: &Store, user: UserId, course: Option<CourseId>) -> Result<Self, Error> {
        let course = course.map(|course| Kept::read(store, course));
        Ok(Self {
            person: Kept::read(store, user)?,
            course: course.transpose()?,
        })
    }

    /// The person's numbers.
    pub(super) fn person(&self) -> library::Usage {
        self.person.now()
    }

    /// The course's numbers, if there is one.
    pub(super) fn course(&self) -> Option<library::Usage> {
        self.course.as_ref().map(Kept::now)
    }

    /// Makes `commit` store the numbers after `change`, provided that nobody changes them
    /// meanwhile.
    pub(super) fn change(&self, commit: &mut Commit, change: &Change) {
        self.person.change(commit, change.apply(self.person.now()));
        if let Some(course) = &self.course {
            course.change(commit, change.apply(course.now()));
        }
    }
}

/// Moves an item of so many bytes from what one course has to what another has.
pub(super) fn moves(
    store: &Store,
    commit: &mut Commit,
    from: Option<CourseId>,
    to: Option<CourseId>,
    bytes: u64,
) -> Result<(), Error> {
    if from == to {
        return Ok(());
    }
    let sides = [(from, Change::goes(bytes)), (to, Change::comes(bytes))];
    for (course, change) in sides {
        let Some(course) = course else { continue };
        let kept = Kept::<trees::CourseUsage>::read(store, course)?;
        kept.change(commit, change.apply(kept.now()));
    }
    Ok(())
}

/// What is left of `quota` for whoever has items that take `taken` and open uploads of these
/// lengths: nothing when there are more than would fit at [`ITEM_MIN`] bytes each.
pub(super) fn left(
    quota: u64,
    taken: library::Usage,
    open: impl ExactSizeIterator<Item = u64>,
) -> u64 {
    let items = taken.items.saturating_add(open.len() as u64);
    if items.saturating_mul(ITEM_MIN) > quota {
        return 0;
    }
    let bytes = open.fold(taken.bytes, u64::saturating_add);
    quota.saturating_sub(bytes)
}
