//! What becomes of a view: plain values in, plain values out.

use std::time::Duration;

use super::credit::{self, Credit};
use super::measure::{Measure, PAGE, Progress};
use super::place::is_end;
use super::{BETWEEN_WRITES, Watcher, spans};
use crate::store::rows::watching::{Span, View};
use crate::world::Time;

/// A page costs so many milliseconds of play: eight a second, for whoever looks at several at once.
const PAGE_COST: u64 = 250;
/// Every so many hundredths of a percent the moment is kept.
const TENTH: u16 = 1_000;

/// What a player tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Where it stands.
    pub position: Option<Duration>,
    /// How long it thinks that the item plays: only to tell where to go on, and only where the
    /// server does not know.
    pub duration: Option<Duration>,
    /// What was played since the last time, in the order of playing.
    pub played: Vec<Span>,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// They opened the item's page.
    Opened,
    /// They watched.
    Watched(Told),
}

/// A changed view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) view: View,
    /// What was credited, and what of their time it took.
    pub(super) credit: Credit,
}

impl Change {
    /// Whether anything was credited.
    pub(super) const fn credits(&self) -> bool {
        !self.credit.played.is_empty()
    }
}

/// What `act` makes of a view, where `allowed` milliseconds may be credited; `None`: nothing.
pub(super) fn apply(
    before: Option<&View>,
    watcher: &Watcher,
    act: &Act,
    allowed: u64,
    now: Time,
) -> Option<Change> {
    let view = before.cloned().unwrap_or_else(|| View::new(now));
    match act {
        Act::Opened => opened(view, watcher, now),
        Act::Watched(told) => watched(view, before.is_none(), watcher, told, allowed, now),
    }
}

fn opened(mut view: View, watcher: &Watcher, now: Time) -> Option<Change> {
    if !watcher.counts {
        return None;
    }
    if watcher.singles {
        view.opened = view.opened.saturating_add(1);
    }
    view.opened_at = Some(now);
    let whole = Span {
        start: 0,
        end: PAGE,
    };
    let mut credit = Credit::default();
    if watcher.measure == Measure::Opening {
        view.changed = now;
        view.finished = true;
        credit.played.push(whole);
    }
    Some(credited(view, watcher, credit, now))
}

fn watched(
    mut view: View,
    new: bool,
    watcher: &Watcher,
    told: &Told,
    allowed: u64,
    now: Time,
) -> Option<Change> {
    let credit = if watcher.counts {
        credit(&view.seen, watcher.measure, &told.played, allowed)
    } else {
        Credit::default()
    };
    let soon = !new && now.since(view.changed) < BETWEEN_WRITES;
    if credit.played.is_empty() && (soon || told.position.is_none()) {
        return None;
    }
    if let Some(position) = told.position {
        let length = watcher.measure.length().map(Duration::from_millis);
        let duration = length.or(told.duration);
        let position = duration.map_or(position, |end| position.min(end));
        view.position_ms = u64::try_from(position.as_millis()).unwrap_or(u64::MAX);
        view.finished = duration.is_some_and(|whole| is_end(watcher.measure, position, whole));
    }
    view.changed = now;
    Some(credited(view, watcher, credit, now))
}

fn credit(seen: &[Span], measure: Measure, told: &[Span], allowed: u64) -> Credit {
    match measure {
        Measure::Playing(_) => credit::of_playing(seen, told, measure.end(), allowed),
        Measure::Pages(_) => credit::of_pages(told, measure.end(), PAGE_COST, allowed),
        Measure::Opening => Credit::default(),
    }
}

