//! What the audit log tells of, in one table: each kind of entry, its group, and what its `to`
//! names.

/// Kinds that are looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Coming into administration.
    Access,
    /// Connections, their deployments and registrations.
    Connections,
    /// Signing keys.
    Keys,
    /// Who sees which media.
    Sharing,
    /// Media in courses.
    Courses,
    /// External tools.
    Tools,
    /// What is removed for good.
    Removal,
    /// What concerns people's data.
    People,
}

impl Group {
    /// Every group, as a form offers them.
    pub const ALL: [Self; 8] = [
        Self::Access,
        Self::Connections,
        Self::Keys,
        Self::Sharing,
        Self::Courses,
        Self::Tools,
        Self::Removal,
        Self::People,
    ];

    /// Its name in addresses and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Connections => "connections",
            Self::Keys => "keys",
            Self::Sharing => "sharing",
            Self::Courses => "courses",
            Self::Tools => "tools",
            Self::Removal => "removal",
            Self::People => "people",
        }
    }

    /// The group with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}

/// What one part of an entry's `to` names. The parts stand behind one another, with a space
/// between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A connection, by its number.
    Connection,
    /// A deployment: the connection's number, a slash, and what the platform calls it. It may have
    /// spaces, and so comes last.
    Deployment,
    /// A key, by its id.
    Key,
    /// An item.
    Item,
    /// A placement.
    Placement,
    /// A course.
    Course,
    /// A person, as `user:` and the number.
    Person,
    /// A visibility.
    Visibility,
    /// An external tool.
    Tool,
}

/// One kind of entry.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The short name that entries carry.
    pub name: &'static str,
    /// The group.
    pub group: Group,
    /// What `to` names.
    pub to: &'static [Part],
}

const fn kind(name: &'static str, group: Group, to: &'static [Part]) -> Kind {
    Kind { name, group, to }
}

use Group::{Access, Connections, Courses, Keys, People, Removal, Sharing, Tools};
use Part::{Connection, Course, Deployment, Item, Key, Person, Placement, Tool, Visibility};

/// Every kind. The words of each are the message `audited-` and its name.
pub const KINDS: &[Kind] = &[
    kind("signed-in", Access, &[]),
    kind("claim-issued", Access, &[]),
    kind("claimed", Access, &[]),
    kind("invited", Connections, &[Connection]),
    kind("invitation-revoked", Connections, &[]),
    kind("registered", Connections, &[Connection]),
    kind("registration-changed", Connections, &[Connection]),
    kind("registration-proposed", Connections, &[Connection]),
    kind("registration-accepted", Connections, &[Connection]),
    kind("registration-discarded", Connections, &[Connection]),
    kind("connection-made", Connections, &[Connection]),
    kind("connection-changed", Connections, &[Connection]),
    kind("connection-moved", Connections, &[Connection]),
    kind("connection-enabled", Connections, &[Connection]),
    kind("connection-disabled", Connections, &[Connection]),
    kind("secret-rotated", Connections, &[Connection]),
    kind("former-secret-ended", Connections, &[Connection]),
    kind("deployment-approved", Connections, &[Deployment]),
    kind("deployment-blocked", Connections, &[Deployment]),
    kind("installation-forgotten", Connections, &[Connection]),
    kind("origin-forgotten", Connections, &[Connection]),
    kind("key-announced", Keys, &[Key]),
    kind("key-begun", Keys, &[Key]),
    kind("key-imported", Keys, &[Key]),
    kind("key-withdrawn", Keys, &[Key]),
    kind("shared", Sharing, &[Item, Person]),
    kind("unshared", Sharing, &[Item, Person]),
    kind(
        "visibility-changed",
        Sharing,
        &[Item, Visibility, Visibility],
    ),
    kind("link-made", Sharing, &[Item]),
    kind("link-revoked", Sharing, &[Item]),
    kind("location-allowed", Sharing, &[Item]),
    kind("location-withheld", Sharing, &[Item]),
    kind("examined-again", Sharing, &[Item]),
    kind("placed", Courses, &[Placement, Item, Course]),
    kind("placement-revoked", Courses, &[Placement]),
    kind("course-claimed", Courses, &[Course, Course]),
    kind("course-claimed-by-history", Courses, &[Course, Course]),
    kind("copy-withdrawn", Courses, &[Item, Course]),
    kind("copy-allowed", Courses, &[Item, Course]),
    kind("tool-added", Tools, &[Tool]),
    kind("tool-changed", Tools, &[Tool]),
    kind("tool-forbidden", Tools, &[Tool]),
    kind("tool-allowed", Tools, &[Tool]),
    kind("tool-silenced", Tools, &[Tool]),
    kind("tool-shared", Tools, &[Tool]),
    kind("tool-deleted", Tools, &[Tool]),
    kind("tool-handed-over", Tools, &[Tool, Person]),
    kind("consent-given", People, &[Tool]),
    kind("consent-declined", People, &[Tool]),
    kind("counting-decided", Courses, &[Placement, Item, Course]),
    kind("grade-retried", Courses, &[Person]),
    kind("grades-resent", Courses, &[Course]),
    kind("item-deleted", Removal, &[Item]),
    kind("item-handed-over", Removal, &[Item, Person]),
    kind("connection-deleted", Removal, &[Connection]),
    kind("media-removed", Removal, &[Connection]),
    kind("account-joined", People, &[Connection]),
    kind("course-joined", People, &[Course]),
    kind("person-looked-at", People, &[Person]),
    kind("person-exported", People, &[Person]),
    kind("person-erased", People, &[Person]),
    kind("school-joined", People, &[Connection, Connection]),
    kind("item-statistics-seen", People, &[Item, Course]),
    kind("item-statistics-saved", People, &[Item, Course]),
    kind("course-statistics-seen", People, &[Course]),
    kind("course-statistics-saved", People, &[Course]),
    kind("person-statistics-seen", People, &[Person, Course]),
];

/// The kind with this name.
pub fn named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ui::Messages;

    #[test]
    fn every_kind_and_group_has_words_and_a_name_of_its_own() {
        let m = Messages::default();
        let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        for kind in KINDS {
            assert!(m.has(&format!("audited-{}", kind.name)), "{}", kind.name);
        }
        for group in Group::ALL {
            assert!(m.has(&format!("audit-group-{}", group.name())));
            assert_eq!(Group::named(group.name()), Some(group));
            assert!(KINDS.iter().any(|kind| kind.group == group));
        }
    }
}
