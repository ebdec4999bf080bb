//! The memory in which media bytes wait for the network: one budget for all streams together, so
//! that however many clients are slow, they take no more than that.

use std::io;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of all buffers together.
const BUDGET: usize = 64 * 1024 * 1024;

/// The shortest buffer that is worth a read.
const LEAST: usize = 16 * 1024;

/// A buffer takes at most this part of what is left, so that clients who stopped reading shorten
/// the buffers of the others long before they could use up the budget.
const SHARE: usize = 256;

/// The budget. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Buffers(Arc<Semaphore>);

impl Buffers {
    /// The whole budget, unused.
    pub(super) fn new() -> Self {
        Self::of(BUDGET)
    }

    fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// A buffer of `wanted` bytes, or of fewer when memory is short. Waits, in the order of asking,
    /// while there is none; never empty unless nothing was wanted.
    pub(super) async fn take(&self, wanted: usize) -> io::Result<Buffer> {
        let share = (self.0.available_permits() / SHARE).max(LEAST);
        let len = wanted.min(share);
        let permits = u32::try_from(len).map_err(io::Error::other)?;
        let lease = Arc::clone(&self.0).acquire_many_owned(permits).await;
        Ok(Buffer {
            bytes: vec![0; len],
            _lease: lease.map_err(io::Error::other)?,
        })
    }
}

/// Bytes that count against the budget until they are dropped.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    _lease: OwnedSemaphorePermit,
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
    use futures_util::FutureExt;

    use super::*;

    const KIB: usize = 1024;

    async fn take(buffers: &Buffers, wanted: usize) -> Buffer {
        buffers.take(wanted).await.unwrap()
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
