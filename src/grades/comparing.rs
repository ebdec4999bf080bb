//! What stands in the platforms' gradebooks, read back, so that differences show. It is read beside the
//! requests: a column as a whole by Assignment and Grade Services, and by Basic Outcomes, which know no
//! columns, one person after the other.

use std::collections::HashMap;
use std::time::Duration;

use super::counting;
use super::errands::{self, What};
use super::queue::Queue;
use super::row;
use super::verdict::Verdict;
use crate::lti::ags::Standing as Stands;
use crate::lti::names::scope;
use crate::services::grading::Refused;
use crate::store::ids::{GradeKey, LinkKey};
use crate::store::key::Key as _;
use crate::store::rows::grades::{Column, Errand, Grade, InBook, Outcome, Target};
use crate::store::trees::{Columns, Errands, Grades, Targets};
use crate::store::{Commit, Error};

/// Grades that are looked at together.
const BATCH: usize = 50;
/// People that a platform is asked for in a row, before others have their turn.
const ASKED: usize = 10;
/// How long the results of a column may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Points that differ by less are the same: platforms round. In ten-thousandths of all.
const NOISE: u64 = 50;

/// What stands there for somebody: points and the most points, in hundredths; `None`: no score.
type Found = Option<(u32, u32)>;

/// Whether the gradebook has something else than what the platform had taken. Something higher is a
/// teacher's own doing, and something lower too: both show.
pub fn differs(grade: &Grade) -> bool {
    let (Some(taken), Some(found)) = (grade.taken, grade.result) else {
        return false;
    };
    if found.at < taken.at {
        return false;
    }
    let whole = u64::from(counting::WHOLE);
    match found.points {
        None => true,
        Some((points, maximum)) => {
            let part = u64::from(points) * whole / u64::from(maximum.max(1));
            part.abs_diff(u64::from(taken.value.part)) > NOISE
        }
    }
}

impl Queue {
    /// Reads a little of what stands in the gradebook of a course; answers whether more is to be read.
    pub(super) async fn compare_some(&self, what: &What) -> Result<bool, Error> {
        let (store, key) = (self.store(), what.key());
        let Some(row) = store.read::<Errands>(&key)? else {
            return Ok(false);
        };
        if row.value.ended.is_some() {
            return Ok(false);
        }
        let new = match errands::place(store, what, &row.value)? {
            Some(link) => self.read_some(what, row.value.clone(), &link).await?,
            None => row.value.clone().end(self.world().now()),
        };
        let mut commit = Commit::new();
        errands::put(&mut commit, &key, Some(&row), &new);
        match store.commit(commit).await {
            // It was begun anew, or is gone.
            Err(Error::Conflict) => Ok(true),
            done => done.map(|()| new.ended.is_none()),
        }
    }

    async fn read_some(
        &self,
        what: &What,
        errand: Errand,
        link: &LinkKey,
    ) -> Result<Errand, Error> {
        let column = self.store().get::<Columns>(link)?;
        let Some(column) = column.filter(|column| column.course == what.course) else {
            return self.go_on(what, errand, link);
        };
        if self.paused(link.connection).is_some() {
            return self.leave(what, errand, link);
        }
        if errand.read {
            self.read_people(what, errand, link).await
        } else {
            self.read_column(what, errand, (link, &column)).await
        }
    }

    /// The next link, where there is one.
    fn go_on(&self, what: &What, errand: Errand, link: &LinkKey) -> Result<Errand, Error> {
        let next = errands::next(self.store(), what, link)?;
        Ok(errand.go_to(next.as_ref(), self.world().now()))
    }

    /// The next link of another platform: this one is away, and is not asked over and over.
    fn leave(&self, what: &What, mut errand: Errand, link: &LinkKey) -> Result<Errand, Error> {
        let mut here = link.clone();
        loop {
            errand.unread += 1;
            match errands::next(self.store(), what, &here)? {
                Some(next) if next.connection == link.connection => here = next,
                next => return Ok(errand.go_to(next.as_ref(), self.world().now())),
            }
        }
    }

    /// Reads a column as a whole, where its link has one.
    async fn read_column(
        &self,
        what: &What,
        mut errand: Errand,
        (link, column): (&LinkKey, &Column),
    ) -> Result<Errand, Error> {
        errand.link = link.bytes();
        (errand.after, errand.read) = (None, true);
        if column.service.is_none() || column.line_item.is_none() {
            return Ok(errand);
        }
        let results = self.delivering().results(link, column, scope::RESULT_READ);
        let Ok(results) = tokio::time::timeout(PATIENCE, results).await else {
            return self.leave(what, errand, link);
        };
        match results? {
            Ok(results) => {
                errand.found += self.note_column(link, &results).await?;
                self.compared(link).await?;
                Ok(errand)
            }
            Err(refused) => {
                tracing::info!(error = %refused, "a column of a gradebook was not read");
                if is_away(refused) {
                    return self.leave(what, errand, link);
                }
                // Some scores of the link may go another way.
                errand.unread += 1;
                Ok(errand)
            }
        }
    }

