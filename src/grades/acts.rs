//! What people do with grades: try one again, send a course's again, decide how a link counts.

use super::targets::Watched;
use super::{owing, row};
use crate::audit;
use crate::people::{Contributor, Manager};
use crate::store::ids::{CourseId, GradeKey, LinkKey};
use crate::store::rows::grades::{Column, Counting, Decided, Grade, Standing, Target};
use crate::store::trees::{Columns, ColumnsIn, Grades, GradesIn, Placements, Targets};
use crate::store::{Commit, Error, Store};
use crate::world::World;

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// Grades that are changed in one commit.
const BATCH: usize = 50;
/// The most grades of a course that are sent again at once.
const MOST: usize = 20_000;
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
        row::put(&mut commit, key, Some(&old), &new);
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
fn find_again(store: &Store, commit: &mut Commit, link: &LinkKey) -> Result<(), Error> {
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

/// Sends every grade of the launch's course once more, with newer timestamps: the gradebook has then
/// what was earned, whatever became of it there. Answers how many.
pub async fn resend(store: &Store, world: &World, manager: Manager<'_>) -> Result<usize, Error> {
    let session = manager.member().session();
    let Some(course) = session.course else {
        return Ok(0);
    };
    let mut commit = Commit::new();
    let (who, to) = (format!("user:{}", session.user), course.to_string());
    audit::record(&mut commit, world, &who, "grades-resent", Some(&to));
    for (link, column) in columns(store, course)? {
        if column.lost {
            find_again(store, &mut commit, &link)?;
        }
    }
    store.commit(commit).await?;
    let mut sent = 0;
    for standing in [Standing::Stopped, Standing::Taken] {
        let mut after = None;
        while sent < MOST {
            let prefix = (course, standing.number());
            let page = store.page::<GradesIn>(&prefix, after.as_ref(), BATCH)?;
            let Some((last, ())) = page.last() else {
                break;
            };
            after = Some(last.clone());
            for ((_, _, _, key), ()) in page {
                sent += usize::from(resend_one(store, world, &key, standing).await?);
            }
        }
    }
    Ok(sent)
}

async fn resend_one(
    store: &Store,
    world: &World,
    key: &GradeKey,
    standing: Standing,
) -> Result<bool, Error> {
    let Some(old) = store.read::<Grades>(key)? else {
        return Ok(false);
    };
    if old.value.standing != standing {
        return Ok(false);
    }
    let now = world.now();
    let new = Grade {
        due: Some(now),
        ..owing::due_again(now, &old.value, old.value.value)
    };
    let mut commit = Commit::new();
    row::put(&mut commit, key, Some(&old), &new);
    match store.commit(commit).await {
        // Something else happened to it just now, which is as good.
        Err(Error::Conflict) => Ok(false),
        done => done.map(|()| true),
    }
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

/// Decides how a link of the launch's course counts from now on. Answers whether there is such a
/// link.
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
        if session.course != Some(row.value.course) {
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
        match store.commit(commit).await {
            Err(Error::Conflict) => {}
            done => return done.map(|()| true),
        }
    }
    Err(Error::Conflict)
}

/// Reckons anew what everybody is owed who came by a link: how it counts was decided anew.
pub async fn reckon(
    store: &Store,
    world: &World,
    link: &LinkKey,
    watched: Watched<'_>,
) -> Result<(), Error> {
    let mut after: Option<GradeKey> = None;
    loop {
        let page = store.page::<Targets>(link, after.as_ref(), BATCH)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = Some(last.clone());
        for (key, target) in page {
            reckon_one(store, world, (&key, &target), watched).await?;
        }
    }
}

async fn reckon_one(
    store: &Store,
    world: &World,
    (key, target): (&GradeKey, &Target),
    watched: Watched<'_>,
) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let Some(column) = store.get::<Columns>(&key.link)? else {
            return Ok(());
        };
        let Some(placement) = store.get::<Placements>(&column.placement)? else {
            return Ok(());
        };
        let part = watched(target.course, &placement, key.user)?;
        let mut commit = Commit::new();
        owing::owe_on(store, world, &mut commit, (key, target, &column), &|_| part)?;
        match store.commit(commit).await {
            Err(Error::Conflict) => {}
            done => return done,
        }
    }
    Err(Error::Conflict)
}
