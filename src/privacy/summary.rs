//! How much is kept of a person: numbers for pages, each counted up to a bound.

use super::{Error, Privacy};
use crate::library::leaving::is_used;
use crate::store::ids::UserId;
use crate::store::key::PrefixOf;
use crate::store::trees::{
    AuditOf, Consents, Items, LogOf, MemberOf, Owned, ReceivedOf, SessionsOf, SharedWith, TargetOf,
    ToolsOf, TrashOf, UploadsOf, Usage, Viewed,
};
use crate::store::{self, Store, Tree};

/// What is more is not counted.
pub const MOST: usize = 1_000;
/// Items that are looked at to tell which of them others use.
const ITEMS: usize = 200;

/// So many, or at least so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// How many were counted.
    pub number: usize,
    /// Whether there are more.
    pub more: bool,
}

impl Count {
    const fn of(number: usize, most: usize) -> Self {
        if number > most {
            Self {
                number: most,
                more: true,
            }
        } else {
            Self {
                number,
                more: false,
            }
        }
    }
}

/// How much is kept of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Courses.
    pub courses: Count,
    /// Their own items, those in the trash included.
    pub items: Count,
    /// Those of them that others use.
    pub used: Count,
    /// Bytes of their files.
    pub bytes: u64,
    /// Uploads under way.
    pub uploads: Count,
    /// Items that others shared with them.
    pub shares: Count,
    /// Items that they watched.
    pub views: Count,
    /// Grades.
    pub grades: Count,
    /// Sessions.
    pub sessions: Count,
    /// Launches in the log.
    pub launches: Count,
    /// External tools that they added.
    pub tools: Count,
    /// Tools that they allowed or refused to be told of them.
    pub consents: Count,
    /// Results that tools reported of them.
    pub results: Count,
    /// Entries of the audit log that name them.
    pub audited: Count,
}

impl Privacy {
    /// How much is kept of a person.
    pub fn summary(&self, user: UserId) -> Result<Summary, Error> {
        let store = &self.store;
        let prefix = (user,);
        let usage = store.get::<Usage>(&user)?.unwrap_or_default();
        let items = count::<Owned>(store, &prefix)?;
        let trash = count::<TrashOf>(store, &prefix)?;
        Ok(Summary {
            courses: count::<MemberOf>(store, &prefix)?,
            items: Count {
                number: items.number + trash.number,
                more: items.more || trash.more,
            },
            used: self.used(user)?,
            bytes: usage.bytes,
            uploads: count::<UploadsOf>(store, &prefix)?,
            shares: count::<SharedWith>(store, &prefix)?,
            views: count::<Viewed>(store, &prefix)?,
            grades: count::<TargetOf>(store, &prefix)?,
            sessions: count::<SessionsOf>(store, &prefix)?,
            launches: count::<LogOf>(store, &prefix)?,
            tools: count::<ToolsOf>(store, &prefix)?,
            consents: count::<Consents>(store, &prefix)?,
            results: count::<ReceivedOf>(store, &prefix)?,
            audited: count::<AuditOf>(store, &prefix)?,
        })
    }

    /// How many of a person's items others use, as far as the first of them tell.
    fn used(&self, user: UserId) -> Result<Count, Error> {
        let owned = self.store.page::<Owned>(&(user,), None, ITEMS + 1)?;
        let more = owned.len() > ITEMS;
        let mut number = 0;
        for ((_, _, id), ()) in owned.into_iter().take(ITEMS) {
            let item = self.store.get::<Items>(&id)?;
            if let Some(item) = item
                && is_used(&self.store, id, &item)?
            {
                number += 1;
            }
        }
        Ok(Count { number, more })
    }
}

/// Counts what begins so.
pub(super) fn count<T: Tree>(
    store: &Store,
    prefix: &impl PrefixOf<T::Key>,
) -> Result<Count, store::Error> {
    let page = store.page::<T>(prefix, None, MOST + 1)?;
    Ok(Count::of(page.len(), MOST))
}
