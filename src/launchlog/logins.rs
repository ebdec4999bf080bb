//! How many logins come back as launches. A login writes nothing to the store, so they are counted
//! in memory, hour by hour: many that never come back are a symptom that no refusal shows, since the
//! platform keeps the browser.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::store::ids::ConnectionId;
use crate::world::Time;

/// Hours that are counted.
const HOURS: usize = 24;
/// Connections that are counted; beyond, new ones are not.
const MOST: usize = 10_000;
/// One of them.
const HOUR: Duration = Duration::from_hours(1);

/// Logins of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// How many sent a browser to the platform.
    pub begun: u64,
    /// How many of them came back, with a launch or with the platform's refusal.
    pub returned: u64,
}

/// The counts of one connection: the hour since 1970 of each place, and its counts.
type Day = [(u64, Counted); HOURS];

/// The counts of all connections. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Logins(Arc<Mutex<HashMap<ConnectionId, Day>>>);

impl Logins {
    /// A browser was sent to the platform.
    pub fn begun(&self, id: ConnectionId, now: Time) {
        self.count(id, now, |counted| counted.begun += 1);
    }

    /// A browser came back.
    pub fn returned(&self, id: ConnectionId, now: Time) {
        self.count(id, now, |counted| counted.returned += 1);
    }

    fn count(&self, id: ConnectionId, now: Time, add: impl FnOnce(&mut Counted)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(&id) {
            return;
        }
        let day = all.entry(id).or_default();
        let hour = now.seconds() / HOUR.as_secs();
        let (of, counted) = &mut day[place(hour)];
        if *of != hour {
            (*of, *counted) = (hour, Counted::default());
        }
        add(counted);
    }

    /// The counts of the last day, or since the start.
    pub fn of(&self, id: ConnectionId, now: Time) -> Counted {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = now.seconds() / HOUR.as_secs();
        let day = all.get(&id).into_iter().flatten();
        let recent = day.filter(|(of, _)| hour.abs_diff(*of) < HOURS as u64);
        recent.fold(Counted::default(), |sum, (_, counted)| Counted {
            begun: sum.begun + counted.begun,
            returned: sum.returned + counted.returned,
        })
    }
}

fn place(hour: u64) -> usize {
    usize::try_from(hour % HOURS as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_counted_by_connection_and_then_forgotten() {
        let logins = Logins::default();
        let (one, other) = (ConnectionId(1), ConnectionId(2));
        let start = Time::from_seconds(1_800_000_000);
        for _ in 0..3 {
            logins.begun(one, start);
        }
        logins.returned(one, start);
        logins.begun(other, start.after(HOUR * 23));
        let counted = |begun, returned| Counted { begun, returned };
        assert_eq!(logins.of(one, start.after(HOUR * 23)), counted(3, 1));
        assert_eq!(logins.of(one, start.after(HOUR * 24)), counted(0, 0));
        logins.begun(one, start.after(HOUR * 24));
        assert_eq!(logins.of(one, start.after(HOUR * 24)), counted(1, 0));
        assert_eq!(logins.of(other, start.after(HOUR * 24)), counted(1, 0));
        assert_eq!(logins.of(ConnectionId(3), start), counted(0, 0));
    }
}
