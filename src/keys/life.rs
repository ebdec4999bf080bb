//! The life of a signing key. It is published a while before it signs, so that platforms that keep
//! our key set know it by then, and a while after, so that nothing it signed becomes unreadable.

use std::time::Duration;

use crate::store::rows::keys::Key;
use crate::world::Time;

/// How long a new key is published before it signs. Our key set may be kept for an hour, and some
/// platforms keep it for a day whatever it says; the rest is for people who have to paste a key.
pub const ANNOUNCED: Duration = Duration::from_hours(7 * 24);
/// How long a key stays published after it signed for the last time. What it signed lives for
/// minutes; a platform that is away comes back to the former key within these days.
pub const KEPT: Duration = Duration::from_hours(7 * 24);

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is published and will sign from this moment.
    Waiting(Time),
    /// It signs, and has since this moment.
    Signing(Time),
    /// It signs no more and is published until this moment.
    Former(Time),
}

/// A stored key, its name and where it is in its life.
pub(super) type Living = (String, Key, State);

/// Since when a key signs, or will.
fn since(key: &Key) -> Time {
    key.signs_from.unwrap_or(key.made)
}

/// Where each key is in its life at `now`: the one that signs first, then those to come, then the
/// former ones, each newest first. What has ended is left out.
pub(super) fn living(mut keys: Vec<(String, Key)>, now: Time) -> Vec<Living> {
    keys.retain(|(_, key)| key.ends.is_none_or(|end| now < end));
    keys.sort_by(|(a, one), (b, other)| {
        (since(other), other.made, b).cmp(&(since(one), one.made, a))
    });
    let begun = |key: &Key| key.ends.is_none() && since(key) <= now;
    let signing = keys.iter().position(|(_, key)| begun(key)).or_else(|| {
        // A clock that was set back must not leave us without a key.
        keys.iter().rposition(|(_, key)| key.ends.is_none())
    });
    let begins = signing.map_or(now, |index| since(&keys[index].1));
    let mut living: Vec<Living> = keys
        .into_iter()
        .enumerate()
        .map(|(index, (name, key))| {
            let state = match key.ends {
                _ if Some(index) == signing => State::Signing(since(&key)),
                Some(end) => State::Former(end),
                None if since(&key) > begins => State::Waiting(since(&key)),
                None => State::Former(begins.after(KEPT)),
            };
            (name, key, state)
        })
        .collect();
    living.sort_by_key(|(_, _, state)| match state {
        State::Signing(_) => 0,
        State::Waiting(_) => 1,
        State::Former(_) => 2,
    });
    living
}

/// When a key that signs since `since` gives way to the next, and whether that is to be announced
/// by now.
pub(super) fn successor(since: Time, rotate_after: Duration, now: Time) -> Option<Time> {
    let end = since.after(rotate_after);
    let announce = end.before(ANNOUNCED);
    (announce <= now).then(|| end.max(now.after(ANNOUNCED)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::keys::Use;

    fn key(made: u64, signs_from: Option<u64>, ends: Option<u64>) -> (String, Key) {
        let key = Key {
            r#use: Use::Tool,
            secret: Vec::new(),
            made: Time(made),
            signs_from: signs_from.map(Time),
            ends: ends.map(Time),
        };
        (format!("made at {made}"), key)
    }

    fn states(keys: &[(String, Key)], now: u64) -> Vec<(u64, State)> {
        let living = living(keys.to_vec(), Time(now));
        let states = living.into_iter();
        states.map(|(_, key, state)| (key.made.0, state)).collect()
    }

    #[test]
    fn one_signs_and_the_others_wait_or_are_kept() {
        let kept = u64::try_from(KEPT.as_millis()).unwrap();
        let keys = [
            key(10, None, None),
            key(20, Some(100), None),
            key(5, None, Some(70)),
        ];
        let (signs, waits) = (State::Signing(Time(10)), State::Waiting(Time(100)));
        let former = (5, State::Former(Time(70)));
        assert_eq!(states(&keys, 69), [(10, signs), (20, waits), former]);
        assert_eq!(states(&keys, 70), [(10, signs), (20, waits)]);
        // Whoever reads after the moment sees the same, written down already or not.
        let after = [
            (20, State::Signing(Time(100))),
            (10, State::Former(Time(100 + kept))),
        ];
        assert_eq!(states(&keys, 100), after);
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_the_oldest_signing() {
        let keys = [key(1000, None, None), key(1001, Some(2000), None)];
        assert_eq!(states(&keys, 1)[0], (1000, State::Signing(Time(1000))));
        assert_eq!(states(&[], 1), []);
    }

    #[test]
    fn the_next_key_is_announced_before_the_age_is_reached() {
        let day = Duration::from_hours(24);
        let at = |days| Time(0).after(day * days);
        assert_eq!(successor(at(0), day * 30, at(22)), None);
        assert_eq!(successor(at(0), day * 30, at(23)), Some(at(30)));
        // A server that was off for long announces all the same.
        assert_eq!(successor(at(0), day * 30, at(60)), Some(at(67)));
    }
}
