//! What an answer changes about a grade. A newer value may have been earned while the older one was
//! on its way: then that one is still owed.

use std::time::Duration;

use super::verdict::{Verdict, Why};
use super::{owing, pauses, row};
use crate::store::ids::GradeKey;
use crate::store::rows::grades::{Grade, Standing, Taken, Trouble};
use crate::store::trees::{GradeDue, Grades};
use crate::store::{Commit, Error, Store};
use crate::world::{Time, World};

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// How often a score is sent in vain for a reason of its own: over about two days.
const MOST_ATTEMPTS: u32 = 20;
/// How often a platform may say that it has something newer, and have less.
const MOST_STAMPS: u32 = 4;
/// How long a grade of a connection that is switched off waits until it is looked at again.
const HELD: Duration = Duration::from_hours(1);

/// Writes down what became of `sent`.
pub(super) async fn settle(
    store: &Store,
    world: &World,
    key: &GradeKey,
    sent: &Grade,
    verdict: &Verdict,
    resumes: Option<Time>,
) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let Some(now) = store.read::<Grades>(key)? else {
            return Ok(());
        };
        let new = settled(world, &now.value, sent, verdict, resumes);
        let mut commit = Commit::new();
        // A full disk keeps nobody from noting what was done: else it would be done again and again.
        commit.frees();
        row::put(store, &mut commit, key, Some(&now), &new)?;
        match store.commit(commit).await {
            Err(Error::Conflict) => {}
            done => return done,
        }
    }
    Err(Error::Conflict)
}

/// Takes away an entry of the queue that leads to nothing.
pub(super) async fn forget(store: &Store, key: &GradeKey, due: Time) -> Result<(), Error> {
    let mut commit = Commit::new();
    commit
        .delete::<GradeDue>(&(key.link.connection, due, key.clone()))
        .frees();
    store.commit(commit).await
}

fn settled(
    world: &World,
    grade: &Grade,
    sent: &Grade,
    verdict: &Verdict,
    resumes: Option<Time>,
) -> Grade {
    let now = world.now();
    let same = grade.value == sent.value && grade.stamp == sent.stamp;
    match verdict {
        Verdict::Taken => taken(now, grade, sent, same),
        // Whatever else was earned meanwhile is sent as it would have been.
        _ if !same => grade.clone(),
        Verdict::Superseded if grade.attempts >= MOST_STAMPS => {
            stopped(now, grade, &"superseded".into())
        }
        Verdict::Superseded => Grade {
            attempts: grade.attempts + 1,
            due: Some(now.after(pauses::of_score(world, grade.attempts + 1))),
            ..owing::due_again(now, grade, grade.value)
        },
        Verdict::Away(why, _) => Grade {
            due: Some(resumes.unwrap_or(now)),
            trouble: Some(trouble(now, why)),
            ..grade.clone()
        },
        Verdict::Held(why) => Grade {
            due: Some(now.after(HELD)),
            trouble: Some(trouble(now, why)),
            ..grade.clone()
        },
        Verdict::Later(why) if grade.attempts + 1 >= MOST_ATTEMPTS => stopped(now, grade, why),
        Verdict::Later(why) => Grade {
            attempts: grade.attempts + 1,
            due: Some(now.after(pauses::of_score(world, grade.attempts + 1))),
            trouble: Some(trouble(now, why)),
            ..grade.clone()
        },
        Verdict::No(why) => stopped(now, grade, why),
    }
}

fn taken(now: Time, grade: &Grade, sent: &Grade, same: bool) -> Grade {
    let taken = Some(Taken {
        value: sent.value,
        at: now,
    });
    let grade = Grade {
        taken,
        ..grade.clone()
    };
    if !same {
        return grade;
    }
    Grade {
        standing: Standing::Taken,
        since: now,
        due: None,
        attempts: 0,
        trouble: None,
        ..grade
    }
}

fn stopped(now: Time, grade: &Grade, why: &Why) -> Grade {
    Grade {
        standing: Standing::Stopped,
        since: now,
        due: None,
        trouble: Some(trouble(now, why)),
        ..grade.clone()
    }
}

fn trouble(now: Time, why: &Why) -> Trouble {
    Trouble {
        code: why.code.to_owned(),
        status: why.status,
        said: why.said.clone(),
        at: now,
    }
}
