//! What it is to be through with an item in a course.

use std::collections::HashMap;

use crate::store::ids::ItemId;
use crate::store::rows::library::Item;
use crate::store::rows::watching::{COMPLETE, Span, View};
use crate::watching::{Measure, Progress};
use crate::world::Time;

/// A tenth of something, in hundredths of a percent.
const TENTH: u16 = 1_000;

/// What of an item is to be watched, and how much of that is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// Where the part begins that is to be watched, in milliseconds.
    pub start_ms: u64,
    /// Where it ends; `None`: with the item.
    pub end_ms: Option<u64>,
    /// How much of it is enough, in hundredths of a percent.
    pub enough: u16,
}

impl Default for Goal {
    /// Nine tenths of all of it.
    fn default() -> Self {
        Self {
            start_ms: 0,
            end_ms: None,
            enough: COMPLETE,
        }
    }
}

/// The goals of a course, by item: the usual one where there is none.
#[derive(Debug, Clone, Default)]
pub struct Goals(HashMap<ItemId, Goal>);

impl Goals {
    /// These goals.
    pub const fn new(goals: HashMap<ItemId, Goal>) -> Self {
        Self(goals)
    }

    pub(super) fn scale(&self, id: ItemId, item: &Item) -> Scale {
        Scale {
            measure: Measure::of(item),
            goal: self.0.get(&id).copied().unwrap_or_default(),
            replaced: item.replaced > 0,
        }
    }
}

/// What views of an item are measured by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) measure: Measure,
    pub(super) goal: Goal,
    replaced: bool,
}

impl Scale {
    const fn is_whole(&self) -> bool {
        self.goal.start_ms == 0 && self.goal.end_ms.is_none()
    }

    /// Whether the share that a view has of itself is another one than this: of another part, or of a
    /// file that was another one then.
    pub(super) const fn differs(&self) -> bool {
        self.replaced || !self.is_whole()
    }

    /// How much somebody has seen of what is to be watched.
    pub(super) fn progress(&self, view: &View) -> Progress {
        let whole = Progress::measured(Some(view), self.measure);
        whole.of_part(self.goal.start_ms, self.goal.end_ms)
    }

    /// How much that is for whoever saw these parts, in hundredths of a percent.
    pub(super) fn percent(&self, seen: Vec<Span>) -> u16 {
        let view = View {
            seen,
            ..View::new(Time(0))
        };
        self.progress(&view).percent.unwrap_or(0)
    }

    /// Whether so much is enough.
    pub(super) const fn is_enough(&self, percent: u16) -> bool {
        percent >= self.goal.enough
    }

    /// When somebody was through who is, as far as that is known.
    pub(super) fn through(&self, view: &View) -> Option<Time> {
        let enough = self.goal.enough;
        let whole_tenths = self.is_whole() && enough >= TENTH && enough.is_multiple_of(TENTH);
        let tenth = usize::from(enough / TENTH).saturating_sub(1);
        let kept = view.tenths.get(tenth).copied();
        kept.filter(|_| whole_tenths).or(view.credited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(start_ms: u64, end_ms: Option<u64>, enough: u16) -> Scale {
        Scale {
            measure: Measure::Playing(Some(100_000)),
            goal: Goal {
                start_ms,
                end_ms,
                enough,
            },
            replaced: false,
        }
    }

    fn span(start: u64, end: u64) -> Vec<Span> {
        vec![Span { start, end }]
    }

    #[test]
    fn a_part_is_measured_by_itself() {
        let part = scale(20_000, Some(60_000), 5_000);
        assert!(part.differs());
        assert_eq!(part.percent(span(0, 30_000)), 2_500);
        assert_eq!(part.percent(span(0, 60_000)), 10_000);
        assert!(part.is_enough(5_000) && !part.is_enough(4_999));
        assert!(!scale(0, None, 9_000).differs());
    }

    #[test]
    fn the_moment_of_being_through_is_kept_by_tenths_of_all() {
        let view = View {
            tenths: (1..=10).map(Time).collect(),
            credited: Some(Time(99)),
            ..View::new(Time(0))
        };
        assert_eq!(scale(0, None, 9_000).through(&view), Some(Time(9)));
        assert_eq!(scale(0, None, 4_000).through(&view), Some(Time(4)));
        assert_eq!(scale(0, None, 9_500).through(&view), Some(Time(99)));
        assert_eq!(scale(1, None, 9_000).through(&view), Some(Time(99)));
    }
}
