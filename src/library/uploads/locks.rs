//! Which uploads are being written: one request at a time each.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::UploadId;

/// The uploads that are being written. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Locks(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    held: Mutex<HashSet<UploadId>>,
    released: Notify,
}

impl Shared {
    /// A panic elsewhere cannot leave a set half changed.
    fn held(&self) -> MutexGuard<'_, HashSet<UploadId>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Locks {
    /// Takes an upload until the answer is dropped; `None` when somebody has it.
    pub(super) fn hold(&self, id: UploadId) -> Option<Held> {
        self.0.held().insert(id).then(|| Held {
            id,
            shared: Arc::clone(&self.0),
        })
    }

    /// Waits until no upload is held.
    pub(super) async fn all_released(&self) {
        self.until(HashSet::is_empty).await;
    }

    /// Waits until nobody has an upload.
    pub(super) async fn released(&self, id: UploadId) {
        self.until(|held| !held.contains(&id)).await;
    }

    async fn until(&self, holds: impl Fn(&HashSet<UploadId>) -> bool) {
        loop {
            let released = self.0.released.notified();
            if holds(&self.0.held()) {
                return;
            }
            released.await;
        }
    }
}

/// An upload that nobody else writes.
#[derive(Debug)]
pub(super) struct Held {
    id: UploadId,
    shared: Arc<Shared>,
}

impl Held {
    /// The upload.
    pub(super) const fn id(&self) -> UploadId {
        self.id
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.held().remove(&self.id);
        self.shared.released.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_holder_at_a_time() {
        let locks = Locks::default();
        let (one, two) = (UploadId([1; 16]), UploadId([2; 16]));
        let held = locks.hold(one).unwrap();
        assert!(locks.hold(one).is_none());
        assert!(locks.hold(two).is_some());

        locks.released(two).await;
        let waiting = tokio::spawn({
            let locks = locks.clone();
            async move {
                locks.released(one).await;
                locks.all_released().await;
            }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(held);
        waiting.await.unwrap();
        assert!(locks.hold(one).is_some());
    }
}
