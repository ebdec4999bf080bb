//! What tools reported about people.

use std::time::Duration;

use super::cell::Place;
use super::{Error, Gradebook, Owner};
use crate::lti::ags::{Malformed, Moment, Score};
use crate::store::rows::gradebook::LineItem;
use crate::store::rows::tools::{Received, Via};
use crate::store::trees::{PracticeResults, PseudonymOf, Received as Reported, ReceivedOf};
use crate::store::{Commit, Error as StoreError};
use crate::world::Time;

/// How far a tool's clock may be ahead. What is told of a moment yet to come would keep everything
/// away that is told until then.
const AHEAD: Duration = Duration::from_hours(1);
/// Results that are read or removed at once.
const STEP: usize = 200;

impl Gradebook<'_> {
    /// Takes a score by Assignment and Grade Services; whoever calls it knows that the person gets
    /// grades here.
    pub async fn report(&self, number: u64, score: &Score) -> Result<(), Error> {
        let latest = Moment::from(self.app.world.now().after(AHEAD));
        if score.at > latest {
            return Err(Malformed::Invalid("timestamp").into());
        }
        let cell = self.cell(number, &score.user)?;
        let cell = cell.ok_or(Error::UnknownPerson)?;
        let given = score.counts();
        let new = |_, line_item: &LineItem| Received {
            score: given.map(|given| given.points),
            maximum: given.map_or(line_item.maximum, |given| given.maximum),
            comment: score.comment.clone(),
            activity: Some(score.activity.name().into()),
            grading: Some(score.grading.name().into()),
            via: Via::Ags,
            ..Received::default()
        };
        cell.change(Some(score.at), new).await
    }

    /// What was reported last of somebody.
    pub fn result(&self, number: u64, user: &str) -> Result<Option<Received>, StoreError> {
        self.cell(number, user)?
            .map_or(Ok(None), |cell| cell.read())
    }

    /// A page of what was reported, in the order of people, after `after`: each by the tool's name
    /// for them.
    pub fn results(
        &self,
        number: u64,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Received)>, Error> {
        let after = match after {
            None => None,
            Some(user) => {
                let cell = self.cell(number, user)?.ok_or(Error::UnknownPerson)?;
                Some(cell.into_place())
            }
        };
        match self.owner {
            Owner::Practice { .. } => {
                let after = match after {
                    Some(Place::Practice(key)) => Some(key),
                    _ => None,
                };
                let prefix = (self.owner.book(), number);
                let page =
                    self.app
                        .store
                        .page::<PracticeResults>(&prefix, after.as_ref(), limit)?;
                let named = page.into_iter().map(|((.., user), row)| (user, row));
                Ok(named.collect())
            }
            Owner::Tool { tool, course } => {
                let after = match after {
                    Some(Place::Tool(key)) => Some(key),
                    _ => None,
                };
                let prefix = (tool, course, number);
                let page = self
                    .app
                    .store
                    .page::<Reported>(&prefix, after.as_ref(), limit)?;
                let mut named = Vec::new();
                for ((.., user), row) in page {
                    let name = self.app.store.get::<PseudonymOf>(&(tool, user))?;
                    named.extend(name.map(|name| (name.id, row)));
                }
                Ok(named)
            }
        }
    }

    /// Removes everything that was reported into a line item.
    pub async fn forget_results(&self, number: u64) -> Result<(), Error> {
        loop {
            let mut commit = Commit::new();
            match self.owner {
                Owner::Practice { .. } => {
                    let prefix = (self.owner.book(), number);
                    let page = self
                        .app
                        .store
                        .page::<PracticeResults>(&prefix, None, STEP)?;
                    for (key, _) in page {
                        commit.delete::<PracticeResults>(&key);
                    }
                }
                Owner::Tool { tool, course } => {
                    let prefix = (tool, course, number);
                    for (key, _) in self.app.store.page::<Reported>(&prefix, None, STEP)? {
                        commit
                            .delete::<Reported>(&key)
                            .delete::<ReceivedOf>(&(key.3, tool, course, number));
                    }
                }
            }
            if commit.is_empty() {
                return Ok(());
            }
            commit.frees();
            self.app.store.commit(commit).await?;
        }
    }
}

/// The moment of a report in microseconds: later than that of the one before.
pub(super) fn told(at: Option<Moment>, known: Option<u64>, now: Time) -> Result<u64, Error> {
    match (at.map(Moment::microseconds), known) {
        (Some(at), Some(known)) if at <= known => Err(Error::Late),
        (Some(at), _) => Ok(at),
        (None, known) => {
            let now = Moment::from(now).microseconds();
            Ok(known.map_or(now, |known| now.max(known + 1)))
        }
    }
}
