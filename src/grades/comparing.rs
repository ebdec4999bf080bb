//! What stands in the platforms' gradebooks, read back, so that differences show.

use std::collections::HashMap;

use super::queue::Queue;
use super::{acts, counting};
use crate::lti::ags::Standing as Stands;
use crate::lti::names::scope;
use crate::people::Manager;
use crate::services::grading::Refused;
use crate::store::ids::{GradeKey, LinkKey};
use crate::store::rows::grades::{Column, Grade, InBook};
use crate::store::trees::{Columns, Grades, Targets};
use crate::store::{Commit, Error};

/// Grades that are looked at together.
const BATCH: usize = 100;
/// Points that differ by less are the same: platforms round. In ten-thousandths of all.
const NOISE: u64 = 50;

/// What came of comparing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// Links whose column was read.
    pub columns: usize,
    /// Links whose column the platform does not show, or not now.
    pub unread: usize,
    /// Grades that differ.
    pub differ: usize,
}

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
    /// Reads the columns of the launch's course and notes what stands there.
    pub async fn compare(&self, manager: Manager<'_>) -> Result<Compared, Error> {
        let mut compared = Compared::default();
        let Some(course) = manager.member().session().course else {
            return Ok(compared);
        };
        for (link, column) in acts::columns(self.store(), course)? {
            if column.service.is_none() || column.line_item.is_none() {
                continue;
            }
            match self.results(&link, &column).await? {
                Ok(results) => {
                    compared.columns += 1;
                    compared.differ += self.note(&link, &results).await?;
                }
                Err(error) => {
                    tracing::info!(%error, "a column of a gradebook was not read");
                    compared.unread += 1;
                }
            }
        }
        Ok(compared)
    }

    async fn results(
        &self,
        link: &LinkKey,
        column: &Column,
    ) -> Result<Result<Vec<Stands>, Refused>, Error> {
        self.delivering()
            .results(link, column, scope::RESULT_READ)
            .await
    }

    /// Notes what stands in a column; answers how many differ.
    async fn note(&self, link: &LinkKey, results: &[Stands]) -> Result<usize, Error> {
        let by_subject: HashMap<&str, &Stands> = results
            .iter()
            .map(|result| (result.user.as_str(), result))
            .collect();
        let (mut differ, mut after): (usize, Option<GradeKey>) = (0, None);
        loop {
            let page = self.store().page::<Grades>(link, after.as_ref(), BATCH)?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after = Some(last.clone());
            for (key, _) in page {
                let target = self.store().get::<Targets>(&key)?;
                let found =
                    target.and_then(|target| by_subject.get(target.subject.as_str()).copied());
                differ += usize::from(self.note_one(&key, found).await?);
            }
        }
        self.compared(link).await?;
        Ok(differ)
    }

    async fn note_one(&self, key: &GradeKey, found: Option<&Stands>) -> Result<bool, Error> {
        let Some(row) = self.store().read::<Grades>(key)? else {
            return Ok(false);
        };
        let points =
            found.and_then(|found| Some((hundredths(found.score?), hundredths(found.maximum))));
        let new = Grade {
            result: Some(InBook {
                points,
                at: self.world().now(),
            }),
            ..row.value.clone()
        };
        let mut commit = Commit::new();
        super::row::put(&mut commit, key, Some(&row), &new);
        match self.store().commit(commit).await {
            // It is being sent: what was read is old already.
            Err(Error::Conflict) => Ok(false),
            done => done.map(|()| differs(&new)),
        }
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
