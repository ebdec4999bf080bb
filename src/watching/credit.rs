//! How much of what a player tells is believed.
//!
//! Seconds are credited to a person, whatever tabs and items they watch in, at most as many as have
//! passed at the server, times the greatest speed. Time begins to count when a page opens. What was
//! not used is carried over in small part only, for what the network delays; but one report may
//! account for a long time: a phone that is locked plays on and tells nothing.

use std::collections::HashMap;
use std::time::Duration;

use super::spans::{merge, union};
use crate::store::ids::UserId;
use crate::store::rows::watching::Span;
use crate::world::Time;

/// Nobody plays faster: the greatest speed that the player offers.
pub const GREATEST_SPEED: u64 = 2;
/// What may be carried over from one report to the next, in milliseconds of play.
const CARRIED: u64 = 30_000;
/// The longest time that one report accounts for.
const LONGEST: Duration = Duration::from_hours(2);
/// After so long without a report, opening a page begins anew.
const IDLE: Duration = Duration::from_mins(1);
/// Gaps up to this one are where a player's reports meet, or its rounding; they cost as if played.
const JOINED: u64 = 250;
/// People whose time is remembered before those are forgotten who are long gone.
const REMEMBERED: usize = 10_000;

/// What somebody has left, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    at: Time,
    carried: u64,
}

/// The time that people may be credited with, while they are here. A restart forgets it: then what
/// the rows tell of their last time stands in.
#[derive(Debug, Default)]
pub(super) struct Ledger(HashMap<UserId, Entry>);

impl Ledger {
    /// Whether anything is known of a person.
    pub(super) fn knows(&self, user: UserId) -> bool {
        self.0.contains_key(&user)
    }

    /// A person opens a page: whoever was not here begins now.
    pub(super) fn open(&mut self, user: UserId, now: Time) {
        self.make_room(now);
        let fresh = Entry {
            at: now,
            carried: 0,
        };
        let entry = self.0.entry(user).or_insert(fresh);
        if now.since(entry.at) > IDLE {
            *entry = fresh;
        }
    }

    /// A person whom a restart forgot, and who was last here `last`: that long ago is too long.
    pub(super) fn resume(&mut self, user: UserId, last: Option<Time>, now: Time) {
        let at = last.filter(|last| now.since(*last) <= LONGEST);
        let at = at.unwrap_or(now).min(now);
        self.make_room(now);
        self.0.insert(user, Entry { at, carried: 0 });
    }

    /// How many milliseconds a person may be credited with now.
    pub(super) fn allows(&self, user: UserId, now: Time) -> u64 {
        let Some(entry) = self.0.get(&user) else {
            return 0;
        };
        let passed = now.since(entry.at).min(LONGEST);
        let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        entry
            .carried
            .saturating_add(passed.saturating_mul(GREATEST_SPEED))
    }

    /// Takes what was credited.
    pub(super) fn spend(&mut self, user: UserId, now: Time, spent: u64) {
        let carried = self.allows(user, now).saturating_sub(spent).min(CARRIED);
        self.0.insert(user, Entry { at: now, carried });
    }

    fn make_room(&mut self, now: Time) {
        if self.0.len() >= REMEMBERED {
            self.0.retain(|_, entry| now.since(entry.at) <= LONGEST);
        }
    }
}

/// What somebody is credited with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Credit {
    /// The parts that were played, in the order of playing.
    pub(super) played: Vec<Span>,
    /// What they cost, in milliseconds.
    pub(super) spent: u64,
}

/// Credits what plays: of `told` as much as `allowed` lasts for, within `length`.
pub(super) fn of_playing(seen: &[Span], told: &[Span], length: u64, allowed: u64) -> Credit {
    let mut credit = Credit::default();
    for span in joined(seen, &clipped(told, length), length) {
        let long = (span.end - span.start).min(allowed - credit.spent);
        if long == 0 {
            break;
        }
        let end = span.start + long;
        credit.played.push(Span { end, ..span });
        credit.spent += long;
    }
    credit
}

/// Credits pages, each of which costs `cost`, whole or not at all.
pub(super) fn of_pages(told: &[Span], length: u64, cost: u64, allowed: u64) -> Credit {
    let mut credit = Credit::default();
    for span in clipped(told, length) {
        if credit.spent + cost > allowed {
            break;
        }
        credit.played.push(span);
        credit.spent += cost;
    }
    credit
}

fn clipped(told: &[Span], length: u64) -> Vec<Span> {
    let cut = |span: &Span| Span {
        start: span.start,
        end: span.end.min(length),
    };
    told.iter()
        .map(cut)
        .filter(|span| span.start < span.end)
        .collect()
}

