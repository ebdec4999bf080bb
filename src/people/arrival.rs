//! What a verified launch makes true: the person, the course, the membership, the link and a
//! session, in one commit with whatever must not happen twice.

use std::collections::BTreeMap;

use super::nicknames::nickname;
use super::selecting::Selecting;
use super::sessions::{self, Lifetimes, Secret};
use super::{finding, joining, members};
use crate::lti::launch::{Launch, Message, Nrps, Person, Version};
use crate::lti::roles::{Overrides, Standing};
use crate::store::ids::{ConnectionId, CourseId, Hash, ItemId, PlacementId, Reference, UserId};
use crate::store::rows::people::{
    Binding, Course, CourseRef, Link, Member, Role, RosterAt, Session, User, UserRef,
};
use crate::store::tree::Tree;
use crate::store::trees::{CourseBy, Courses, Links, MemberOf, Members, UserBy, Users};
use crate::store::{Commit, Error as StoreError, Store};
use crate::world::{Time, World};

/// Attempts of a commit that others overtake.
const ATTEMPTS: usize = 8;
/// A row that only says when somebody was last seen is written this often.
const SEEN_EVERY: std::time::Duration = std::time::Duration::from_mins(10);
/// Characters of names and titles that are kept.
const LONGEST_TEXT: usize = 300;
/// Bytes of the longest address that is kept.
const LONGEST_ADDRESS: usize = 2_000;

/// A verified launch and how it goes on.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    /// The connection.
    pub connection: ConnectionId,
    /// What it said.
    pub launch: &'a Launch,
    /// Its name in the launch log.
    pub reference: Reference,
    /// How its session is bound so far.
    pub binding: Binding,
    /// The browser, when it keeps cookies.
    pub browser: Option<Hash>,
    /// Whether something tells that the browser's own person launched it, and not a page that knows
    /// somebody's form: only then other people's sessions end there.
    pub proven: bool,
    /// The item that it opens.
    pub item: Option<ItemId>,
    /// The placement that it came by.
    pub placement: Option<PlacementId>,
    /// Origins that may frame its pages.
    pub frame_origins: Vec<String>,
    /// Where the course's roster is, when that is to be believed.
    pub roster: Option<&'a Nrps>,
    /// When the connection that verified it last moved.
    pub moved: Option<Time>,
    /// Who and what this was under LTI 1.1, once it is proven.
    pub joins: Option<Joins>,
    /// Whether an email address is kept.
    pub keep_email: bool,
    /// Whether nothing is taken of what the launch tells of the person.
    pub names_withheld: bool,
    /// The custom parameters that stay with its session.
    pub kept: BTreeMap<String, String>,
    /// Roles that count as something else than usual.
    pub roles: Overrides,
    /// How long its session lasts.
    pub lifetimes: Lifetimes,
}

/// Who a person and which a course was under LTI 1.1, proven by the secret of the consumer of old.
///
/// A person who was never launched by the registration is the one of old from then on, under both
/// names; so is a course. Whoever has been here by both already stays two, since nothing tells whose
/// things are whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joins {
    /// The consumer.
    pub consumer: ConnectionId,
    /// The `user_id` of old.
    pub user: String,
    /// The `context_id` of old.
    pub context: Option<String>,
}

/// What a launch opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The session's token, for the path.
    pub token: Secret,
    /// The session's cookie.
    pub cookie: Secret,
    /// The person.
    pub user: UserId,
    /// The course.
    pub course: Option<CourseId>,
    /// The role in it; without a course, member.
    pub role: Role,
}

