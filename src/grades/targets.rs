//! Where scores go: what every launch tells, remembered, and read anew at the next.

use std::time::Duration;

use super::owing;
use super::row;
use crate::lti::launch::{Ags, Launch};
use crate::lti::names::scope;
use crate::lti::roles::CourseRole;
use crate::store::ids::{ConnectionId, CourseId, GradeKey, ItemId, LinkKey, PlacementId, UserId};
use crate::store::rows::grades::{Column, Grade, Outcome, Service, Standing, Target};
use crate::store::rows::library::Placement;
use crate::store::trees::{Columns, ColumnsIn, Grades, Placements, TargetOf, Targets};
use crate::store::{Commit, Error, Store};
use crate::world::{Time, World};

/// Bytes of the longest address, and of the longest name of a result, that are kept.
const LONGEST: usize = 4_000;
/// Scopes that are kept.
const MOST_SCOPES: usize = 20;
/// What was refused is tried once more at a launch after this time: the person is in the course.
const PATIENCE: Duration = Duration::from_hours(1);

/// A launch by a link that carries a placement.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The connection that verified it.
    pub connection: ConnectionId,
    /// What it said.
    pub launch: &'a Launch,
    /// The placement.
    pub placement: PlacementId,
    /// When the connection had last moved.
    pub moved: Option<Time>,
}

/// How much of what a placement shows somebody has watched in a course, in ten-thousandths.
pub type Watched<'a> = &'a (dyn Fn(CourseId, &Placement, UserId) -> Result<u16, Error> + Sync);

impl Told<'_> {
    /// Adds to the launch's commit what it told, and what is owed on this link for what the person
    /// watched before they came by it. Answers whether there is something to send.
    pub fn remember(
        &self,
        store: &Store,
        world: &World,
        commit: &mut Commit,
        (user, course): (UserId, Option<CourseId>),
        watched: Watched<'_>,
    ) -> Result<bool, Error> {
        let (Some(course), Some(subject), Some(link)) =
            (course, &self.launch.subject, &self.launch.resource_link)
        else {
            return Ok(false);
        };
        let Some(placement) = store.get::<Placements>(&self.placement)? else {
            return Ok(false);
        };
        let link = LinkKey {
            connection: self.connection,
            deployment: self.launch.deployment.clone(),
            link: link.id.clone(),
        };
        let (column, elsewhere) = self.column(store, commit, &link, (course, placement.item))?;
        let target = Target {
            subject: subject.clone(),
            learner: self.is_learner(),
            outcome: self.outcome(),
            course,
            item: placement.item,
            moved: self.moved,
        };
        let key = GradeKey { link, user };
        let changed = put_target(store, commit, &key, &target)? || elsewhere;
        let part = watched(course, &placement, user)?;
        let owed = owing::owe_on(store, world, commit, (&key, &target, &column), &|_| part)?;
        let revived = !owed && target.learner && revive(store, world, commit, &key, changed)?;
        Ok(owed || revived)
    }

    /// Neither staff nor a student preview, nor a mentor who looks over a learner's shoulder.
    fn is_learner(&self) -> bool {
        let standing = self.launch.standing();
        standing.role == CourseRole::Member && !standing.test_user && !standing.mentor
    }

    /// What the link is now, and whether its scores go elsewhere than before.
    fn column(
        &self,
        store: &Store,
        commit: &mut Commit,
        link: &LinkKey,
        (course, item): (CourseId, ItemId),
    ) -> Result<(Column, bool), Error> {
        let old = store.read::<Columns>(link)?;
        let told = self.service();
        let mut new = match &old {
            Some(row) => row.value.clone(),
            None => Column {
                placement: self.placement,
                item,
                course,
                decided: None,
                service: None,
                line_item: None,
                compared: None,
                lost: false,
            },
        };
        if new.placement != self.placement {
            // Another item stands there now, and what was decided was about the former.
            new.decided = None;
            new.line_item = None;
            new.lost = false;
        }
        (new.placement, new.item) = (self.placement, item);
        let before = std::mem::replace(&mut new.course, course);
        let elsewhere = told.is_some() && told != new.service;
        if elsewhere {
            // The line item may be another one; it is looked for again.
            new.line_item = None;
            new.lost = false;
            new.service = told;
        }
        match &old {
            Some(row) if row.value == new => return Ok((new, false)),
            Some(row) => commit.expect_unchanged::<Columns>(link, row),
            None => commit.expect_absent::<Columns>(link),
        };
        if before != course {
            commit.delete::<ColumnsIn>(&(before, link.clone()));
        }
        commit
            .put::<Columns>(link, &new)
            .put::<ColumnsIn>(&(course, link.clone()), &());
        Ok((new, elsewhere))
    }

    fn service(&self) -> Option<Service> {
        let ags = self.launch.ags.as_ref()?;
        let address = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string);
        let service = Service {
            scopes: ags.scopes.iter().take(MOST_SCOPES).cloned().collect(),
            line_items: address(&ags.lineitems),
            line_item: address(&ags.lineitem),
            moved: self.moved,
        };
        let addresses = [&service.line_items, &service.line_item];
        let fits = addresses
            .into_iter()
            .flatten()
            .all(|one| one.len() <= LONGEST);
        fits.then_some(service)
    }

    /// Kept only where scores go nowhere better: many platforms name a result anew at every launch.
    fn outcome(&self) -> Option<Outcome> {
        if self.launch.ags.as_ref().is_some_and(is_usable) {
            return None;
        }
        let outcome = self.launch.outcome.as_ref()?;
        let url = outcome.url.to_string();
        let fits = url.len() <= LONGEST && outcome.sourcedid.len() <= LONGEST;
        fits.then(|| Outcome {
            url,
            sourcedid: outcome.sourcedid.clone(),
        })
    }
}

