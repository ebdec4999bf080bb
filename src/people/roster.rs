//! Who is known in a course: its list for staff, and somebody to be picked from it.

use super::{Contributor, members as lists};
use crate::lti::roles::Standing;
use crate::store::ids::{CourseId, SortKey, UserId};
use crate::store::rows::people::Role;
use crate::store::trees::{Members, PeopleOf, Users};
use crate::store::{Error as StoreError, Store};
use crate::world::Time;

/// Members that are read at a time.
const PAGE: usize = 500;
/// The most members of a course that are looked through.
const MOST: usize = 10_000;
/// The most pages of a list that are looked through for a name.
const MOST_PAGES: usize = 60;

/// Somebody in a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The person.
    pub user: UserId,
    /// The name that the platform told.
    pub name: String,
    /// The role in the course.
    pub role: Role,
}

/// Somebody on the list of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The person.
    pub user: UserId,
    /// The name, when the platform tells it.
    pub name: Option<String>,
    /// The role in the course.
    pub role: Role,
    /// The last launch here; `None`: never launched here.
    pub last_launch: Option<Time>,
}

/// A page of the list of the launch's course, staff first and then by name, and after whom the next
/// one goes on. `wanted` is a part of a name. Learners are left out where the launch may not see
/// their data.
pub fn page(
    store: &Store,
    contributor: Contributor<'_>,
    wanted: &str,
    after: Option<UserId>,
    limit: usize,
) -> Result<(Vec<Listed>, Option<UserId>), StoreError> {
    let session = contributor.member().session();
    let Some(course) = session.course else {
        return Ok((Vec::new(), None));
    };
    let mut cursor = position(store, course, after)?;
    let wanted = lists::folded(wanted.trim());
    let mut found: Vec<Listed> = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = store.page::<PeopleOf>(&(course,), cursor.as_ref(), PAGE)?;
        let last = page.len() < PAGE;
        cursor = page.last().map(|(key, ())| *key);
        for ((_, key, user), ()) in page {
            if key.0[0] == lists::rank(Role::Member) && !session.sees_learners {
                return Ok((found, None));
            }
            let Some(one) = listed(store, course, user)? else {
                continue;
            };
            let name = one.name.as_deref().map(lists::folded);
            if !wanted.is_empty() && name.is_none_or(|name| !name.contains(&wanted)) {
                continue;
            }
            if found.len() == limit {
                let last = found.last().map(|last| last.user);
                return Ok((found, last));
            }
            found.push(one);
        }
        if last {
            break;
        }
    }
    Ok((found, None))
}

/// A learner of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learner {
    /// The person.
    pub user: UserId,
    /// The name, when the platform tells it.
    pub name: Option<String>,
}

/// The learners of the launch's course, by name; `None` where the launch may not see their data.
/// Teachers' student previews and mentors are not among them.
pub fn learners(
    store: &Store,
    contributor: Contributor<'_>,
) -> Result<Option<Vec<Learner>>, StoreError> {
    let session = contributor.member().session();
    let Some(course) = session.course.filter(|_| session.sees_learners) else {
        return Ok(None);
    };
    let mut first = SortKey([0; 32]);
    first.0[0] = lists::rank(Role::Member);
    let mut cursor = (course, first, UserId(0));
    let mut learners = Vec::new();
    while learners.len() < MOST {
        let page = store.page::<PeopleOf>(&(course,), Some(&cursor), PAGE)?;
        let last = page.len() < PAGE;
        for ((_, key, user), ()) in page {
            cursor = (course, key, user);
            let member = store.get::<Members>(&(course, user))?;
            let row = store.get::<Users>(&user)?;
            let Some((_, row)) = member
                .filter(|member| member.role == Role::Member)
                .filter(|member| !Standing::of(&member.roles).mentor)
                .zip(row)
            else {
                continue;
            };
            learners.push(Learner {
                user,
                name: row.name,
            });
        }
        if last {
            break;
        }
    }
    Ok(Some(learners))
}

/// Where somebody stands in the list; `None`, for its beginning, when they left it.
fn position(
    store: &Store,
    course: CourseId,
    user: Option<UserId>,
) -> Result<Option<(CourseId, SortKey, UserId)>, StoreError> {
    let Some(user) = user else {
        return Ok(None);
    };
    let member = store.get::<Members>(&(course, user))?;
    let key = member.and_then(|member| member.listed);
    Ok(key.map(|key| (course, key, user)))
}

fn listed(store: &Store, course: CourseId, user: UserId) -> Result<Option<Listed>, StoreError> {
    let member = store.get::<Members>(&(course, user))?;
    let Some((member, row)) = member.zip(store.get::<Users>(&user)?) else {
        return Ok(None);
    };
    Ok(Some(Listed {
        user,
        name: row.name,
        role: member.role,
        last_launch: (!member.roster_only).then_some(member.last_seen),
    }))
}

