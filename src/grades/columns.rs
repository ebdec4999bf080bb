//! The line item of a link: looked for once, however many scores wait for it, and kept. Titles and
//! most points follow what staff decide here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::counting;
use super::verdict::Verdict;
use crate::lti::names::scope;
use crate::lti::origin::web_url;
use crate::services::grading::{Gradebook, Refused};
use crate::services::line_items::Wanted;
use crate::store::ids::LinkKey;
use crate::store::rows::grades::{Column, LineItem};
use crate::store::trees::{Columns as Rows, Items, Placements};
use crate::store::{Commit, Error, Store};

/// What of an item is graded: the `tag` of its line items.
pub const TAG: &str = "watching";
/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// Links whose turns are remembered.
const MOST_TURNS: usize = 1_000;

/// The line items of all links.
#[derive(Debug)]
pub(super) struct Columns {
    store: Store,
    /// Whoever looks for a link's line item holds its turn, so that no second one is made.
    turns: Mutex<HashMap<LinkKey, Arc<tokio::sync::Mutex<()>>>>,
}

/// What a link's column is to be.
struct Wish {
    resource: String,
    label: String,
    maximum: u32,
}

impl Columns {
    pub(super) fn new(store: &Store) -> Self {
        Self {
            store: store.clone(),
            turns: Mutex::default(),
        }
    }

    fn turn(&self, link: &LinkKey) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= MOST_TURNS {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        turns.entry(link.clone()).or_default().clone()
    }

    /// The address of a link's line item; `gone` is one that the platform no longer has.
    pub(super) async fn line_item(
        &self,
        book: &Gradebook<'_>,
        link: &LinkKey,
        gone: Option<&Url>,
    ) -> Result<Result<Url, Verdict>, Error> {
        let turn = self.turn(link);
        let _turn = turn.lock().await;
        let Some(column) = self.store.get::<Rows>(link)? else {
            return Ok(Err(Verdict::No("no-service".into())));
        };
        let Some(wish) = self.wish(&column)? else {
            return Ok(Err(Verdict::No("not-counting".into())));
        };
        let gone = gone.map(Url::as_str);
        if let Some(known) = &column.line_item
            && gone != Some(known.url.as_str())
        {
            return self.known(book, link, known, &wish).await;
        }
        let found = self.look(book, link, &column, &wish, gone).await;
        match found {
            Ok(Some((url, label, maximum))) => {
                let line_item = LineItem {
                    url: url.to_string(),
                    label,
                    maximum,
                };
                self.keep(link, Some(&line_item), false).await?;
                Ok(Ok(url))
            }
            Ok(None) => {
                self.keep(link, None, true).await?;
                Ok(Err(Verdict::No("no-line-item".into())))
            }
            Err(refused) => Ok(Err(because(refused))),
        }
    }

    /// What is kept already, with the title and the most points that it is to have.
    async fn known(
        &self,
        book: &Gradebook<'_>,
        link: &LinkKey,
        known: &LineItem,
        wish: &Wish,
    ) -> Result<Result<Url, Verdict>, Error> {
        let Some(url) = web_url(&known.url) else {
            return Ok(Err(Verdict::No("address".into())));
        };
        let same = known.label == wish.label && known.maximum == wish.maximum;
        if same || !book.may(scope::LINE_ITEM) {
            return Ok(Ok(url));
        }
        match book.rename(&url, &wish.label, wish.maximum).await {
            // A score says itself out of how many it is: it goes on without.
            Err(error @ (Refused::Status(_) | Refused::NotAnAnswer(_))) => {
                tracing::info!(%error, "a line item keeps its title and its most points");
            }
            Err(error) => return Ok(Err(because(error))),
            Ok(()) => {}
        }
        let line_item = LineItem {
            url: known.url.clone(),
            label: wish.label.clone(),
            maximum: wish.maximum,
        };
        self.keep(link, Some(&line_item), false).await?;
        Ok(Ok(url))
    }

    /// The one that the launch named, else one that is found, else a new one: but where one was lost
    /// somebody took it away, and it does not come back by itself.
    async fn look(
        &self,
        book: &Gradebook<'_>,
        link: &LinkKey,
        column: &Column,
        wish: &Wish,
        gone: Option<&str>,
    ) -> Result<Option<(Url, String, u32)>, Refused> {
        let Some(service) = &column.service else {
            return Ok(None);
        };
        let named = service.line_item.as_deref().filter(|url| gone != Some(url));
        if let Some(url) = named.and_then(web_url) {
            return Ok(Some((url, wish.label.clone(), wish.maximum)));
        }
        let Some(line_items) = service.line_items.as_deref().and_then(web_url) else {
            return Ok(None);
        };
        let wanted = Wanted {
            link: &link.link,
            resource: &wish.resource,
            tag: TAG,
            label: &wish.label,
            maximum: wish.maximum,
        };
        let reads = book.may(scope::LINE_ITEM) || book.may(scope::LINE_ITEM_READ);
        if reads
            && let Some(found) = book.find(&line_items, &wanted, gone).await?
            && let Some(url) = found.id
        {
            return Ok(Some((url, wish.label.clone(), wish.maximum)));
        }
        if !book.may(scope::LINE_ITEM) || gone.is_some() || column.lost {
            return Ok(None);
        }
        let made = book.make(&line_items, &wanted).await?;
        Ok(made.id.map(|url| (url, wish.label.clone(), wish.maximum)))
    }

    fn wish(&self, column: &Column) -> Result<Option<Wish>, Error> {
        let Some(placement) = self.store.get::<Placements>(&column.placement)? else {
            return Ok(None);
        };
        let counting = counting::by(column, &placement).or_else(|| counting::placed(&placement));
        let Some(counting) = counting else {
            return Ok(None);
        };
        let title = match placement.title {
            Some(title) => Some(title),
            None => self
                .store
                .get::<Items>(&column.item)?
                .map(|item| item.title),
        };
        Ok(Some(Wish {
            resource: column.placement.to_string(),
            label: title.unwrap_or_else(|| TAG.to_owned()),
            maximum: counting.maximum,
        }))
    }

    async fn keep(
        &self,
        link: &LinkKey,
        line_item: Option<&LineItem>,
        lost: bool,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let Some(row) = self.store.read::<Rows>(link)? else {
                return Ok(());
            };
            let new = Column {
                line_item: line_item.cloned(),
                lost,
                ..row.value.clone()
            };
            if new == row.value {
                return Ok(());
            }
            let mut commit = Commit::new();
            commit
                .expect_unchanged::<Rows>(link, &row)
                .put::<Rows>(link, &new);
            match self.store.commit(commit).await {
                Err(Error::Conflict) => {}
                done => return done,
            }
        }
        Err(Error::Conflict)
    }
}

/// A line item that cannot be had is no refusal of this one score's: what is wrong is said of the
/// line item.
fn because(refused: Refused) -> Verdict {
    match &refused {
        Refused::Status(answer) if matches!(answer.status, 400 | 403 | 404 | 405 | 410 | 422) => {
            if answer.is_throttled() {
                refused.into()
            } else {
                let mut why = super::verdict::Why::from("no-line-item");
                why.status = Some(answer.status);
                Verdict::No(why)
            }
        }
        _ => refused.into(),
    }
}
