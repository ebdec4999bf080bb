//! What each tree of the store holds of people, and what export and erasure do about it. A tree that
//! is missing here stops the tests, so that none is ever forgotten.

/// What an erasure does with what a tree holds of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// Nothing: it holds nothing of anybody.
    Nobody,
    /// Deleted, by the person.
    Deleted,
    /// Deleted with the row that it leads to.
    WithRow,
    /// Deleted with the person's items, or handed over with them; tools likewise.
    WithItems,
    /// Others need the row: the person's number stays in it and leads to nobody, since nothing else
    /// says whose it was.
    Nameless,
    /// It ends by itself within minutes.
    Ends,
}

/// Where an export has what a tree holds of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// Nowhere: it holds nothing of anybody, or only leads to what is exported.
    Nothing,
    /// In this file.
    In(&'static str),
    /// Nowhere, since it is a secret, or ours to keep: a hash, a key, a note of work to do.
    Internal,
}

/// One tree.
#[derive(Debug, Clone, Copy)]
pub struct Treatment {
    /// Its name in the store.
    pub tree: &'static str,
    /// What an erasure does.
    pub erased: Erased,
    /// Where an export has it.
    pub exported: Exported,
}

use Erased::{Deleted, Ends, Nameless, WithItems, WithRow};
use Exported::{In, Internal, Nothing};

const fn nobody(tree: &'static str) -> Treatment {
    Treatment {
        tree,
        erased: Erased::Nobody,
        exported: Nothing,
    }
}

const fn of(tree: &'static str, erased: Erased, exported: Exported) -> Treatment {
    Treatment {
        tree,
        erased,
        exported,
    }
}

/// Every tree of the store.
pub const TREES: &[Treatment] = &[
    // The store, its keys and the connections.
    nobody("meta"),
    nobody("keys"),
    nobody("connections"),
    nobody("connection_by"),
    nobody("deployments"),
    nobody("deployments_waiting"),
    nobody("jwks"),
    nobody("invitations"),
    nobody("clocks"),
    // The person.
    of("users", Deleted, In("person.json")),
    of("user_by", Deleted, In("person.json")),
    of("known_as", WithRow, Nothing),
    of("named", WithRow, Nothing),
    of("last_seen", WithRow, Nothing),
    // Courses.
    nobody("courses"),
    nobody("course_by"),
    of("members", Deleted, In("courses.json")),
    of("member_of", WithRow, Nothing),
    of("people_of", WithRow, Nothing),
    nobody("links"),
    // Sessions.
    of("sessions", Deleted, In("sessions.json")),
    of("sessions_of", WithRow, Nothing),
    of("browser_of", WithRow, Internal),
    nobody("used"),
    of("tickets", Ends, Internal),
    of("expiry", WithRow, Nothing),
    // Items.
    of("items", WithItems, In("items.json")),
    of("owned", WithItems, Nothing),
    of("in_course", WithItems, Nothing),
    of("school", WithItems, Nothing),
    of("trash", WithItems, Nothing),
    of("trash_of", WithItems, Nothing),
    of("placements", Nameless, In("placements.json")),
    nobody("placed"),
    nobody("placed_here"),
    nobody("placed_in"),
    of("claims", Nameless, Internal),
    nobody("claimed_from"),
    nobody("withdrawn"),
    of("shares", Deleted, In("shares.json")),
    of("shared_with", WithRow, Nothing),
    of("share_links", WithItems, Internal),
    of("links_of", WithItems, Nothing),
    of("texts", Nameless, In("items.json")),
    of("files", WithItems, In("items.json")),
    of("uploads", Deleted, In("uploads.json")),
    of("uploads_of", WithRow, Nothing),
    of("uploads_in", WithRow, Nothing),
    of("imported", Deleted, Internal),
    of("usage", Deleted, In("person.json")),
    nobody("course_usage"),
    nobody("removals"),
    nobody("loose"),
    nobody("index_due"),
    // Watching.
    of("views", Deleted, In("views.json")),
    nobody("watched_in"),
    of("viewed", WithRow, Nothing),
    of("recent", WithRow, Nothing),
    of("rewatched", Deleted, In("views.json")),
    nobody("item_tallies"),
    of("person_tallies", Deleted, Internal),
    // Grades.
    of("columns", Nameless, Nothing),
    nobody("columns_in"),
    of("targets", Deleted, In("grades.json")),
    of("target_of", WithRow, Nothing),
    of("grades", Deleted, In("grades.json")),
    of("grade_due", WithRow, Nothing),
    of("grades_in", WithRow, Nothing),
    of("grades_by", WithRow, Nothing),
    nobody("grade_numbers"),
    // After whom it goes on.
    of("errands", Ends, Internal),
    // External tools.
    of("tools", WithItems, In("tools.json")),
    nobody("tools_by"),
    of("tools_of", WithItems, Nothing),
    nobody("line_items"),
    nobody("line_items_of"),
    of("tool_links", WithItems, Nothing),
    of("tool_items", WithItems, Nothing),
    nobody("tool_remains"),
    of("collected", Nameless, In("items.json")),
    of("collected_in", WithItems, Nothing),
    of("consents", Deleted, In("tools.json")),
    of("pseudonym", Deleted, In("tools.json")),
    of("pseudonym_of", WithRow, Nothing),
    of("known_to", WithRow, Nothing),
    of("received", Deleted, In("tools.json")),
    of("received_of", WithRow, Nothing),
    // Logs.
    of("log", Deleted, In("launches.json")),
    of("log_by", WithRow, Nothing),
    of("log_of", WithRow, Nothing),
    of("log_failed", WithRow, Nothing),
    of("audit", Nameless, In("audit.json")),
    of("audit_of", Deleted, Nothing),
    // An erasure under way holds its own person until it is done.
    of("erasures", Ends, Internal),
    // Administrators are nobody of a platform.
    nobody("admins"),
    nobody("claim_link"),
    nobody("admin_sessions"),
    // The practice course has made-up people only.
    nobody("practice_courses"),
    nobody("practice_activities"),
    nobody("practice_tools"),
    nobody("practice_results"),
];

/// What happens to a tree.
pub fn named(tree: &str) -> Option<&'static Treatment> {
    TREES.iter().find(|one| one.tree == tree)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::trees;

    #[test]
    fn no_tree_is_forgotten() {
        let told: BTreeSet<&str> = TREES.iter().map(|one| one.tree).collect();
        assert_eq!(told.len(), TREES.len(), "a tree stands here twice");
        let all: BTreeSet<&str> = trees::ALL.iter().map(|(name, _)| *name).collect();
        let missing: Vec<_> = all.difference(&told).collect();
        assert!(
            missing.is_empty(),
            "say in src/privacy/table.rs what an erasure does with {missing:?}"
        );
        let gone: Vec<_> = told.difference(&all).collect();
        assert!(gone.is_empty(), "there is no tree {gone:?}");
    }

    /// The declarations of trees whose keys or values have people.
    fn declared_with_people() -> BTreeSet<String> {
        let text = include_str!("../store/trees.rs");
        let declarations = text.split(';').filter(|one| one.contains("UserId"));
        let names = declarations.filter_map(|one| {
            let line = one.lines().find(|line| line.contains("\": "))?;
            line.split('"').nth(1).map(str::to_owned)
        });
        names.collect()
    }

    #[test]
    fn whatever_is_kept_by_people_is_of_somebody() {
        let declared = declared_with_people();
        assert!(declared.contains("members"), "{declared:?}");
        for name in declared {
            let treatment = named(&name).unwrap();
            assert_ne!(treatment.erased, Erased::Nobody, "{name}");
        }
    }
}