/// Takes the launch in. `besides` adds to the commit what must become true with it, such as the
/// consumption of its state; when that is what fails, the error is [`StoreError::Conflict`].
pub async fn arrive(
    store: &Store,
    world: &World,
    arrival: &Arrival<'_>,
    besides: impl Fn(&mut Commit, UserId, Option<CourseId>) -> Result<(), StoreError>,
) -> Result<Opened, StoreError> {
    for attempt in 1.. {
        let mut commit = Commit::new();
        let opened = prepare(store, world, arrival, &mut commit)?;
        besides(&mut commit, opened.user, opened.course)?;
        match store.commit(commit).await {
            Ok(()) => return Ok(opened),
            Err(StoreError::Conflict) if attempt < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict)
}

fn prepare(
    store: &Store,
    world: &World,
    arrival: &Arrival<'_>,
    commit: &mut Commit,
) -> Result<Opened, StoreError> {
    let now = world.now();
    let standing = arrival.launch.standing_by(&arrival.roles);
    let role = Role::from(standing.role);
    let (user, known) = person(store, world, arrival, commit)?;
    let course = course((store, world), arrival, commit, user)?;
    if let Some(joins) = &arrival.joins {
        joining::school((store, world), commit, joins, (arrival.connection, user))?;
    }
    if let Some(course) = course {
        let new = Member {
            roles: kept_roles(&arrival.launch.roles),
            listed: members::listed(&known, role),
            ..Member::new(role, now)
        };
        membership(store, commit, (course, user), new)?;
    }
    link(store, arrival, commit, course, now)?;
    let (token, cookie) = (Secret::new(world), Secret::new(world));
    let session = session(arrival, (user, course), standing, &cookie, now);
    sessions::make_way(store, commit, &session, arrival.proven)?;
    sessions::add(commit, token.hash, &session);
    Ok(Opened {
        token,
        cookie,
        user,
        course,
        role,
    })
}

/// The session that a launch opens.
fn session(
    arrival: &Arrival<'_>,
    (user, course): (UserId, Option<CourseId>),
    standing: Standing,
    cookie: &Secret,
    now: Time,
) -> Session {
    let launch = arrival.launch;
    let ends = now.after(arrival.lifetimes.absolute);
    let presentation = &launch.presentation;
    Session {
        user,
        connection: arrival.connection,
        deployment: launch.deployment.clone(),
        course,
        role: Role::from(standing.role),
        sees_learners: standing.sees_learners,
        link: launch.resource_link.as_ref().map(|link| link.id.clone()),
        item: arrival.item,
        binding: arrival.binding,
        cookie: cookie.hash,
        browser: arrival.browser,
        frame_origins: arrival.frame_origins.clone(),
        return_url: presentation.return_url.as_ref().map(ToString::to_string),
        locale: presentation.locale.clone(),
        launch: arrival.reference,
        created: now,
        ends,
        idle_until: now.after(arrival.lifetimes.idle).min(ends),
        placement: arrival.placement,
        selection: Selecting::asked(launch).map(|asked| asked.kept()),
        for_user: match &launch.message {
            Message::SubmissionReview { for_user } => Some(for_user.clone()),
            _ => None,
        },
        kept: arrival.kept.clone(),
    }
}

/// The person of a launch, when they were here before.
pub fn known(
    store: &Store,
    connection: ConnectionId,
    launch: &Launch,
) -> Result<Option<UserId>, StoreError> {
    let Some(subject) = &launch.subject else {
        return Ok(None);
    };
    let found = store.get::<UserBy>(&(connection, subject.clone()))?;
    Ok(found.map(|found| found.user))
}

/// Whether the person of a launch is known already: was here before, or is on a roster still. Never
/// by an email.
pub fn has_account(
    store: &Store,
    connection: ConnectionId,
    launch: &Launch,
) -> Result<bool, StoreError> {
    let Some(id) = known(store, connection, launch)? else {
        return Ok(false);
    };
    let Some(user) = store.get::<Users>(&id)? else {
        return Ok(false);
    };
    Ok(!user.roster_only || !store.page::<MemberOf>(&(id,), None, 1)?.is_empty())
}

/// The person: found by the platform's own name for them, never by an email.
fn person(
    store: &Store,
    world: &World,
    arrival: &Arrival<'_>,
    commit: &mut Commit,
) -> Result<(UserId, User), StoreError> {
    let Some(subject) = &arrival.launch.subject else {
        return Ok(anonymous(world, arrival, commit));
    };
    let key = (arrival.connection, subject.clone());
    let known = known(store, arrival.connection, arrival.launch)?;
    let old = known
        .map(|id| store.get::<Users>(&id))
        .transpose()?
        .flatten();
    let listed_only = old.as_ref().is_none_or(|old| old.roster_only);
    let before = match &arrival.joins {
        Some(joins) if listed_only => joining::user((store, world), commit, joins, &key, known)?,
        _ => None,
    };
    let (id, old) = if let Some((id, row)) = before {
        (id, Some(row))
    } else if let Some(id) = known {
        // Whoever is erased meanwhile is somebody new.
        commit.expect_present::<UserBy>(&key);
        (id, old)
    } else {
        (somebody_new(world, commit, &key), None)
    };
    let new = user(arrival, (id, subject), old.as_ref(), world.now());
    if put_seen::<Users>(commit, &id, old.clone(), new.clone()) {
        finding::changed(commit, id, old.as_ref(), &new);
    }
    Ok((id, new))
}

/// An anonymous launch is a new person each time, known to nobody.
fn anonymous(world: &World, arrival: &Arrival<'_>, commit: &mut Commit) -> (UserId, User) {
    let id = UserId(u64::from_be_bytes(world.random()));
    let new = user(arrival, (id, ""), None, world.now());
    commit.expect_absent::<Users>(&id).put::<Users>(&id, &new);
    finding::changed(commit, id, None, &new);
    (id, new)
}

/// A person whom a platform calls so for the first time.
fn somebody_new(world: &World, commit: &mut Commit, key: &<UserBy as Tree>::Key) -> UserId {
    let id = UserId(u64::from_be_bytes(world.random()));
    commit
        .expect_absent::<UserBy>(key)
        .put::<UserBy>(key, &UserRef { user: id })
        .expect_absent::<Users>(&id);
    finding::known_as(commit, id, key);
    id
}

fn user(
    arrival: &Arrival<'_>,
    (id, subject): (UserId, &str),
    old: Option<&User>,
    now: Time,
) -> User {
    let nothing = Person::default();
    let person = if arrival.names_withheld {
        &nothing
    } else {
        &arrival.launch.person
    };
    // Of LTI 1.1, whoever can be known again is called something.
    let called = arrival.launch.version == Version::V1p1 && !subject.is_empty();
    let nickname = || called.then(|| nickname(id));
    // Whoever was joined keeps the newer name, also when they come by LTI 1.1 once more.
    let kept = old.filter(|old| {
        old.connection != arrival.connection && arrival.launch.version == Version::V1p1
    });
    let own = (arrival.connection, subject);
    let (connection, subject) = kept.map_or(own, |old| (old.connection, old.subject.as_str()));
    User {
        connection,
        subject: subject.to_owned(),
        name: person.display_name().map(short).or_else(nickname),
        given_name: person.given_name.clone().map(short),
        family_name: person.family_name.clone().map(short),
        email: person
            .email
            .clone()
            .filter(|_| arrival.keep_email)
            .map(short),
        locale: arrival.launch.person.locale.clone().map(short),
        test_user: arrival.launch.standing().test_user,
        first_seen: old.map_or(now, |old| old.first_seen),
        last_seen: now,
        roster_only: false,
    }
}

/// The course that `user` launches from.
fn course(
    (store, world): (&Store, &World),
    arrival: &Arrival<'_>,
    commit: &mut Commit,
    user: UserId,
) -> Result<Option<CourseId>, StoreError> {
    let Some(context) = &arrival.launch.context else {
        return Ok(None);
    };
    let now = world.now();
    let key = (
        arrival.connection,
        arrival.launch.deployment.clone(),
        context.id.clone(),
    );
    let (id, joins) = course_by((store, world), arrival, commit, (&key, user))?;
    let old = store.get::<Courses>(&id)?;
    let blank = || Course::new(key.0, &key.1, &key.2, now);
    let told = arrival.roster.and_then(|nrps| roster(arrival, nrps));
    let known = old.clone().unwrap_or_else(blank);
    let new = Course {
        joined: joined(&known, arrival.connection, joins),
        title: context.title.clone().map(short),
        label: context.label.clone().map(short),
        types: context.types.iter().take(20).cloned().map(short).collect(),
        last_seen: now,
        roster: told.or_else(|| known.roster.clone()),
        ..known
    };
    put_seen::<Courses>(commit, &id, old, new);
    Ok(Some(id))
}

/// The course that a platform calls so, which may be a new one, or one of LTI 1.1 that is joined just
/// now; whether it is that.
fn course_by(
    (store, world): (&Store, &World),
    arrival: &Arrival<'_>,
    commit: &mut Commit,
    (key, user): (&<CourseBy as Tree>::Key, UserId),
) -> Result<(CourseId, bool), StoreError> {
    if let Some(known) = store.get::<CourseBy>(key)? {
        return Ok((known.course, false));
    }
    let joined = match &arrival.joins {
        Some(joins) => joining::course((store, world), commit, joins, user)?,
        None => None,
    };
    let course = joined.unwrap_or_else(|| CourseId(u64::from_be_bytes(world.random())));
    commit
        .expect_absent::<CourseBy>(key)
        .put::<CourseBy>(key, &CourseRef { course });
    if joined.is_none() {
        commit.expect_absent::<Courses>(&course);
    }
    Ok((course, joined.is_some()))
}

/// The registrations for which it is the same course, with this one if it `joins`.
fn joined(known: &Course, connection: ConnectionId, joins: bool) -> Vec<ConnectionId> {
    let mut joined = known.joined.clone();
    if joins && !joined.contains(&connection) {
        joined.push(connection);
    }
    joined
}

/// Where the roster is. An address that is longer than any is none.
fn roster(arrival: &Arrival<'_>, nrps: &Nrps) -> Option<RosterAt> {
    let url = nrps.url.to_string();
    let versions = nrps.versions.iter().take(10).cloned();
    (url.len() <= LONGEST_ADDRESS).then(|| RosterAt {
        connection: arrival.connection,
        url,
        versions: versions.map(short).collect(),
        moved: arrival.moved,
    })
}

fn membership(
    store: &Store,
    commit: &mut Commit,
    key: (CourseId, UserId),
    new: Member,
) -> Result<(), StoreError> {
    let old = store.get::<Members>(&key)?;
    let new = Member {
        first_seen: old.as_ref().map_or(new.first_seen, |old| old.first_seen),
        on_roster: old.as_ref().is_some_and(|old| old.on_roster),
        ..new
    };
    members::list(commit, key, old.as_ref(), &new);
    put_seen::<Members>(commit, &key, old, new);
    Ok(())
}

/// The roles that are kept of those that came.
pub(super) fn kept_roles(roles: &[String]) -> Vec<String> {
    roles.iter().take(50).cloned().map(short).collect()
}

fn link(
    store: &Store,
    arrival: &Arrival<'_>,
    commit: &mut Commit,
    course: Option<CourseId>,
    now: Time,
) -> Result<(), StoreError> {
    let Some(link) = &arrival.launch.resource_link else {
        return Ok(());
    };
    let key = (
        arrival.connection,
        arrival.launch.deployment.clone(),
        link.id.clone(),
    );
    let old = store.get::<Links>(&key)?;
    let new = Link {
        course,
        title: link.title.clone().map(short),
        first_seen: old.as_ref().map_or(now, |old| old.first_seen),
        last_seen: now,
    };
    put_seen::<Links>(commit, &key, old, new);
    Ok(())
}

/// A row that says when its subject was last seen.
trait Seen: Clone + PartialEq {
    fn last_seen(&mut self) -> &mut Time;
}

macro_rules! seen {
    ($($row:ty),*) => {$(
        impl Seen for $row {
            fn last_seen(&mut self) -> &mut Time {
                &mut self.last_seen
            }
        }
    )*};
}
seen!(User, Course, Member, Link);

/// Puts a row, unless nothing about it is new but the moment, and that not by much: most launches
/// then write a few rows only. Answers whether it did.
fn put_seen<T: Tree>(
    commit: &mut Commit,
    key: &T::Key,
    old: Option<T::Value>,
    mut new: T::Value,
) -> bool
where
    T::Value: Seen,
{
    if let Some(mut old) = old {
        let (before, now) = (*old.last_seen(), *new.last_seen());
        *old.last_seen() = now;
        if old == new && now.since(before) < SEEN_EVERY {
            return false;
        }
    }
    commit.put::<T>(key, &new);
    true
}

/// As much of a text as is kept.
pub(super) fn short(text: String) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}
