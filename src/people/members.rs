//! Memberships and the list of a course's people, which is kept in its order: staff first, then by
//! name.

use crate::store::Commit;
use crate::store::ids::{CourseId, SortKey, UserId};
pub(super) use crate::store::names::folded;
use crate::store::rows::people::{Member, Role, User};
use crate::store::trees::{MemberOf, Members, PeopleOf};

/// What stands in place of a name, after all of them.
const NAMELESS: u8 = u8::MAX;

/// Where somebody stands in the list of a course; `None` for a teacher's student preview.
pub(super) fn listed(user: &User, role: Role) -> Option<SortKey> {
    (!user.test_user).then(|| sort_key(role, user.name.as_deref()))
}

/// The rank of the role, and as much of the name as fits, without case and accents.
fn sort_key(role: Role, name: Option<&str>) -> SortKey {
    let mut key = [0; 32];
    key[0] = rank(role);
    let Some(name) = name else {
        key[1] = NAMELESS;
        return SortKey(key);
    };
    for (place, byte) in key[1..].iter_mut().zip(folded(name).bytes()) {
        *place = byte;
    }
    SortKey(key)
}

/// Staff first.
pub(super) const fn rank(role: Role) -> u8 {
    match role {
        Role::Manager => 0,
        Role::Contributor => 1,
        Role::Member => 2,
    }
}

/// Adds to `commit` what the lists need for a membership that becomes `new`; its row is the
/// caller's.
pub(super) fn list(
    commit: &mut Commit,
    (course, user): (CourseId, UserId),
    old: Option<&Member>,
    new: &Member,
) {
    if old.is_none() {
        commit.put::<MemberOf>(&(user, course), &());
    }
    let before = old.and_then(|old| old.listed);
    if before == new.listed {
        return;
    }
    if let Some(before) = before {
        commit.delete::<PeopleOf>(&(course, before, user));
    }
    if let Some(now) = new.listed {
        commit.put::<PeopleOf>(&(course, now, user), &());
    }
}

/// Adds to `commit` the end of a membership.
pub(super) fn remove(commit: &mut Commit, (course, user): (CourseId, UserId), old: &Member) {
    commit
        .delete::<Members>(&(course, user))
        .delete::<MemberOf>(&(user, course));
    if let Some(listed) = old.listed {
        commit.delete::<PeopleOf>(&(course, listed, user));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn staff_come_first_and_names_in_their_order() {
        let people = [
            (Role::Manager, Some("Zoë")),
            (Role::Manager, None),
            (Role::Contributor, Some("Ada")),
            (Role::Member, Some("Ärmel")),
            (Role::Member, Some("arno")),
            (Role::Member, Some("Bert")),
            (Role::Member, None),
        ];
        let keys: Vec<SortKey> = people.iter().map(|(r, name)| sort_key(*r, *name)).collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }

    proptest! {
        #[test]
        fn any_name_has_a_place(name: String) {
            let key = sort_key(Role::Member, Some(&name));
            prop_assert!(key < sort_key(Role::Member, None));
            prop_assert!(key > sort_key(Role::Contributor, None));
        }
    }
}
