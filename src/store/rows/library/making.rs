//! New rows, with what most have in common.

use super::{Counts, Facts, Item, Kind, Location, Placement, Visibility};
use crate::store::ids::{ConnectionId, CourseId, ItemId, UserId};
use crate::world::Time;

impl Kind {
    /// Whether watching it can earn points. What is done in a tool is the tool's own to judge.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Tool)
    }
}

impl Item {
    /// An item of which nothing is known yet, for its owner alone.
    pub fn new(
        owner: UserId,
        connection: ConnectionId,
        kind: Kind,
        title: impl Into<String>,
        created: Time,
    ) -> Self {
        Self {
            owner,
            connection,
            course: None,
            title: title.into(),
            kind,
            visibility: Visibility::Private,
            created,
            changed: created,
            description: String::new(),
            tags: Vec::new(),
            trashed: None,
            downloadable: false,
            facts: Facts::default(),
            pictures: Vec::new(),
            replaced: 0,
            location: Location::Untold,
            tool: None,
        }
    }
}

impl Placement {
    /// All of an item, made at `item_created`, in a course, where it doesn't count.
    pub const fn new(
        connection: ConnectionId,
        (item, item_created): (ItemId, Time),
        course: CourseId,
        by: UserId,
        created: Time,
    ) -> Self {
        Self {
            connection,
            item,
            course,
            by,
            created,
            revoked: None,
            item_created,
            title: None,
            start_ms: None,
            end_ms: None,
            width: None,
            height: None,
            maximum: None,
            counts: Counts::Completion,
            threshold: None,
        }
    }
}