/// Whether a score can be sent there: the right to, and a line item to find or to make.
fn is_usable(ags: &Ags) -> bool {
    let may = |wanted: &str| ags.scopes.iter().any(|scope| scope == wanted);
    let finds = may(scope::LINE_ITEM) || may(scope::LINE_ITEM_READ);
    may(scope::SCORE) && (ags.lineitem.is_some() || ags.lineitems.is_some() && finds)
}

/// Puts what was told of a person; answers whether it is anything new.
fn put_target(
    store: &Store,
    commit: &mut Commit,
    key: &GradeKey,
    new: &Target,
) -> Result<bool, Error> {
    let old = store.read::<Targets>(key)?;
    match &old {
        Some(row) if row.value == *new => return Ok(false),
        Some(row) => commit.expect_unchanged::<Targets>(key, row),
        None => commit.expect_absent::<Targets>(key),
    };
    let place = |target: &Target| (key.user, target.course, target.item, key.link.clone());
    if let Some(row) = &old
        && place(&row.value) != place(new)
    {
        commit.delete::<TargetOf>(&place(&row.value));
    }
    commit
        .put::<Targets>(key, new)
        .put::<TargetOf>(&place(new), &());
    Ok(true)
}

/// Lets a score that was refused be sent once more: what its refusal was about may be otherwise.
fn revive(
    store: &Store,
    world: &World,
    commit: &mut Commit,
    key: &GradeKey,
    changed: bool,
) -> Result<bool, Error> {
    let Some(old) = store.read::<Grades>(key)? else {
        return Ok(false);
    };
    let now = world.now();
    let stopped = old.value.standing == Standing::Stopped;
    if !stopped || !changed && now.since(old.value.since) < PATIENCE {
        return Ok(false);
    }
    let new = Grade {
        standing: Standing::Due,
        since: now,
        due: Some(now),
        attempts: 0,
        ..old.value.clone()
    };
    row::put(store, commit, key, Some(&old), &new)?;
    Ok(true)
}
