//! What tools reported about people.

use std::time::Duration;

use super::{ATTEMPTS, Error, Gradebook, Owner};
use crate::lti::ags::{Activity, Given, Grading, Malformed, Moment, Score};
use crate::store::ids::{BookId, CourseId, ToolId, UserId};
use crate::store::rows::tools::{Received, Via};
use crate::store::trees::{
    LineItems, PracticeResults, PseudonymOf, Pseudonyms, Received as Reported, ReceivedOf,
};
use crate::store::{Commit, Error as StoreError, Row};
use crate::world::Time;

/// How far a tool's clock may be ahead. What is told of a moment yet to come would keep everything
/// away that is told until then.
const AHEAD: Duration = Duration::from_hours(1);
/// Results that are read or removed at once.
const STEP: usize = 200;

/// Where a result is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Practice((BookId, u64, String)),
    Tool((ToolId, CourseId, u64, UserId)),
}

/// What a person is reported to have reached.
#[derive(Debug, Clone)]
struct Report<'a> {
    user: &'a str,
    /// The moment that the tool gives; `None`: now.
    at: Option<Moment>,
    given: Option<Given>,
    comment: Option<String>,
    progress: Option<(Activity, Grading)>,
    via: Via,
}

impl Gradebook<'_> {
    /// Takes a score by Assignment and Grade Services; whoever calls it knows that the person gets
    /// grades here.
    pub async fn report(&self, number: u64, score: &Score) -> Result<(), Error> {
        let latest = Moment::from(self.app.world.now().after(AHEAD));
        if score.at > latest {
            return Err(Malformed::Invalid("timestamp").into());
        }
        let report = Report {
            user: &score.user,
            at: Some(score.at),
            given: score.counts(),
            comment: score.comment.clone(),
            progress: Some((score.activity, score.grading)),
            via: Via::Ags,
        };
        self.take(number, &report).await
    }

    /// Takes a score of now, or that there is none, by Basic Outcomes; likewise.
    pub async fn set(&self, number: u64, user: &str, given: Option<Given>) -> Result<(), Error> {
        let report = Report {
            user,
            at: None,
            given,
            comment: None,
            progress: None,
            via: Via::Outcomes,
        };
        self.take(number, &report).await
    }

    async fn take(&self, number: u64, report: &Report<'_>) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let line_item = self.read_line_item(number)?;
            let place = self.place(number, report.user)?;
            let place = place.ok_or(Error::UnknownPerson)?;
            let former = self.read_at(&place)?;
            let told = told(report, former.as_ref(), self.app.world.now())?;
            let maximum = report.given.map(|given| given.maximum);
            let row = Received {
                score: report.given.map(|given| given.points),
                maximum: maximum.unwrap_or(line_item.value.maximum),
                comment: report.comment.clone(),
                data: None,
                changed: self.app.world.now(),
                told: Some(told),
                activity: report.progress.map(|(activity, _)| activity.name().into()),
                grading: report.progress.map(|(_, grading)| grading.name().into()),
                via: report.via,
            };
            let mut commit = Commit::new();
            commit.expect_present::<LineItems>(&(self.owner.book(), number));
            put(&mut commit, &place, former.as_ref(), &row);
            match self.app.store.commit(commit).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Where the result of somebody is; `None` when the tool knows nobody by this name.
    fn place(&self, number: u64, user: &str) -> Result<Option<Place>, StoreError> {
        match self.owner {
            Owner::Practice { .. } => {
                let key = (self.owner.book(), number, user.to_owned());
                Ok(Some(Place::Practice(key)))
            }
            Owner::Tool { tool, course } => {
                let known = (tool, user.to_owned());
                let person = self.app.store.get::<Pseudonyms>(&known)?;
                let key = |user| Place::Tool((tool, course, number, user));
                Ok(person.map(|person| key(person.user)))
            }
        }
    }

    fn read_at(&self, place: &Place) -> Result<Option<Row<Received>>, StoreError> {
        match place {
            Place::Practice(key) => self.app.store.read::<PracticeResults>(key),
            Place::Tool(key) => self.app.store.read::<Reported>(key),
        }
    }

    /// What was reported last of somebody.
    pub fn result(&self, number: u64, user: &str) -> Result<Option<Received>, Error> {
        let Some(place) = self.place(number, user)? else {
            return Ok(None);
        };
        Ok(self.read_at(&place)?.map(|row| row.value))
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
            Some(user) => Some(self.place(number, user)?.ok_or(Error::UnknownPerson)?),
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
fn told(report: &Report<'_>, former: Option<&Row<Received>>, now: Time) -> Result<u64, Error> {
    let known = former.and_then(|row| row.value.told);
    match (report.at.map(Moment::microseconds), known) {
        (Some(at), Some(known)) if at <= known => Err(Error::Late),
        (Some(at), _) => Ok(at),
        (None, known) => {
            let now = Moment::from(now).microseconds();
            Ok(known.map_or(now, |known| now.max(known + 1)))
        }
    }
}

fn put(commit: &mut Commit, place: &Place, former: Option<&Row<Received>>, row: &Received) {
    match place {
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