fn credited(mut view: View, watcher: &Watcher, credit: Credit, now: Time) -> Change {
    if watcher.counts {
        view.counts = true;
        if watcher.singles {
            view.first.get_or_insert(now);
        }
    }
    if !credit.played.is_empty() {
        let mut played = credit.played.clone();
        spans::merge(&mut played);
        view.seen = spans::union(&view.seen, &played);
        spans::bound(&mut view.seen);
        let again = view.opened_at > view.credited || view.credited.is_none();
        if watcher.singles {
            view.plays = view.plays.saturating_add(u32::from(again));
        }
        view.played_ms = view.played_ms.saturating_add(credit.spent);
        view.credited = Some(now);
    }
    let percent = Progress::measured(Some(&view), watcher.measure).percent;
    view.percent = percent.unwrap_or(0);
    let reached = usize::from(view.percent / TENTH);
    while view.tenths.len() < reached {
        view.tenths.push(now);
    }
    Change { view, credit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ids::{CourseId, ItemId, UserId};

    const SAM: Watcher = Watcher {
        course: CourseId(1),
        item: ItemId(2),
        user: UserId(3),
        measure: Measure::Playing(Some(100_000)),
        counts: true,
        singles: true,
    };

    fn told(position: u64, played: &[(u64, u64)]) -> Act {
        let span = |(start, end): &(u64, u64)| Span {
            start: *start,
            end: *end,
        };
        Act::Watched(Told {
            position: Some(Duration::from_millis(position)),
            duration: Some(Duration::from_secs(1)),
            played: played.iter().map(span).collect(),
        })
    }

    fn after(before: Option<&View>, who: &Watcher, act: &Act, now: u64) -> Option<View> {
        apply(before, who, act, u64::MAX, Time(now)).map(|change| change.view)
    }

    #[test]
    fn what_was_played_is_seen_and_how_often_is_counted() {
        let view = after(None, &SAM, &Act::Opened, 1_000).unwrap();
        assert_eq!((view.opened, view.plays, view.percent), (1, 0, 0));
        let view = after(Some(&view), &SAM, &told(30_000, &[(0, 30_000)]), 20_000).unwrap();
        assert_eq!(
            (view.plays, view.played_ms, view.percent),
            (1, 30_000, 3_000)
        );
        let view = after(
            Some(&view),
            &SAM,
            &told(40_000, &[(20_000, 40_000)]),
            40_000,
        )
        .unwrap();
        assert_eq!(
            (view.plays, view.played_ms, view.percent),
            (1, 50_000, 4_000)
        );
        assert_eq!(view.tenths, [20_000, 20_000, 20_000, 40_000].map(Time));
        assert_eq!(view.first, Some(Time(1_000)));
        let view = after(Some(&view), &SAM, &Act::Opened, 50_000).unwrap();
        let view = after(Some(&view), &SAM, &told(10_000, &[(0, 10_000)]), 60_000).unwrap();
        assert_eq!((view.opened, view.plays, view.percent), (2, 2, 4_000));
        assert_eq!((view.position_ms, view.finished), (10_000, false));
    }

    #[test]
    fn a_browsers_duration_makes_nothing_complete() {
        let act = told(1_000, &[(0, 1_000)]);
        let view = after(None, &SAM, &act, 1).unwrap();
        assert_eq!((view.percent, view.finished), (100, false));
        let unknown = Watcher {
            measure: Measure::Playing(None),
            ..SAM
        };
        let view = after(None, &unknown, &act, 1).unwrap();
        assert_eq!((view.percent, view.finished), (0, true), "only to go on");
        assert_eq!(spans::length(&view.seen), 1_000);
    }

    #[test]
    fn for_whom_it_does_not_count_only_the_position_is_kept() {
        let staff = Watcher {
            counts: false,
            ..SAM
        };
        assert_eq!(after(None, &staff, &Act::Opened, 1), None);
        let act = told(30_000, &[(0, 30_000)]);
        let view = after(None, &staff, &act, 20_000).unwrap();
        let kept = View {
            position_ms: 30_000,
            ..View::new(Time(20_000))
        };
        assert_eq!(view, kept);
        assert_eq!(after(Some(&view), &staff, &act, 21_999), None, "too soon");
        // What was theirs as a learner stays, and nothing is added.
        let learnt = after(None, &SAM, &act, 20_000).unwrap();
        let act = told(50_000, &[(30_000, 50_000)]);
        let view = after(Some(&learnt), &staff, &act, 40_000).unwrap();
        assert_eq!((view.seen, view.counts), (learnt.seen, true));
    }

    #[test]
    fn where_teachers_see_sums_only_no_visits_are_kept() {
        let quiet = Watcher {
            singles: false,
            ..SAM
        };
        let view = after(None, &quiet, &Act::Opened, 1_000).unwrap();
        let act = told(90_000, &[(0, 90_000)]);
        let view = after(Some(&view), &quiet, &act, 90_000).unwrap();
        assert_eq!((view.percent, view.counts), (9_000, true));
        assert_eq!((view.opened, view.plays, view.first), (0, 0, None));
        assert_eq!((view.played_ms, view.tenths.len()), (90_000, 9), "sums");
    }

    #[test]
    fn opening_is_seeing_where_nothing_plays() {
        let picture = Watcher {
            measure: Measure::Opening,
            ..SAM
        };
        let view = after(None, &picture, &Act::Opened, 1_000).unwrap();
        assert_eq!((view.percent, view.finished, view.plays), (10_000, true, 1));
        let told = told(1, &[(0, 1_000)]);
        let change = apply(None, &picture, &told, u64::MAX, Time(1)).unwrap();
        assert!(!change.credits(), "telling is not opening");
    }
}
