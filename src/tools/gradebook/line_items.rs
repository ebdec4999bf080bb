//! The columns of a gradebook.

use super::{ATTEMPTS, Error, Gradebook, MOST_LINE_ITEMS, Owner};
use crate::lti::ags::{self, Moment};
use crate::store::ids::ItemId;
use crate::store::rows::gradebook::LineItem;
use crate::store::trees::{Items, LineItems, LineItemsOf};
use crate::store::{Commit, Error as StoreError, Row};
use crate::world::Time;

/// Line items that are read at once.
const STEP: usize = 100;

/// Which line items are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this resource link.
    pub link: Option<String>,
    /// Those with this id of the tool's.
    pub resource: Option<String>,
    /// Those with this word of the tool's.
    pub tag: Option<String>,
}

impl Filter {
    fn wants(&self, row: &LineItem) -> bool {
        let is = |asked: &Option<String>, known: &Option<String>| {
            asked.is_none() || asked.as_ref() == known.as_ref()
        };
        is(&self.link, &row.link) && is(&self.resource, &row.resource) && is(&self.tag, &row.tag)
    }
}

/// A page of line items.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// The line items by number.
    pub items: Vec<(u64, LineItem)>,
    /// The last one of this page, when there are more.
    pub next: Option<u64>,
}

/// The row of a line item that is there for its resource link's sake.
pub fn declared(label: String, maximum: f64, link: String, at: Time) -> LineItem {
    LineItem {
        label,
        maximum,
        link: Some(link),
        resource: None,
        tag: None,
        starts: None,
        ends: None,
        declared: true,
        made: at,
    }
}

/// What the services say of a row; its address is the service's to tell.
pub(super) fn shown(row: &LineItem) -> ags::LineItem {
    ags::LineItem {
        id: None,
        label: row.label.clone(),
        maximum: row.maximum,
        resource_link: row.link.clone(),
        resource: row.resource.clone(),
        tag: row.tag.clone(),
        starts: row.starts.map(Moment),
        ends: row.ends.map(Moment),
    }
}

