//! What open uploads will still need of the disk, so that those that run side by side do not each
//! count on the same free space.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::UploadId;
use crate::store::rows::library::Upload;
use crate::world::Time;

/// How long an upload keeps its claim without a sign of life: one that was begun and left must not
/// keep others from the disk for days. Going on with it claims anew.
const LASTS: Duration = Duration::from_hours(1);

/// The claims of all open uploads. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims(Arc<Mutex<HashMap<UploadId, Claim>>>);

#[derive(Debug, Clone, Copy)]
struct Claim {
    /// Bytes that are still to come.
    left: u64,
    /// When it lapses.
    ends: Time,
}

impl Claims {
    /// Claims what `upload` lacks until it shows no life any more, in place of what it claimed
    /// before. Nothing lacks, nothing is claimed.
    pub(super) fn renew(&self, id: UploadId, upload: &Upload, now: Time) {
        let left = upload.len - upload.offset;
        let ends = now.after(LASTS).min(upload.ends);
        let mut claims = self.claims();
        if upload.complete || left == 0 {
            claims.remove(&id);
        } else {
            claims.insert(id, Claim { left, ends });
        }
    }

    /// The same, to be withdrawn unless it is [kept](Attempt::keep).
    pub(super) fn attempt(&self, id: UploadId, upload: &Upload, now: Time) -> Attempt {
        self.renew(id, upload, now);
        let claims = self.clone();
        Attempt {
            claims: Some(claims),
            id,
        }
    }

    /// Lets go of a claim.
    pub(super) fn withdraw(&self, id: UploadId) {
        self.claims().remove(&id);
    }

    /// The bytes that are claimed.
    pub(super) fn total(&self, now: Time) -> u64 {
        let mut claims = self.claims();
        claims.retain(|_, claim| claim.ends > now);
        let left = claims.values().map(|claim| claim.left);
        left.fold(0, u64::saturating_add)
    }

    /// A panic elsewhere cannot leave a map half changed.
    fn claims(&self) -> MutexGuard<'_, HashMap<UploadId, Claim>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A claim that is yet to be granted.
#[derive(Debug)]
#[must_use = "it is withdrawn at once"]
pub(super) struct Attempt {
    claims: Option<Claims>,
    id: UploadId,
}

impl Attempt {
    /// It is granted.
    pub(super) fn keep(mut self) {
        self.claims = None;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(claims) = &self.claims {
            claims.withdraw(self.id);
        }
    }
}
