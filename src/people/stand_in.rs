//! Acting for somebody at the machine itself: whoever may read and write the store anyway, such as
//! an administrator at the command line, becomes a person with what that person's last launches
//! gave, and never with more.
//!
//! No session is stored, so nothing of this reaches the web.

use std::collections::BTreeMap;
use std::time::Duration;

use super::authority::Member;
use super::connections::{self, deployments};
use crate::store::ids::{ConnectionId, CourseId, Hash, Reference, UserId};
use crate::store::rows::people::{Binding, Connection, Role, Session, User};
use crate::store::trees::{CourseBy, Courses, MemberOf, Members, UserBy, Users};
use crate::store::{Error as StoreError, Store};
use crate::world::World;

/// How many people are looked at together.
const BATCH: usize = 500;
/// More courses than anybody teaches.
const COURSES: usize = 1000;
/// How many people are listed.
pub const STAFF_LISTED: usize = 100;
/// How long a stand-in lasts: one request's time.
const LASTS: Duration = Duration::from_hours(24);

/// Why nobody stands in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection has this name.
    #[error("there is no connection called so")]
    UnknownConnection {
        /// The names that there are.
        known: Vec<String>,
    },
    /// Several connections have this name.
    #[error("several connections are called so")]
    AmbiguousConnection,
    /// Nobody of the connection has this subject.
    #[error("nobody of this connection was launched as that subject")]
    UnknownSubject,
    /// The connection has no such course.
    #[error("nobody was launched from that course")]
    UnknownCourse,
    /// Several deployments of the connection have such a course.
    #[error("several deployments have such a course")]
    AmbiguousCourse,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose place is to be taken.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The connection, by its name or number.
    pub connection: &'a str,
    /// The platform's name for the person (`sub`).
    pub subject: &'a str,
    /// The course to act in, by the platform's context id.
    pub course: Option<&'a str>,
}

/// Somebody who teaches, as a list shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The platform's name for the person.
    pub subject: String,
    /// The full name.
    pub name: Option<String>,
    /// The courses where the person is staff: context id and title.
    pub courses: Vec<(String, Option<String>)>,
}

/// Takes the place of somebody who was launched before. The role is the one of that person's last
/// launch from the course; without a course there are no course rights.
pub fn member(store: &Store, world: &World, place: Place<'_>) -> Result<Member, Error> {
    let (connection, _) = connection(store, place.connection)?;
    let user = subject(store, connection, place.subject)?;
    let course = match place.course {
        Some(context) => Some(course(store, connection, context)?),
        None => None,
    };
    let role = match &course {
        Some((_, id)) => store.get::<Members>(&(*id, user))?.map(|row| row.role),
        None => None,
    };
    let (deployment, course) = course.unzip();
    let now = world.now();
    let session = Session {
        user,
        connection,
        deployment: deployment.unwrap_or_default(),
        course,
        role: role.unwrap_or(Role::Member),
        sees_learners: false,
        link: None,
        item: None,
        placement: None,
        selection: None,
        for_user: None,
        kept: BTreeMap::new(),
        binding: Binding::Cookie,
        cookie: Hash(world.random()),
        browser: None,
        frame_origins: Vec::new(),
        return_url: None,
        locale: store.get::<Users>(&user)?.and_then(|user| user.locale),
        launch: Reference::new(world),
        created: now,
        ends: now.after(LASTS),
        idle_until: now.after(LASTS),
    };
    Ok(Member::acting(Hash(world.random()), session))
}

/// The people of a connection who are staff somewhere, at most [`STAFF_LISTED`], and whether there
/// are more. Looks at everybody until then: for the command line.
pub fn staff(store: &Store, name: &str) -> Result<(Vec<Staff>, bool), Error> {
    let (connection, _) = connection(store, name)?;
    let mut staff = Vec::new();
    let mut after = None;
    loop {
        let people = store.page::<UserBy>(&(connection,), after.as_ref(), BATCH)?;
        let last = people.len() < BATCH;
        after = people.last().map(|(key, _)| key.clone());
        for ((_, subject), known) in people {
            let courses = taught(store, known.user)?;
            let user = store.get::<Users>(&known.user)?;
            let Some(user) = user.filter(|user| !courses.is_empty() && !user.test_user) else {
                continue;
            };
            if staff.len() == STAFF_LISTED {
                return Ok((staff, true));
            }
            staff.push(Staff {
                subject,
                name: name_of(user),
                courses,
            });
        }
        if last {
            return Ok((staff, false));
        }
    }
}

fn name_of(user: User) -> Option<String> {
    user.name.or(user.given_name)
}

/// The courses where somebody is staff.
fn taught(store: &Store, user: UserId) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let mut courses = Vec::new();
    for ((_, id), ()) in store.page::<MemberOf>(&(user,), None, COURSES)? {
        let staff = store.get::<Members>(&(id, user))?;
        if staff.is_some_and(|member| member.role >= Role::Contributor)
            && let Some(course) = store.get::<Courses>(&id)?
        {
            courses.push((course.context, course.title.or(course.label)));
        }
    }
    Ok(courses)
}

fn connection(store: &Store, name: &str) -> Result<(ConnectionId, Connection), Error> {
    let mut all = connections::all(store)?;
    all.retain(|(_, connection)| connection.enabled);
    let number = name.parse::<ConnectionId>().ok();
    let called = |(id, connection): &(ConnectionId, Connection)| {
        connection.name == name || Some(*id) == number
    };
    let mut found: Vec<_> = all.iter().filter(|entry| called(entry)).collect();
    match (found.pop(), found.is_empty()) {
        (Some(entry), true) => Ok(entry.clone()),
        (Some(_), false) => Err(Error::AmbiguousConnection),
        (None, _) => Err(Error::UnknownConnection {
            known: all.into_iter().map(|(_, c)| c.name).collect(),
        }),
    }
}

fn subject(store: &Store, connection: ConnectionId, subject: &str) -> Result<UserId, Error> {
    // Keys are cut where they are too long, and then name somebody else.
    const LONGEST: usize = 2_000;
    if subject.len() > LONGEST {
        return Err(Error::UnknownSubject);
    }
    let known = store.get::<UserBy>(&(connection, subject.to_owned()))?;
    known.map(|known| known.user).ok_or(Error::UnknownSubject)
}

/// A course by its context id, with its deployment: ids are unique only within one. A consumer has
/// a single one without a name.
fn course(
    store: &Store,
    connection: ConnectionId,
    context: &str,
) -> Result<(String, CourseId), Error> {
    let unnamed = (connection, String::new(), context.to_owned());
    let unnamed = store.get::<CourseBy>(&unnamed)?;
    let mut found = unnamed.map(|known| (String::new(), known.course));
    let mut after: Option<String> = None;
    loop {
        let known = deployments::page(store, connection, after.as_deref(), BATCH)?;
        let last = known.len() < BATCH;
        after = known.last().map(|(name, _)| name.clone());
        for (deployment, _) in known {
            let key = (connection, deployment, context.to_owned());
            if let Some(known) = store.get::<CourseBy>(&key)? {
                let course = (key.1, known.course);
                if found.replace(course).is_some() {
                    return Err(Error::AmbiguousCourse);
                }
            }
        }
        if last {
            return found.ok_or(Error::UnknownCourse);
        }
    }
}