impl Gradebook<'_> {
    /// A line item.
    pub fn line_item(&self, number: u64) -> Result<LineItem, Error> {
        Ok(self.read_line_item(number)?.value)
    }

    pub(super) fn read_line_item(&self, number: u64) -> Result<Row<LineItem>, Error> {
        let key = (self.owner.book(), number);
        let row = self.app.store.read::<LineItems>(&key)?;
        row.ok_or(Error::NotFound)
    }

    /// The line items of a resource link.
    pub fn line_items_of(&self, link: &str) -> Result<Vec<(u64, LineItem)>, Error> {
        let prefix = (self.owner.book(), link.to_owned());
        let entries = self.app.store.page::<LineItemsOf>(&prefix, None, STEP)?;
        let mut items = Vec::new();
        for ((book, _, number), ()) in entries {
            let row = self.app.store.get::<LineItems>(&(book, number))?;
            // An index entry may point at nothing.
            items.extend(row.map(|row| (number, row)));
        }
        Ok(items)
    }

    /// A page of line items that fit, after the number `after`.
    pub fn list(&self, filter: &Filter, after: Option<u64>, limit: usize) -> Result<Listed, Error> {
        let all = match &filter.link {
            Some(link) => self.line_items_of(link)?,
            None => self.all()?,
        };
        let later = |number: u64| after.is_none_or(|after| number > after);
        let mut fitting = all
            .into_iter()
            .filter(|(number, row)| later(*number) && filter.wants(row));
        let items: Vec<(u64, LineItem)> = fitting.by_ref().take(limit).collect();
        let next = fitting.next().and_then(|_| items.last());
        Ok(Listed {
            next: next.map(|(number, _)| *number),
            items,
        })
    }

    /// All line items: a bounded number.
    pub fn all(&self) -> Result<Vec<(u64, LineItem)>, Error> {
        let book = self.owner.book();
        let page = self
            .app
            .store
            .page::<LineItems>(&(book,), None, MOST_LINE_ITEMS)?;
        let numbered = page.into_iter().map(|((_, number), row)| (number, row));
        Ok(numbered.collect())
    }

    /// Adds to `commit` that a line item is there; whoever calls it knows that the number is free.
    pub fn put_line_item(&self, commit: &mut Commit, number: u64, row: &LineItem) {
        let book = self.owner.book();
        commit.put::<LineItems>(&(book, number), row);
        if let Some(link) = &row.link {
            commit.put::<LineItemsOf>(&(book, link.clone(), number), &());
        }
    }

    /// Sees to it that a resource link has its own line item, which is called as the link is. That of an
    /// external tool has the number of its item, and comes only while that is there.
    pub async fn declare(
        &self,
        number: u64,
        label: &str,
        maximum: f64,
        link: String,
    ) -> Result<(), StoreError> {
        let key = (self.owner.book(), number);
        let mut commit = Commit::new();
        let row = match self.app.store.read::<LineItems>(&key)? {
            Some(row) if row.value.label == label => return Ok(()),
            Some(row) => {
                commit.expect_unchanged::<LineItems>(&key, &row);
                let label = label.to_owned();
                LineItem { label, ..row.value }
            }
            None => {
                commit.expect_absent::<LineItems>(&key);
                declared(label.to_owned(), maximum, link, self.app.world.now())
            }
        };
        if let Owner::Tool { .. } = self.owner {
            commit.expect_present::<Items>(&ItemId(number));
        }
        self.put_line_item(&mut commit, number, &row);
        match self.app.store.commit(commit).await {
            // Another launch was first with the same, or the item is gone.
            Err(StoreError::Conflict) => Ok(()),
            done => done,
        }
    }

    /// Makes the line item that a tool sent; whoever calls it knows that its resource link is the
    /// tool's. Answers its number.
    pub async fn make(&self, sent: &ags::LineItem) -> Result<(u64, LineItem), Error> {
        let row = LineItem {
            label: sent.label.clone(),
            maximum: sent.maximum,
            link: sent.resource_link.clone(),
            resource: sent.resource.clone(),
            tag: sent.tag.clone(),
            starts: sent.starts.map(|at| at.0),
            ends: sent.ends.map(|at| at.0),
            declared: false,
            made: self.app.world.now(),
        };
        for _ in 0..ATTEMPTS {
            if self.all()?.len() >= MOST_LINE_ITEMS {
                return Err(Error::Full);
            }
            let number = self.number();
            let mut commit = Commit::new();
            commit.expect_absent::<LineItems>(&(self.owner.book(), number));
            self.put_line_item(&mut commit, number, &row);
            match self.app.store.commit(commit).await {
                Ok(()) => return Ok((number, row)),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// A new number: later ones are greater, so that lists are in the order of making.
    fn number(&self) -> u64 {
        let random = u32::from_be_bytes(self.app.world.random());
        (self.app.world.now().0 << 20) | u64::from(random >> 12)
    }

    /// Makes a line item what a tool sent instead. One that is there for its link's sake stays with
    /// the link.
    pub async fn replace(&self, number: u64, sent: &ags::LineItem) -> Result<LineItem, Error> {
        for _ in 0..ATTEMPTS {
            let former = self.read_line_item(number)?;
            let link = match (&sent.resource_link, &former.value) {
                (None, row) if row.declared => row.link.clone(),
                (Some(link), row) if row.declared && row.link.as_ref() != Some(link) => {
                    return Err(Error::Bound);
                }
                (link, _) => link.clone(),
            };
            let row = LineItem {
                label: sent.label.clone(),
                maximum: sent.maximum,
                link,
                resource: sent.resource.clone(),
                tag: sent.tag.clone(),
                starts: sent.starts.map(|at| at.0),
                ends: sent.ends.map(|at| at.0),
                ..former.value.clone()
            };
            let book = self.owner.book();
            let mut commit = Commit::new();
            commit.expect_unchanged::<LineItems>(&(book, number), &former);
            if let Some(link) = former.value.link.clone() {
                commit.delete::<LineItemsOf>(&(book, link, number));
            }
            self.put_line_item(&mut commit, number, &row);
            match self.app.store.commit(commit).await {
                Ok(()) => return Ok(row),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Removes a line item that its tool made, and its results.
    pub async fn remove(&self, number: u64) -> Result<(), Error> {
        if self.line_item(number)?.declared {
            return Err(Error::Bound);
        }
        self.forget(number).await
    }

    /// Removes any line item, and its results.
    pub async fn forget(&self, number: u64) -> Result<(), Error> {
        let row = self.line_item(number)?;
        let book = self.owner.book();
        let mut commit = Commit::new();
        commit.delete::<LineItems>(&(book, number)).frees();
        if let Some(link) = row.link {
            commit.delete::<LineItemsOf>(&(book, link, number));
        }
        // First the column, so that nothing more is reported into it.
        self.app.store.commit(commit).await?;
        self.forget_results(number).await
    }
}
