//! The audit log: who did what, never changed afterwards.

pub mod kinds;
pub mod reading;

use crate::store::Commit;
use crate::store::rows::admin::{AuditEntry, people_in};
use crate::store::trees::{Audit, AuditOf};
use crate::world::World;

/// Adds an entry to the commit that makes the act true. `what` is a short name, such as
/// `shared`;
/// [`kinds::KINDS`] has them all, since each needs words on the page that shows them.
pub fn record(commit: &mut Commit, world: &World, who: &str, what: &str, to: Option<&str>) {
    let key = (world.now(), u32::from_be_bytes(world.random()));
    let entry = AuditEntry {
        who: who.to_owned(),
        what: what.to_owned(),
        to: to.map(str::to_owned),
    };
    for person in people_in(&entry) {
        commit.put::<AuditOf>(&(person, key.0, key.1), &());
    }
    commit.put::<Audit>(&key, &entry);
}
