//! A course made to agree with its roster, in one commit. A roster lists people and grants nothing;
//! whoever is no longer on it loses the staff rights of older sessions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::finding;
use super::members;
use super::nicknames::nickname;
use super::sessions;
use crate::lti::nrps::{Membership, Status};
use crate::lti::roles::Overrides;
use crate::store::ids::{ConnectionId, CourseId, UserId};
use crate::store::rows::people::{Course, Member, Role, SyncFailed, Synced, User, UserRef};
use crate::store::trees::{Connections, Courses, Members, UserBy, Users};
use crate::store::{Commit, Error as StoreError, Row, Store};
use crate::world::{Time, World};

/// Attempts of a commit that others overtake, such as launches of the same people.
const ATTEMPTS: usize = 8;
/// People that are looked at together; others get a turn in between.
const BATCH: usize = 200;
/// How long somebody who was launched here stays without being on the roster: administrators look
/// into courses that they don't belong to.
const VISITS: Duration = Duration::from_hours(24);

/// A roster and what there is to know about it.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The connection whose platform gave it: its people are known by their ids there.
    pub connection: ConnectionId,
    /// Everybody on it, each once.
    pub members: &'a [Membership],
    /// How many entries named nobody.
    pub nameless: usize,
    /// Whether email addresses are kept.
    pub keep_email: bool,
}

impl Said<'_> {
    /// Whether anybody on it belongs to the course.
    pub fn has_people(&self) -> bool {
        let mut members = self.members.iter();
        members.any(|member| member.status == Status::Active && !member.standing().test_user)
    }
}

/// Makes the course agree with the roster; answers what that changed. `None`: there is no such
/// course.
pub async fn apply(
    store: &Store,
    world: &World,
    course: CourseId,
    said: &Said<'_>,
) -> Result<Option<Synced>, StoreError> {
    for attempt in 1.. {
        let Some(row) = store.read::<Courses>(&course)? else {
            return Ok(None);
        };
        let mut plan = Plan::new(store, world, course, said)?;
        plan.people().await?;
        plan.leavers().await?;
        let synced = plan.report.clone();
        let commit = plan.finish(&row);
        match store.commit(commit).await {
            Ok(()) => return Ok(Some(synced)),
            Err(StoreError::Conflict) if attempt < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict)
}

/// Notes that a sync did not go through, and why.
pub async fn failed(
    store: &Store,
    course: CourseId,
    failure: &SyncFailed,
) -> Result<(), StoreError> {
    for _ in 0..ATTEMPTS {
        let Some(row) = store.read::<Courses>(&course)? else {
            return Ok(());
        };
        let noted = Course {
            sync_failed: Some(failure.clone()),
            ..row.value.clone()
        };
        let mut commit = Commit::new();
        commit
            .expect_unchanged::<Courses>(&course, &row)
            .put::<Courses>(&course, &noted);
        match store.commit(commit).await {
            Err(StoreError::Conflict) => {}
            other => return other,
        }
    }
    Err(StoreError::Conflict)
}

/// A commit in the making.
struct Plan<'a> {
    store: &'a Store,
    world: &'a World,
    course: CourseId,
    said: &'a Said<'a>,
    /// Roles that count as something else, as at a launch.
    overrides: Overrides,
    /// Whether nothing is taken of what the roster tells of people.
    names_withheld: bool,
    now: Time,
    commit: Commit,
    report: Synced,
    /// Everybody of the roster who was known before, and whether they belong to the course.
    met: BTreeMap<UserId, bool>,
}

impl<'a> Plan<'a> {
    fn new(
        store: &'a Store,
        world: &'a World,
        course: CourseId,
        said: &'a Said<'a>,
    ) -> Result<Self, StoreError> {
        let now = world.now();
        let connection = store.get::<Connections>(&said.connection)?;
        let settings = connection.map(|connection| connection.settings);
        let settings = settings.unwrap_or_default();
        Ok(Self {
            store,
            world,
            course,
            said,
            overrides: settings.overrides(),
            names_withheld: settings.names_withheld,
            now,
            commit: Commit::new(),
            report: Synced {
                at: now,
                people: 0,
                added: 0,
                changed: 0,
                removed: 0,
                left_out: count(said.nameless),
            },
            met: BTreeMap::new(),
        })
    }

