//! What people do with grades: try one again, send a course's again, decide how a link counts.

use super::errands::{self, What};
use super::row;
use crate::audit;
use crate::people::{Contributor, Manager};
use crate::store::ids::{CourseId, GradeKey, LinkKey};
use crate::store::rows::grades::{Column, Counting, Decided, Grade, Standing, Task};
use crate::store::trees::{Columns, ColumnsIn, Grades, Items};
use crate::store::{Commit, Error, Store};
use crate::world::World;

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// Links of one course that are listed.
const MOST_LINKS: usize = 500;

/// Lets a grade of the launch's course be sent now. Answers whether there is such a grade that
/// waits or was refused.
pub async fn retry(
    store: &Store,
    world: &World,
    manager: Manager<'_>,
    key: &GradeKey,
) -> Result<bool, Error> {
    let session = manager.member().session();
    let who = format!("user:{}", session.user);
    again(store, world, key, session.course, &who).await
}

/// Likewise for an administrator: any grade.
pub async fn retry_any(
    store: &Store,
    world: &World,
    administrator: &str,
    key: &GradeKey,
) -> Result<bool, Error> {
    again(store, world, key, None, administrator).await
}

async fn again(
    store: &Store,
    world: &World,
    key: &GradeKey,
    of: Option<CourseId>,
    who: &str,
) -> Result<bool, Error> {
    for _ in 0..ATTEMPTS {
        let Some(old) = store.read::<Grades>(key)? else {
            return Ok(false);
        };
        let elsewhere = of.is_some_and(|course| course != old.value.course);
        if elsewhere || old.value.standing == Standing::Taken {
            return Ok(false);
        }
        let now = world.now();
        let new = Grade {
            standing: Standing::Due,
            since: now,
            due: Some(now),
            attempts: 0,
            ..old.value.clone()
        };
        let mut commit = Commit::new();
        row::put(store, &mut commit, key, Some(&old), &new)?;
        find_again(store, &mut commit, &key.link)?;
        audit::record(
            &mut commit,
            world,
            who,
            "grade-retried",
            Some(&format!("user:{}", key.user)),
        );
        match store.commit(commit).await {
            Err(Error::Conflict) => {}
            done => return done.map(|()| true),
        }
    }
    Err(Error::Conflict)
}

/// A line item that was lost may be made again: somebody asks for it.
pub(super) fn find_again(store: &Store, commit: &mut Commit, link: &LinkKey) -> Result<(), Error> {
    if let Some(row) = store.read::<Columns>(link)?
        && row.value.lost
    {
        let new = Column {
            lost: false,
            ..row.value.clone()
        };
        commit
            .expect_unchanged::<Columns>(link, &row)
            .put::<Columns>(link, &new);
    }
    Ok(())
}

/// Has every grade of the launch's course sent once more, with newer timestamps: the gradebook has then
/// what was earned, whatever became of it there. Answers whether that was not under way already.
pub async fn resend(store: &Store, world: &World, manager: Manager<'_>) -> Result<bool, Error> {
    let audited = Some("grades-resent");
    begin(store, world, manager, Task::Resend, audited).await
}

/// Has what stands in the gradebook of the launch's course read back. Answers whether that was not
/// under way already.
pub async fn compare(store: &Store, world: &World, manager: Manager<'_>) -> Result<bool, Error> {
    begin(store, world, manager, Task::Compare, None).await
}

async fn begin(
    store: &Store,
    world: &World,
    manager: Manager<'_>,
    task: Task,
    audited: Option<&str>,
) -> Result<bool, Error> {
    let session = manager.member().session();
    let Some(course) = session.course else {
        return Ok(false);
    };
    let what = What {
        course,
        task,
        link: None,
    };
    for _ in 0..ATTEMPTS {
        let mut commit = Commit::new();
        let of = errands::of_course(store, course)?;
        if !errands::begin(store, &mut commit, world.now(), &what, (of, false))? {
            return Ok(false);
        }
        if let Some(act) = audited {
            let (who, to) = (format!("user:{}", session.user), course.to_string());
            audit::record(&mut commit, world, &who, act, Some(&to));
        }
        match store.commit(commit).await {
            Err(Error::Conflict) => {}
            done => return done.map(|()| true),
        }
    }
    Err(Error::Conflict)
}

/// The links of a course that show something of the library.
pub fn columns(store: &Store, course: CourseId) -> Result<Vec<(LinkKey, Column)>, Error> {
    let mut found = Vec::new();
    for ((_, link), ()) in store.page::<ColumnsIn>(&(course,), None, MOST_LINKS)? {
        let column = store.get::<Columns>(&link)?;
        if let Some(column) = column.filter(|column| column.course == course) {
            found.push((link, column));
        }
    }
    Ok(found)
}

/// Decides how a link of the launch's course counts from now on. What everybody is owed who came by
/// it is reckoned anew in the background. Answers whether there is such a link, and it can count.
pub async fn decide(
    store: &Store,
    world: &World,
    contributor: Contributor<'_>,
    link: &LinkKey,
    counting: Option<Counting>,
) -> Result<bool, Error> {
    let session = contributor.member().session();
    for _ in 0..ATTEMPTS {
        let Some(row) = store.read::<Columns>(link)? else {
            return Ok(false);
        };
        let item = store.get::<Items>(&row.value.item)?;
        let can = counting.is_none() || item.is_none_or(|item| item.kind.counts());
        if session.course != Some(row.value.course) || !can {
            return Ok(false);
        }
        let new = Column {
            decided: Some(Decided {
                counting,
                by: session.user,
                at: world.now(),
            }),
            ..row.value.clone()
        };
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Columns>(link, &row)
            .put::<Columns>(link, &new);
        let who = format!("user:{}", session.user);
        let to = format!("{} {} {}", new.placement, new.item, new.course);
        audit::record(&mut commit, world, &who, "counting-decided", Some(&to));
        let what = What {
            course: new.course,
            task: Task::Reckon,
            link: Some(link.clone()),
        };
        if counting.is_some() {
            // Whoever was reckoned as it counted before is reckoned once more.
            errands::begin(store, &mut commit, world.now(), &what, (None, true))?;
        } else {
            errands::cancel(store, &mut commit, &what)?;
        }
        match store.commit(commit).await {
            Err(Error::Conflict) => {}
            done => return done.map(|()| true),
        }
    }
    Err(Error::Conflict)
}