/// The same parts, reaching to those beside them across the smallest gaps, to the beginning and to
/// the end.
fn joined(seen: &[Span], told: &[Span], length: u64) -> Vec<Span> {
    let mut ordered = told.to_vec();
    merge(&mut ordered);
    let known = union(seen, &ordered);
    let near = |from: u64, to: u64| from < to && to - from <= JOINED;
    let reaching = |span: &Span| {
        let ends = known.iter().map(|known| known.end).chain([0]);
        let starts = known.iter().map(|known| known.start).chain([length]);
        let before = ends.filter(|end| near(*end, span.start)).max();
        let after = starts.filter(|start| near(span.end, *start)).min();
        Span {
            start: before.unwrap_or(span.start),
            end: after.unwrap_or(span.end).min(length),
        }
    };
    told.iter().map(reaching).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::spans::length;
    use super::super::spans::tests::any_spans;
    use super::*;

    const SAM: UserId = UserId(1);

    fn span(start: u64, end: u64) -> Span {
        Span { start, end }
    }

    #[test]
    fn time_counts_from_the_opening_and_twice_as_fast_at_most() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.allows(SAM, Time(50_000)), 0, "nothing was opened");
        ledger.open(SAM, Time(100_000));
        assert_eq!(ledger.allows(SAM, Time(100_000)), 0);
        assert_eq!(ledger.allows(SAM, Time(110_000)), 20_000);
        ledger.spend(SAM, Time(110_000), 15_000);
        assert_eq!(ledger.allows(SAM, Time(110_000)), 5_000);
        // A second tab does not begin anew, nor does it give anything.
        ledger.open(SAM, Time(111_000));
        assert_eq!(ledger.allows(SAM, Time(111_000)), 7_000);
        // What was left unused for long is mostly gone at the next report.
        ledger.spend(SAM, Time(1_000_000), 0);
        assert_eq!(ledger.allows(SAM, Time(1_000_000)), CARRIED);
        // Whoever comes back later begins with nothing.
        ledger.open(SAM, Time(1_060_001));
        assert_eq!(ledger.allows(SAM, Time(1_060_001)), 0);
        assert_eq!(ledger.allows(UserId(2), Time(1_060_001)), 0);
    }

    #[test]
    fn a_restart_goes_on_from_what_the_rows_tell() {
        for (last, allowed) in [(None, 0), (Some(90_000), 20_000), (Some(110_000), 0)] {
            let mut ledger = Ledger::default();
            ledger.resume(SAM, last.map(Time), Time(100_000));
            assert_eq!(ledger.allows(SAM, Time(100_000)), allowed, "{last:?}");
        }
        let mut ledger = Ledger::default();
        ledger.resume(SAM, Some(Time(0)), Time(7_200_001));
        assert_eq!(ledger.allows(SAM, Time(7_200_001)), 0, "too long ago");
    }

    #[test]
    fn people_who_are_long_gone_are_forgotten() {
        let mut ledger = Ledger::default();
        for user in 0..REMEMBERED as u64 {
            ledger.open(UserId(user), Time(0));
        }
        ledger.open(SAM, Time(7_200_001));
        assert_eq!(ledger.0.len(), 1);
    }

    #[test]
    fn tiny_gaps_are_joined_and_paid_for() {
        let credit = of_playing(&[span(0, 1_000)], &[span(1_200, 2_000)], 2_100, 10_000);
        assert_eq!(credit.played, [span(1_000, 2_100)]);
        assert_eq!(credit.spent, 1_100);
        let apart = of_playing(&[span(0, 1_000)], &[span(1_300, 2_000)], 9_000, 10_000);
        assert_eq!(apart.played, [span(1_300, 2_000)]);
    }

    #[test]
    fn pages_are_credited_whole() {
        let pages = [span(0, 1_000), span(4_000, 5_000), span(9_000, 10_000)];
        let credit = of_pages(&pages, 9_000, 250, 499);
        assert_eq!(credit.played, pages[..1]);
        assert_eq!(of_pages(&pages, 9_000, 250, 9_999).played, pages[..2]);
    }

    proptest! {
        #[test]
        fn no_more_is_credited_than_is_allowed(
            seen in any_spans(9), told in any_spans(9), long in 0_u64..600, allowed in 0_u64..900,
        ) {
            let mut seen = seen;
            merge(&mut seen);
            let credit = of_playing(&seen, &told, long, allowed);
            prop_assert!(credit.spent <= allowed);
            let mut played = credit.played;
            prop_assert!(played.iter().all(|span| span.end <= long));
            merge(&mut played);
            let gained = length(&union(&seen, &played)) - length(&seen);
            prop_assert!(gained <= credit.spent, "{gained} for {}", credit.spent);
        }

        #[test]
        fn no_tabs_and_no_times_give_more_than_time_does(
            acts in proptest::collection::vec((0_u64..200_000, 0_u8..3, 0_u64..400_000), 1..60),
        ) {
            let mut ledger = Ledger::default();
            let (mut now, mut credited) = (Time(1), 0);
            for (passes, act, wanted) in acts {
                now = Time(now.0 + passes);
                match act {
                    0 => ledger.open(SAM, now),
                    1 if !ledger.knows(SAM) => ledger.resume(SAM, None, now),
                    _ => {
                        let spent = wanted.min(ledger.allows(SAM, now));
                        ledger.spend(SAM, now, spent);
                        credited += spent;
                    }
                }
                prop_assert!(credited <= now.0 * GREATEST_SPEED);
            }
        }
    }
}
