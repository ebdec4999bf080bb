//! Lists of items: pages from an index, newest first.

use std::cmp::Reverse;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::access::Viewer;
use super::error::Error;
use crate::people::{Member, connections};
use crate::store::Store;
use crate::store::ids::ItemId;
use crate::store::key::{Key, Newest, PrefixOf};
use crate::store::rows::library::Item;
use crate::store::tree::Tree;
use crate::store::trees::{InCourse, Items, Owned, School, SharedWith, TrashOf};

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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    let user = member.session().user;
    page(store, member, &[&Of::<Owned, _>::new(user)], after, limit)
}

/// The items that the launch's course may see; none without a course.
pub fn in_course(
    store: &Store,
    member: &Member,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    match member.session().course {
        Some(course) => {
            let here = Of::<InCourse, _>::new(course);
            page(store, member, &[&here], after, limit)
        }
        None => Ok(Page::default()),
    }
}

/// The items that others shared with a person, and those for the person's whole connection.
pub fn shared(
    store: &Store,
    member: &Member,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    let session = member.session();
    let personally = Of::<SharedWith, _>::new(session.user);
    let schools: Vec<Of<School, _>> = connections::schools(store, session.connection)?
        .into_iter()
        .map(Of::new)
        .collect();
    let mut lists: Vec<&dyn Entries> = vec![&personally];
    lists.extend(schools.iter().map(|school| school as &dyn Entries));
    page(store, member, &lists, after, limit)
}

/// What is in a person's trash, newest there first. Its cursors are its own.
pub fn trash(
    store: &Store,
    member: &Member,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    let user = member.session().user;
    let belongs = |_: ItemId, item: &Item| Ok(item.owner == user && item.trashed.is_some());
    filtered(
        store,
        &[&Of::<TrashOf, _>::new(user)],
        belongs,
        after,
        limit,
    )
}

/// The entries of one index below one prefix.
trait Entries {
    /// At most `limit` entries after `after`.
    fn after(
        &self,
        store: &Store,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Cursor>, Error>;
}

struct Of<T, P> {
    prefix: P,
    tree: PhantomData<T>,
}

impl<T, P> Of<T, P> {
    const fn new(prefix: P) -> Self {
        let tree = PhantomData;
        Self { prefix, tree }
    }
}

impl<T, P> Entries for Of<T, P>
where
    T: Tree<Key = (P, Newest, ItemId), Value = ()>,
    P: Key + Copy,
    (P,): PrefixOf<T::Key>,
{
    fn after(
        &self,
        store: &Store,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Cursor>, Error> {
        let key = after.map(|Cursor(moment, id)| (self.prefix, moment, id));
        let entries = store.page::<T>(&(self.prefix,), key.as_ref(), limit)?;
        Ok(entries
            .into_iter()
            .map(|((_, moment, id), ())| Cursor(moment, id))
            .collect())
    }
}

/// The items of one or more lists that open for `member`, in one order.
fn page(
    store: &Store,
    member: &Member,
    lists: &[&dyn Entries],
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    let viewer = Viewer::of(member);
    let opens = |id, item: &Item| Ok(viewer.may_open(store, id, item)?);
    filtered(store, lists, opens, after, limit)
}

/// Reads on until the page is full: an index entry without its row, or whose item does not belong
/// on the page any more, is skipped.
fn filtered(
    store: &Store,
    lists: &[&dyn Entries],
    belongs: impl Fn(ItemId, &Item) -> Result<bool, Error>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    let limit = limit.clamp(1, PAGE_MAX);
    let mut items = Vec::with_capacity(limit);
    let mut after = after;
    let mut shown = None;
    loop {
        // One more than fits tells whether there is a next page.
        let wanted = limit + 1 - items.len();
        let entries = merged(store, lists, after, wanted)?;
        let last = entries.len() < wanted;
        for cursor in entries {
            after = Some(cursor);
            let Cursor(_, id) = cursor;
            let Some(item) = store.get::<Items>(&id)? else {
                continue;
            };
            if !belongs(id, &item)? {
                continue;
            }
            if items.len() == limit {
                return Ok(Page { items, next: shown });
            }
            // A cursor tells of nothing but what was shown.
            shown = Some(cursor);
            items.push((id, item));
        }
        if last {
            return Ok(Page { items, next: None });
        }
    }
}

/// The first `limit` entries of several lists after `after`. What several have is there once.
fn merged(
    store: &Store,
    lists: &[&dyn Entries],
    after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Cursor>, Error> {
    let mut entries = Vec::new();
    for list in lists {
        entries.extend(list.after(store, after, limit)?);
    }
    entries.sort_by_key(|Cursor(Newest(moment), id)| (Reverse(*moment), *id));
    entries.dedup();
    entries.truncate(limit);
    Ok(entries)
}

#[cfg(test)]
mod tests;