/// The people of the launch's course whose names contain `wanted`, whatever its case: staff first,
/// then by name. Who has no name is left out, and so are learners where the launch may not see
/// their data.
pub fn find(
    store: &Store,
    contributor: Contributor<'_>,
    wanted: &str,
) -> Result<Vec<Known>, StoreError> {
    let session = contributor.member().session();
    let Some(course) = session.course else {
        return Ok(Vec::new());
    };
    let wanted = wanted.trim().to_lowercase();
    let mut found = Vec::new();
    for (user, role) in members(store, course)? {
        if role == Role::Member && !session.sees_learners {
            continue;
        }
        let Some(row) = store.get::<Users>(&user)? else {
            continue;
        };
        if let Some(name) = row.name.filter(|_| !row.test_user)
            && name.to_lowercase().contains(&wanted)
        {
            found.push(Known { user, name, role });
        }
    }
    found.sort_by_cached_key(|known| (known.role == Role::Member, known.name.to_lowercase()));
    Ok(found)
}

fn members(store: &Store, course: CourseId) -> Result<Vec<(UserId, Role)>, StoreError> {
    let mut members = Vec::new();
    let mut after = None;
    while members.len() < MOST {
        let page = store.page::<Members>(&(course,), after.as_ref(), PAGE)?;
        let last = page.len() < PAGE;
        after = page.last().map(|(key, _)| *key);
        members.extend(page.into_iter().map(|((_, user), row)| (user, row.role)));
        if last {
            break;
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Member;
    use crate::store::Commit;
    use crate::store::ids::{ConnectionId, Hash, Reference};
    use crate::store::rows::people::{self, Binding, Session, User};
    use crate::world::{Time, World};

    const COURSE: CourseId = CourseId(1);

    fn staff(role: Role, sees_learners: bool) -> Member {
        let now = Time::from_seconds(1_800_000_000);
        Member::for_test(Session {
            user: UserId(1),
            connection: ConnectionId(1),
            deployment: "1".into(),
            course: Some(COURSE),
            role,
            sees_learners,
            link: None,
            item: None,
            placement: None,
            selection: None,
            for_user: None,
            kept: std::collections::BTreeMap::new(),
            binding: Binding::Cookie,
            cookie: Hash([0; 32]),
            browser: None,
            frame_origins: Vec::new(),
            return_url: None,
            locale: None,
            launch: Reference::new(&World::system()),
            created: now,
            ends: now,
            idle_until: now,
        })
    }

    async fn joins(store: &Store, course: CourseId, user: u64, name: Option<&str>, role: Role) {
        let seen = Time(0);
        let row = User {
            name: name.map(Into::into),
            test_user: name == Some("Preview"),
            ..User::new(ConnectionId(1), &user.to_string(), seen)
        };
        let member = people::Member::new(role, seen);
        let mut commit = Commit::new();
        commit
            .put::<Users>(&UserId(user), &row)
            .put::<Members>(&(course, UserId(user)), &member);
        store.commit(commit).await.unwrap();
    }

    #[tokio::test]
    async fn staff_come_first_and_names_are_searched() {
        let store = Store::temporary();
        for (user, name, role) in [
            (9, Some("Zoë Staff"), Role::Manager),
            (8, Some("carl Helper"), Role::Contributor),
            (7, Some("Ada"), Role::Member),
            (6, None, Role::Manager),
            (5, Some("Preview"), Role::Member),
        ] {
            joins(&store, COURSE, user, name, role).await;
        }
        joins(&store, CourseId(2), 4, Some("Elsewhere"), Role::Manager).await;
        let names = |member: &Member, wanted: &str| -> Vec<String> {
            let found = find(&store, member.contributor().unwrap(), wanted).unwrap();
            found.into_iter().map(|known| known.name).collect()
        };
        let teacher = staff(Role::Manager, true);
        assert_eq!(names(&teacher, ""), ["carl Helper", "Zoë Staff", "Ada"]);
        assert_eq!(names(&teacher, " ZOË "), ["Zoë Staff"]);
        assert!(names(&teacher, "nobody").is_empty());
        let developer = staff(Role::Contributor, false);
        assert_eq!(names(&developer, ""), ["carl Helper", "Zoë Staff"]);
    }

    #[tokio::test]
    async fn large_courses_are_read_whole() {
        let store = Store::temporary();
        for user in 0..PAGE as u64 + 3 {
            let name = format!("Person {user}");
            joins(&store, COURSE, user, Some(&name), Role::Member).await;
        }
        let teacher = staff(Role::Manager, true);
        let found = find(&store, teacher.contributor().unwrap(), "").unwrap();
        assert_eq!(found.len(), PAGE + 3);
    }
}
