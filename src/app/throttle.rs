//! Rate limits: a token bucket for each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::world::Time;

/// Keys that are remembered; when there are more, those with full buckets are forgotten.
const MOST_KEYS: usize = 10_000;

/// Lets each key act `burst` times at once, and once more every `refill`.
#[derive(Debug)]
pub struct Throttle<K> {
    burst: u32,
    refill: Duration,
    /// When the bucket of a key will be full again.
    full_at: Mutex<HashMap<K, Time>>,
}

impl<K: Eq + Hash> Throttle<K> {
    /// A throttle whose buckets are full.
    pub fn new(burst: u32, refill: Duration) -> Self {
        Self {
            burst,
            refill,
            full_at: Mutex::default(),
        }
    }

    /// Takes one token of `key`; when there is none, answers how long to wait for one.
    pub fn take(&self, key: K, now: Time) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MOST_KEYS {
            full_at.retain(|_, full| *full > now);
        }
        // Too many keys with open debts: somebody makes them up, so none gets in.
        if full_at.len() >= MOST_KEYS && !full_at.contains_key(&key) {
            return Err(self.refill);
        }
        let full = full_at.entry(key).or_insert(now);
        let next = (*full).max(now).after(self.refill);
        let limit = now.after(self.refill * self.burst);
        if next > limit {
            return Err(next.since(limit));
        }
        *full = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_per_refill() {
        let throttle = Throttle::new(3, Duration::from_secs(10));
        let start = Time(1_000_000);
        for _ in 0..3 {
            assert_eq!(throttle.take("a", start), Ok(()));
        }
        assert_eq!(throttle.take("a", start), Err(Duration::from_secs(10)));
        assert_eq!(
            throttle.take("b", start),
            Ok(()),
            "each key has its own bucket"
        );
        let later = start.after(Duration::from_secs(10));
        assert_eq!(throttle.take("a", later), Ok(()));
        assert!(throttle.take("a", later).is_err());
    }

    #[test]
    fn made_up_keys_do_not_fill_the_memory() {
        let throttle = Throttle::new(1, Duration::from_secs(10));
        for key in 0..2 * MOST_KEYS {
            let _ = throttle.take(key, Time(0));
        }
        assert_eq!(throttle.full_at.lock().unwrap().len(), MOST_KEYS);
        assert_eq!(
            throttle.take(usize::MAX, Time(11_000)),
            Ok(()),
            "and recovers"
        );
    }
}