    /// Notes what stands in a column; answers how many differ.
    async fn note_column(&self, link: &LinkKey, results: &[Stands]) -> Result<u64, Error> {
        let by_subject: HashMap<&str, &Stands> = results
            .iter()
            .map(|result| (result.user.as_str(), result))
            .collect();
        let points = |target: &Target| {
            let stands = by_subject.get(target.subject.as_str())?;
            Some((hundredths(stands.score?), hundredths(stands.maximum)))
        };
        let (mut differ, mut after): (u64, Option<GradeKey>) = (0, None);
        loop {
            let page = self.store().page::<Grades>(link, after.as_ref(), BATCH)?;
            let Some((last, _)) = page.last() else {
                return Ok(differ);
            };
            after = Some(last.clone());
            let mut found = Vec::new();
            for (key, _) in page {
                let target = self.store().get::<Targets>(&key)?;
                // Whose score goes by Basic Outcomes is asked for there.
                if target.as_ref().is_none_or(|one| one.outcome.is_none()) {
                    found.push((key, target.as_ref().and_then(points)));
                }
            }
            differ += self.note(&found).await?;
        }
    }

    /// Asks for the next few people of a link whose scores go by Basic Outcomes.
    async fn read_people(
        &self,
        what: &What,
        mut errand: Errand,
        link: &LinkKey,
    ) -> Result<Errand, Error> {
        let after = errand.after.map(|user| GradeKey {
            link: link.clone(),
            user,
        });
        let page = self.store().page::<Grades>(link, after.as_ref(), BATCH)?;
        let last = page.len() < BATCH;
        let (mut found, mut asked, mut refused) = (Vec::new(), 0, None);
        let mut through = last;
        for (key, grade) in page {
            let target = self.store().get::<Targets>(&key)?;
            if let Some((target, outcome)) = by_outcomes(target.as_ref()) {
                if asked == ASKED {
                    through = false;
                    break;
                }
                asked += 1;
                let read = self.delivering().outcome(&key, target, outcome).await?;
                match read {
                    Ok(score) => found.push((key.clone(), points_of(score, &grade))),
                    Err(Refused::Code(_)) => errand.untold += 1,
                    Err(error) => {
                        refused = Some(error);
                        break;
                    }
                }
            }
            errand.done += 1;
            errand.after = Some(key.user);
        }
        errand.found += self.note(&found).await?;
        if !found.is_empty() {
            self.compared(link).await?;
        }
        let Some(refused) = refused else {
            return if through {
                self.go_on(what, errand, link)
            } else {
                Ok(errand)
            };
        };
        tracing::info!(error = %refused, "a score in a gradebook was not read");
        if is_away(refused) {
            return self.leave(what, errand, link);
        }
        errand.unread += 1;
        self.go_on(what, errand, link)
    }

    /// Notes what stands in the gradebook for these people; answers how many differ.
    async fn note(&self, found: &[(GradeKey, Found)]) -> Result<u64, Error> {
        match self.note_together(found).await {
            // Some of them are being sent: what was read of those is old already.
            Err(Error::Conflict) => {
                let mut differ = 0;
                for one in found.chunks(1) {
                    match self.note_together(one).await {
                        Err(Error::Conflict) => {}
                        done => differ += done?,
                    }
                }
                Ok(differ)
            }
            done => done,
        }
    }

    async fn note_together(&self, found: &[(GradeKey, Found)]) -> Result<u64, Error> {
        let (mut commit, mut differ) = (Commit::new(), 0);
        for (key, points) in found {
            let Some(row) = self.store().read::<Grades>(key)? else {
                continue;
            };
            let new = Grade {
                result: Some(InBook {
                    points: *points,
                    at: self.world().now(),
                }),
                ..row.value.clone()
            };
            row::put(self.store(), &mut commit, key, Some(&row), &new)?;
            differ += u64::from(differs(&new));
        }
        if !commit.is_empty() {
            self.store().commit(commit).await?;
        }
        Ok(differ)
    }

    async fn compared(&self, link: &LinkKey) -> Result<(), Error> {
        let Some(row) = self.store().read::<Columns>(link)? else {
            return Ok(());
        };
        let new = Column {
            compared: Some(self.world().now()),
            ..row.value.clone()
        };
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Columns>(link, &row)
            .put::<Columns>(link, &new);
        match self.store().commit(commit).await {
            Err(Error::Conflict) => Ok(()),
            done => done,
        }
    }
}

/// Whether a platform as a whole does not answer.
fn is_away(refused: Refused) -> bool {
    matches!(Verdict::from(refused), Verdict::Away(..))
}

/// Where somebody's score goes by Basic Outcomes.
fn by_outcomes(target: Option<&Target>) -> Option<(&Target, &Outcome)> {
    let target = target?;
    Some((target, target.outcome.as_ref()?))
}

/// A share of all as points of as many as the grade is out of.
fn points_of(score: Option<f64>, grade: &Grade) -> Found {
    let maximum = grade.value.maximum;
    let points = hundredths(score? * f64::from(maximum) / 100.0);
    Some((points, maximum))
}

/// Points as they are kept.
fn hundredths(points: f64) -> u32 {
    let hundredths = (points * 100.0).round();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast to an integer saturates, and points are not negative"
    )]
    let hundredths = hundredths as u32;
    hundredths
}
