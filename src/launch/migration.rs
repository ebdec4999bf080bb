//! Who a person, and which a course, was under LTI 1.1: believed where the platform proves it with
//! the secret of the consumer of old.

use super::record::No;
use crate::app::App;
use crate::lti::check::Checks;
use crate::lti::launch::Launch;
use crate::people::arrival::Joins;
use crate::people::connections;
use crate::people::consumers;
use crate::store::Error as StoreError;

/// Notes whether what a launch says of old is proven. One that names a consumer of ours and does
/// not prove it is refused: to go on without would give everybody a second account, and nothing
/// could join the two later.
pub(super) fn check(app: &App, launch: &Launch, checks: &mut Checks) -> Result<(), No> {
    match joins(app, launch) {
        Ok(Some(_)) => {
            checks.note("migration", true, None);
            Ok(())
        }
        Err(Unproven::No) => {
            checks.note("migration", false, None);
            Err(No::from("migration-unproven").about("oauth_consumer_key_sign"))
        }
        // Whoever takes the launch in meets a failure of the store again.
        Ok(None) | Err(Unproven::Store(_)) => Ok(()),
    }
}

/// Why nothing is joined although the launch says so.
pub(super) enum Unproven {
    /// It is not proven.
    No,
    /// The store failed.
    Store(StoreError),
}

/// What a launch joins: nothing unless it names a consumer of ours that is switched on, and proves
/// that its platform knows its secret.
pub(super) fn joins(app: &App, launch: &Launch) -> Result<Option<Joins>, Unproven> {
    let Some(claim) = &launch.migration else {
        return Ok(None);
    };
    let (id, connection) = match consumers::find(&app.store, &claim.consumer_key) {
        Ok(found) => found,
        Err(connections::Error::Store(error)) => return Err(Unproven::Store(error)),
        // Nobody came by it here, or nobody may any more.
        Err(_) => return Ok(None),
    };
    let secrets = app.consumer_secrets(&connection);
    let proven = secrets.is_some_and(|secrets| {
        let present = claim.is_proven_by(secrets.present);
        present
            | secrets
                .former
                .is_some_and(|former| claim.is_proven_by(former))
    });
    let bound = connection.consumer.and_then(|consumer| consumer.guid);
    let same = bound
        .zip(claim.guid.as_ref())
        .is_none_or(|(bound, guid)| bound == *guid);
    if !proven || !same {
        return Err(Unproven::No);
    }
    Ok(Some(Joins {
        consumer: id,
        user: claim.user.clone(),
        context: claim.context.clone(),
    }))
}