    /// Everybody on the roster.
    async fn people(&mut self) -> Result<(), StoreError> {
        for batch in self.said.members.chunks(BATCH) {
            for member in batch {
                self.person(member)?;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn person(&mut self, member: &Membership) -> Result<(), StoreError> {
        let standing = self.overrides.standing(&member.roles);
        if standing.test_user {
            self.report.left_out += 1;
            return Ok(());
        }
        let key = (self.said.connection, member.subject.clone());
        let known = self.store.get::<UserBy>(&key)?.map(|found| found.user);
        if member.status != Status::Active {
            if let Some(user) = known {
                self.met.insert(user, false);
            }
            return Ok(());
        }
        self.report.people += 1;
        let role = Role::from(standing.role);
        let (id, user, renamed) = match known {
            Some(id) => {
                // Whoever is erased meanwhile is somebody new.
                self.commit.expect_present::<UserBy>(&key);
                self.met.insert(id, true);
                let (user, renamed) = self.known_user(id, member)?;
                (id, user, renamed)
            }
            None => self.new_user(&key, member),
        };
        self.membership(id, &user, role, renamed, &member.roles)
    }

    fn new_user(
        &mut self,
        key: &(ConnectionId, String),
        member: &Membership,
    ) -> (UserId, User, bool) {
        let id = UserId(u64::from_be_bytes(self.world.random()));
        let blank = User {
            roster_only: true,
            ..User::new(self.said.connection, &member.subject, self.now)
        };
        let user = self.named((id, blank), member);
        self.commit
            .expect_absent::<UserBy>(key)
            .put::<UserBy>(key, &UserRef { user: id })
            .expect_absent::<Users>(&id)
            .put::<Users>(&id, &user);
        finding::known_as(&mut self.commit, id, key);
        finding::changed(&mut self.commit, id, None, &user);
        (id, user, false)
    }

    /// Somebody who is known already, and whether the name is another now.
    fn known_user(&mut self, id: UserId, member: &Membership) -> Result<(User, bool), StoreError> {
        let Some(row) = self.store.read::<Users>(&id)? else {
            let blank = User::new(self.said.connection, &member.subject, self.now);
            let user = self.named((id, blank), member);
            self.commit
                .expect_absent::<Users>(&id)
                .put::<Users>(&id, &user);
            finding::changed(&mut self.commit, id, None, &user);
            return Ok((user, false));
        };
        let user = self.named((id, row.value.clone()), member);
        if user != row.value {
            self.commit
                .expect_unchanged::<Users>(&id, &row)
                .put::<Users>(&id, &user);
            finding::changed(&mut self.commit, id, Some(&row.value), &user);
        }
        let renamed = user.name != row.value.name;
        Ok((user, renamed))
    }

    /// What the roster tells of a person. What it leaves out stays as a launch told it: rosters
    /// say less than launches on some platforms.
    fn named(&self, (id, mut user): (UserId, User), member: &Membership) -> User {
        if self.names_withheld {
            return User {
                name: Some(nickname(id)),
                given_name: None,
                family_name: None,
                email: None,
                ..user
            };
        }
        let told = |new: Option<&String>, old: &mut Option<String>| {
            if let Some(new) = new {
                *old = Some(super::arrival::short(new.clone()));
            }
        };
        let person = &member.person;
        told(person.display_name().as_ref(), &mut user.name);
        told(person.given_name.as_ref(), &mut user.given_name);
        told(person.family_name.as_ref(), &mut user.family_name);
        if self.said.keep_email {
            told(person.email.as_ref(), &mut user.email);
        }
        user
    }

    fn membership(
        &mut self,
        id: UserId,
        user: &User,
        role: Role,
        renamed: bool,
        roles: &[String],
    ) -> Result<(), StoreError> {
        let key = (self.course, id);
        let row = self.store.read::<Members>(&key)?;
        let old = row.as_ref().map(|row| &row.value);
        let blank = Member {
            roster_only: true,
            ..Member::new(role, self.now)
        };
        let new = Member {
            role,
            roles: super::arrival::kept_roles(roles),
            on_roster: true,
            listed: members::listed(user, role),
            ..old.cloned().unwrap_or(blank)
        };
        match old {
            None => self.report.added += 1,
            Some(old) if old.role != role || renamed => self.report.changed += 1,
            Some(_) => {}
        }
        if old == Some(&new) {
            return Ok(());
        }
        match &row {
            Some(row) => self.commit.expect_unchanged::<Members>(&key, row),
            None => self.commit.expect_absent::<Members>(&key),
        };
        self.commit.put::<Members>(&key, &new);
        members::list(&mut self.commit, key, old, &new);
        Ok(())
    }

    /// Everybody in the course who is not on the roster.
    async fn leavers(&mut self) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self
                .store
                .page::<Members>(&(self.course,), after.as_ref(), BATCH)?;
            let last = page.len() < BATCH;
            after = page.last().map(|(key, _)| *key);
            for ((_, user), member) in page {
                if self.leaves(user, &member) {
                    self.leaver(user)?;
                }
            }
            if last {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    fn leaves(&self, user: UserId, member: &Member) -> bool {
        match self.met.get(&user) {
            Some(belongs) => !belongs,
            // Student previews are in no list, and on no roster.
            None if member.listed.is_none() => false,
            None => member.on_roster || self.now.since(member.last_seen) >= VISITS,
        }
    }

    fn leaver(&mut self, user: UserId) -> Result<(), StoreError> {
        let key = (self.course, user);
        let Some(row) = self.store.read::<Members>(&key)? else {
            return Ok(());
        };
        self.commit.expect_unchanged::<Members>(&key, &row);
        members::remove(&mut self.commit, key, &row.value);
        sessions::end_staff_rights(self.store, &mut self.commit, user, self.course)?;
        self.report.removed += 1;
        Ok(())
    }

    fn finish(mut self, row: &Row<Course>) -> Commit {
        let synced = Course {
            synced: Some(self.report),
            sync_failed: None,
            ..row.value.clone()
        };
        self.commit
            .expect_unchanged::<Courses>(&self.course, row)
            .put::<Courses>(&self.course, &synced);
        self.commit
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
