//! The memory in which media bytes wait for the network: one budget for all streams together, so
//! that however many clients are slow, they take no more than that.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::ids::UserId;

/// Bytes of all buffers together.
const BUDGET: usize = 96 * 1024 * 1024;

/// Bytes of one person's buffers: more than every device of theirs needs at once. Whoever opens
/// streams and takes nothing from them holds up their own.
const PERSON: usize = 16 * 1024 * 1024;

/// Bytes of the buffers of all who come without a launch.
const OUTSIDE: usize = 32 * 1024 * 1024;

/// The shortest buffer that is worth a read.
const LEAST: usize = 16 * 1024;

/// A buffer takes at most this part of what is left, so that clients who stopped reading shorten
/// the buffers of the others long before they could use up the budget.
const SHARE: usize = 256;

/// People whose portions are remembered before those that nobody uses are forgotten.
const REMEMBERED: usize = 512;

/// The budget. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Buffers {
    all: Arc<Semaphore>,
    portions: Arc<Mutex<HashMap<Option<UserId>, Weak<Semaphore>>>>,
}

impl Buffers {
    /// The whole budget, unused.
    pub(super) fn new() -> Self {
        Self::of(BUDGET)
    }

    fn of(bytes: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(bytes)),
            portions: Arc::default(),
        }
    }

    /// What `user` may use of the budget, or all together who come without a launch.
    pub(super) fn portion(&self, user: Option<UserId>) -> Portion {
        let mut portions = self.portions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = portions.get(&user).and_then(Weak::upgrade);
        let own = known.unwrap_or_else(|| {
            if portions.len() >= REMEMBERED {
                portions.retain(|_, portion| portion.strong_count() > 0);
            }
            let bytes = if user.is_some() { PERSON } else { OUTSIDE };
            let own = Arc::new(Semaphore::new(bytes));
            portions.insert(user, Arc::downgrade(&own));
            own
        });
        Portion {
            all: Arc::clone(&self.all),
            own,
        }
    }
}

/// What one person may use of the budget. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Portion {
    all: Arc<Semaphore>,
    own: Arc<Semaphore>,
}

impl Portion {
    /// A buffer of `wanted` bytes, or of fewer when memory is short. Waits, in the order of asking,
    /// while there is none; never empty unless nothing was wanted.
    pub(super) async fn take(&self, wanted: usize) -> io::Result<Buffer> {
        let share = (self.all.available_permits() / SHARE).max(LEAST);
        let len = wanted.min(share);
        let permits = u32::try_from(len).map_err(io::Error::other)?;
        let own = Arc::clone(&self.own).acquire_many_owned(permits).await;
        let all = Arc::clone(&self.all).acquire_many_owned(permits).await;
        Ok(Buffer {
            bytes: vec![0; len],
            _own: own.map_err(io::Error::other)?,
            _all: all.map_err(io::Error::other)?,
        })
    }
}

/// Bytes that count against the budget until they are dropped.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::FutureExt;
    use tokio::task::unconstrained;

    use super::*;

    const KIB: usize = 1024;

    /// Everybody takes for themselves.
    async fn take(buffers: &Buffers, wanted: usize) -> Buffer {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let user = UserId(NEXT.fetch_add(1, Ordering::Relaxed));
        buffers.portion(Some(user)).take(wanted).await.unwrap()
    }

    /// What there is at once. Without the runtime's own limit on how much a task does in a row.
    fn at_once(portion: &Portion, wanted: usize) -> Option<Buffer> {
        let taken = unconstrained(portion.take(wanted)).now_or_never()?;
        Some(taken.unwrap())
    }

    #[tokio::test]
    async fn who_takes_everything_holds_up_nobody_else() {
        let buffers = Buffers::new();
        for greedy in [Some(UserId(1)), None] {
            let portion = buffers.portion(greedy);
            let held: Vec<_> = std::iter::from_fn(|| at_once(&portion, LEAST)).collect();
            assert!(held.len() < BUDGET / LEAST / 2, "{}", held.len());
            // A portion is one, however often it is asked for.
            assert!(at_once(&buffers.portion(greedy), LEAST).is_none());
            let others = buffers.portion(Some(UserId(2)));
            assert!(at_once(&others, 256 * KIB).is_some());
        }
    }

    #[tokio::test]
    async fn a_buffer_is_as_long_as_wanted_while_there_is_memory() {
        let buffers = Buffers::new();
        assert_eq!(take(&buffers, 256 * KIB).await.as_ref().len(), 256 * KIB);
        assert_eq!(take(&buffers, 7).await.as_ref(), [0; 7]);
    }

    #[tokio::test]
    async fn buffers_get_shorter_when_memory_does() {
        let buffers = Buffers::of(16 * 1024 * KIB);
        let mut held = Vec::new();
        for _ in 0..400 {
            held.push(take(&buffers, 256 * KIB).await);
        }
        let lens: Vec<_> = held.iter().map(|buffer| buffer.as_ref().len()).collect();
        assert!(lens.is_sorted_by(|one, next| one >= next), "{lens:?}");
        assert_eq!((lens[0], lens[399]), (64 * KIB, LEAST));
        // There is still some for others.
        assert!(take(&buffers, 256 * KIB).now_or_never().is_some());
    }

    #[tokio::test]
    async fn without_memory_a_stream_waits_for_another() {
        let buffers = Buffers::of(2 * LEAST);
        let (first, _second) = (take(&buffers, LEAST).await, take(&buffers, LEAST).await);
        let mut third = Box::pin(take(&buffers, LEAST));
        assert!((&mut third).now_or_never().is_none());
        drop(first);
        assert!(third.now_or_never().is_some());
    }

    #[tokio::test]
    async fn whoever_stops_waiting_takes_nothing() {
        let buffers = Buffers::of(LEAST);
        let first = take(&buffers, LEAST).await;
        {
            let mut gone = Box::pin(take(&buffers, LEAST));
            assert!((&mut gone).now_or_never().is_none());
        }
        drop(first);
        assert!(take(&buffers, LEAST).now_or_never().is_some());
    }
}
