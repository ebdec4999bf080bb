//! Who is known in a course, for its staff to pick somebody from.

use super::Contributor;
use crate::store::ids::{CourseId, UserId};
use crate::store::rows::people::Role;
use crate::store::trees::{Members, Users};
use crate::store::{Error as StoreError, Store};

/// Members that are read at a time.
const PAGE: usize = 500;
/// The most members of a course that are looked through.
const MOST: usize = 10_000;

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
