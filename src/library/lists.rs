//! Lists of items: pages from an index, newest first.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::access::Viewer;
use super::error::Error;
use crate::people::Member;
use crate::store::Store;
use crate::store::ids::ItemId;
use crate::store::key::{Key, Newest, PrefixOf};
use crate::store::rows::library::Item;
use crate::store::tree::Tree;
use crate::store::trees::{InCourse, Items, Owned};

/// The most items of a page.
pub const PAGE_MAX: usize = 100;

/// After which item a page begins. As text it is opaque; it says nothing of whose list it is, and
/// so cannot lead into another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Newest, ItemId);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode((self.0, self.1).bytes()))
    }
}

impl FromStr for Cursor {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::BadCursor)?;
        let (moment, id) = Key::parse(&bytes).ok_or(Error::BadCursor)?;
        Ok(Self(moment, id))
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// As many items as were asked for, fewer only on the last page.
    pub items: Vec<(ItemId, Item)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}

/// A person's own items.
pub fn mine(
    store: &Store,
    member: &Member,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    page::<Owned, _>(store, member, member.session().user, after, limit)
}

/// The items that the launch's course may see; none without a course.
pub fn in_course(
    store: &Store,
    member: &Member,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    match member.session().course {
        Some(course) => page::<InCourse, _>(store, member, course, after, limit),
        None => Ok(Page {
            items: Vec::new(),
            next: None,
        }),
    }
}

/// Reads on until the page is full: an index entry without its row, or whose item no longer opens,
/// is skipped.
fn page<T, P>(
    store: &Store,
    member: &Member,
    of: P,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error>
where
    T: Tree<Key = (P, Newest, ItemId), Value = ()>,
    P: Key + Copy,
    (P,): PrefixOf<T::Key>,
{
    let viewer = Viewer::of(member);
    let limit = limit.clamp(1, PAGE_MAX);
    let mut items = Vec::with_capacity(limit);
    let mut after = after;
    loop {
        // One more than fits tells whether there is a next page.
        let wanted = limit + 1 - items.len();
        let key = after.map(|Cursor(moment, id)| (of, moment, id));
        let entries = store.page::<T>(&(of,), key.as_ref(), wanted)?;
        let last = entries.len() < wanted;
        for ((_, moment, id), ()) in entries {
            let Some(item) = store.get::<Items>(&id)?.filter(|i| viewer.may_open(id, i)) else {
                after = Some(Cursor(moment, id));
                continue;
            };
            if items.len() == limit {
                return Ok(Page { items, next: after });
            }
            after = Some(Cursor(moment, id));
            items.push((id, item));
        }
        if last {
            return Ok(Page { items, next: None });
        }
    }
}

#[cfg(test)]
mod tests;
