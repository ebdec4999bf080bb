//! One person's result in one column.

use super::results::told;
use super::{ATTEMPTS, Error, Gradebook, Owner};
use crate::lti::ags::Moment;
use crate::store::ids::{BookId, CourseId, ToolId, UserId};
use crate::store::rows::gradebook::LineItem;
use crate::store::rows::tools::Received;
use crate::store::trees::{
    LineItems, PracticeResults, Pseudonyms, Received as Reported, ReceivedOf,
};
use crate::store::{Commit, Error as StoreError, Row};
use crate::tools::sourced::Sourced;

/// Where a result is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Practice((BookId, u64, String)),
    Tool((ToolId, CourseId, u64, UserId)),
}

/// One person's result in one column, whether there is one or not.
#[derive(Debug)]
pub struct Cell<'a> {
    book: Gradebook<'a>,
    number: u64,
    place: Place,
}

impl<'a> Gradebook<'a> {
    /// The result of a person by the tool's name for them; `None` when it knows nobody by this name.
    pub fn cell(&self, number: u64, user: &str) -> Result<Option<Cell<'a>>, StoreError> {
        let place = match self.owner {
            Owner::Practice { .. } => Some(Place::Practice((
                self.owner.book(),
                number,
                user.to_owned(),
            ))),
            Owner::Tool { tool, course } => {
                let known = self.app.store.get::<Pseudonyms>(&(tool, user.to_owned()))?;
                known.map(|person| Place::Tool((tool, course, number, person.user)))
            }
        };
        let book = *self;
        Ok(place.map(|place| Cell {
            book,
            number,
            place,
        }))
    }
}

impl<'a> Cell<'a> {
    /// The result that a `sourcedId` of an external tool names.
    pub const fn sourced(book: Gradebook<'a>, sourced: &Sourced) -> Self {
        let Sourced {
            tool,
            course,
            line,
            user,
        } = *sourced;
        Self {
            book,
            number: line,
            place: Place::Tool((tool, course, line, user)),
        }
    }

    pub(super) fn into_place(self) -> Place {
        self.place
    }

    /// What was reported last.
    pub fn read(&self) -> Result<Option<Received>, StoreError> {
        Ok(self.row()?.map(|row| row.value))
    }

    fn row(&self) -> Result<Option<Row<Received>>, StoreError> {
        match &self.place {
            Place::Practice(key) => self.book.app.store.read::<PracticeResults>(key),
            Place::Tool(key) => self.book.app.store.read::<Reported>(key),
        }
    }

    /// Makes the result what `new` makes of the one before and of its column. `at` is the moment that
    /// the tool gives, `None` means now; what is not later than the one before is refused.
    pub async fn change(
        &self,
        at: Option<Moment>,
        new: impl Fn(Received, &LineItem) -> Received,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let line_item = self.book.line_item(self.number)?;
            let former = self.row()?;
            let now = self.book.app.world.now();
            let told = told(at, former.as_ref().and_then(|row| row.value.told), now)?;
            let kept = former.as_ref().map(|row| row.value.clone());
            let row = Received {
                changed: now,
                told: Some(told),
                ..new(kept.unwrap_or_default(), &line_item)
            };
            let mut commit = Commit::new();
            commit.expect_present::<LineItems>(&(self.book.owner.book(), self.number));
            self.put(&mut commit, former.as_ref(), &row);
            match self.book.app.store.commit(commit).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    fn put(&self, commit: &mut Commit, former: Option<&Row<Received>>, row: &Received) {
        match &self.place {
            Place::Practice(key) => {
                match former {
                    Some(former) => commit.expect_unchanged::<PracticeResults>(key, former),
                    None => commit.expect_absent::<PracticeResults>(key),
                };
                commit.put::<PracticeResults>(key, row);
            }
            Place::Tool(key) => {
                match former {
                    Some(former) => commit.expect_unchanged::<Reported>(key, former),
                    None => commit.expect_absent::<Reported>(key),
                };
                let (tool, course, number, user) = *key;
                commit
                    .put::<Reported>(key, row)
                    .put::<ReceivedOf>(&(user, tool, course, number), &());
            }
        }
    }
}
